import type { S3Storage } from '@filefield/s3';

/**
 * Sends another file right before some requests of a kind, and the first one again as soon as they are answered.
 *
 * @param requests Which ones, by their number. Default: the first one.
 * @returns What has been sent so far.
 */
export function swapping(
  storage: S3Storage,
  command: string,
  send: (which: 'first' | 'other') => Promise<unknown>,
  { from = 1, to = from }: { readonly from?: number; readonly to?: number } = {},
): readonly string[] {
  const log: string[] = [];
  let number = 0;
  const swap = async (which: 'first' | 'other'): Promise<void> => {
    log.push(which);
    await send(which);
  };
  storage.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === `${command}Command`) number += 1;
        if (commandName !== `${command}Command` || number < from || number > to) {
          return await next(args);
        }
        await swap('other');
        try {
          return await next(args);
        } finally {
          await swap('first');
        }
      },
    { step: 'initialize' },
  );
  return log;
}
