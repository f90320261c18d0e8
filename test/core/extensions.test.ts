import { extensions } from '@filefield/core';
import { describe, expect, it } from 'vitest';

import { askValidator } from '../../packages/core/src/file-validator.ts';

/** Whether a list lets a filename in. */
async function isAllowed(
  allowed: readonly string[],
  filename: string | undefined,
): Promise<boolean> {
  const file = { filename, type: 'text/plain', size: 1, head: new Uint8Array(1) };
  return (await askValidator(extensions(allowed), file)).length === 0;
}

describe("extensions(), by the rules of Django's FileExtensionValidator,", () => {
  it.each<[what: string, allowed: string[], filename: string | undefined]>([
    ['an extension of the list', ['txt'], 'file.txt'],
    ['the second of the list', ['pdf', 'txt'], 'file.txt'],
    ['an extension that is written with a dot', ['.txt'], 'file.txt'],
    ['another case in the name', ['txt'], 'file.TXT'],
    ['another case in the list', ['TXT'], 'file.txt'],
    ['the last of two extensions', ['gz'], 'file.tar.gz'],
    ['an extension after two dots', ['txt'], 'file..txt'],
    ['no extension where that is allowed', [''], 'file'],
    ['a dot file where no extension is allowed', [''], '.bashrc'],
    ['a dot at the end where no extension is allowed', [''], 'file.'],
    ['no filename where no extension is allowed', [''], undefined],
    ['a letter beyond ASCII', ['ÄÖÜ'], 'file.äöü'],
  ])('let in %s', async (_what, allowed, filename) => {
    expect(await isAllowed(allowed, filename)).toBe(true);
  });

  it.each<[what: string, allowed: string[], filename: string | undefined]>([
    ['an extension that is not in the list', ['txt'], 'file.jpg'],
    ['the first of two extensions', ['tar'], 'file.tar.gz'],
    ['two extensions, of which one counts', ['tar.gz'], 'file.tar.gz'],
    ['an extension in the middle', ['txt'], 'file.txt.exe'],
    ['a name that is the extension', ['txt'], 'txt'],
    ['a dot file', ['txt'], '.txt'],
    ['no extension', ['txt'], 'file'],
    ['an extension where none is allowed', [''], 'file.txt'],
    ['everything, when the list is empty', [], 'file.txt'],
    ['even no extension, when the list is empty', [], 'file'],
    ['part of an extension', ['tx'], 'file.txt'],
    ['no filename', ['txt'], undefined],
  ])('keep out %s', async (_what, allowed, filename) => {
    expect(await isAllowed(allowed, filename)).toBe(false);
  });

  it("say what is allowed in Django's words", async () => {
    const file = { filename: 'file.JPG', type: 'image/jpeg', size: 1, head: new Uint8Array(1) };

    expect(await askValidator(extensions(['.TXT', 'pdf', '']), file)).toEqual([
      {
        validator: 'extensions',
        message: 'File extension “jpg” is not allowed. Allowed extensions are: txt, pdf, none.',
        expected: ['.TXT', 'pdf', ''],
        received: 'jpg',
      },
    ]);
  });
});
