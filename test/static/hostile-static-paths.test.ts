import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSystemStorage } from '@filefield/core';
import { nodeHandler } from '@filefield/http/node';
import { loadStatic, staticHandler, type LoadStaticOptions } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { rawRequest } from '../http/raw-request.ts';
import { running } from '../http/sites.ts';
import { afterwards } from '../support/afterwards.ts';
import { waysUp } from '../support/ways-up.ts';

const directory = await realpath(await mkdtemp(join(tmpdir(), 'filefield-')));
afterwards(async () => rm(directory, { recursive: true, force: true }));
const location = join(directory, 'static');
const storage = new FileSystemStorage({ location, baseUrl: '/static/', visibility: 'public' });
await storage.save('hello.txt', 'Hello, world');
await storage.save('sub/index.html', 'Hello, world');
await writeFile(join(directory, 'secret.txt'), 'SECRET');
await mkdir(join(location, 'incoming'));
await mkdir(join(location, 'photo.v'));
for (const name of ['.filefield/owner', 'incoming/upload', 'photo.v/small', 'hello.txt.gz']) {
  await writeFile(join(location, name), 'SECRET');
}

const failures: unknown[] = [];
const onError = (error: unknown): void => void failures.push(error);

/** Every way to load the same files, and the port where they are served. */
async function served(options: LoadStaticOptions): Promise<number> {
  const handler = staticHandler(await loadStatic({ ...options, manifest: false }), {
    indexFile: true,
  });
  return (await running(nodeHandler(handler, { onError }))).port;
}

const ports = {
  'a storage': await served({ storage }),
  'a directory': await served({ storage: location }),
  'the sources': await served({ development: true, sources: [location] }),
};
// Storages and sources follow no link out of them.
await symlink(join(directory, 'secret.txt'), join(location, 'link.txt'));
await symlink(directory, join(location, 'linked'));

/** Each is tried with what lies above, and with what only the library may read. */
const targets = [
  ...waysUp.flatMap((way) => [
    `/static/${way}secret.txt`,
    `/static/${way}.filefield/owner`,
    `/static/sub/${way}incoming/upload`,
  ]),
  '/static/incoming/upload',
  '/static/%69ncoming/upload',
  '/static/incoming%2fupload',
  '/static/incoming',
  '/static/incoming/',
  '/static/photo.v/small',
  '/static/photo%2ev/small',
  '/static/.filefield/owner',
  '/static/.FILEFIELD/owner',
  '/static/%2efilefield/owner',
  '/static/.filefield-0/owner',
  '/static/.filefield',
  '/static/.filefield/',
  '/static/.filefield%20/owner',
  '/static/.filefield::$INDEX_ALLOCATION/owner',
  '/static/hello.txt.gz',
  '/static/hello.txt%2egz',
  '/static/hello%2etxt.gz',
  '/static/hello.txt.br',
  '/static/hello.txt%00',
  '/static/hello.txt%00.gz',
  '/static/hello.txt%2500',
  '/static/hello.txt::$DATA',
  '/static/hello.txt.',
  '/static/hello.txt%20',
  '/static/hello.txt/',
  '/static/hello.txt/.',
  '/static/hello.txt/sub',
  '/static/hello.txt%0d%0aX-Evil:%201',
  '/static/%E2%80%AEtxt.hello',
  '/static/',
  '/static//',
  '/static//sub',
  '/static/sub//',
  '/static/sub/index.html/',
  '/static/sub%2f',
  '/static',
  '/static/%',
  '/static/%2',
  '/static/%zz',
  '/static/%ff',
  '/static/con',
  '/static/nul.txt',
  '/static/c:/windows/win.ini',
  '/static/c%3a/windows/win.ini',
  '/static//etc/passwd',
  '/static/%2fetc%2fpasswd',
  '/static/file:%2f%2f/etc/passwd',
  `/static/${'a'.repeat(254)}`,
  `/static/${'a'.repeat(300)}`,
  `/static/${'a/'.repeat(600)}a`,
  `/static/${'../'.repeat(1000)}secret.txt`,
  `/static/${'%2e%2e/'.repeat(1000)}secret.txt`,
  '//static/hello.txt',
  '//localhost/static/hello.txt',
  '/\\localhost/static/hello.txt',
  '/static\\hello.txt',
  '/STATIC/hello.txt',
  '/staticx/hello.txt',
  'http://localhost/static/../secret.txt',
  'HTTP://evil.example/static/.filefield/owner',
  'file:///etc/passwd',
  'static/hello.txt',
  '?',
  '#',
  '*',
  '',
];

describe.each(Object.entries(ports))('a hostile path into %s', (from, port) => {
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

  it('leads nowhere else: a redirect stays on the site', async () => {
    const lines = ['GET /static//evil.example/..//sub HTTP/1.1', 'Host: localhost'];

    const { status } = await rawRequest(port, lines);
    const { text } = await rawRequest(port, ['GET /static/sub HTTP/1.1', 'Host: evil.example']);

    expect(status).toBe(404);
    expect(text).toMatch(/\r\nlocation: \.\/sub\/\r\n/i);
  });

  it('left a server that serves', async () => {
    const lines = ['GET /static/hello.txt HTTP/1.1', 'Host: localhost'];

    const { status, text } = await rawRequest(port, lines);

    expect([from, status]).toEqual([from, 200]);
    expect(text).toMatch(/Hello, world$/);
    expect(failures).toEqual([]);
  });
});

describe('a link out of the files', () => {
  it.each([
    ['a storage', 'link.txt', 404],
    ['a storage', 'linked/secret.txt', 404],
    ['the sources', 'link.txt', 404],
    ['the sources', 'linked/secret.txt', 404],
  ] as const)('is not followed from %s: %s', async (from, name, wanted) => {
    const lines = [`GET /static/${name} HTTP/1.1`, 'Host: localhost'];

    const { status, text } = await rawRequest(ports[from], lines);

    expect(status).toBe(wanted);
    expect(text).not.toContain('SECRET');
  });

  it("is followed from a directory, where Django's --link makes such", async () => {
    const lines = ['GET /static/link.txt HTTP/1.1', 'Host: localhost'];

    const { text } = await rawRequest(ports['a directory'], lines);

    expect(text).toMatch(/SECRET$/);
  });
});

describe('the paths', () => {
  it('are more than two hundred', () => {
    expect(new Set(targets).size).toBe(targets.length);
    expect(targets.length).toBeGreaterThan(200);
  });
});

function shown(target: string): string {
  return JSON.stringify(target.length > 80 ? `${target.slice(0, 77)}…` : target);
}
