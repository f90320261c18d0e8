import type { FileRow } from '../file-row.ts';
import type { FileStorage, UrlOptions } from '../file-storage.ts';
import type { VariantDefinition } from './variant-definition.ts';

/** The variant that a service is to make when it is asked for its URL. */
export interface TransformRequest {
  /** The original. */
  readonly row: FileRow;
  readonly storage: FileStorage;
  /** Name of the variant. */
  readonly variant: string;
  readonly definition: VariantDefinition;
  readonly options: UrlOptions;
}

/** A service that makes variants by itself, such as imgproxy: nothing is stored, only its URLs are made. */
export interface ImageTransformer {
  /** The URL of a variant, made without a request; `undefined` where the service cannot make it. */
  url(request: TransformRequest): string | undefined;
}
