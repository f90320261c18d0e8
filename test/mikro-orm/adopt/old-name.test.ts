import { describe, expect, it } from 'vitest';
import { oldNames, shownValue } from '../../../packages/mikro-orm/src/adopt/old-name.ts';

const bases = [
  'https://media.example.com/',
  'https://acme.s3.eu-central-1.amazonaws.com/media',
  'https://s3.eu-central-1.amazonaws.com/acme/media/',
  'https://d111111abcdef8.cloudfront.net',
  '/files/my%20media/',
];

describe('a former value below a base URL names an object', () => {
  it.each<[what: string, value: string, name: string]>([
    ['a custom domain', 'https://media.example.com/a/b.png', 'a/b.png'],
    ['http for https', 'http://media.example.com/a.png', 'a.png'],
    ['no scheme', '//media.example.com/a.png', 'a.png'],
    ['upper case and a port', 'HTTPS://Media.Example.com:443/A.png', 'A.png'],
    ['a bucket in the host', 'https://acme.s3.eu-central-1.amazonaws.com/media/a.png', 'a.png'],
    ['a bucket in the path', 'https://s3.eu-central-1.amazonaws.com/acme/media/a.png', 'a.png'],
    ['CloudFront', 'https://d111111abcdef8.cloudfront.net/a.png?Policy=x&Signature=y', 'a.png'],
    ['a path of the site', '/files/my%20media/a.png', 'a.png'],
    ['a query and a fragment', 'https://media.example.com/a.png?v=1#b/c', 'a.png'],
    ['percent-encoding', 'https://media.example.com/%C3%A9t%C3%A9%20%231.png', 'été #1.png'],
    ['an encoded percent, decoded once', 'https://media.example.com/100%2525.png', '100%25.png'],
    ['an encoded slash, which S3 takes for one', 'https://media.example.com/a%2Fb.png', 'a/b.png'],
    ['a plus, which is one', 'https://media.example.com/a+b.png', 'a+b.png'],
  ])('with %s', (_what, value, name) => {
    expect(oldNames(bases)(value)).toEqual({ name });
  });

  it('by the longest base URL, in whatever order they are told', () => {
    const two = ['https://x.test/', 'https://x.test/media/'];

    const names = [two, two.toReversed()].map((base) => oldNames(base)('https://x.test/media/a'));

    expect(names).toEqual([{ name: 'a' }, { name: 'a' }]);
  });
});

describe('a former value names no object', () => {
  it.each<[what: string, value: string, kind: string]>([
    ['of another host', 'https://media.example.com.evil.test/a.png', 'url'],
    ['of another path', 'https://acme.s3.eu-central-1.amazonaws.com/mediation/a.png', 'url'],
    ['with a user', 'https://media.example.com@evil.test/a.png', 'url'],
    ['of another scheme', 'ftp://media.example.com/a.png', 'url'],
    ['without a host', 'https:///a.png', 'url'],
    ['that is a bare name among URLs', 'a.png', 'url'],
    ['with broken encoding', 'https://media.example.com/%E0%A4%A.png', 'url'],
    ['of one version of an object', 'https://media.example.com/a.png?x=1&versionId=3', 'url'],
    ['that leads out', 'https://media.example.com/a/../../b.png', 'name'],
    ['that leads out, encoded', 'https://media.example.com/%2e%2e/b.png', 'name'],
    ['that leads out, encoded twice', 'https://media.example.com/%252e%252e/b.png', 'name'],
    ['with NUL', 'https://media.example.com/a%00.png', 'name'],
    ['with an empty component', 'https://media.example.com//a.png', 'name'],
    ['that is the base itself', 'https://media.example.com/', 'name'],
    ['that is too long', `https://media.example.com/${'a/'.repeat(600)}b`, 'name'],
    ['that the library keeps for itself', 'https://media.example.com/incoming/a', 'name'],
  ])('%s', (_what, value, kind) => {
    expect(oldNames(bases)(value)).toMatchObject({ flaw: { kind } });
  });

  it.each<[what: string, value: string]>([
    ['that is an absolute path', '/srv/media/a.png'],
    ['with a backslash', 'a\\b.png'],
    ['that is not in NFC', 'e\u0301.png'],
    ['that leads out', '../a.png'],
  ])('%s, where the column holds names', (_what, value) => {
    expect(oldNames(undefined)(value)).toMatchObject({ flaw: { kind: 'name' } });
  });
});

describe('a base URL', () => {
  it.each(['', 'media.example.com', 'ftp://x.test/', 'https://x.test/?a=b', 'https://u:p@x.test/'])(
    'cannot be %j',
    (baseUrl) => {
      expect(() => oldNames(baseUrl)).toThrow('as baseUrl: a URL such as');
    },
  );
});

describe('a value that is told', () => {
  it.each<[what: string, value: string, shown: string]>([
    ['a name', 'avatars/me.png', 'avatars/me.png'],
    ['a signed URL', 'https://x.test/a.png?Signature=secret', '//x.test/a.png'],
    ['a URL with a password', 'https://user:secret@x.test/a.png', 'a.png'],
    ['a path of the server', '/srv/media/a.png', 'a.png'],
  ])('shows of %s what is no secret', (_what, value, shown) => {
    expect(shownValue(value)).toBe(shown);
  });
});
