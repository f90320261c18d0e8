import type { FileRow } from '../file-row.ts';
import type { UrlOptions } from '../file-storage.ts';
import type { ImageTransformer } from './image-transformer.ts';
import type { VariantDefinitions } from './variant-definition.ts';

/** What a file knows of the variants that its field declares; an ORM binding supplies it. */
export interface VariantContext {
  readonly definitions: VariantDefinitions;
  /** The URL under which the application makes a variant when it is asked for; missing where it does not. */
  readonly onDemand?: ((request: OnDemandRequest) => string | undefined) | undefined;
  readonly transformer?: ImageTransformer | undefined;
}

/** A variant that is not there yet. */
export interface OnDemandRequest {
  readonly row: FileRow;
  readonly variant: string;
  /** Last part of the name of its object. */
  readonly file: string;
  /** Whether everybody may see the original: its URLs do not end. */
  readonly isPublic: boolean;
  readonly options: UrlOptions;
}
