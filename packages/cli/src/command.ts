import type { Flags, FlagValues } from './arguments/flag.ts';
import type { Host } from './host.ts';
import type { Question } from './output/confirm.ts';
import type { Output } from './output/output.ts';
import type { Project } from './project/project.ts';

/** A command of `filefield`, as it is declared; see {@link defineCommand}. */
export interface Command<Of extends Flags = Flags> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Its arguments as the help shows them: `ALIAS…`. Default: it takes none. */
  readonly synopsis?: string | undefined;
  /** How many arguments it takes. Default: none. */
  readonly arguments?: { readonly least: number; readonly most: number } | undefined;
  /** What the help says besides, in lines. */
  readonly description?: readonly string[] | undefined;
  readonly flags: Of;
  /** Arguments after the name, and what they do. */
  readonly examples: readonly (readonly [given: string, meaning: string])[];
  /** What to do after it was interrupted. Default: nothing is to be done. */
  readonly resume?: string | undefined;
  /** Whether it runs until it is stopped, which then is its good end. */
  readonly isService?: true | undefined;
  readonly run: (context: CommandContext<FlagValues<Of>>) => Promise<CommandResult>;
}

/** What a command is given. */
export interface CommandContext<Values = Readonly<Record<string, unknown>>> {
  readonly positionals: readonly string[];
  readonly flags: Values;
  readonly host: Host;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Opens the project; it is closed when the command ends. */
  readonly project: () => Promise<Project>;
  /** Asks before something that cannot be undone, unless `--yes` was given. */
  readonly confirm: (question: Question) => Promise<void>;
}

/** What a command answers. */
export interface CommandResult {
  /** What `--json` prints. */
  readonly json: unknown;
  /** What is printed otherwise. Default: the command has printed its lines itself. */
  readonly lines?: readonly string[] | undefined;
  /** Whether it found something, or something failed: exit code 1. */
  readonly isBad?: boolean | undefined;
}

/** Declares a command; its flags decide the types of what `run` is given. */
export function defineCommand<const Of extends Flags>(command: Command<Of>): Command {
  // Only run() knows its flags; they are parsed by the same declaration.
  return command as unknown as Command;
}
