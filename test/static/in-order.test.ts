import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inOrder } from '../../packages/static/src/in-order.ts';

type Needs = Readonly<Record<string, readonly string[]>>;

const sorted = (needs: Needs): string[][] =>
  inOrder(Object.keys(needs), (thing) => needs[thing] ?? []).map((circle) => circle.toSorted());

describe('things in order', () => {
  it.each<{ what: string; needs: Needs; order: string[][] }>([
    { what: 'nothing', needs: {}, order: [] },
    { what: 'things that need nothing', needs: { a: [], b: [] }, order: [['a'], ['b']] },
    { what: 'a chain', needs: { a: ['b'], b: ['c'], c: [] }, order: [['c'], ['b'], ['a']] },
    {
      what: 'a thing that two need',
      needs: { a: ['c'], b: ['c'], c: [] },
      order: [['c'], ['a'], ['b']],
    },
    { what: 'a thing that needs itself', needs: { a: ['a'] }, order: [['a']] },
    { what: 'a circle', needs: { a: ['b'], b: ['c'], c: ['a'] }, order: [['a', 'b', 'c']] },
    {
      what: 'a circle in a chain',
      needs: { a: ['b'], b: ['c', 'd'], c: ['b'], d: [] },
      order: [['d'], ['b', 'c'], ['a']],
    },
    {
      what: 'circles that touch',
      needs: { a: ['b', 'c'], b: ['a'], c: ['a'] },
      order: [['a', 'b', 'c']],
    },
  ])('are, of $what, each after what it needs', ({ needs, order }) => {
    expect(sorted(needs)).toEqual(order);
  });

  it('have each thing once, after what it needs or together with it', () => {
    const graph = fc.array(fc.array(fc.nat(11), { maxLength: 4 }), { maxLength: 12 });

    fc.assert(
      fc.property(graph, (needs) => {
        const needed = needs.map((some) => some.filter((other) => other < needs.length));
        const order = inOrder(needed.keys(), (thing) => needed[thing] ?? []);
        const place = new Map(order.flatMap((circle, at) => circle.map((thing) => [thing, at])));
        expect(order.flat().toSorted((a, b) => a - b)).toEqual([...needed.keys()]);
        expect(
          needed.every((some, thing) =>
            some.every((other) => place.get(other)! <= place.get(thing)!),
          ),
        ).toBe(true);
      }),
    );
  });

  it('may be a chain of 100,000', () => {
    const order = inOrder([0], (thing) => (thing < 100_000 ? [thing + 1] : []));

    expect(order).toHaveLength(100_001);
    expect(order[0]).toEqual([100_000]);
  });
});
