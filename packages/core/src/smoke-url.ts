import { UnsupportedOperationError } from './errors.ts';
import type { FileStorage } from './file-storage.ts';

/** The part of `fetch` that a smoke test calls. */
export type SmokeFetch = (
  url: string,
  options: { readonly redirect: 'manual'; readonly signal: AbortSignal },
) => Promise<Response>;

/** What is known of the object whose URL is tried. */
export interface SmokeUrlOptions {
  readonly content: Uint8Array;
  readonly baseUrl?: string | undefined;
  readonly fetch?: SmokeFetch | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is tried with the URL of an object; both throw an error that says what is wrong. */
export interface SmokeUrl {
  /** Fetches it and compares what comes. */
  fetched(): Promise<string>;
  /** Fetches it without its signature, which must be refused. */
  refused(): Promise<string>;
}

/** Milliseconds that an answer may take. */
const patience = 30_000;

/** Tries the URL of an object, as a browser would fetch it. */
export function smokeUrl(storage: FileStorage, name: string, options: SmokeUrlOptions): SmokeUrl {
  const { content, baseUrl, signal, fetch = globalThis.fetch } = options;

  return { fetched, refused };

  async function fetched(): Promise<string> {
    const response = await answer(await absoluteUrl());
    if (response.status !== 200) throw new Error(`its URL answers ${response.status}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    if (!bytes.equals(content)) throw new Error('its URL answers other bytes');
    const type = response.headers.get('content-type') ?? 'none';
    // Whatever else it says, a browser must not run it.
    if (!/^(?:text\/plain|application\/octet-stream|binary\/octet-stream)\b/.test(type)) {
      throw new Error(`its URL answers the type ${JSON.stringify(type)}`);
    }
    return `its URL answers the same bytes, ${type}`;
  }

  async function refused(): Promise<string> {
    if (storage.visibility === 'public') {
      throw new UnsupportedOperationError('refuse', storage.alias, 'its objects are public');
    }
    const url = new URL(await absoluteUrl());
    url.search = '';
    const response = await answer(url.href);
    await response.body?.cancel();
    if (response.status >= 400 && response.status < 500) {
      return `without its signature the URL answers ${response.status}`;
    }
    throw new Error(
      `without its signature the URL answers ${response.status}: anybody can read it`,
    );
  }

  async function absoluteUrl(): Promise<string> {
    await storage.ready?.();
    const url = storage.url(name);
    if (/^https?:/.test(url)) return url;
    if (URL.canParse(url)) {
      const reason = `its URLs are of the kind ${new URL(url).protocol}`;
      throw new UnsupportedOperationError('fetch', storage.alias, reason);
    }
    if (baseUrl === undefined) {
      const reason = `its URLs are paths of the application's site, whose own URL was not given`;
      throw new UnsupportedOperationError('fetch', storage.alias, reason);
    }
    return new URL(url, baseUrl).href;
  }

  async function answer(url: string): Promise<Response> {
    const signals = [AbortSignal.timeout(patience), ...(signal === undefined ? [] : [signal])];
    try {
      return await fetch(url, { redirect: 'manual', signal: AbortSignal.any(signals) });
    } catch (cause) {
      // What fetch says may hold the URL, and with it the signature.
      const host = new URL(url).host;
      throw new Error(`${host} does not answer: ${reasonOf(cause)}`, { cause });
    }
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return 'it failed';
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return cause.name;
}
