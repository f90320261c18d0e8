/** Marks options as the library's own; survives two installed copies and any decorator that passes options on. */
const library: unique symbol = Symbol.for('filefield.library');

interface LibraryMark {
  readonly [library]?: true;
}

/**
 * Lets the library itself use the reserved names (`.filefield/`, `incoming/`, `*.v/`) in `save`, `open`, `copy` and
 * `move`: `storage.save('.filefield/owner', text, asLibrary({ ifExists: 'error' }))`. Reached through
 * `@filefield/core/binding`; no value that comes from a request can carry it.
 */
export function asLibrary<const Options extends object>(options: Options): Options {
  const marked: Options & LibraryMark = { ...options, [library]: true };
  return marked;
}

/** Whether options came from {@link asLibrary}. */
export function isLibrary(options: LibraryMark | object): boolean {
  return library in options && options[library];
}
