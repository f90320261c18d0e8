import type { FileRow } from '@filefield/core';
import { declared, pictureBytes, renderedBytes, type PictureRow } from './pictures.ts';

/** What the aftermath lends: the bytes of an object, past all of the library. */
export interface PictureWitness {
  readonly rows: readonly PictureRow[];
  bytesOf(file: FileRow): Promise<Buffer>;
  /** Whether every variant must be there by now. */
  readonly isOver: boolean;
}

/** What must never be of images and of the variants that rows list. */
export async function pictureViolations(witness: PictureWitness): Promise<string[]> {
  const violations: string[] = [];
  for (const { id, label, image, stamp_label, stamp } of witness.rows) {
    violations.push(
      ...(await violationsOf(`picture ${id}`, { label, file: image, column: 'image' }, witness)),
      ...(await violationsOf(
        `picture ${id}`,
        { label: stamp_label, file: stamp, column: 'stamp' },
        witness,
      )),
    );
  }
  return violations;
}

/** One line for each row: which images it has. */
export function pictureLines(rows: readonly PictureRow[]): string[] {
  return rows.map(({ id, image, label, stamp, stamp_label }) => {
    const images = [
      image === null ? [] : [`image: ${image.filename} of ${label}`],
      stamp === null ? [] : [`stamp: ${stamp.filename} of ${stamp_label}`],
    ];
    return [`picture ${id}`, images.flat().join(', ')].filter((part) => part !== '').join(' ');
  });
}

/** Every object that the rows refer to: alias and name. */
export function pictureObjects(rows: readonly PictureRow[]): Pick<FileRow, 'storage' | 'name'>[] {
  return rows
    .flatMap(({ image, stamp }) => [image, stamp])
    .filter((file) => file !== null)
    .flatMap((file) => [file, ...variantsOf(file).map(([, variant]) => variant)]);
}

interface Held {
  readonly label: string;
  readonly file: FileRow | null;
  readonly column: keyof typeof declared;
}

async function violationsOf(
  row: string,
  { label, file, column }: Held,
  { bytesOf, isOver }: PictureWitness,
): Promise<string[]> {
  if (file === null) return label === '' ? [] : [`Half written: ${row} has no ${column}`];
  const about = `${row} with "${file.name}" of "${label}"`;
  const read = async (object: FileRow): Promise<Buffer | string> =>
    await bytesOf(object).catch((error: unknown) => `Dangling: ${about}: ${String(error)}`);
  const original = await read(file);
  if (typeof original === 'string') return [original];
  if (!original.equals(pictureBytes(label))) return [`Other bytes than were saved: ${about}`];
  const violations: string[] = [];
  for (const [variant, object] of variantsOf(file)) {
    const bytes = await read(object);
    const wanted = renderedBytes(original, Number(object.width));
    if (typeof bytes === 'string') violations.push(bytes);
    else if (!bytes.equals(wanted)) violations.push(`Other bytes than ${variant} has: ${about}`);
  }
  const listed = Object.keys(file.variants ?? {}).toSorted();
  const isComplete = listed.join() === declared[column].join();
  if (isOver && !isComplete) violations.push(`Not made: ${about} lists only ${listed.join()}`);
  return violations;
}

function variantsOf(file: FileRow): [string, FileRow][] {
  return Object.entries(file.variants ?? {}).map(([variant, { name, ...facts }]) => [
    variant,
    { storage: file.storage, ...facts, name: `${file.name}.v/${name}` },
  ]);
}
