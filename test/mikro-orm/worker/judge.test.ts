import { describe, expect, it } from 'vitest';
import { judge, namesToFind } from '../../../packages/mikro-orm/src/worker/judge.ts';

const locations = new Map([
  ['media', 'memory://one/'],
  ['mirror', 'memory://one/'],
  ['other', 'memory://two/'],
]);
const locationOf = (alias: string): string | undefined => locations.get(alias);
const row = { id: '1', storage: 'media', location: 'memory://one/', name: 'a.txt' };
const variant = { ...row, name: 'a.txt.v/small.webp' };

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

  it.each([
    ['a value has the name of its base', [owned('media', 'a.txt')], 'referenced'],
    ['a value has its own name', [owned('media', 'a.txt.v/small.webp')], 'referenced'],
    ['a value has the name of another base', [owned('media', 'b.txt')], 'unreferenced'],
  ])('that is a variant, where %s', (_, references, verdict) => {
    const verdicts = judge([variant], references, locationOf);

    expect(verdicts.get('1')).toBe(verdict);
  });
});

describe('the names to find', () => {
  it('are those of the rows and of what they are variants of, each once', () => {
    const names = namesToFind([row, variant, { ...row, id: '2' }]);

    expect(names).toEqual(['a.txt', 'a.txt.v/small.webp']);
  });
});

function owned(storage: string | null, name: string) {
  return { storage, name, borrowed: false };
}

function borrowed(storage: string | null, name: string) {
  return { storage, name, borrowed: true };
}
