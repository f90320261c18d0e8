import type { Platform } from '@mikro-orm/core';
import type { FileProperty } from './file-property.ts';

const numeric = new Set(['size', 'storedSize', 'width', 'height']);
const direction = /^(asc|desc)( nulls (first|last))?$/i;

/**
 * Lets `orderBy: { avatar: { size: 'desc' } }` order numbers as numbers. MikroORM orders every JSON path as text,
 * which puts 9 before 10 and makes cursors lose rows.
 */
export function orderBySize(platform: Platform, fields: readonly FileProperty[]): void {
  const columns = new Set(fields.map(({ column }) => column.column));
  const original = platform.getSearchJsonPropertyKey.bind(platform);
  platform.getSearchJsonPropertyKey = (path, type, aliased, value) => {
    const [column = '', key = ''] = path;
    // A number is a direction too (1, -1), or compared as a number anyway.
    const isOrder = typeof value === 'number' || (typeof value === 'string' && direction.test(value));
    const isNumber = isOrder && path.length === 2 && columns.has(column) && numeric.has(key);
    return original(path, isNumber ? 'number' : type, aliased, value);
  };
}
