import { contentHash, hashedName, unhashedName } from '@filefield/static';
import { describe, expect, it } from 'vitest';

// As Django 5.2 names them.
const names = [
  { of: 'a file', name: 'app.css', hashed: 'app.0123456789ab.css' },
  { of: 'a file in directories', name: 'css/v.1/app.css', hashed: 'css/v.1/app.0123456789ab.css' },
  { of: 'a file with two extensions', name: 'a.tar.gz', hashed: 'a.tar.0123456789ab.gz' },
  { of: 'a file without extension', name: 'v.1/LICENSE', hashed: 'v.1/LICENSE.0123456789ab' },
  { of: 'a hidden file', name: '.htaccess', hashed: '.htaccess.0123456789ab' },
  { of: 'a hidden file with extension', name: '..foo.bar', hashed: '..foo.0123456789ab.bar' },
  {
    of: 'a file that holds a hash already',
    name: 'a.ffffffffffff.js',
    hashed: 'a.ffffffffffff.0123456789ab.js',
  },
];

describe('the name of a hashed file', () => {
  it.each(names)('of $of has the hash before its last extension', ({ name, hashed }) => {
    expect(hashedName(name, '0123456789ab')).toBe(hashed);
  });

  it.each(names)('of $of leads back to the plain one', ({ name, hashed }) => {
    expect(unhashedName(hashed)).toBe(name);
  });

  it.each([
    { holding: 'no hash', name: 'css/app.css' },
    { holding: 'a longer hash', name: 'app.0123456789abc.css' },
    { holding: 'letters that are no digits', name: 'app.0123456789ag.css' },
    { holding: 'a hash in its directory', name: 'app.0123456789ab.css/app' },
    { holding: 'nothing but a hash', name: '.0123456789ab.css' },
  ])('that holds $holding is the name of no hashed file', ({ name }) => {
    expect(unhashedName(name)).toBeUndefined();
  });

  it('is made of 12 digits of MD5, or of SHA-256 where it is asked for', () => {
    expect(contentHash('')).toBe('d41d8cd98f00');
    expect(contentHash(Buffer.from('png'))).toBe('bff139fa05ac');
    expect(contentHash('', 'sha256')).toBe('e3b0c44298fc');
  });
});
