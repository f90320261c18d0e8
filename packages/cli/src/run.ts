import { commonValues, parseArguments } from './arguments/parse-arguments.ts';
import type { Flags, FlagValues } from './arguments/flag.ts';
import type { Command, CommandContext } from './command.ts';
import { commands } from './commands.ts';
import { commonFlags } from './common-flags.ts';
import { CliError, UsageError } from './errors/cli-error.ts';
import { didYouMean } from './errors/did-you-mean.ts';
import { Interruption } from './errors/interruption.ts';
import { toldError, type ToldError } from './errors/told-error.ts';
import { commandHelp, commandList } from './help.ts';
import type { Host } from './host.ts';
import { confirm } from './output/confirm.ts';
import { Output } from './output/output.ts';
import { OpenedProject } from './project/opened-project.ts';
import { version } from './version.ts';

/**
 * Runs one command of `filefield`, as the process of that name does.
 *
 * @param argv What follows the name of the program.
 * @returns The exit code: 0 done or good, 1 something was found or failed, 2 wrong usage, 130 or 143 interrupted.
 */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  const flags = commands.find(({ name }) => name === argv[0])?.flags ?? {};
  const { json, quiet, verbose } = commonValues(argv, flags);
  const output = new Output(host, { json, quiet, verbose });
  try {
    return await runCommand(argv, host, output);
  } catch (error) {
    return await failed(error, output);
  } finally {
    output.close();
  }
}

async function runCommand(argv: readonly string[], host: Host, output: Output): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h') {
    await output.raw(commandList(commands));
    return first === undefined ? 2 : 0;
  }
  if (first === '--version') {
    await output.raw(output.isJson ? JSON.stringify({ version }) : version);
    return 0;
  }
  if (first === 'help') {
    const asked = rest.find((word) => !word.startsWith('-'));
    await output.raw(asked === undefined ? commandList(commands) : commandHelp(commandOf(asked)));
    return 0;
  }
  const command = commandOf(first);
  if (commonValues(rest, command.flags).help) {
    await output.raw(commandHelp(command));
    return 0;
  }
  return await execute(command, rest, { host, output });
}

function commandOf(name: string): Command {
  const found = commands.find((command) => command.name === name);
  if (found !== undefined) return found;
  if (name.startsWith('-')) {
    throw new UsageError(
      'Cannot tell which command is meant: its name comes first',
      'See filefield --help',
    );
  }
  const names = [...commands.map((command) => command.name), 'help'];
  throw new UsageError(
    `Cannot run ${JSON.stringify(name)}: there is no such command`,
    didYouMean(name, names, 'See filefield --help'),
  );
}

async function execute(
  command: Command,
  argv: readonly string[],
  { host, output }: { readonly host: Host; readonly output: Output },
): Promise<number> {
  const { positionals, values } = parseArguments(
    argv,
    { ...command.flags, ...commonFlags },
    command.name,
  );
  assertArguments(command, positionals);
  await using opened = new OpenedProject(host, output, values);
  const context: CommandContext = {
    positionals,
    flags: values,
    host,
    output,
    signal: host.signal,
    project: () => opened.project(),
    confirm: async (question) => {
      if (values['yes'] !== true) await confirm(question, { host, output });
    },
  };
  try {
    const result = await command.run(context as CommandContext<FlagValues<Flags>>);
    const { json, lines = [], isBad = false } = result;
    await output.document(json);
    for (const line of lines) await output.line(line);
    if (!host.signal.aborted || command.isService === true) return isBad ? 1 : 0;
    if (!output.isJson) await output.error(stopped(command));
  } catch (error) {
    if (!host.signal.aborted) throw error;
    if (!isAbortion(error, host.signal)) output.warn(toldError(error, { verbose: false }).title);
    await output.error(stopped(command));
  }
  const reason: unknown = host.signal.reason;
  return reason instanceof Interruption ? reason.exitCode : 130;
}

function stopped({ resume = 'Nothing was left half done' }: Command): ToldError {
  return { title: `Stopped. ${resume}.`, code: 'INTERRUPTED' };
}

/** Whether an error says no more than that the signal came. */
function isAbortion(error: unknown, signal: AbortSignal): boolean {
  if (error === signal.reason) return true;
  if (!(error instanceof Error)) return false;
  return error.name === 'AbortError' || isAbortion(error.cause, signal);
}

async function failed(error: unknown, output: Output): Promise<number> {
  if (error instanceof Interruption) return error.exitCode;
  await output.error(toldError(error, { verbose: output.isVerbose }));
  return error instanceof CliError ? error.exitCode : 1;
}

function assertArguments(command: Command, positionals: readonly string[]): void {
  const { least, most } = command.arguments ?? { least: 0, most: 0 };
  if (positionals.length >= least && positionals.length <= most) return;
  const title =
    positionals.length < least
      ? `Cannot run ${command.name}: an argument is missing`
      : `Cannot run ${command.name} with ${JSON.stringify(positionals[most])}: there is an argument too many`;
  throw new UsageError(title, `Usage: filefield ${command.name} ${command.synopsis ?? ''}`.trim());
}
