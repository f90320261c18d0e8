import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { splitExtension } from '../../packages/core/src/split-extension.ts';

describe('the extension of a filename', () => {
  it.each([
    ['a.txt', 'a', '.txt'],
    ['a', 'a', ''],
    ['', '', ''],
    ['.', '.', ''],
    ['..', '..', ''],
    ['a.', 'a.', ''],
    ['a..', 'a..', ''],
    ['a..gz', 'a.', '.gz'],
    ['.gitignore', '.gitignore', ''],
    ['..gitignore', '..gitignore', ''],
    ['.env.local', '.env', '.local'],
    ['Mr. Smith.pdf', 'Mr. Smith', '.pdf'],
    ['Mr. Smith', 'Mr. Smith', ''],
    ['Mr._Smith', 'Mr._Smith', ''],
    ['Dr. No. 2', 'Dr. No. 2', ''],
    ['v1.2.3.zip', 'v1.2.3', '.zip'],
    ['report 2024.01.31.pdf', 'report 2024.01.31', '.pdf'],
    ['a.PNG', 'a', '.PNG'],
    ['a.tar.gz', 'a', '.tar.gz'],
    ['a.TAR.GZ', 'a', '.TAR.GZ'],
    ['a.b.tar.gz', 'a.b', '.tar.gz'],
    ['a.tar.bz2', 'a', '.tar.bz2'],
    ['a.tar.xz', 'a', '.tar.xz'],
    ['a.tar.zst', 'a', '.tar.zst'],
    ['a.tar.lz', 'a', '.tar.lz'],
    ['a.tar.lz4', 'a', '.tar.lz4'],
    ['a.tar.lzma', 'a', '.tar.lzma'],
    ['a.tar.br', 'a', '.tar.br'],
    ['a.tar.Z', 'a', '.tar.Z'],
    ['a.tgz', 'a', '.tgz'],
    ['a.sql.gz', 'a', '.sql.gz'],
    ['a.csv.zst', 'a', '.csv.zst'],
    ['a.nii.gz', 'a', '.nii.gz'],
    ['a.d.ts', 'a', '.d.ts'],
    ['a.d.mts', 'a', '.d.mts'],
    ['a.tar.png', 'a.tar', '.png'],
    ['john.doe.gz', 'john.doe', '.gz'],
    ['a.min.js', 'a.min', '.js'],
    ['tar.gz', 'tar', '.gz'],
    ['.tar.gz', '.tar', '.gz'],
    ['a.7z', 'a', '.7z'],
    ['a.c++', 'a', '.c++'],
    ['a.jpg_large', 'a', '.jpg_large'],
    ['a.x-y', 'a', '.x-y'],
    ['a.-x', 'a.-x', ''],
    ['a.sublime-workspace', 'a', '.sublime-workspace'],
    ['a.abcdefghijklmnopqrst', 'a', '.abcdefghijklmnopqrst'],
    ['a.abcdefghijklmnopqrstu', 'a.abcdefghijklmnopqrstu', ''],
    ['отчёт.док', 'отчёт', '.док'],
    ['a.j pg', 'a.j pg', ''],
    ['a.<b>', 'a.<b>', ''],
  ])('of %j: root %j, extension %j', (filename, root, extension) => {
    expect(splitExtension(filename)).toEqual([root, extension]);
  });

  it('and the root are the filename, and a filename always has a root', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (filename) => {
        const [root, extension] = splitExtension(filename);
        expect(root + extension).toBe(filename);
        expect(root).not.toBe('');
      }),
    );
  });
});
