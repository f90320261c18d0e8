import { MemoryStorage } from '@filefield/core';
import {
  formatManifest,
  manifestHash,
  parseManifest,
  readManifest,
  StaticFilesError,
} from '@filefield/static';
import { describe, expect, it } from 'vitest';

// What Django 5.2.17 wrote for eight files: in the order in which it processed them, outside ASCII escaped.
const django = String.raw`{"paths": {"img/\u00fcmlaut \ud83d\ude00.png": "img/\u00fcmlaut \ud83d\ude00.c03410a5204b.png", "img/a.png": "img/a.bff139fa05ac.png", "img/\uffee.png": "img/\uffee.9b759040321a.png", "a dir/q\"x.txt": "a dir/q\"x.7694f4a66316.txt", "css/base.css": "css/base.d41d8cd98f00.css", "css/app.css": "css/app.c9a3f9636afc.css", "a.tar.gz": "a.tar.db5570bf6146.gz", "LICENSE": "LICENSE.9dd4e461268c"}, "version": "1.1", "hash": "ec19d1e8bff0"}`;

const two = new Map([
  ['b.css', 'b.0123456789ab.css'],
  ['a.css', 'a.ba9876543210.css'],
]);

describe('a manifest that Django wrote', () => {
  it('is read with every name', () => {
    const { paths, hash } = parseManifest(django);

    expect(paths.size).toBe(8);
    expect(paths.get('css/app.css')).toBe('css/app.c9a3f9636afc.css');
    expect(paths.get('img/ümlaut 😀.png')).toBe('img/ümlaut 😀.c03410a5204b.png');
    expect(hash).toBe('ec19d1e8bff0');
  });

  it('has the hash that is computed here', () => {
    const { paths, hash } = parseManifest(django);

    expect(manifestHash(paths)).toBe(hash);
  });

  it('in format 1.0 has no hash', () => {
    const { paths, hash } = parseManifest('{"version": "1.0", "paths": {"a": "a.0123456789ab"}}');

    expect([...paths]).toEqual([['a', 'a.0123456789ab']]);
    expect(hash).toBe('');
  });
});

describe('a manifest that is written here', () => {
  it("is the text of Python's json.dumps, names in order", () => {
    expect(formatManifest(two)).toBe(
      '{"paths": {"a.css": "a.ba9876543210.css", "b.css": "b.0123456789ab.css"}, ' +
        '"version": "1.1", "hash": "c8024f127828"}',
    );
  });

  it('is the same text for the same names', () => {
    const again = parseManifest(formatManifest(two)).paths;

    expect(formatManifest(again)).toBe(formatManifest(two));
  });

  it('keeps its notes beside what Django reads', () => {
    const notes = {
      originals: new Map([['a.css', '0123456789ab']]),
      encodings: ['gzip', 'brotli'],
      previous: ['ba9876543210'],
    };

    expect(parseManifest(formatManifest(two, notes)).notes).toEqual(notes);
  });

  it('gives names back that are properties of every object', () => {
    const paths = new Map([['__proto__', '__proto__.0123456789ab']]);

    const read = parseManifest(formatManifest(paths)).paths;

    expect([...read]).toEqual([...paths]);
    expect(read.get('constructor')).toBeUndefined();
  });
});

describe('what is no manifest', () => {
  it.each([
    { holding: 'no JSON', text: '{', found: 'it is no JSON' },
    { holding: 'a list', text: '[]', found: 'it is no JSON object' },
    { holding: 'nothing', text: '', found: 'it is no JSON' },
    {
      holding: 'another version',
      text: '{"paths": {}, "version": "2.0"}',
      found: 'its version is "2.0", "1.0" or "1.1" is wanted',
    },
    { holding: 'no paths', text: '{"version": "1.1"}', found: 'its paths are not names by name' },
    {
      holding: 'numbers for names',
      text: '{"version": "1.1", "paths": {"a": 1}}',
      found: 'its paths are not names by name',
    },
  ])('is refused when it holds $holding', ({ text, found }) => {
    expect(() => parseManifest(text)).toThrow(
      `Cannot read the static manifest: "staticfiles.json" is no manifest, ${found}`,
    );
  });

  it('is refused in a storage by its name there', async () => {
    const storage = new MemoryStorage();
    await storage.save('old.json', 'hello');

    const reading = readManifest(storage, 'old.json');

    await expect(reading).rejects.toThrow(StaticFilesError);
    await expect(reading).rejects.toThrow('"old.json" is no manifest, it is no JSON');
  });

  it('is nothing where it is not there', async () => {
    expect(await readManifest(new MemoryStorage())).toBeUndefined();
  });
});
