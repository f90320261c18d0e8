import { openToken, sealToken } from '@filefield/core/binding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const key = 'a secret of more than 32 characters';
const data = { name: 'incoming/x', subject: 'ä ☃ "\\' };

describe('a sealed token', () => {
  it('gives its data back, under one purpose', () => {
    const token = sealToken('upload', data, key);

    expect(token).toMatch(/^[\w-]+\.[\w-]{43}$/);
    expect(openToken('upload', token, [key])).toEqual(data);
    expect(openToken('download', token, [key])).toBeUndefined();
  });

  it('is accepted by every key of the list, and by no other', () => {
    const token = sealToken('upload', data, key);

    expect(openToken('upload', token, ['new', key])).toEqual(data);
    expect(openToken('upload', token, ['new'])).toBeUndefined();
    expect(openToken('upload', token, [])).toBeUndefined();
  });

  it('is nothing with any one character changed', () => {
    const token = sealToken('upload', data, key);
    const changed = Array.from(token, (character, at) => {
      const other = character === 'A' ? 'B' : 'A';
      return token.slice(0, at) + other + token.slice(at + 1);
    });

    const opened = changed.filter((text) => openToken('upload', text, [key]) !== undefined);

    expect(opened).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['a dot', '.'],
    ['two dots', '..'],
    ['padding', '='],
    ['white space', ' '],
    ['a third part', '.AAAA'],
    ['NUL', '\0'],
  ])('is nothing with %s at its end, or alone', (_, text) => {
    const token = sealToken('upload', data, key);

    expect(openToken('upload', text, [key])).toBeUndefined();
    expect(openToken('upload', `${token}${text || ' '}`, [key])).toBeUndefined();
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(openToken('upload', value as string, [key])).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.string(), fc.string(), (body, signature) => {
        expect(openToken('upload', `${body}.${signature}`, [key])).toBeUndefined();
      }),
    );
  });
});
