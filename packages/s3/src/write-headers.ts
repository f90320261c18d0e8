import { isActiveType } from '@filefield/core/binding';
import { encryption } from './encryption-headers.ts';
import { metadataKeys } from './object-metadata.ts';
import type { ObjectParameters } from './object-parameters.ts';
import type { CustomerKey, S3Bucket } from './s3-bucket.ts';

/** What is known of an object when its first byte is sent. */
export interface WrittenFacts {
  readonly type: string;
  /** Bytes; `undefined` where only the end will tell. */
  readonly size: number | undefined;
  readonly sha256?: string | undefined;
  readonly uploadId: string;
  /** Whether the bytes are compressed on their way. */
  readonly isCompressed?: boolean | undefined;
}

/** The headers that an object is written with: what the options say, on top of what is safe. */
export function writeHeaders(
  { options, customerKey }: S3Bucket,
  name: string,
  facts: WrittenFacts,
): ObjectParameters & Partial<CustomerKey> {
  const { acl, inlineActiveTypes } = options;
  const given = givenParameters(options, name, facts);
  const type = given.ContentType ?? facts.type;
  return {
    ContentType: type,
    ...(isAttachment(type, inlineActiveTypes) ? { ContentDisposition: 'attachment' } : {}),
    ...(facts.isCompressed === true ? { ContentEncoding: 'gzip' } : {}),
    ...(acl === undefined ? {} : { ACL: acl }),
    ...encryption(options.sse),
    ...customerKey,
    ...given,
    Metadata: { ...given.Metadata, ...ownMetadata(facts) },
  };
}

/** The parameters that the options give an object. */
export function givenParameters(
  { objectParameters, objectParametersFor }: S3Bucket['options'],
  name: string,
  { type, size }: Pick<WrittenFacts, 'type' | 'size'>,
): ObjectParameters {
  return { ...objectParameters, ...objectParametersFor?.(name, { type, size }) };
}

function isAttachment(type: string, inline: boolean | readonly string[]): boolean {
  if (inline === true || !isActiveType(type.split(';', 1).join().trim().toLowerCase()))
    return false;
  return inline === false || !inline.includes(type);
}

function ownMetadata({
  uploadId,
  sha256,
  size,
  isCompressed,
}: WrittenFacts): Record<string, string> {
  return {
    [metadataKeys.upload]: uploadId,
    ...(sha256 === undefined ? {} : { [metadataKeys.sha256]: sha256 }),
    ...(isCompressed === true ? { [metadataKeys.size]: String(size) } : {}),
  };
}
