import { acceptIssue, type Accept } from '../accept.ts';
import type { FileIssue } from '../errors.ts';
import { essence, typeOfName } from '../file-type.ts';
import { latin1 } from './byte-steps.ts';
import { contradictionIssue, markupIssue, notAnImageIssue } from './image-issues.ts';
import { isMeasurable } from './image-inspection.ts';
import { hasMarkup } from './markup-in-image.ts';

/** How large an image may be for whoever decodes it. */
export interface ImageLimits {
  /** Width times height of the image, or of its largest frame. */
  readonly maxPixels: number;
  /** Frames of an animation. */
  readonly maxFrames: number;
  /** Whether width and height are those of the image turned upright, as its EXIF block says. */
  readonly applyOrientation: boolean;
}

/** What is known of an image before its bytes pass. */
export interface ImageClues {
  readonly filename: string | undefined;
  /** Found from the bytes. */
  readonly type: string;
  /** As the sender says. */
  readonly declared: string | undefined;
  readonly head: Uint8Array;
}

/** What is wrong with an image by its first bytes and its name. */
export function imageIssues(clues: ImageClues, accept: Accept | undefined): FileIssue[] {
  const { filename, type, head } = clues;
  const declared = essence(clues.declared);
  if (isAllowedSvg(clues, accept)) return nameIssues(type, filename, declared);
  if (!isMeasurable(type)) return [notAnImageIssue(type)];
  const text = latin1(head);
  return [
    ...nameIssues(type, filename, declared),
    ...(hasMarkup(text) || text.slice(0, 1024).includes('%PDF-') ? [markupIssue()] : []),
  ];
}

/** SVG is a document that can hold scripts: a field has to ask for it by name. */
function isAllowedSvg(clues: ImageClues, accept: Accept | undefined): boolean {
  const named = accept?.filter((entry) => /^(?:image\/svg\+xml|\.svg)$/i.test(entry)) ?? [];
  return (
    clues.type === svg && named.length > 0 && !acceptIssue(named, { ...clues, size: undefined })
  );
}

const svg = 'image/svg+xml';

/** Says where a filename or a sender calls an image something else; `blob`, as browsers call a canvas, contradicts nothing. */
export function nameIssues(
  type: string,
  filename: string | undefined,
  declared?: string,
): FileIssue[] {
  const extension = filename === undefined ? undefined : /[^/]\.([^./]+)$/.exec(filename)?.[1];
  const named = extension === undefined ? undefined : typeOfName(`x.${extension}`);
  const isNamed = extension === undefined || family(named ?? '') === family(type);
  const isDeclared =
    declared === undefined ||
    declared === 'application/octet-stream' ||
    family(declared) === family(type);
  if (!isNamed) return [contradictionIssue(type, `.${extension}`)];
  return isDeclared ? [] : [contradictionIssue(type, declared)];
}

/** Names for one kind of image. */
function family(type: string): string {
  const known = families.find((names) => names.includes(type));
  return known?.[0] ?? type;
}

const families: readonly (readonly string[])[] = [
  ['image/png', 'image/apng', 'image/x-png'],
  ['image/jpeg', 'image/jpg', 'image/pjpeg'],
  ['image/heif', 'image/heic', 'image/heic-sequence', 'image/heif-sequence'],
  ['image/bmp', 'image/x-ms-bmp', 'image/x-bmp'],
];
