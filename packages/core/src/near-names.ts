const most = 3;

/** The names that somebody may have meant, the nearest first: of the same last part, or with few letters different. */
export function nearNames(asked: string, names: Iterable<string>): readonly string[] {
  if (asked.length > 200) return [];
  const far = Math.min(6, Math.max(2, Math.floor(asked.length / 4)));
  const last = lastPart(asked);
  return Array.from(names, (name) => ({ name, distance: distanceTo(name) }))
    .filter(({ distance }) => distance <= far)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ name }) => name);

  function distanceTo(name: string): number {
    if (lastPart(name) === last) return 1;
    return Math.abs(name.length - asked.length) > far ? Infinity : editDistance(asked, name, far);
  }
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Letters to add, remove or replace (Levenshtein); `Infinity` as soon as they are more than `far`. */
function editDistance(a: string, b: string, far: number): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    if (next.every((distance) => distance > far)) return Infinity;
    row = next;
  }
  return row[b.length] ?? 0;
}
