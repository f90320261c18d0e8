import type { FileIssue } from '@filefield/core';
import type { CreateUploadOptions } from './create-upload-options.ts';

/** What is wrong with an announcement by itself: it may be whatever a request's body held. */
export function announcementIssues(options: CreateUploadOptions): FileIssue[] {
  const { filename, type, size, sha256, method }: Record<string, unknown> = { ...options };
  const isSize = Number.isSafeInteger(size) && Number(size) >= 0;
  return [
    issue('filename', 'a filename', typeof filename === 'string' && filename !== '', filename),
    issue('type', 'a media type', type === undefined || typeof type === 'string', type),
    issue('size', 'a whole number of bytes', size === undefined || isSize, size),
    issue('sha256', '64 hexadecimal digits', sha256 === undefined || isSha256(sha256), sha256),
    issue('method', methods.join(', '), method === undefined || isMethod(method), method),
  ].flat();
}

const methods: readonly unknown[] = ['form', 'put', 'multipart'];

function isMethod(method: unknown): boolean {
  return methods.includes(method);
}

function isSha256(text: unknown): boolean {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
}

function issue(what: string, expected: string, isRight: boolean, received: unknown): FileIssue[] {
  if (isRight) return [];
  return [{ validator: what, message: `the ${what} is not ${expected}`, expected, received }];
}
