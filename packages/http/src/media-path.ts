import {
  InvalidNameError,
  type FileStorage,
  type ServedUrls,
  type Storages,
} from '@filefield/core';
import { assertReadable, incomingDirectory } from '@filefield/core/binding';

/** An object that a URL stands for. */
export interface MediaObject {
  readonly alias: string;
  readonly storage: FileStorage;
  readonly served: ServedUrls;
  readonly name: string;
}

/** The object that a URL would stand for, whether or not it is there: of the storage with the longest base that begins it. */
export function mediaObject(storages: Storages, url: URL): MediaObject | undefined {
  const places = storages.aliases.flatMap((alias) => {
    const storage = storages.get(alias);
    const { served } = storage;
    if (served === undefined) return [];
    const base = new URL(served.baseUrl, url);
    return [{ alias, storage, served, path: base.pathname, isHost: base.host === url.host }];
  });
  const [place] = places
    .filter(({ path }) => url.pathname.startsWith(path))
    .toSorted((a, b) => b.path.length - a.path.length || Number(b.isHost) - Number(a.isHost));
  const name = place && nameOf(url.pathname.slice(place.path.length));
  return place === undefined || name === undefined ? undefined : { ...place, name };
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
