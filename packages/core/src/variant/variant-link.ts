/** What the URL of a variant that is made on demand says; signed. */
export interface VariantLink {
  /** `Entity.property`. */
  readonly field: string;
  /** Alias of the storage of the original. */
  readonly storage: string;
  /** Name of the original. */
  readonly name: string;
  readonly variant: string;
  /** Last part of the name of the variant's object. */
  readonly file: string;
  /** What browsers are to save it as; they show it where this is missing. */
  readonly download?: string | undefined;
  /** Seconds since the epoch until it ends, and every URL that it leads to. Missing where everybody may see the original. */
  readonly expires?: number | undefined;
}

/** Where the bytes of a variant are that was asked for. */
export type FoundVariant =
  /** In a storage: alias and name; of a link of another definition its name is not the link's. */
  | {
      readonly kind: 'object';
      readonly storage: string;
      readonly name: string;
      readonly type: string;
    }
  /** Made, and not stored. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly type: string }
  /** Elsewhere: another variant or the original takes its place. */
  | { readonly kind: 'url'; readonly url: string };
