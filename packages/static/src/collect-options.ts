import type { FileStorage } from '@filefield/core';
import type { Encoding } from './compressed-bytes.ts';
import type { HashAlgorithm } from './hashed-name.ts';
import type { IgnoreOptions } from './ignore-patterns.ts';
import type { StaticConflict } from './source-files.ts';
import type { StaticProblem } from './static-files-error.ts';
import type { StaticManifest } from './manifest.ts';
import type { SourceOptions } from './static-source.ts';

/** Options of {@link collectStatic}. */
export interface CollectOptions extends SourceOptions, IgnoreOptions {
  /** Where the files go. It holds nothing but static files, and one `collectStatic()` at a time writes to it. */
  readonly storage: FileStorage;
  /** Where the manifest goes. Default: {@link storage}. */
  readonly manifestStorage?: FileStorage | undefined;
  /** Where static files are served, to recognise references to them: a path that ends with a slash, or a URL. Default `/static/`. */
  readonly baseUrl?: string | undefined;
  /** `false` stores the files as they are, under their plain names only, and leaves the manifest alone. Default `true`. */
  readonly postProcess?: boolean | undefined;
  /** Lets JavaScript modules import hashed names too (`import`, `export … from`, `import()`). Default `false`. */
  readonly modules?: boolean | undefined;
  /** `false` reports missing references, loops, texts that are not UTF-8 and missing sources, and goes on. Default `true`: nothing is stored. */
  readonly strict?: boolean | undefined;
  /** Encodings in which hashed files are stored as well, where that saves 5 %; `true`: both. Default: none. */
  readonly precompress?: boolean | readonly Encoding[] | undefined;
  /** Does nothing but say what would be done. Default `false`. */
  readonly dryRun?: boolean | undefined;
  /** Looks at every object of the storage instead of trusting the last manifest. Default `false`. */
  readonly verify?: boolean | undefined;
  /** Afterwards removes everything else from the storage, whoever put it there. Default `false`. */
  readonly clear?: boolean | undefined;
  /** Afterwards removes what neither this manifest nor the last ones name: how many of those before this one are kept. `true`: one. Default `false`. */
  readonly prune?: boolean | number | undefined;
  /** Makes plain names hard links to the sources instead of copies; only on one disk. Default `false`. */
  readonly link?: boolean | undefined;
  /** What names are made of. Default `md5`, as Django has it. */
  readonly algorithm?: HashAlgorithm | undefined;
  /** Files that are read or written at the same time. Default 8. */
  readonly concurrency?: number | undefined;
  /** Ends the run; what is served stays as it was, or is whole. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each object that was (or, in a dry run, would be) written or removed. */
  readonly onProgress?: ((progress: CollectProgress) => void) | undefined;
}

/** What is done to an object. */
export type CollectAction = 'copied' | 'linked' | 'processed' | 'compressed' | 'deleted';

/** One step of a run. */
export interface CollectProgress {
  readonly action: CollectAction;
  /** The name of the object in the storage. */
  readonly name: string;
  /** Steps that are done, this one included. */
  readonly done: number;
  /** Steps that are known so far: what is deleted is found out last. */
  readonly total: number;
}

/** What {@link collectStatic} did, or in a dry run would do. Names are those of objects, in the order of their work. */
export interface CollectResult {
  /** Stored under their plain names. */
  readonly copied: readonly string[];
  /** Linked under their plain names. */
  readonly linked: readonly string[];
  /** Stored under their hashed names. */
  readonly processed: readonly string[];
  /** Compressed forms that were stored. */
  readonly compressed: readonly string[];
  /** Removed by `clear` or `prune`. */
  readonly deleted: readonly string[];
  /** Plain names of files that were stored already as they are. */
  readonly unchanged: readonly string[];
  /** Files that were left out because a source before has one of their name. */
  readonly conflicts: readonly StaticConflict[];
  /** What is wrong without ending the run. */
  readonly problems: readonly StaticProblem[];
  /** The manifest that holds now; `undefined` with `postProcess: false`. */
  readonly manifest: StaticManifest | undefined;
  readonly dryRun: boolean;
}
