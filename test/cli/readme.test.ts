import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StaticFilesConfiguration } from '@filefield/cli';
import { describe, expect, it } from 'vitest';
import { commandHelp } from '../../packages/cli/src/help.ts';
import { commands } from '../../packages/cli/src/commands.ts';
import { workspace } from '../support/packed-packages.ts';
import { runCli } from './run-cli.ts';

// #region static
export const staticFiles: StaticFilesConfiguration = {
  sources: ['assets', { prefix: 'vendor', dir: 'package:bootstrap/dist' }],
  storage: 'static', // an alias, as everywhere on the command line
  prune: 2,
};
// #endregion

const readme = await readFile(join(workspace, 'packages/cli/README.md'), 'utf8');

describe('the README of the command', () => {
  it.each(commands)('has $name, what it does, and an example', ({ name, summary, examples }) => {
    const [[given]] = examples as [[string, string]];
    const example = ['filefield', name, given].filter((part) => part !== '').join(' ');

    expect(readme).toContain(
      `| \`${name}\` | ${summary} | \`${example.replaceAll('|', '\\|')}\` |`,
    );
  });

  it('shows the help of a command as it is', async () => {
    const { exitCode, stdout } = await runCli(['reconcile', '--help']);

    expect(exitCode).toBe(0);
    expect(readme).toContain(`\`\`\`text\n${stdout}\`\`\`\n`);
  });
});

describe('the help', () => {
  it('lists every command', async () => {
    const { stdout } = await runCli(['--help']);

    const listed = Array.from(stdout.matchAll(/^ {2}([a-z][a-z-]*) {2,}\S/gm), ([, name]) => name);
    expect(listed).toEqual(commands.map(({ name }) => name));
  });

  it.each(commands)('of $name has examples and fits a terminal', async (command) => {
    const { stdout } = await runCli(['help', command.name]);

    expect(stdout).toBe(`${commandHelp(command)}\n`);
    expect(stdout).toContain(`\nExamples:\n  filefield ${command.name}`);
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });
});
