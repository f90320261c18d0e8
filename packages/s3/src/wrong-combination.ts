import { assertName, InvalidNameError } from '@filefield/core';
import { openAcls } from './s3-acl.ts';
import type { CheckedS3Options } from './checked-options.ts';
import type { S3StorageOptions } from './s3-options.ts';

/** What is wrong with options that are each right, and how to put it right; `undefined`: nothing. */
export function wrongCombination(
  given: S3StorageOptions,
  checked: CheckedS3Options,
): string | undefined {
  return (
    placeProblem(given, checked) ??
    credentialProblem(given, checked) ??
    urlProblem(given, checked) ??
    writeProblem(given, checked)
  );
}

function placeProblem(given: S3StorageOptions, checked: CheckedS3Options): string | undefined {
  const { accelerate, endpoint, region } = checked;
  if (region === '') {
    return endpoint === undefined
      ? 'it has no region, set "region" or AWS_REGION'
      : 'it has an endpoint and no region, set "region" to the one that the server is configured with ("us-east-1" on most)';
  }
  if (accelerate && (endpoint ?? checked.publicEndpoint) !== undefined) {
    return 'only AWS accelerates, leave out "accelerate" or the endpoints';
  }
  if (accelerate && (checked.forcePathStyle || given.bucket.includes('.'))) {
    return 'acceleration needs the bucket in the host, leave out "forcePathStyle" and use a bucket without dots';
  }
  return prefixProblem(checked.prefix);
}

function prefixProblem(prefix: string): string | undefined {
  if (prefix === '') return undefined;
  if (prefix.startsWith('/')) {
    return `the prefix ${JSON.stringify(prefix)} begins with a slash, use ${JSON.stringify(prefix.replace(/^\/+/, ''))}`;
  }
  try {
    assertName(prefix.slice(0, -1), { reserved: 'allow' });
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidNameError)) throw error;
    return `the prefix ${JSON.stringify(error.object)} is no directory that every name fits into, use one such as "media/"`;
  }
}

function credentialProblem(given: S3StorageOptions, checked: CheckedS3Options): string | undefined {
  if (given.profile !== undefined && given.credentials !== undefined) {
    return 'both a profile and credentials are set, keep one of them';
  }
  const connection = ['credentials', 'profile', 'tls', 'proxy', 'checksums'] as const;
  const second = connection.find((name) => given[name] !== undefined);
  if (checked.ownClient !== undefined && second !== undefined) {
    return `"client" is a client of your own and brings its "${second}", leave that option out or give settings instead of a client`;
  }
  const { clientSettings } = checked;
  const owned = ownedSettings.find((name) => Object.hasOwn(clientSettings, name));
  if (owned !== undefined) return `"client" holds "${owned}", use the storage's own options for it`;
  const agent = given.tls === undefined ? given.proxy && 'proxy' : 'tls';
  if (agent !== undefined && clientSettings.requestHandler !== undefined) {
    return `"client" brings a requestHandler and "${agent}" would do nothing, set it there`;
  }
  return undefined;
}

const ownedSettings = [
  'region',
  'endpoint',
  'forcePathStyle',
  'credentials',
  'profile',
  'useAccelerateEndpoint',
  'tls',
  'bucketEndpoint',
  'requestChecksumCalculation',
  'responseChecksumValidation',
];

function urlProblem(given: S3StorageOptions, checked: CheckedS3Options): string | undefined {
  const { cloudfront, customDomain, signedUrls, urlExpiresIn, urlSigner, visibility } = checked;
  const hasSigner = cloudfront !== undefined || urlSigner !== undefined;
  if (cloudfront !== undefined && urlSigner !== undefined) {
    return 'both cloudfront and urlSigner sign its URLs, keep one of them';
  }
  if (hasSigner && customDomain === undefined) {
    return 'cloudfront and urlSigner sign the URLs of a custom domain, set "customDomain"';
  }
  if (visibility === 'private' && !signedUrls) {
    return 'it is private and its URLs are unsigned, set visibility: "public" or leave out "signedUrls"';
  }
  if (signedUrls && customDomain !== undefined && !hasSigner) {
    return `it is ${visibility === 'private' ? 'private' : 'signed'} and nothing signs the URLs of its custom domain, set "cloudfront" or "urlSigner", or visibility: "public"`;
  }
  if (given.urlWindow !== undefined && given.urlWindow >= urlExpiresIn) {
    return `its urlWindow of ${given.urlWindow} seconds is not shorter than its urlExpiresIn of ${urlExpiresIn}, so that URLs could end at once, shorten it`;
  }
  return undefined;
}

function writeProblem(given: S3StorageOptions, checked: CheckedS3Options): string | undefined {
  const { objectParameters, sse } = checked;
  const acl = objectParameters.ACL ?? checked.acl;
  if (checked.visibility === 'private' && openAcls.has(acl)) {
    return `it is private and its ACL ${JSON.stringify(acl)} lets strangers read, set visibility: "public" or another ACL`;
  }
  if (given.gzipTypes !== undefined && checked.gzip === undefined) {
    return 'it has gzipTypes and does not compress, set gzip: true';
  }
  if (
    sse !== undefined &&
    (objectParameters.ServerSideEncryption ?? objectParameters.SSEKMSKeyId)
  ) {
    return 'both sse and objectParameters say how to encrypt, keep one of them';
  }
  const isOpen = checked.endpoint?.startsWith('http:') === true;
  if (typeof sse === 'object' && 'customerKey' in sse && isOpen) {
    return 'its own encryption key would travel over plain HTTP, use an https endpoint';
  }
  return undefined;
}
