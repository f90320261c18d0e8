import type { ObjectParameters } from './object-parameters.ts';
import type { S3StorageOptions } from './s3-options.ts';

const year = 31_536_000;

/**
 * Options for static files, which are part of the program: public and unsigned, replaced by the next version, shown by
 * browsers whatever their type. Those whose name holds a hash of their bytes (`app.55e7cbb9ba48.css`) are cached for a
 * year, the others are asked for again.
 *
 * @param options What is different; wins.
 */
export function staticOptions(options: S3StorageOptions): S3StorageOptions {
  return {
    visibility: 'public',
    overwrite: true,
    inlineActiveTypes: true,
    objectParametersFor: cacheControl,
    ...options,
  };
}

function cacheControl(name: string): ObjectParameters {
  const isHashed = /\.[0-9a-f]{8,64}(?:\.\w+)*$/.test(name);
  return {
    CacheControl: isHashed ? `public, max-age=${year}, immutable` : 'public, no-cache',
  };
}
