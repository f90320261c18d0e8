import { createCipheriv } from 'node:crypto';
import { join } from 'node:path';
import { workspace } from '../support/packed-packages.ts';

/** What a user chooses in a file dialog. */
export interface ChosenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** A photo of 480 pixels by 320. */
export const lighthouse: string = join(workspace, 'examples/01-first-file/files/lighthouse.png');

/** A photograph in the public domain, see the text beside it. */
export function photograph(
  name: 'astronaut' | 'coffee' | 'galaxies' | 'raccoon' | 'rocket',
): string {
  return join(workspace, `examples/02-team-directory/photographs/${name}.jpg`);
}

/** A text under a name. */
export function textFile(name: string, text: string, mimeType = 'text/plain'): ChosenFile {
  return { name, mimeType, buffer: Buffer.from(text) };
}

/** The bytes of a large file: two parts of an upload, the least there are. */
export const largeSize: number = 5 * 1024 * 1024 + 1;

/** A file of {@link largeSize}; bytes that repeat nowhere. */
export function largeFile(name: string): ChosenFile {
  const cipher = createCipheriv('aes-128-ctr', new Uint8Array(16), new Uint8Array(16));
  const buffer = cipher.update(new Uint8Array(largeSize));
  return { name, mimeType: 'application/octet-stream', buffer };
}
