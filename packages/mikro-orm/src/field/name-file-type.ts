import { FieldDefinitionError, FieldFile, type FileRow } from '@filefield/core';
import { fileBinding, type FileContext } from '@filefield/core/binding';
import {
  Type,
  ValidationError,
  type EntityProperty,
  type Platform,
  type TransformContext,
} from '@mikro-orm/core';
import { notAFile, type FileColumnType } from './file-column-type.ts';
import type { FileFieldSettings } from './file-field-options.ts';
import { nameParameter } from './file-parameter.ts';
import { isPendingMark, pendingMark } from './pending-mark.ts';
import { isRowKey } from './row-keys.ts';

/**
 * A varchar column that holds only the name, as Django's does. The alias is the declaration's; size and type are the
 * storage's to tell.
 */
export abstract class NameFileType
  extends Type<FieldFile | null | undefined, string | null | undefined>
  implements FileColumnType
{
  abstract settings: FileFieldSettings;
  context: FileContext | undefined = undefined;

  override convertToDatabaseValue(
    value: unknown,
    _platform: Platform,
    context?: TransformContext,
  ): string | null | undefined {
    if (value === null) return this.settings.blank ? '' : null;
    if (value === undefined) return value;
    // A filter may name a file; a value may not: it could come from a request.
    if (context?.mode === 'query' && !(value instanceof FieldFile)) {
      if (typeof value === 'string' && !isRowKey(context.key)) return value;
      throw notAName();
    }
    if (!(value instanceof FieldFile)) throw notAFile(value);
    if (context?.mode !== 'serialization') return nameParameter(value, this.settings.storage);
    const pending = fileBinding.pending(value);
    return pending === undefined ? value.name : pendingMark(pending.id, value.filename);
  }

  override convertToJSValue(value: unknown): FieldFile | null | undefined {
    if (value === null || value === undefined || value instanceof FieldFile) return value;
    // Django writes an empty field as ''.
    if (value === '') return null;
    if (this.context === undefined || typeof value !== 'string') {
      throw ValidationError.invalidType(NameFileType as never, value, 'database');
    }
    return fileBinding.hydrate({ storage: this.settings.storage, name: value }, this.context);
  }

  /** What a cursor holds of a file: its JSON. */
  override fromJSON(value: unknown): FieldFile | null | undefined {
    const isFile = typeof value === 'object' && value !== null && 'name' in value;
    return this.convertToJSValue(isFile ? value.name : value);
  }

  /** Without the way back through null, every row with Django's empty string would be dirty. */
  override ensureComparable(): boolean {
    return true;
  }

  override compareAsType(): string {
    return 'string';
  }

  override compareValues(a: unknown, b: unknown): boolean {
    // NULL and Django's empty string are the same: no file.
    return withoutBlank(a) === withoutBlank(b) && !isPendingMark(a);
  }

  override get runtimeType(): string {
    return 'FieldFile';
  }

  override getColumnType(prop: EntityProperty, platform: Platform): string {
    // MikroORM wraps the type of an array, and nobody would find the field any more.
    if (prop.array === true) throw severalFiles(`${this.meta?.className ?? ''}.${prop.name}`);
    return platform.getVarcharTypeDeclarationSQL({
      length: prop.length ?? this.getDefaultLength(),
    });
  }

  override getDefaultLength(): number {
    return this.settings.maxLength ?? 255;
  }

  snapshot(row: FileRow): string {
    return row.name;
  }

  rowIn(snapshot: unknown): FileRow | undefined {
    if (typeof snapshot !== 'string' || snapshot === '' || isPendingMark(snapshot))
      return undefined;
    return { storage: this.settings.storage, name: snapshot };
  }
}

/** Says that one property holds one file. */
export function severalFiles(field: string): FieldDefinitionError {
  return new FieldDefinitionError(field, 'a field holds one file, use an array of embeddables');
}

function notAName(): ValidationError {
  return new ValidationError(
    'Cannot filter by size, type and the like: the column holds only names, filter by the name itself, such as { file: name }',
  );
}

function withoutBlank(value: unknown): unknown {
  return value === '' ? null : (value ?? null);
}
