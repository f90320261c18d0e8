/**
 * Sorts things so that each comes after all that it needs. Those that need each other, round in a circle, come together
 * (Tarjan's strongly connected components).
 *
 * @param needs What a thing needs, itself perhaps.
 */
export function inOrder<T>(things: Iterable<T>, needs: (thing: T) => Iterable<T>): T[][] {
  const order: T[][] = [];
  const seen = new Map<T, Visit>();
  const open: T[] = [];

  const visit = (thing: T): Visit => {
    const own: Visit = { index: seen.size, lowest: seen.size, isOpen: true };
    seen.set(thing, own);
    open.push(thing);
    for (const other of needs(thing)) {
      const found = seen.get(other) ?? visit(other);
      if (found.isOpen) own.lowest = Math.min(own.lowest, found.lowest);
    }
    if (own.lowest === own.index) {
      const circle = open.splice(open.lastIndexOf(thing));
      for (const one of circle) close(seen.get(one));
      order.push(circle);
    }
    return own;
  };

  for (const thing of things) if (!seen.has(thing)) visit(thing);
  return order;
}

interface Visit {
  readonly index: number;
  lowest: number;
  isOpen: boolean;
}

function close(visit: Visit | undefined): void {
  if (visit !== undefined) visit.isOpen = false;
}
