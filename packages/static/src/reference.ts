/** A place in the text of a static file that refers to another one. */
export interface Reference {
  /** Where the text begins that {@link write} replaces. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** The URL, without the quotes and escapes of the language. */
  readonly url: string;
  /** The text that refers to another URL. */
  readonly write: (url: string) => string;
}
