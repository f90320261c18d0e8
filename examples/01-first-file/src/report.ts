import type { Storages } from '@filefield/core';
import type { EntityManager } from '@mikro-orm/postgresql';

/** A line of a table: numbers are aligned to the right. */
export type Line = readonly (string | number)[];

/** Prints a step of the tour, and what the storages and the journal hold after it. */
export class Report {
  readonly #em: EntityManager;
  readonly #storages: Storages;
  readonly #shown = new Map<string, string>();
  #steps = 0;

  constructor(em: EntityManager, storages: Storages) {
    this.#em = em;
    this.#storages = storages;
  }

  /** @param notice What a newcomer should see in the lines above it. */
  async step(title: string, notice: string, lines: readonly Line[] = []): Promise<void> {
    this.#steps += 1;
    print(`\n${this.#steps}. ${title}`);
    for (const line of aligned(lines)) print(`   ${line}`);
    this.#section('storage', await this.#objects());
    this.#section('journal', await this.#journal());
    print(`   → ${notice}`);
  }

  #section(title: string, lines: readonly Line[]): void {
    const text = aligned(lines).join(`\n   ${' '.repeat(title.length)}  `);
    print(`   ${title}  ${text === this.#shown.get(title) ? 'as before' : text || 'empty'}`);
    this.#shown.set(title, text);
  }

  async #objects(): Promise<Line[]> {
    const lines: Line[] = [];
    for (const alias of this.#storages.aliases) {
      for await (const { name, size } of this.#storages.get(alias).walk()) {
        lines.push([alias, shortName(name), size]);
      }
    }
    return lines;
  }

  async #journal(): Promise<Line[]> {
    const rows = await this.#em.getConnection().execute<JournalRow[]>(
      `select storage, name, case
          when state = 2 then 'deleted, the name stays barred'
          when due_at > now() then 'to be deleted in ' || round(extract(epoch from due_at - now()) / 3600) || ' h'
          else 'to be deleted now' end as what
        from file_journal where reason <> 'identity' order by storage, name`,
    );
    return rows.map(({ storage, name, what }) => [storage, shortName(name), what]);
  }
}

interface JournalRow {
  readonly storage: string;
  readonly name: string;
  readonly what: string;
}

/** A name with the first letters of its random token, which is what tells two files apart. */
export function shortName(name: string | undefined): string {
  return (name ?? '').replace(/(_[0-9a-z]{6})[0-9a-z]{16}(?=\.|$)/, '$1…');
}

/** Prints a line of the report. */
export function print(line: string): void {
  console.log(line);
}

function aligned(lines: readonly Line[]): string[] {
  const columns = Math.max(0, ...lines.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...lines.map((line) => shown(line[column]).length)),
  );
  return lines.map((line) =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return typeof cell === 'number' ? shown(cell).padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

function shown(cell: string | number | undefined): string {
  return typeof cell === 'number' ? cell.toLocaleString('en-US') : (cell ?? '');
}
