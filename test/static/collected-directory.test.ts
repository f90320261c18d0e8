import { execFileSync } from 'node:child_process';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileNotFoundError, UnsupportedOperationError } from '@filefield/core';
import { loadStatic, staticHandler } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { CollectedDirectory } from '../../packages/static/src/collected-directory.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** What serves a directory where all files are of one moment. */
async function servedOf(
  files: Readonly<Record<string, string>>,
  time: Date,
): Promise<(headers: Record<string, string>) => Promise<Response>> {
  const directory = await temporaryDirectory();
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, name), text);
    await utimes(join(directory, name), time, time);
  }
  const handler = staticHandler(await loadStatic({ storage: directory, manifest: false }));
  return async (headers) => handler(new Request('http://localhost/static/app.js', { headers }));
}

describe('a directory of collected files', () => {
  it('is left as it is: nothing is written there, not for reading either', async () => {
    const location = await temporaryDirectory();
    await writeFile(join(location, 'app.js'), 'x');
    const directory = new CollectedDirectory(location);

    await new Response(await directory.open('app.js')).text();

    expect(await readdir(location)).toEqual(['app.js']);
    await expect(directory.save('new.js', 'x')).rejects.toThrow(UnsupportedOperationError);
    await expect(directory.delete('app.js')).rejects.toThrow('static files are only read here');
    await expect(directory.list()).rejects.toThrow(UnsupportedOperationError);
  });

  it.each(['directory', 'pipe', 'missing', 'app.js/below'])('holds no file: %s', async (name) => {
    const location = await temporaryDirectory();
    await mkdir(join(location, 'directory'));
    execFileSync('/usr/bin/env', ['mkfifo', join(location, 'pipe')]);
    await writeFile(join(location, 'app.js'), 'x');
    const directory = new CollectedDirectory(location);

    await expect(directory.open(name)).rejects.toThrow(FileNotFoundError);
    await expect(directory.stat(name)).rejects.toThrow(FileNotFoundError);
  });
});

describe('files of one moment', () => {
  it('are told apart when they are forms of one file, of one size too', async () => {
    const files = { 'app.js': 'plain', 'app.js.br': 'one', 'app.js.gz': 'two' };
    const ask = await servedOf(files, new Date('2026-11-20T18:00:00Z'));

    const responses = [
      await ask({ 'accept-encoding': 'br' }),
      await ask({ 'accept-encoding': 'gzip' }),
    ];

    expect(await Promise.all(responses.map((response) => response.text()))).toEqual(['one', 'two']);
    expect(responses.map(({ headers }) => headers.get('etag'))).toEqual([
      '"1a1fa1d8100-3-br"',
      '"1a1fa1d8100-3-gzip"',
    ]);
  });

  it('have no date where it is that of a build which is the same each time', async () => {
    const ask = await servedOf({ 'app.js': 'x' }, new Date(0));

    const response = await ask({});
    await response.text();
    const since = await ask({ 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' });
    await since.text();
    const known = await ask({ 'if-none-match': '"0-1"' });

    expect([response.headers.get('etag'), response.headers.get('last-modified')]).toEqual([
      '"0-1"',
      null,
    ]);
    expect([since.status, known.status]).toEqual([200, 304]);
  });
});
