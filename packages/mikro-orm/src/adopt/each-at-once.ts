/**
 * Does the work of all items, so many at once; takes an item when it has a hand free, so that no more are held.
 * @throws the first failure, once what was begun has ended; no further item is taken then.
 */
export async function eachAtOnce<Item>(
  items: AsyncGenerator<Item>,
  concurrency: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const hand = async (): Promise<void> => {
    // Leaving the loop ends the generator, hence the other loops.
    for await (const item of items) await work(item);
  };
  const results = await Promise.allSettled(Array.from({ length: concurrency }, hand));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
