import { describe, expect, it } from 'vitest';
import { possibleOriginals } from '../../../packages/mikro-orm/src/journal/listed-variants.ts';
import { judge } from '../../../packages/mikro-orm/src/worker/judge.ts';

const locations = new Map([
  ['media', 'memory://one/'],
  ['mirror', 'memory://one/'],
  ['other', 'memory://two/'],
]);
const locationOf = (alias: string): string | undefined => locations.get(alias);
const row = { id: '1', storage: 'media', location: 'memory://one/', name: 'a.txt' };

describe('a leased object', () => {
  it.each([
    ['no value has its name', [], 'unreferenced'],
    ['a value of its alias has its name', [owned('media', 'a.txt')], 'referenced'],
    [
      'a value of another alias of its place has its name',
      [owned('mirror', 'a.txt')],
      'referenced',
    ],
    ['a value of an unknown alias has its name', [owned('renamed', 'a.txt')], 'referenced'],
    ['a value without an alias has its name', [owned(null, 'a.txt')], 'referenced'],
    ['only a value of another place has its name', [owned('other', 'a.txt')], 'unreferenced'],
    ['only values that do not own it have its name', [borrowed('media', 'a.txt')], 'borrowed'],
    [
      'one of the values owns it',
      [borrowed('media', 'a.txt'), owned('mirror', 'a.txt')],
      'referenced',
    ],
    ['a value has a name that begins like its name', [owned('media', 'a.txt2')], 'unreferenced'],
  ])('where %s', (_, references, verdict) => {
    const verdicts = judge([row], references, locationOf);

    expect(verdicts.get('1')).toBe(verdict);
  });
});

describe('the originals that a name may be a variant of', () => {
  it.each([
    ['a.txt', []],
    ['a.txt.v/small.webp', ['a.txt']],
    ['a.v/b.v/c', ['a', 'a.v/b']],
    ['x/.v/b', ['x/']],
    ['.v/b', []],
    ['a.v', []],
  ])('of %s', (name, originals) => {
    const found = possibleOriginals(name);

    expect(found).toEqual(originals);
  });
});

function owned(storage: string | null, name: string) {
  return { storage, name, borrowed: false };
}

function borrowed(storage: string | null, name: string) {
  return { storage, name, borrowed: true };
}
