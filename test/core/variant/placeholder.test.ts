import { describe, expect, it } from 'vitest';
import { photo, shownFile } from './shown-file.ts';

// The example of the thumbhash package's own page.
const placeholder = '1QcSHQRnh493V4dIh4eXh1h4kJUI';

describe('the placeholder of an image', () => {
  it('is a small picture that needs no request', () => {
    const url = shownFile({ ...photo, placeholder }).placeholderUrl ?? '';

    expect(url).toMatch(/^data:image\/png;base64,[\w+/=]+$/);
    const header = Buffer.from(url.split(',')[1] ?? '', 'base64').subarray(16, 24);
    expect([header.readUInt32BE(0), header.readUInt32BE(4)]).toEqual([23, 32]);
  });

  it('is the text that the row keeps', () => {
    expect(shownFile({ ...photo, placeholder }).placeholder).toBe(placeholder);
  });

  it('is missing until it is made', () => {
    const { placeholder: text, placeholderUrl } = shownFile(photo);

    expect([text, placeholderUrl]).toEqual([undefined, undefined]);
  });

  it.each([
    ['nothing', ''],
    ['too short', 'AAAA'],
    ['zeros', 'AAAAAAAAAAAA'],
    ['too long', 'A'.repeat(200)],
    ['no Base64', '"><script>alert(1)</script>'],
    ['a number', 7],
    ['an object', {}],
    ['null', null],
  ])('is missing where raw SQL wrote rubbish: %s', (_, rubbish) => {
    const file = shownFile({ ...photo, placeholder: rubbish as never });

    expect([file.placeholder, file.placeholderUrl]).toEqual([undefined, undefined]);
  });
});
