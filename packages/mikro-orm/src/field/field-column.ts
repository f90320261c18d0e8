import type { FileFieldSettings } from './file-field-options.ts';
import { JsonFileType } from './file-column-type.ts';
import { NameFileType } from './name-file-type.ts';

/**
 * A class per field, never an instance: discovery deep-clones metadata, and with ES decorators and single table
 * inheritance an instance that lost its identity duplicates the column.
 */
export function fileColumnType(
  settings: FileFieldSettings,
): (new () => JsonFileType) | (new () => NameFileType) {
  if (settings.column === 'name') {
    return class FileNameField extends NameFileType {
      settings = settings;
    };
  }
  return class FileField extends JsonFileType {
    settings = settings;
  };
}
