/** What Django leaves out: version control's, hidden files, editors' copies. */
export const defaultIgnore: readonly string[] = ['CVS', '.*', '*~'];

/** Options of what is left out of the sources. */
export interface IgnoreOptions {
  /**
   * Patterns of files and directories to leave out, as the shell has them: `*` and `?` stand for any characters (slashes
   * too), `[abc]` and `[!abc]` for one. A file is compared by its last part and by its path in the source, a directory by
   * its last part. Default: none beside `CVS`, `.*` and `*~`.
   */
  readonly ignore?: readonly string[] | undefined;
  /** Leaves out nothing but {@link ignore}. Default `false`. */
  readonly noDefaultIgnore?: boolean | undefined;
}

/** Whether a path in a source, `/`-separated, is left out, itself or with a directory above it. */
export type Ignores = (path: string) => boolean;

/** The rule that the options describe. */
export function ignores({ ignore = [], noDefaultIgnore = false }: IgnoreOptions): Ignores {
  const patterns = [...ignore, ...(noDefaultIgnore ? [] : defaultIgnore)].map(matcher);
  const matches = (text: string): boolean => patterns.some((pattern) => pattern.test(text));
  return (path) => path.split('/').some(matches) || matches(path);
}

/** The regular expression of a pattern of Python's `fnmatch`. */
function matcher(pattern: string): RegExp {
  const trimmed = pattern.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '');
  const source = trimmed.replaceAll(
    /\*+|\?|\[(!?)(\]?[^\]]*)\]|[^]/g,
    (part, not: string | undefined, set: string | undefined) => {
      if (part.startsWith('*')) return '[^]*';
      if (part === '?') return '[^]';
      if (set !== undefined)
        return `[${not === '!' ? '^' : ''}${set.replaceAll(/[\\[\]^]/g, '\\$&')}]`;
      return part.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
    },
  );
  return new RegExp(`^${source}$`, 'u');
}
