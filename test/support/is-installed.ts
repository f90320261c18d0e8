import { programPath } from './program-path.ts';

/** Whether a program is installed. */
export function isInstalled(program: string): boolean {
  return programPath(program) !== undefined;
}
