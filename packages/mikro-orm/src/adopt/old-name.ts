import { StorageOptionsError } from '@filefield/core';
import { nameProblem, shownName } from '@filefield/core/binding';
import type { Flaw } from './row-problem.ts';

/** The name of an object, or why there is none. */
export type OldName = { readonly name: string } | { readonly flaw: Flaw };

/**
 * Reads the values of a former column: names, or with base URLs the URLs below them, percent-decoded once, without
 * query and fragment. Of a URL `http` and `https` are one, and so are upper and lower case of its host; of several base
 * URLs the longest that fits counts. One of an older version is refused: a row means the object that is there.
 *
 * @throws {@link StorageOptionsError} when a base URL is none.
 */
export function oldNames(
  baseUrl: string | readonly string[] | undefined,
): (value: string) => OldName {
  const bases = (typeof baseUrl === 'string' ? [baseUrl] : (baseUrl ?? []))
    .map(baseOf)
    .toSorted((one, other) => other.path.length - one.path.length);
  return (value) => {
    const below = bases.length === 0 ? bareName(value) : nameBelow(value, bases);
    return 'flaw' in below ? below : checked(below.name);
  };
}

/** A value as a report may show it: a URL may be signed, and a path may be the server's. */
export function shownValue(value: string): string {
  const bare = value.replace(/[?#].*$/s, '');
  const url = urlOf(bare);
  return url === undefined || url.origin === '' ? shownName(bare) : cut(url.origin + url.path);
}

interface UrlParts {
  /** `//host:port` in lower case, or nothing where the URL is a path. */
  readonly origin: string;
  /** Percent-encoded, begins with a slash. */
  readonly path: string;
}

/** Not `URL`, which resolves `..` and its encoded forms before anybody can refuse them. */
function urlOf(text: string): UrlParts | undefined {
  const parts = /^(?:(?:https?:)?\/\/([^/?#\\@]+))?(\/[^?#]*)(?:[?#].*)?$/is.exec(text);
  if (parts === null) return undefined;
  const [, host, path = ''] = parts;
  return { origin: host === undefined ? '' : `//${hostOf(host)}`, path };
}

function hostOf(host: string): string {
  return host.toLowerCase().replace(/:(?:80|443)$/, '');
}

function baseOf(baseUrl: string): UrlParts {
  const url = urlOf(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
  const path = url && decoded(url.path);
  if (url === undefined || path === undefined || baseUrl === '' || /[?#]/.test(baseUrl)) {
    throw new StorageOptionsError(
      `Cannot use ${JSON.stringify(shownValue(baseUrl))} as baseUrl: a URL such as "https://media.example.com/" is wanted, without query and fragment`,
    );
  }
  return { origin: url.origin, path };
}

function nameBelow(value: string, bases: readonly UrlParts[]): OldName {
  const url = urlOf(value);
  const path = url && decoded(url.path);
  if (url !== undefined && path === undefined) {
    return { flaw: { kind: 'url', reason: 'its percent-encoding is not UTF-8' } };
  }
  const base = bases.find(
    ({ origin, path: start }) => origin === url?.origin && path?.startsWith(start),
  );
  if (base === undefined || path === undefined) {
    return { flaw: { kind: 'url', reason: 'it is no URL below a baseUrl' } };
  }
  if (/[?&](?:versionId|generation)=/i.test(value)) {
    return { flaw: { kind: 'url', reason: 'it names a version of the object' } };
  }
  return { name: path.slice(base.path.length) };
}

function bareName(value: string): OldName {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(value)) return { name: value };
  return { flaw: { kind: 'url', reason: 'it is a URL, pass the baseUrl of the storage' } };
}

function checked(name: string): OldName {
  const reason = nameProblem(name);
  return reason === undefined ? { name } : { flaw: { kind: 'name', reason } };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
