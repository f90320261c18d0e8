import { tmpdir } from 'node:os';
import { FileSystemStorage, resize, type FileStorage, type UrlOptions } from '@filefield/core';
import type { TransformRequest } from '@filefield/core/transformers';
import { photo } from './shown-file.ts';

/** Names that some URL takes for something else, each with what it is made of. */
export const hostileNames: readonly [what: string, name: string][] = [
  ['spaces', 'a b/c d.jpg'],
  ['percent signs', '100%25/50%.jpg'],
  ['a query', 'what?width=9999.jpg'],
  ['a fragment', 'a#b.jpg'],
  ['plus signs', '1+1=2.jpg'],
  ['quotes', `"it's".jpg`],
  ['the sign of an extension', 'me@2x@png.jpg'],
  ['commas and colons of options', 'width=1,fit=cover.jpg'],
  ['tildes and brackets', '~<a>~{?>.jpg'],
  ['other scripts', 'Größe/写真-😀.jpg'],
];

/** The storage of an original whose variant is asked for. */
export function storageOf(visibility: 'public' | 'private', location?: string): FileStorage {
  const storage = new FileSystemStorage({
    location: tmpdir(),
    baseUrl: 'https://files.test/media/',
    visibility,
    keys: ['k'.repeat(32)],
  });
  return location === undefined
    ? storage
    : Object.create(storage, { location: { value: location } });
}

/** A variant that is asked for. */
export interface Asked {
  readonly name?: string;
  readonly definition?: TransformRequest['definition'];
  readonly storage?: FileStorage;
  readonly options?: UrlOptions;
}

/** The request of a transformer for a variant. */
export function transforming({
  name = 'me.jpg',
  definition = resize(200, 100),
  storage = storageOf('public'),
  options = {},
}: Asked = {}): TransformRequest {
  return { row: { ...photo, name }, storage, variant: 'thumb', definition, options };
}
