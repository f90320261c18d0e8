import type { UploadedPart } from '@filefield/core';

/** 10,000 parts fit. */
export const completionBytes: number = 2 * 1024 * 1024;

/** The parts that a `CompleteMultipartUpload` of S3 names; `undefined` when it is none. */
export function completedParts(
  xml: string,
): readonly Pick<UploadedPart, 'partNumber' | 'etag'>[] | undefined {
  const found =
    /^\s*(?:<\?xml[^>]*\?>\s*)?<CompleteMultipartUpload[^>]*>(.*)<\/CompleteMultipartUpload>\s*$/s.exec(
      xml,
    );
  if (found === null) return undefined;
  const parts: Pick<UploadedPart, 'partNumber' | 'etag'>[] = [];
  for (const content of (found[1] ?? '').split('</Part>')) {
    if (content.trim() === '') continue;
    const number = /<PartNumber>\s*(\d{1,5})\s*<\/PartNumber>/.exec(content)?.[1];
    const etag = /<ETag>\s*(?:"|&quot;|&#34;)?([\w-]+)(?:"|&quot;|&#34;)?\s*<\/ETag>/.exec(
      content,
    )?.[1];
    if (number === undefined || etag === undefined || !/^\s*<Part>/.test(content)) return undefined;
    parts.push({ partNumber: Number(number), etag });
  }
  return parts;
}
