import { fileTypeFromBuffer } from 'file-type';
import mime from 'mime';
import { markupType } from './markup-type.ts';

/** Bytes of a file's beginning that are enough to find its type. */
export const headBytes = 4100;

/** What a type is found from. */
export interface TypeClues {
  /** The first {@link headBytes} bytes, or all of them where there are fewer. */
  readonly head: Uint8Array;
  readonly filename?: string | undefined;
  /** What the sender says; believed only where nothing else speaks. */
  readonly declared?: string | undefined;
}

/** The type of bytes about which nothing is known. */
export const unknownType = 'application/octet-stream';

/**
 * Finds the media type of a file: from its bytes, then from its extension, then as declared, else
 * `application/octet-stream`. Markup is found by its first tag, so that nobody hides a page or a script
 * in an SVG behind a harmless name; an extension or declaration of an image or a PDF that the bytes do
 * not confirm is not believed.
 */
export async function detectType({ head, filename, declared }: TypeClues): Promise<string> {
  const named = (filename === undefined ? undefined : typeOfName(filename)) ?? essence(declared);
  const markup = markupType(head, named);
  if (markup !== undefined) return markup;
  const found = head.byteLength === 0 ? undefined : await fileTypeFromBuffer(head);
  if (found !== undefined) return refined(essence(found.mime) ?? unknownType, named);
  if (isTiff(head)) return 'image/tiff';
  if (named === undefined) return unknownType;
  return head.byteLength > 0 && isAlwaysRecognised(named) ? unknownType : named;
}

/** The media type that a filename's extension stands for. */
export function typeOfName(filename: string): string | undefined {
  const extension = /[^/]\.([^./]+)$/.exec(filename)?.[1];
  return extension === undefined ? undefined : (mime.getType(extension) ?? undefined);
}

/** Whether two media types are names of one kind of file, as `application/rtf` and `text/rtf` are: both have an extension in common. */
export function isSameKind(one: string, other: string): boolean {
  if (one === other) return true;
  const extensions = mime.getAllExtensions(one);
  const others = mime.getAllExtensions(other);
  return extensions !== null && [...extensions].some((extension) => others?.has(extension));
}

/** Whether browsers run what such a file holds: HTML, SVG, XML, scripts. Safe only as a download. */
export function isActiveType(type: string): boolean {
  return /^(?:text|application)\/(?:html|xml|xsl|(?:x-)?(?:java|ecma|j|live|vb)script[\d.]*|x-shockwave-flash|wasm)$|[+/]xml$|^image\/svg|^multipart\/|^message\/rfc822$|\bmhtml$/.test(
    type,
  );
}

/** `type/subtype` without parameters, in lower case; `undefined` when it is none. */
export function essence(type: unknown): string | undefined {
  if (typeof type !== 'string') return undefined;
  const bare = type.split(';', 1)[0]?.trim().toLowerCase();
  return bare !== undefined && /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(bare) ? bare : undefined;
}

/** `file-type` looks for the directory, which may lie anywhere: where it is beyond the head, it finds no type at all. */
function isTiff(head: Uint8Array): boolean {
  const start = Buffer.from(head.subarray(0, 4)).toString('latin1');
  return start === 'II*\0' || start === 'MM\0*';
}

/** A container says little of what it holds: there the extension may tell more, within the same family. */
function refined(found: string, named: string | undefined): string {
  if (named === undefined) return found;
  const family = containers.find(([container]) => container === found)?.[1];
  return family?.test(named) === true ? named : found;
}

const containers: readonly (readonly [container: string, family: RegExp])[] = [
  [
    'application/zip',
    /^application\/(?:vnd\.(?:openxmlformats|oasis\.opendocument|ms-\w+\.\w*macroenabled|android|apple|google-earth\.kmz)|epub\+zip|java-archive)/,
  ],
  ['application/x-cfb', /^application\/(?:msword|vnd\.(?:ms-|visio)|x-msi)/],
  ['video/mp4', /^(?:audio\/(?:mp4|x-m4a)|video\/x-m4v)$/],
  ['application/ogg', /^(?:audio|video)\/ogg$/],
];

/** Types whose every file begins with bytes that `file-type` knows. */
function isAlwaysRecognised(type: string): boolean {
  return /^image\/(?!svg)|^application\/pdf$/.test(type);
}
