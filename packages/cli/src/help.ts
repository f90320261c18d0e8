import type { Flag, Flags } from './arguments/flag.ts';
import type { Command } from './command.ts';
import { commonFlags } from './common-flags.ts';

/** The list of all commands. */
export function commandList(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Usage: filefield <command> [options]',
    '',
    'Looks after the files of a MikroORM project: storages, journal, static files.',
    '',
    'Commands:',
    ...commands.flatMap(({ name, summary }) => row(name, summary, width)),
    '',
    ...section('Options of every command:', commonFlags),
    'filefield help <command> tells more about one, with examples.',
    'Exit codes: 0 done or good, 1 something was found or failed, 2 wrong usage.',
  ].join('\n');
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const { name, summary, synopsis, description = [], flags, examples } = command;
  const usage = ['filefield', name, ...(synopsis === undefined ? [] : [synopsis]), '[options]'];
  return [
    `Usage: ${usage.join(' ')}`,
    '',
    `${summary}.`,
    ...description,
    '',
    ...section('Options:', flags),
    ...section('Options of every command:', commonFlags),
    'Examples:',
    ...examples.flatMap(([given, meaning]) => [
      `  ${['filefield', name, given].filter((part) => part !== '').join(' ')}`,
      `      ${meaning}`,
    ]),
  ].join('\n');
}

function section(title: string, flags: Flags): string[] {
  const shown = Object.entries(flags).filter(([, { hidden }]) => hidden !== true);
  if (shown.length === 0) return [];
  const rows = shown.map(([name, flag]) => [spelled(name, flag), summaryOf(flag)] as const);
  const width = Math.min(28, Math.max(...rows.map(([left]) => left.length)));
  const lines = rows.flatMap(([left, right]) => row(left, right, width));
  return [title, ...lines, ''];
}

/** Columns of a line. */
const most = 100;

/** Two columns, the right one over several lines where it is long. */
function row(left: string, right: string, width: number): string[] {
  const lines = [''];
  for (const word of right.split(' ')) {
    const last = lines.length - 1;
    const longer = lines[last] === '' ? word : `${lines[last]} ${word}`;
    if (width + 4 + longer.length <= most) lines[last] = longer;
    else lines.push(word);
  }
  return lines.map((line, index) => `  ${(index === 0 ? left : '').padEnd(width)}  ${line}`);
}

function spelled(name: string, { type, value, short }: Flag): string {
  const shown = value ?? 'VALUE';
  const after = type === 'count' ? ` [${shown}]` : type === 'boolean' ? '' : ` ${shown}`;
  return `${short === undefined ? '' : `-${short}, `}--${name}${after}`;
}

function summaryOf({ summary, type, choices }: Flag): string {
  const given = choices === undefined ? summary : `${summary} (${choices.join(', ')})`;
  return type === 'texts' ? `${given}; may be repeated` : given;
}
