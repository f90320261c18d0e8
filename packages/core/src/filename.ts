import { byteLength, cutText } from './cut-text.ts';
import { InvalidNameError } from './errors.ts';
import { assertText, componentBytes, isDeviceName } from './file-name.ts';
import { shownName } from './hidden-form.ts';
import { splitExtension } from './split-extension.ts';
import { unescapeHtml } from './unescape-html.ts';
import { withoutUnseen } from './unseen-characters.ts';

/**
 * What a user called a file, fit for showing and for downloads: HTML references replaced, the part after
 * the last `/` and the last `\`, NFC, without control, format and private-use characters, every kind of
 * blank as a space, trimmed, at most 255 bytes with the extension kept. Follows Django's
 * `sanitize_file_name`; keeps `Mr. Smith.pdf`. Meant for the border, once: `&amp;amp;` loses one level per call.
 *
 * @throws {@link InvalidNameError} when nothing, `.` or `..` is left, or it is no string.
 */
export function cleanFilename(raw: string): string {
  assertText(raw);
  const base = unescapeHtml(raw).replace(/^.*[/\\]/s, '');
  const clean = withoutUnseen(base.replaceAll(/\p{Z}/gu, ' '))
    .replaceAll(/\p{Co}/gu, '')
    .normalize('NFC')
    .trim();
  if (clean === '' || clean === '.' || clean === '..') {
    throw new InvalidNameError(shownName(raw), 'it holds no filename');
  }
  return fitted(...splitExtension(clean)).trim();
}

/**
 * A filename made safe as the last component of a name: NFC, spaces as `_`, only letters, marks, digits,
 * `_`, `-` and `.` kept. Django's `get_valid_name`, except that accents written as marks stay, that it is
 * never empty (`file` stands in for a root of which nothing is left), that names of Windows devices get a
 * `_` in front, and that it ends neither in a dot nor past 255 bytes. Applying it twice changes nothing.
 *
 * @throws {@link InvalidNameError} when it is no string.
 */
export function validFilename(filename: string): string {
  assertText(filename);
  if (isValid.test(filename) && filename.length <= componentBytes && !isDeviceName(filename)) {
    return filename;
  }
  const [root, extension] = splitExtension(
    filename.normalize('NFC').trim().replaceAll(/\p{Z}/gu, '_'),
  );
  const joined = (wordCharacters(root) || 'file') + wordCharacters(extension);
  const named = withoutEndDots(joined.normalize('NFC')) || 'file';
  return withoutEndDots(fitted(...splitExtension(isDeviceName(named) ? `_${named}` : named)));
}

/** ASCII words between single dots: most filenames need nothing done. */
const isValid = /^[\w-]+(?:\.[\w-]+)*$/;

function wordCharacters(text: string): string {
  return text.replaceAll(/[^[\p{L}\p{M}\p{N}_.\-]--\p{Default_Ignorable_Code_Point}]/gv, '');
}

function withoutEndDots(text: string): string {
  return text.replace(/(?<!\.)\.+$/, '');
}

function fitted(root: string, extension: string): string {
  return cutText(root, { bytes: componentBytes - byteLength(extension) }) + extension;
}
