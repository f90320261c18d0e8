import type { Platform } from '@mikro-orm/core';
import type { FileProperty } from './file-property.ts';

const numbers = new Set(['size', 'storedSize', 'width', 'height']);
const texts = new Set(['storage', 'name', 'filename', 'type', 'sha256', 'uploadedAt']);
const direction = /^(asc|desc)( nulls (first|last))?$/i;

/**
 * Lets `orderBy: { avatar: { size: 'desc' } }` order numbers as numbers. MikroORM casts a JSON path by the type of the
 * value beside it, here a direction: `'desc'` puts 9 before 10 and makes cursors lose rows, `-1` fails for texts.
 */
export function orderBySize(platform: Platform, fields: readonly FileProperty[]): void {
  const columns = new Set(fields.map(({ column }) => column.column));
  const original = platform.getSearchJsonPropertyKey.bind(platform);
  platform.getSearchJsonPropertyKey = (path, type, aliased, value) => {
    const [column = '', key = ''] = path;
    const isOrder =
      typeof value === 'number' || (typeof value === 'string' && direction.test(value));
    if (!isOrder || path.length !== 2 || !columns.has(column))
      return original(path, type, aliased, value);
    if (numbers.has(key)) return original(path, 'number', aliased, value);
    return original(path, texts.has(key) ? 'string' : type, aliased, value);
  };
}
