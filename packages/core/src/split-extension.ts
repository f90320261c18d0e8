/**
 * Splits a filename before its extension, of which compressed formats have two (`.tar.gz`, `.sql.gz`), as
 * have type declarations (`.d.ts`). An extension is a dot and up to 20 letters, digits, `_`, `+` or `-`,
 * of which the first is a letter or a digit: `Mr. Smith` has none. The dots that a filename starts with
 * belong to its root: `.gitignore` has no extension.
 *
 * @returns `[root, extension]`; together they are the filename. The extension starts with its dot or is `''`.
 */
export function splitExtension(filename: string): [root: string, extension: string] {
  const last = lastExtension(filename);
  const inner = lastExtension(filename.slice(0, filename.length - last.length));
  const extension = isDouble(inner.toLowerCase(), last.toLowerCase()) ? inner + last : last;
  return [filename.slice(0, filename.length - extension.length), extension];
}

function lastExtension(filename: string): string {
  const dot = filename.lastIndexOf('.');
  const extension = filename.slice(dot);
  const isExtension = /^\.[\p{L}\p{N}][\p{L}\p{M}\p{N}_+-]{0,19}$/u.test(extension);
  return isExtension && /[^.]/.test(filename.slice(0, dot)) ? extension : '';
}

function isDouble(inner: string, last: string): boolean {
  return (
    (compressors.has(last) && compressible.has(inner)) || (inner === '.d' && declarations.has(last))
  );
}

const compressors = extensions('gz bz2 xz zst lz lz4 lzma lzo br z');

const compressible = extensions(
  'tar cpio img iso sql dump csv tsv json jsonl ndjson geojson xml txt log svg html css js pdf ps eps ' +
    'nii warc vcf fasta fa fastq fq bed gff gtf',
);

const declarations = extensions('ts mts cts');

function extensions(names: string): ReadonlySet<string> {
  return new Set(names.split(' ').map((name) => `.${name}`));
}
