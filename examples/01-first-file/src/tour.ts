import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { FieldFile } from '@filefield/core';
import type { FileFields } from '@filefield/mikro-orm';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Member } from './member.ts';
import { shortName, type Line, type Report } from './report.ts';

const shipped = (file: string): URL => new URL(`../files/${file}`, import.meta.url);

/** Everything a file field does, one step after the other. */
export async function tour(em: EntityManager, files: FileFields, report: Report): Promise<void> {
  const ada = em.create(Member, {
    name: 'Ada',
    photo: FieldFile.fromPath(shipped('lighthouse.png')),
    agreement: FieldFile.fromPath(shipped('agreement.pdf')),
    notes: FieldFile.fromPath(shipped('notes.txt')),
  });
  await em.flush();
  await report.step(
    'Save three files with one flush',
    'Uploaded first, then INSERT. The journal listed the names meanwhile; the INSERT took them off.',
  );

  const member = await em.fork().findOneOrFail(Member, { name: 'Ada' });
  await report.step(
    'Read them back in chunks',
    'Chunks have exactly the size asked for; the SHA-256 of the row is checked on the way.',
    [await chunked(member.photo), await chunked(member.agreement), await lines(member.notes)],
  );

  await report.step(
    'List name, size, type and URL',
    'All from the row, without a request. URLs of private files are signed and end after an hour.',
    [listed(member.photo), listed(member.agreement), listed(member.notes)],
  );

  ada.photo = ada.photo?.renamed('portrait.png') ?? null;
  await em.flush();
  await report.step(
    'Rename the photo',
    'The object was copied under a new name; the UPDATE put the old one into the journal.',
  );

  ada.notes = FieldFile.from('Thursday: a calm day.\n', { filename: 'thursday.txt' });
  await em.flush();
  await report.step(
    'Replace the notes',
    'No name is ever used twice, so bytes under a name never change and URLs may be cached.',
  );

  const stream = Readable.from([Buffer.from('Friday: the keeper '), Buffer.from('went ashore.\n')]);
  const failed = await em
    .transactional(async (transaction) => {
      ada.notes = FieldFile.from(stream, { filename: 'friday.txt' });
      await transaction.flush();
      throw new Error('the keeper came back');
    })
    .catch((error: Error) => error.message);
  await report.step(
    'Roll a transaction back',
    'The row holds the old notes. The upload waits in the journal: the file is pending again.',
    [[`rolled back: ${failed}`], [`the value: ${inspect(ada.notes)}`]],
  );

  await em.flush();
  await report.step(
    'Flush again',
    'The stream could be read only once, and was: the object that waited became the file.',
    [['row', shortName(ada.notes?.name), await text(ada.notes)]],
  );

  await em.getConnection().execute('delete from "member"');
  await report.step(
    'Delete the row with raw SQL',
    'No code of the application ran: a trigger put the names of the row into the journal.',
  );

  const { reclaimed, problems } = await files.worker.drain();
  await report.step(
    'Reclaim what no row references',
    'The grace is 0 here. The default keeps files for 24 hours, and files.restore() brings one back.',
    [[`deleted ${reclaimed} objects, ${problems.length} problems`]],
  );
}

async function chunked(file: FieldFile | null | undefined): Promise<Line> {
  const sizes: number[] = [];
  for await (const chunk of file?.chunks(10_000, { verify: true }) ?? []) sizes.push(chunk.length);
  return [file?.filename ?? '', sizes.reduce((sum, size) => sum + size, 0), sizes.join(' + ')];
}

async function lines(file: FieldFile | null | undefined): Promise<Line> {
  const found = await Array.fromAsync(file?.lines() ?? []);
  return [file?.filename ?? '', file?.size ?? 0, `${found.length} lines`];
}

function listed(file: FieldFile | null | undefined): Line {
  const url = file?.url.replace(/\?.*/, '?…');
  return [file?.filename ?? '', file?.size ?? 0, file?.type ?? '', shortName(url)];
}

async function text(file: FieldFile | null | undefined): Promise<string> {
  return JSON.stringify(await file?.text());
}
