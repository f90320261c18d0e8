/**
 * Sorts things so that each comes after all that it needs. Those that need each other, round in a circle, come together
 * (Tarjan's strongly connected components, without recursion: chains may be long).
 *
 * @param needs What a thing needs, itself perhaps.
 */
export function inOrder<T>(things: Iterable<T>, needs: (thing: T) => Iterable<T>): T[][] {
  const order: T[][] = [];
  const visits = new Map<T, Visit<T>>();
  const open: Visit<T>[] = [];
  const path: Visit<T>[] = [];

  const enter = (thing: T): void => {
    const index = visits.size;
    const rest = needs(thing)[Symbol.iterator]();
    const visit: Visit<T> = { thing, index, lowest: index, isOpen: true, rest };
    visits.set(thing, visit);
    open.push(visit);
    path.push(visit);
  };
  const leave = (visit: Visit<T>): void => {
    path.pop();
    const above = path.at(-1);
    if (above !== undefined) above.lowest = Math.min(above.lowest, visit.lowest);
    if (visit.lowest < visit.index) return;
    const circle = open.splice(open.lastIndexOf(visit));
    for (const one of circle) one.isOpen = false;
    order.push(circle.map(({ thing }) => thing));
  };

  for (const start of things) {
    if (!visits.has(start)) enter(start);
    for (let here = path.at(-1); here !== undefined; here = path.at(-1)) {
      const next = here.rest.next();
      const found = next.done === true ? undefined : visits.get(next.value);
      if (next.done === true) leave(here);
      else if (found === undefined) enter(next.value);
      else if (found.isOpen) here.lowest = Math.min(here.lowest, found.index);
    }
  }
  return order;
}

interface Visit<T> {
  readonly thing: T;
  readonly index: number;
  /** The first thing on the way here that can be reached again. */
  lowest: number;
  isOpen: boolean;
  readonly rest: Iterator<T>;
}
