import { FormError } from './form-error.ts';
import { formParts, type FormFile, type FormOptions } from './form-parts.ts';

/**
 * Stores a file of a form while it arrives.
 *
 * @param file Its bytes are gone when the function's promise has settled.
 * @param fields The fields that arrived before it.
 */
export type StoreFile<Stored> = (file: FormFile, fields: URLSearchParams) => Promise<Stored>;

/** Options of {@link readForm}. */
export interface ReadFormOptions<Stored> extends FormOptions {
  /** What becomes of the files, by field; a file of another field is refused. Default: the form has no files. */
  readonly files?: { readonly [Field in keyof Stored]: StoreFile<Stored[Field]> } | undefined;
}

/** A form that was read to its end. */
export interface Form<Stored> {
  /** The fields in their order, one name once or more. */
  readonly fields: URLSearchParams;
  /** What became of the files, by field; empty where none was sent. */
  readonly files: { readonly [Field in keyof Stored]: readonly Stored[Field][] };
}

/**
 * Reads a `multipart/form-data` request; each file is stored while it arrives, one after the other.
 *
 * @example
 * ```ts
 * const form = await readForm(request, {
 *   files: { avatar: (part) => files.stage(Member, 'avatar', FieldFile.fromPart(part)) },
 * });
 * const member = em.create(Member, { name: form.fields.get('name'), avatar: form.files.avatar[0] });
 * ```
 * @throws {@link FormError} 400 where the body is no form, breaks off, or brings a file that nobody takes; 413 over a
 * limit; 415 for another kind of body. What a function of `files` throws ends the reading too.
 */
export async function readForm<
  Stored extends Readonly<Record<string, unknown>> = Readonly<Record<string, never>>,
>(request: Request, options: ReadFormOptions<Stored> = {}): Promise<Form<Stored>> {
  const fields = new URLSearchParams();
  const takers = new Map(Object.entries<StoreFile<unknown>>(options.files ?? {}));
  const stored = new Map([...takers.keys()].map((name): [string, unknown[]] => [name, []]));
  for await (const part of formParts(request, options)) {
    if (part.kind === 'field') fields.append(part.name, part.value);
    else {
      const take = takers.get(part.name);
      if (take === undefined) {
        throw new FormError(400, 'no file is wanted here', { field: part.name });
      }
      stored.get(part.name)?.push(await take(part, fields));
    }
  }
  const files: object = Object.fromEntries(stored);
  return { fields, files: files as Form<Stored>['files'] };
}
