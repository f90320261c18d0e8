import { essence as essenceOf, isActiveType, unknownType } from '@filefield/core/binding';

/** How browsers are to treat a file. */
export interface Presentation {
  /** The Content-Type. */
  readonly type: string;
  readonly disposition: 'inline' | 'attachment';
  /** The Content-Security-Policy of the file where it is opened as a page. */
  readonly policy: string;
}

/** What an application asks for. */
export interface PresentationOptions {
  readonly disposition?: 'inline' | 'attachment' | undefined;
  readonly inlineTypes?: readonly string[] | undefined;
}

/** Types that browsers show without running anything in them, as Active Storage lists them, and audio, video, plain text. */
const safeTypes: ReadonlySet<string> = new Set([
  ...[
    'avif',
    'apng',
    'bmp',
    'gif',
    'jpeg',
    'png',
    'tiff',
    'vnd.microsoft.icon',
    'webp',
    'x-icon',
  ].map((type) => `image/${type}`),
  ...['aac', 'flac', 'mp4', 'mpeg', 'ogg', 'opus', 'wav', 'webm', 'x-flac', 'x-m4a', 'x-wav'].map(
    (type) => `audio/${type}`,
  ),
  ...['mp4', 'mpeg', 'ogg', 'quicktime', 'webm', 'x-m4v'].map((type) => `video/${type}`),
  'application/pdf',
  'text/plain',
]);

const shut = "default-src 'none'; sandbox";
/** What browsers put around a picture has styles. */
const shown = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/** Their players load the film once more, from the site itself; scripts stay forbidden. */
const played =
  "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox allow-same-origin";

/** Inline only what is safe or was named by the application; scripts never run, whatever was asked for. */
export function presentation(
  type: string | undefined,
  { disposition = 'inline', inlineTypes = [] }: PresentationOptions,
): Presentation {
  // What is no type came from raw SQL, and must not reach a header.
  const essence = essenceOf(type) ?? unknownType;
  const isNamed = inlineTypes.includes(essence);
  const isSafe = safeTypes.has(essence);
  if (disposition === 'inline' && (isNamed || isSafe)) {
    const policy = isSafe && /^(?:audio|video)\//.test(essence) ? played : shown;
    return { type: withCharset(essence), disposition, policy };
  }
  // Pages may show an SVG as a picture; as a script or style of a page no file is to be used.
  const isUsable = isNamed || essence === 'image/svg+xml' || !isActiveType(essence);
  const told = isUsable && essence !== 'text/css' ? withCharset(essence) : unknownType;
  return { type: told, disposition: 'attachment', policy: shut };
}

function withCharset(essence: string): string {
  return essence.startsWith('text/') ? `${essence}; charset=utf-8` : essence;
}
