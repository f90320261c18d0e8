import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineStorages, FileSystemStorage, signUrl } from '@filefield/core';
import { mediaHandler } from '@filefield/http';
import { nodeHandler } from '@filefield/http/node';
import { describe, expect, it } from 'vitest';
import { afterwards } from '../support/afterwards.ts';
import { waysUp } from '../support/ways-up.ts';
import { rawRequest } from './raw-request.ts';
import { running } from './sites.ts';

const directory = await realpath(await mkdtemp(join(tmpdir(), 'filefield-')));
afterwards(async () => rm(directory, { recursive: true, force: true }));
const location = join(directory, 'public');
const key = 'k'.repeat(32);
const storages = defineStorages({
  public: () => new FileSystemStorage({ location, baseUrl: '/media/', visibility: 'public' }),
  private: () =>
    new FileSystemStorage({ location: join(directory, 'vault'), baseUrl: '/vault/', keys: [key] }),
});
await storages.get('public').save('hello.txt', 'Hello, world');
await storages.get('private').save('secret.txt', 'SECRET');
await writeFile(join(directory, 'secret.txt'), 'SECRET');
await mkdir(join(location, '.filefield'), { recursive: true });
await mkdir(join(location, 'incoming'));
await mkdir(join(location, 'sub'));
await writeFile(join(location, '.filefield/owner'), 'SECRET');
await writeFile(join(location, 'incoming/upload'), 'SECRET');
await symlink(join(directory, 'secret.txt'), join(location, 'link.txt'));
await symlink(directory, join(location, 'linked'));

const failures: unknown[] = [];
const onError = (error: unknown): void => void failures.push(error);
const { port } = await running(nodeHandler(mediaHandler({ storages }), { onError }));

/** Each is tried with what lies above, and with what only the library may read. */
const targets = [
  ...[...waysUp, 'linked/', 'sub/../linked/'].flatMap((way) => [
    `/media/${way}secret.txt`,
    `/media/${way}.filefield/owner`,
    `/media/sub/${way}incoming/upload`,
  ]),
  '/media/INCOMING/upload',
  '/media/Incoming/upload',
  '/media/%69ncoming/upload',
  '/media/%69%6e%63%6f%6d%69%6e%67/upload',
  '/media/./incoming/upload',
  '/media/sub/.././incoming/upload',
  '/media/.//incoming/upload',
  '/media/incoming%2fupload',
  '/media/incoming%5cupload',
  '/media/incoming/',
  '/media/incoming',
  '/media/%ef%bd%89ncoming/upload',
  '/media/sub/../.filefield/owner',
  '/media/.FILEFIELD/owner',
  '/media/%2efilefield/owner',
  '/media/%2Efilefield%2Fowner',
  '/media/.filefield/',
  '/media/.filefield',
  '/media/.filefield./owner',
  '/media/.filefield%20/owner',
  '/media/.filefield::$INDEX_ALLOCATION/owner',
  '/media/link.txt',
  '/media/linked/vault/secret.txt',
  '/media/linked',
  '/media/',
  '/media/sub',
  '/media/sub/',
  '/media',
  '/media/%',
  '/media/%2',
  '/media/%zz',
  '/media/%ff',
  '/media/hello.txt%00',
  '/media/hello.txt%00.png',
  '/media/hello.txt%2500',
  '/media/hello.txt::$DATA',
  '/media/hello.txt.',
  '/media/hello.txt%20',
  '/media/hello.txt/',
  '/media/hello.txt/.',
  '/media/hello.txt%0d%0aX-Evil:%201',
  '/media/%E2%80%AEtxt.hello',
  '/media/con',
  '/media/nul.txt',
  '/media/c:/windows/win.ini',
  '/media/c%3a/windows/win.ini',
  '/media//etc/passwd',
  '/media/%2fetc%2fpasswd',
  `/media/${'a'.repeat(300)}`,
  `/media/${'a/'.repeat(600)}a`,
  `/media/${'../'.repeat(1000)}secret.txt`,
  `/media/${'%2e%2e/'.repeat(1000)}secret.txt`,
  `/media/${'x'.repeat(20_000)}`,
  `//media/hello.txt`,
  '//localhost/media/hello.txt',
  '/\\localhost/media/hello.txt',
  '/media\\hello.txt',
  '/MEDIA/hello.txt',
  '/vault/secret.txt',
  '/media/../vault/secret.txt',
  '/vault/secret.txt?signature=',
  `/vault/secret.txt?expires=99999999999&signature=${'a'.repeat(43)}`,
  '/vault/secret.txt?__proto__[signature]=1&expires[]=1',
  `/vault/secret.txt?${'expires=1&'.repeat(1000)}`,
  'http://localhost/vault/secret.txt',
  'http://localhost/media/../secret.txt',
  'HTTP://evil.example/media/.filefield/owner',
  'http://[::/media/hello.txt',
  'http://ada:secret@localhost/media/hello.txt',
  'http://ada@localhost/media/hello.txt',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'media/hello.txt',
  '../secret.txt',
  '?',
  '#',
  '*',
  '',
];

describe('a hostile path', () => {
  it('comes in more than a hundred spellings', () => {
    expect(new Set(targets).size).toBe(targets.length);
    expect(targets.length).toBeGreaterThan(200);
  });

  it.each(targets.map((target) => [shown(target), target]))(
    'reads nothing: %s',
    async (_shown, target) => {
      const { status, text } = await rawRequest(port, [
        `GET ${target} HTTP/1.1`,
        'Host: localhost',
      ]);

      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(text).not.toMatch(/SECRET|root:|X-Evil/);
    },
  );

  it.each<[what: string, name: string]>([
    ['above the storage', '../secret.txt'],
    ['above it, encoded', '%2e%2e/secret.txt'],
    ["of the library's own", '.filefield/owner'],
    ['of an upload', 'incoming/upload'],
  ])('reads nothing although it is signed: one %s', async (_what, name) => {
    const grant = { storage: 'private', name, expires: 9_999_999_999 };
    const target = `/vault/${encodeURIComponent(name)}?${signUrl(grant, key).toString()}`;

    const { status, text } = await rawRequest(port, [`GET ${target} HTTP/1.1`, 'Host: localhost']);

    expect(status).toBe(404);
    expect(text).not.toContain('SECRET');
  });
});

describe('a hostile header', () => {
  it.each<[what: string, header: string]>([
    ['a range of two to the 64th', 'Range: bytes=0-18446744073709551616'],
    ['a range that begins there', 'Range: bytes=18446744073709551615-'],
    ['a range of minus one', 'Range: bytes=-1-2'],
    ['a range with an exponent', 'Range: bytes=0-1e9'],
    ['a range of no numbers', 'Range: bytes=NaN-Infinity'],
    ['three thousand ranges', `Range: bytes=${'0-,'.repeat(3000)}`],
    ['three thousand commas', `Range: bytes=${','.repeat(3000)}0-1`],
    ['two Range headers', 'Range: bytes=0-1\r\nRange: bytes=3-4'],
    ['a unit of three thousand letters', `Range: ${'b'.repeat(3000)}=0-1`],
    ['a range in Latin-1', 'Range: bytes=\u00b2-\u00b3'],
    ['an open tag', 'If-None-Match: "'],
    ['three thousand open tags', `If-None-Match: ${'W/"'.repeat(3000)}`],
    ['three thousand tags', `If-Match: ${'"a",'.repeat(3000)}`],
    ['a tag in Latin-1', 'If-Match: "\u00ff"'],
    ['a date of the year 275761', 'If-Modified-Since: Mon, 01 Jan 275761 00:00:00 GMT'],
    ['a date of February 31st', 'If-Modified-Since: Mon, 31 Feb 2026 00:00:00 GMT'],
    ['a date with 99 hours', 'If-Unmodified-Since: Mon, 01 Jan 2026 99:99:99 GMT'],
    ['a date that is code', 'If-Range: ${process.exit()}'],
    ['an Accept of three thousand pages', `Accept: ${'text/html,'.repeat(1000)}`],
    ['a body', 'Content-Length: 5'],
    ['a Host of nothing', 'Host:'],
  ])('does no harm: %s', async (_what, header) => {
    const lines = ['GET /media/hello.txt HTTP/1.1', 'Host: localhost', header];

    const { status } = await rawRequest(port, lines);

    expect([200, 206, 400, 412, 416]).toContain(status);
  });

  it.each([
    '',
    'a b',
    'user@host',
    'host/path',
    'host?query',
    'host#hash',
    '[::1',
    '[::g]',
    'localhost:99999',
    'localhost:x',
    '%00',
    '1.2.3.4.5',
    'xn--\u00e4',
  ])('is 400 where it is the Host: %s', async (host) => {
    const { status } = await rawRequest(port, ['GET /media/hello.txt HTTP/1.1', `Host: ${host}`]);

    expect(status).toBe(400);
  });

  it.each([
    ['TRACE', 400],
    ['TRACK', 400],
    ['BREW', 400],
    ['get', 400],
    ['PURGE', 405],
    // Node closes the connection of one that nobody takes.
    ['CONNECT', undefined],
  ])('is refused as a method: %s', async (method, wanted) => {
    const { status } = await rawRequest(port, [`${method} /media/hello.txt HTTP/1.1`, 'Host: a']);

    expect(status).toBe(wanted ?? NaN);
  });
});

describe('after all of that the server', () => {
  it('has had no failure', () => {
    expect(failures).toEqual([]);
  });

  it.each([
    ['HTTP/1.1', 'Host: localhost'],
    ['HTTP/1.0', 'X-Host: none'],
  ])('serves: %s', async (version, host) => {
    const { status, text } = await rawRequest(port, [`GET /media/hello.txt ${version}`, host]);

    expect(status).toBe(200);
    expect(text).toMatch(/Hello, world$/);
  });

  it('serves what a proxy asks for', async () => {
    const target = 'http://localhost/media/hello.txt';

    const { status } = await rawRequest(port, [`GET ${target} HTTP/1.1`, 'Host: elsewhere']);

    expect(status).toBe(200);
  });
});

function shown(target: string): string {
  return JSON.stringify(target.length > 80 ? `${target.slice(0, 77)}…` : target);
}
