import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { workspace } from '../support/packed-packages.ts';

const run = promisify(execFile);
const example = join(workspace, 'examples/01-first-file');
const tsx = join(example, 'node_modules/.bin/tsx');

describe('the example 01-first-file', () => {
  it.each([
    { place: 'local', environment: {} },
    { place: 'remote', environment: { USE_REMOTE_STORAGE: '1' } },
  ])(
    'shows what a file field does, with $place storage',
    async ({ place, environment }) => {
      const temporary = await openDirectory();

      const { stdout, stderr } = await run(tsx, ['src/main.ts'], {
        cwd: example,
        env: { ...process.env, TMPDIR: temporary, ...environment },
      });

      expect(stderr).toBe('');
      expect(steadied(stdout)).toBe(report(place));
      expect(await left(temporary)).toEqual({ files: [], processes: [] });
    },
    120_000,
  );

  it('ends with exit code 1 when something fails, and leaves nothing either', async () => {
    const temporary = await openDirectory();

    const failed = run(tsx, ['src/main.ts'], {
      cwd: example,
      env: { ...process.env, TMPDIR: temporary, PGOPTIONS: '--no_such_setting=1' },
    });

    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no_such_setting'),
    });
    expect(await left(temporary)).toEqual({ files: [], processes: [] });
  }, 120_000);
});

/** Its servers run as another user under root, who must be able to enter. */
async function openDirectory(): Promise<string> {
  const directory = await mkdtemp(join(inject('testRun').directory, 'example-'));
  await chmod(directory, 0o755);
  return directory;
}

/** What a run left in its temporary directory, but for the cache of tsx, and which processes still know it. */
async function left(temporary: string): Promise<{ files: string[]; processes: string[] }> {
  const files = await readdir(temporary);
  const { stdout } = await run('ps', ['-A', '-o', 'args=']);
  return {
    files: files.filter((file) => !file.startsWith('tsx-')),
    processes: stdout.split('\n').filter((line) => line.includes(temporary)),
  };
}

/** The report with every token, port and path replaced; equal tokens stay equal, and columns stay aligned. */
function steadied(output: string): string {
  const tokens = new Map<string, string>();
  return output
    .replaceAll(/(?<=_)[0-9a-z]{6}(?=…)/g, (token) => {
      const letter = String.fromCharCode('a'.charCodeAt(0) + tokens.size);
      tokens.set(token, tokens.get(token) ?? letter.repeat(6));
      return tokens.get(token)!;
    })
    .replace(/port \d+/, 'port 00000')
    .replace(/\S*\/filefield-first-file-\w{6}/, '<temporary>');
}

const report = (
  place: string,
): string => `PostgreSQL listens on port 00000; the files of "public" are in
<temporary>/media/${place}/public/

1. Save three files with one flush
   storage  public   photos/lighthouse_aaaaaa….png     34,373
            private  agreements/agreement_bbbbbb….pdf     794
            private  notes/ada/notes_cccccc….txt          128
   journal  empty
   → Uploaded first, then INSERT. The journal listed the names meanwhile; the INSERT took them off.

2. Read them back in chunks
   lighthouse.png  34,373  10000 + 10000 + 10000 + 4373
   agreement.pdf      794  794
   notes.txt          128  3 lines
   storage  as before
   journal  as before
   → Chunks have exactly the size asked for; the SHA-256 of the row is checked on the way.

3. List name, size, type and URL
   lighthouse.png  34,373  image/png        /media/photos/lighthouse_aaaaaa….png
   agreement.pdf      794  application/pdf  no URL
   notes.txt          128  text/plain       no URL
   storage  as before
   journal  as before
   → All from the row, without a request. A private file has no URL here: its storage has no keys.

4. Rename the photo
   storage  public   photos/lighthouse_aaaaaa….png     34,373
            public   photos/portrait_dddddd….png       34,373
            private  agreements/agreement_bbbbbb….pdf     794
            private  notes/ada/notes_cccccc….txt          128
   journal  public  photos/lighthouse_aaaaaa….png  to be deleted now
   → The object was copied under a new name; the UPDATE put the old one into the journal.

5. Replace the notes
   storage  public   photos/lighthouse_aaaaaa….png     34,373
            public   photos/portrait_dddddd….png       34,373
            private  agreements/agreement_bbbbbb….pdf     794
            private  notes/ada/notes_cccccc….txt          128
            private  notes/ada/thursday_eeeeee….txt        22
   journal  private  notes/ada/notes_cccccc….txt    to be deleted now
            public   photos/lighthouse_aaaaaa….png  to be deleted now
   → No name is ever used twice, so bytes under a name never change and URLs may be cached.

6. Roll a transaction back
   rolled back: the keeper came back
   the value: <FieldFile: pending friday.txt>
   storage  public   photos/lighthouse_aaaaaa….png     34,373
            public   photos/portrait_dddddd….png       34,373
            private  agreements/agreement_bbbbbb….pdf     794
            private  notes/ada/friday_ffffff….txt          32
            private  notes/ada/notes_cccccc….txt          128
            private  notes/ada/thursday_eeeeee….txt        22
   journal  private  notes/ada/friday_ffffff….txt   to be deleted in 24 h
            private  notes/ada/notes_cccccc….txt    to be deleted now
            public   photos/lighthouse_aaaaaa….png  to be deleted now
   → The row holds the old notes. The upload waits in the journal: the file is pending again.

7. Flush again
   row  notes/ada/friday_ffffff….txt  "Friday: the keeper went ashore.\\n"
   storage  as before
   journal  private  notes/ada/notes_cccccc….txt     to be deleted now
            private  notes/ada/thursday_eeeeee….txt  to be deleted now
            public   photos/lighthouse_aaaaaa….png   to be deleted now
   → The stream could be read only once, and was: the object that waited became the file.

8. Delete the row with raw SQL
   storage  as before
   journal  private  agreements/agreement_bbbbbb….pdf  to be deleted now
            private  notes/ada/friday_ffffff….txt      to be deleted now
            private  notes/ada/notes_cccccc….txt       to be deleted now
            private  notes/ada/thursday_eeeeee….txt    to be deleted now
            public   photos/lighthouse_aaaaaa….png     to be deleted now
            public   photos/portrait_dddddd….png       to be deleted now
   → No code of the application ran: a trigger put the names of the row into the journal.

9. Reclaim what no row references
   deleted 6 objects, 0 problems
   storage  empty
   journal  private  agreements/agreement_bbbbbb….pdf  deleted, the name stays barred
            private  notes/ada/friday_ffffff….txt      deleted, the name stays barred
            private  notes/ada/notes_cccccc….txt       deleted, the name stays barred
            private  notes/ada/thursday_eeeeee….txt    deleted, the name stays barred
            public   photos/lighthouse_aaaaaa….png     deleted, the name stays barred
            public   photos/portrait_dddddd….png       deleted, the name stays barred
   → The grace is 0 here. The default keeps files for 24 hours, and files.restore() brings one back.
`;
