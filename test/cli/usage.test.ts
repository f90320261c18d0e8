import { MemoryStorage } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { runCli } from './run-cli.ts';

const storages = { media: new MemoryStorage(), static: new MemoryStorage() };

describe('the command line', () => {
  it.each([
    ['no command', [], 'Usage: filefield <command> [options]'],
    ['a command that is misspelt', ['reconsile'], 'Did you mean "reconcile"?'],
    ['a command that is none', ['frobnicate'], 'See filefield --help'],
    ['a flag before the command', ['--json', 'ls'], 'its name comes first'],
    ['a flag that is misspelt', ['ls', '--recursve', 'media'], 'Did you mean "--recursive"?'],
    ['a flag that is none', ['ls', '--zzzzzzzz', 'media'], 'See filefield ls --help'],
    ['a flag of a prototype', ['ls', '--__proto__', 'media'], 'there is no such flag'],
    ['a flag without its value', ['cors', '--origin'], 'Write --origin URL'],
    ['a flag whose value is another flag', ['cors', '--max-age', '--origin'], 'without a value'],
    ['an empty value', ['cors', '--origin='], 'without a value'],
    ['a value that is not taken', ['ls', '--long=yes', 'media'], 'it is there or not'],
    ['a flag that is given twice', ['ls', '-l', '--long', 'media'], 'Cannot take --long twice'],
    ['a number that is none', ['cp', '--concurrency', 'many', 'a', 'b'], 'write a whole number'],
    ['a number with a fraction', ['cp', '--concurrency', '1.5', 'a', 'b'], 'write a whole number'],
    [
      'a number that is too large',
      ['cp', '--concurrency', '1e99', 'a', 'b'],
      'write a whole number',
    ],
    [
      'no concurrency at all',
      ['cp', '--concurrency', '0', 'a', 'b'],
      'write a whole number from 1',
    ],
    ['a time that is none', ['reconcile', '--older-than', 'soon'], 'write a duration such as 24h'],
    ['a time that looks like flags', ['reconcile', '--older-than', '-1h'], 'without a value'],
    ['an argument with a NUL', ['ls', 'media\0'], 'it holds a NUL'],
    ['a value with a NUL', ['triggers', '--table', 'a\0'], 'it holds a NUL'],
    ['an argument too few', ['stat'], 'Usage: filefield stat ALIAS:name'],
    ['an argument too many', ['stat', 'media:a', 'media:b'], 'there is an argument too many'],
    ['an alias that is misspelt', ['ls', 'medai'], 'Did you mean "media"?'],
    ['an alias that is none', ['ls', 'elsewhere'], 'Defined storages are: media, static'],
    ['an object without a name', ['stat', 'media'], 'write ALIAS:name'],
    ['a path where an object is wanted', ['ls', ':a'], 'write ALIAS or ALIAS:path'],
  ])('refuses %s', async (_title, argv, told) => {
    const { exitCode, stdout, stderr } = await runCli(argv, { storages });

    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain(told);
  });

  it('takes letters together: help does nothing else, and quiet is quiet', async () => {
    const other = new MemoryStorage();
    const media = new MemoryStorage();
    await media.save('a.txt', 'a');
    const argv = ['media:', 'other:'];

    const help = await runCli(['cp', '-rh', ...argv], { storages: { media, other } });
    const wasCopied = await other.exists('a.txt');
    const quiet = await runCli(['cp', '-rq', ...argv], { storages: { media, other } });

    expect([wasCopied, help.stdout]).toEqual([false, expect.stringMatching(/^Usage: /)]);
    expect(quiet).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('tells a mistake as JSON where JSON is asked for', async () => {
    const { exitCode, stdout, stderr } = await runCli(['ls', 'medai', '--json'], { storages });

    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      error: {
        title: 'Cannot use storage "medai": there is none of that name',
        fix: 'Did you mean "media"?',
      },
    });
  });

  it('spells out what would move the cursor', async () => {
    const { stderr } = await runCli(['ls', '\u001B[2Jmedia'], { storages });

    expect(stderr).toContain('"\\u001b[2Jmedia"');
    expect(stderr).not.toContain('\u001B');
  });

  it('shows where an error comes from only when it is asked to tell more', async () => {
    const usual = await runCli(['stat', 'media:none.txt'], { storages });
    const verbose = await runCli(['stat', 'media:none.txt', '--verbose'], { storages });

    expect(usual).toMatchObject({
      exitCode: 1,
      stderr: 'Cannot stat "none.txt" in storage "media": no such file\n',
    });
    expect(verbose.stderr).toContain('\n    at ');
  });
});
