import { lstatSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * A real path in the one spelling that the directories above it list, where the file system takes others for the same:
 * `/srv/MEDIA` is `/srv/media`.
 */
export function spelledOnDisk(path: string): string {
  const above = dirname(path);
  return above === path ? path : join(spelledOnDisk(above), listedName(above, basename(path)));
}

function listedName(directory: string, name: string): string {
  const entries = entriesOf(directory);
  if (entries.includes(name)) return name;
  const found = lstatSync(join(directory, name));
  const isFound = (entry: string): boolean => {
    const stats = lstatSync(join(directory, entry), { throwIfNoEntry: false });
    return stats?.ino === found.ino && stats.dev === found.dev;
  };
  return entries.find(isFound) ?? name;
}

/** None where the directory may be passed and not read. */
function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
