import { FileValidationError, type FileFacts, type FileValidator } from '@filefield/core';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';

import { ruleIssues } from '../../packages/core/src/file-rules.ts';
import { askValidator } from '../../packages/core/src/file-validator.ts';

const file: FileFacts = {
  filename: 'me.txt',
  type: 'text/plain',
  size: 8,
  head: new TextEncoder().encode('it is me'),
};

const issue = { validator: 'mine', message: 'not this one', expected: 1, received: 2 };

describe('a validator', () => {
  it.each<[what: string, validator: FileValidator]>([
    ['nothing', () => undefined],
    ['null', () => null],
    ['nothing, later', async () => undefined],
    ['the empty message', () => ''],
    ['no issues', () => []],
    ['no issues, later', async () => []],
  ])('finds a file fine by answering %s', async (_what, validator) => {
    expect(await askValidator(validator, file)).toEqual([]);
  });

  it.each<[what: string, validator: FileValidator, issues: object[]]>([
    [
      'a message',
      function noText() {
        return 'no text';
      },
      [{ validator: 'noText', message: 'no text' }],
    ],
    [
      'a message, later',
      async function slow() {
        return 'no text';
      },
      [{ validator: 'slow', message: 'no text' }],
    ],
    [
      'a message of a nameless function',
      (
        () => () =>
          'no text'
      )(),
      [{ validator: 'validator', message: 'no text' }],
    ],
    ['an issue', () => issue, [issue]],
    ['an issue, later', async () => issue, [issue]],
    [
      'an issue without a name',
      function mine() {
        return { message: 'no' } as never;
      },
      [{ validator: 'mine', message: 'no' }],
    ],
    ['several issues', () => [issue, issue], [issue, issue]],
    [
      'several messages',
      function two() {
        return ['one', 'two'];
      },
      [
        { validator: 'two', message: 'one' },
        { validator: 'two', message: 'two' },
      ],
    ],
    [
      'by throwing issues',
      () => {
        throw new FileValidationError('it', [issue, issue]);
      },
      [issue, issue],
    ],
    [
      'by throwing issues, later',
      async () => {
        throw new FileValidationError('it', [issue]);
      },
      [issue],
    ],
  ])('refuses a file with %s', async (_what, validator, issues) => {
    expect(await askValidator(validator, file)).toEqual(issues);
  });

  it.each<[what: string, answer: unknown, shown: string]>([
    ['false', false, 'false'],
    ['true', true, 'true'],
    ['a number', 0, '0'],
    ['an object that is no issue', { ok: false }, '{"ok":false}'],
    ['a list of such', [{ text: 'no' }], '{"text":"no"}'],
    ['a function', () => 'no', 'function'],
  ])('fails when it answers %s', async (_what, answer, shown) => {
    const asked = askValidator(function mine() {
      return answer as never;
    }, file);

    await expect(asked).rejects.toThrow(TypeError);
    await expect(asked).rejects.toThrow(
      `Cannot use the answer of validator "mine": it is ${shown}, wanted is nothing, a message or issues`,
    );
  });

  it.each<[what: string, validator: (error: Error) => FileValidator]>([
    [
      'throws',
      (error) => () => {
        throw error;
      },
    ],
    [
      'rejects',
      (error) => async () => {
        throw error;
      },
    ],
  ])('ends the upload with its own error when it %s', async (_what, create) => {
    const error = new Error('the scanner is down');

    await expect(askValidator(create(error), file)).rejects.toBe(error);
  });

  it('is shown the facts, typed', async () => {
    const seen: FileFacts[] = [];

    await askValidator((facts) => {
      expectTypeOf(facts.type).toEqualTypeOf<string>();
      expectTypeOf(facts.size).toEqualTypeOf<number | undefined>();
      expectTypeOf(facts.filename).toEqualTypeOf<string | undefined>();
      expectTypeOf(facts.head).toEqualTypeOf<Uint8Array>();
      seen.push(facts);
    }, file);

    expect(seen).toEqual([file]);
  });

  it('answers what a form can show, and nothing else', () => {
    expectTypeOf<() => string>().toExtend<FileValidator>();
    expectTypeOf<() => Promise<string[]>>().toExtend<FileValidator>();
    expectTypeOf<(file: FileFacts) => void>().toExtend<FileValidator>();
    expectTypeOf<() => boolean>().not.toExtend<FileValidator>();
    expectTypeOf<(file: { path: string }) => string>().not.toExtend<FileValidator>();
    expectTypeOf<RegExp>().not.toExtend<FileValidator>();
  });
});

const shortName = 'Too big: expected string to have <=4 characters';

const schemas: [what: string, validator: FileValidator, issues: object[]][] = [
  [
    'zod: one',
    z.object({ filename: z.string().max(4) }),
    [{ validator: 'zod', message: shortName, received: 'me.txt' }],
  ],
  [
    'zod: two at once',
    z.object({ size: z.number().max(4, 'at most 4 bytes'), type: z.literal('image/png', 'a PNG') }),
    [
      { validator: 'zod', message: 'at most 4 bytes', received: 8 },
      { validator: 'zod', message: 'a PNG', received: 'text/plain' },
    ],
  ],
  [
    'zod: of the whole file',
    z.looseObject({}).refine((value) => value['type'] === 'x/y', 'neither fish nor fowl'),
    [{ validator: 'zod', message: 'neither fish nor fowl' }],
  ],
  [
    'zod: one that waits',
    z.looseObject({}).refine(async () => false, 'the scanner found something'),
    [{ validator: 'zod', message: 'the scanner found something' }],
  ],
  [
    'valibot: one',
    v.object({ filename: v.pipe(v.string(), v.maxLength(4, 'a shorter name')) }),
    [{ validator: 'valibot', message: 'a shorter name', received: 'me.txt' }],
  ],
  [
    'valibot: two at once',
    v.object({ size: v.pipe(v.number(), v.maxValue(4, 'smaller')), type: v.literal('x/y', 'x/y') }),
    [
      { validator: 'valibot', message: 'smaller', received: 8 },
      { validator: 'valibot', message: 'x/y', received: 'text/plain' },
    ],
  ],
  [
    'valibot: one that waits',
    v.pipeAsync(
      v.looseObject({}),
      v.checkAsync(async () => false, 'the scanner found something'),
    ),
    [{ validator: 'valibot', message: 'the scanner found something' }],
  ],
  [
    'one whose path is not of the file',
    {
      '~standard': {
        version: 1,
        vendor: 'mine',
        validate: () => ({ issues: [{ message: 'odd', path: ['constructor', { key: 'x' }] }] }),
      },
    },
    [{ validator: 'mine', message: 'odd' }],
  ],
  [
    'one that is a function, as in arktype',
    Object.assign(() => 'never called', {
      '~standard': {
        version: 1 as const,
        vendor: 'ark',
        validate: () => ({ issues: [{ message: 'no' }] }),
      },
    }),
    [{ validator: 'ark', message: 'no' }],
  ],
];

describe('a Standard Schema', () => {
  it.each(schemas)('refuses a file: %s', async (_what, schema, issues) => {
    expect(await askValidator(schema, file)).toEqual(issues);
  });

  it.each<[what: string, validator: FileValidator]>([
    ['zod', z.object({ filename: z.string().regex(/\.txt$/), size: z.number().max(8) })],
    [
      'zod that allows no other key',
      z.strictObject({ filename: z.string(), type: z.string(), size: z.number() }),
    ],
    [
      'zod of a stream',
      z.object({ size: z.number().max(4).optional(), type: z.string() }).omit({ size: true }),
    ],
    ['valibot', v.object({ type: v.pipe(v.string(), v.startsWith('text/')) })],
  ])('lets a file in: %s', async (_what, schema) => {
    expect(await askValidator(schema, file)).toEqual([]);
  });

  it('of zod or valibot is a validator to the compiler', () => {
    expectTypeOf(z.object({ size: z.number() })).toExtend<FileValidator>();
    expectTypeOf(v.object({ size: v.number() })).toExtend<FileValidator>();
    expectTypeOf(v.objectAsync({ size: v.number() })).toExtend<FileValidator>();
  });
});

describe('the rules of a field', () => {
  it('are all asked, and what they find is collected', async () => {
    const rules = {
      accept: ['image/*'],
      validators: [
        () => 'one',
        async () => ['two', 'three'],
        z.object({ size: z.number().max(1) }),
      ],
    };

    const issues = await ruleIssues(rules, file);

    expect(issues.map(({ validator }) => validator)).toEqual([
      'accept',
      'validator',
      'validator',
      'validator',
      'zod',
    ]);
  });

  it('find nothing where there are none', async () => {
    expect(await ruleIssues({}, file)).toEqual([]);
  });
});
