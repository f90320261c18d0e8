import {
  InvalidNameError,
  type FileStorage,
  type ServedUrls,
  type Storages,
} from '@filefield/core';
import { assertReadable, incomingDirectory, partsOf } from '@filefield/core/binding';

/** An object that a URL stands for. */
export interface MediaObject {
  readonly alias: string;
  readonly storage: FileStorage;
  readonly served: ServedUrls;
  readonly name: string;
}

/**
 * The object that a URL would stand for, whether or not it is there: of the storage with the longest base that begins it.
 * Of several with one base it is the one that signed the URL, and rather one that reads through to others.
 */
export function mediaObject(storages: Storages, url: URL): MediaObject | undefined {
  const places = storages.aliases.flatMap((alias) => {
    const storage = storages.get(alias);
    const { served } = storage;
    if (served === undefined) return [];
    const base = new URL(served.baseUrl, url);
    const isHost = base.host === url.host;
    return [
      { alias, storage, served, path: base.pathname, isHost, parts: partsOf(storage).length },
    ];
  });
  const [first, ...others] = places
    .filter(({ path }) => url.pathname.startsWith(path))
    .toSorted(
      (a, b) =>
        b.path.length - a.path.length || Number(b.isHost) - Number(a.isHost) || b.parts - a.parts,
    );
  const name = first && nameOf(url.pathname.slice(first.path.length));
  if (first === undefined || name === undefined) return undefined;
  const equal = others.filter(({ path, isHost }) => path === first.path && isHost === first.isHost);
  const signer = [first, ...equal].find(
    (place) => place.served.verify(name, url.searchParams) === 'valid',
  );
  const { alias, storage, served } = signer ?? first;
  return { alias, storage, served, name };
}

/** A name as the storage's own URLs spell it: slashes bare, decoded once, and nobody's but the application's. */
function nameOf(path: string): string | undefined {
  if (/%(?:2f|5c)/i.test(path)) return undefined;
  try {
    const name = decodeURIComponent(path);
    assertReadable(name);
    // Folded, because some disks find a directory under another spelling as well.
    const [first = ''] = name.normalize('NFKC').toLowerCase().split('/');
    return first === '.filefield' || first === incomingDirectory ? undefined : name;
  } catch (error) {
    if (error instanceof URIError || error instanceof InvalidNameError) return undefined;
    throw error;
  }
}
