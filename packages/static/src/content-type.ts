import { typeOfName, unknownType } from '@filefield/core/binding';

/** Media types by extension (`.wasm`) or whole last part of a name (`apple-app-site-association`). */
export type StaticTypes = Readonly<Record<string, string>>;

/** The Content-Type of a file, by its name alone: the program's own files are what they are called. Text is UTF-8. */
export function contentTypes(types: StaticTypes): (name: string) => string {
  const own = new Map(Object.entries(types).map(([key, type]) => [key.toLowerCase(), type]));
  return (name) => {
    const last = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
    const [extension = ''] = /(?!^)\.[^.]+$/.exec(last) ?? [];
    const type = own.get(last) ?? own.get(extension) ?? typeOfName(last) ?? unknownType;
    return type.startsWith('text/') && !type.includes(';') ? `${type}; charset=utf-8` : type;
  };
}
