import type { UploadedPart, UploadGrant } from '@filefield/core';

/** Answers as S3 gives them, for clients that speak S3. */

/** An upload in parts has begun. */
export function uploadBegun({ name }: UploadGrant, uploadId: string): Response {
  return xml(
    200,
    'InitiateMultipartUploadResult',
    element('Key', name) + element('UploadId', uploadId),
  );
}

/** The parts that have arrived, all of them. */
export function partsList(
  { name }: UploadGrant,
  uploadId: string,
  parts: readonly UploadedPart[],
): Response {
  const listed = parts.map(
    ({ partNumber, etag, size }) =>
      `<Part>${element('PartNumber', partNumber)}${element('ETag', `"${etag}"`)}${element('Size', size)}</Part>`,
  );
  return xml(
    200,
    'ListPartsResult',
    element('Key', name) +
      element('UploadId', uploadId) +
      element('IsTruncated', 'false') +
      listed.join(''),
  );
}

/** The object is there. */
export function uploadCompleted({ name }: UploadGrant, location: string): Response {
  return xml(
    200,
    'CompleteMultipartUploadResult',
    element('Location', location) + element('Key', name),
  );
}

/** A refusal. */
export function s3Refusal(status: number, code: string, message: string): Response {
  return xml(status, 'Error', element('Code', code) + element('Message', message));
}

function xml(status: number, root: string, content: string): Response {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>`;
  const headers = {
    'Content-Type': 'application/xml',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
  return new Response(body, { status, headers });
}

function element(name: string, value: string | number): string {
  return `<${name}>${escaped(String(value))}</${name}>`;
}

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => references[character] ?? '');
}
