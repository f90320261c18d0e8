import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** The scripts of the pages by their names, made of `client/`; a second. */
export async function bundleClient(): Promise<ReadonlyMap<string, string>> {
  const input = { client: join(import.meta.dirname, 'client/main.ts') };
  await using build = await rolldown({ input, platform: 'browser' });
  const { output } = await build.generate({ format: 'es', minify: true });
  const chunks = output.filter((file) => file.type === 'chunk');
  return new Map(chunks.map(({ fileName, code }) => [fileName, code]));
}
