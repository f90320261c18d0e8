import type { UploadStep } from '@filefield/core';
import { refusal } from './read-json.ts';

/** What a browser says of the file that it wants to upload; checked in its form, not to be believed. */
export interface AskedUpload {
  /** What the user calls it, at most 4,096 characters. */
  readonly filename: string;
  readonly type?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  /** 64 hexadecimal digits. */
  readonly sha256?: string | undefined;
  readonly method?: 'form' | 'put' | 'multipart' | undefined;
  /** Which of several fields, in the application's own words. */
  readonly field?: string | undefined;
}

/** What a body asks for, and nothing that it holds besides; or the refusal. */
export function askedUpload(body: object): AskedUpload | Response {
  const { filename, type, size, sha256, method, field } = body as Record<string, unknown>;
  if (!isText(filename, 4096)) return refusal(400, 'The filename is no text');
  if (type !== undefined && !isText(type, 255)) return refusal(400, 'The type is no text');
  if (field !== undefined && !isText(field, 255)) return refusal(400, 'The field is no text');
  if (size !== undefined && !isWhole(size, Number.MAX_SAFE_INTEGER)) {
    return refusal(400, 'The size is no whole number');
  }
  if (sha256 !== undefined && !(isText(sha256, 64) && /^[0-9a-f]{64}$/.test(sha256))) {
    return refusal(400, 'The sha256 is not 64 hexadecimal digits');
  }
  if (method !== undefined && method !== 'form' && method !== 'put' && method !== 'multipart') {
    return refusal(400, 'The method is none of form, put and multipart');
  }
  return { filename, type, size, sha256, method, field };
}

/** A further request that a browser wants to send, or the refusal. */
export function askedStep(
  body: object,
): { readonly token: string; readonly step: UploadStep } | Response {
  const { token, step } = body as Record<string, unknown>;
  if (!isText(token, 16_384)) return refusal(400, 'The token is no text');
  const { kind, uploadId, partNumber } = Object(step) as Record<string, unknown>;
  if (kind === 'form' || kind === 'put' || kind === 'begin') return { token, step: { kind } };
  if (kind !== 'part' && kind !== 'parts' && kind !== 'complete' && kind !== 'abort') {
    return refusal(400, 'The step is of no known kind');
  }
  if (!isText(uploadId, 1024) || !/^[\x21-\x7e]+$/.test(uploadId)) {
    return refusal(400, 'The uploadId of the step is none');
  }
  if (kind !== 'part') return { token, step: { kind, uploadId } };
  if (!isWhole(partNumber, 10_000) || partNumber === 0) {
    return refusal(400, 'The partNumber of the step is none from 1 to 10000');
  }
  return { token, step: { kind, uploadId, partNumber } };
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= most;
}

function isWhole(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
}
