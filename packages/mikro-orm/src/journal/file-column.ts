/** A column of a table that holds files, as the triggers and the worker need to know it. */
export interface FileColumn {
  /** The name of the column in the database. */
  readonly column: string;
  /** Where the values are inside a JSON embeddable, as a jsonpath: `$."pic"`, or `$[*]."pic"` in an array. Default: the column is the value. */
  readonly path?: string;
  /** The alias, where the column is a varchar that holds only names. Default: the value is JSON and says it. */
  readonly storage?: string;
  /** The name that rows hold by default and do not own, where `storage` is set. Default: none. */
  readonly default?: string;
  /** A file whose row is deleted or truncated is held instead of reclaimed. */
  readonly keepOnDelete?: true;
  /** A file that an UPDATE takes out of its row is held instead of reclaimed. */
  readonly keepOnReplace?: true;
  /**
   * The values list variants of their images, whose objects are settled like the originals'; `made`: what lists none is
   * written down in `file_variant_work` besides. Default: whatever the values list is nobody's.
   */
  readonly variants?: 'listed' | 'made';
}

/** The one argument of a file trigger: what any worker learns from `pg_trigger.tgargs` about a table. */
export interface FileTriggerArgument {
  readonly v: 1;
  /** The schema of the journal that the trigger writes. */
  readonly journal: string;
  readonly columns: readonly {
    readonly column: string;
    readonly path?: string;
    readonly storage?: string;
    readonly default?: string;
    readonly keep?: readonly ('delete' | 'replace')[];
    readonly variants?: 'listed' | 'made';
  }[];
  /** A PostgreSQL interval. */
  readonly grace: string;
}

/** Writes the argument; equal columns give equal text, whatever the order of their keys. */
export function triggerArgument(
  columns: readonly FileColumn[],
  { journalSchema, grace }: { journalSchema: string; grace: string },
): string {
  const argument: FileTriggerArgument = {
    v: 1,
    journal: journalSchema,
    columns: columns.map(
      ({ column, path, storage, default: shared, keepOnDelete, keepOnReplace, variants }) => {
        const keep = [
          ...(keepOnDelete ? (['delete'] as const) : []),
          ...(keepOnReplace ? (['replace'] as const) : []),
        ];
        return {
          column,
          ...(path === undefined ? {} : { path }),
          ...(storage === undefined ? {} : { storage }),
          ...(shared === undefined ? {} : { default: shared }),
          ...(keep.length > 0 ? { keep } : {}),
          ...(variants === undefined ? {} : { variants }),
        };
      },
    ),
    grace,
  };
  return JSON.stringify(argument);
}

/** The columns that an argument of ours tells. */
export function columnsIn({ columns }: FileTriggerArgument): FileColumn[] {
  return columns.map(({ keep = [], ...column }) => ({
    ...column,
    ...(keep.includes('delete') && { keepOnDelete: true }),
    ...(keep.includes('replace') && { keepOnReplace: true }),
  }));
}
