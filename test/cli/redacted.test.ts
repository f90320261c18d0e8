import { describe, expect, it } from 'vitest';
import { redacted } from '../../packages/cli/src/errors/redacted.ts';

describe('what a message of somebody else shows', () => {
  it.each([
    ['a password in a URL', 'postgres://me:hunter2@db:5432/app', 'postgres://***@db:5432/app'],
    ['a user in a URL', 'at https://key@proxy.example.com/', 'at https://***@proxy.example.com/'],
    [
      'the query of a signed URL',
      'GET https://b.s3.amazonaws.com/a.txt?X-Amz-Signature=abc&X-Amz-Date=1 failed',
      'GET https://b.s3.amazonaws.com/a.txt?*** failed',
    ],
    ['a secret by its name', 'host=db password=hunter2 user=me', 'host=db password=*** user=me'],
    ['nothing else', 'Cannot open "a@b.txt": no such file', 'Cannot open "a@b.txt": no such file'],
  ])('is without %s', (_what, text, shown) => {
    expect(redacted(text)).toBe(shown);
  });
});
