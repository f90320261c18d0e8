import { init, parse } from 'es-module-lexer';
import type { Reference } from './reference.ts';

/** The last one counts, as ECMA-426 has it: bundles hold those of their parts as well. */
export function sourceMapReference(text: string): Reference[] {
  const matches = text.matchAll(/(?<=^|\n)\/\/# sourceMappingURL=([^\n]*)/g);
  const last = Array.from(matches).at(-1);
  if (last === undefined) return [];
  const [comment, url = ''] = last;
  return [
    {
      start: last.index,
      end: last.index + comment.length,
      url: url.trim(),
      write: (other) => `//# sourceMappingURL=${other}`,
    },
  ];
}

/**
 * Finds which modules a module imports by a path (`./x.js`, `../x.js`, `/static/x.js`): `import`, `export … from` and
 * `import()` of a literal. Bare names are the business of an import map.
 *
 * @throws when the text is no JavaScript; `idx` of the error tells where.
 */
export async function moduleReferences(text: string): Promise<Reference[]> {
  await init;
  const [imports] = parse(text);
  return imports.flatMap(({ n: url, s, e, d }) => {
    if (url === undefined || !/^(?:\.{0,2}\/)/.test(url)) return [];
    // A literal of `import()` comes with its quotes, the others without.
    const [start, end] = d === -1 ? [s - 1, e + 1] : [s, e];
    return [{ start, end, url, write: (other) => `"${other}"` } satisfies Reference];
  });
}
