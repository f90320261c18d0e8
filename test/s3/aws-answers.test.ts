import { S3Storage, type S3StorageOptions } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { answeringServer, type Answer } from '../support/answering-server.ts';
import { everythingIn, failure } from './error-text.ts';

const credentials = {
  accessKeyId: 'AKIDHIDDEN',
  secretAccessKey: 'secret-hidden',
  sessionToken: 'token-hidden',
};
const enforced = { put: true, complete: true, copy: true };

/** An error as the S3 API Reference documents it ("REST error responses"), with what real ones were seen to hold. */
function xml(status: number, code: string, message: string, more = ''): Answer {
  return {
    status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': 'F7A2' },
    body:
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
      `<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>F7A2</RequestId><HostId>x1</HostId></Error>`,
  };
}

async function storageOf(
  answer: Answer,
  options: Partial<S3StorageOptions> = {},
): Promise<S3Storage> {
  const endpoint = await answeringServer(() => answer);
  const client = { maxAttempts: 1 };
  const place = { bucket: 'acme', region: 'us-east-1', endpoint, client, credentials };
  return new S3Storage({ ...place, ...options }, { conditionalWrite: enforced });
}

const asked = '/20261120/us-east-1/s3/aws4_request';

describe('the answer that AWS documents, to a write:', () => {
  it.each<[what: string, answer: Answer, reason: string]>([
    [
      'AuthorizationHeaderMalformed',
      xml(
        400,
        'AuthorizationHeaderMalformed',
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'",
        '<Region>eu-central-1</Region>',
      ),
      'bucket "acme" is in another region, set the option region to "eu-central-1"',
    ],
    [
      'PermanentRedirect',
      {
        ...xml(
          301,
          'PermanentRedirect',
          'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
          '<Endpoint>acme.s3.eu-west-1.amazonaws.com</Endpoint><Bucket>acme</Bucket>',
        ),
        headers: { 'x-amz-bucket-region': 'eu-west-1' },
      },
      'bucket "acme" is in another region, set the option region to "eu-west-1"',
    ],
    [
      'ExpiredToken',
      xml(
        400,
        'ExpiredToken',
        'The provided token has expired.',
        '<Token-0>token-hidden</Token-0>',
      ),
      'the temporary credentials have expired, fetch new ones',
    ],
    [
      'InvalidToken',
      xml(
        400,
        'InvalidToken',
        'The provided token is malformed or otherwise invalid.',
        '<Token-0>token-hidden</Token-0>',
      ),
      'the server does not accept the session token, check the credentials',
    ],
    [
      'InvalidAccessKeyId',
      xml(
        403,
        'InvalidAccessKeyId',
        'The AWS Access Key Id you provided does not exist in our records.',
        '<AWSAccessKeyId>AKIDHIDDEN</AWSAccessKeyId>',
      ),
      'the server does not know the access key, check the credentials',
    ],
    [
      'SignatureDoesNotMatch',
      xml(
        403,
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
        `<AWSAccessKeyId>AKIDHIDDEN</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256 ${asked}</StringToSign>` +
          `<SignatureProvided>5a1f</SignatureProvided><CanonicalRequest>PUT /a.txt x-amz-security-token:token-hidden</CanonicalRequest>`,
      ),
      'the server does not accept the signature, check the secret access key and the region',
    ],
    [
      'RequestTimeTooSkewed',
      xml(
        403,
        'RequestTimeTooSkewed',
        'The difference between the request time and the current time is too large.',
        '<RequestTime>20261120T120000Z</RequestTime><ServerTime>2026-11-20T13:00:00Z</ServerTime>',
      ),
      'the clock of this machine and that of the server are too far apart, set the clock of this machine',
    ],
    [
      'AccessDenied without a word',
      xml(403, 'AccessDenied', 'Access Denied'),
      'access is denied, the credentials need s3:PutObject on "arn:aws:s3:::acme/a.txt"',
    ],
    [
      'AccessDenied for the key that encrypts',
      xml(
        403,
        'AccessDenied',
        'User: arn:aws:sts::111122223333:assumed-role/app/i-0 is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:us-east-1:111122223333:key/1234 because no identity-based policy allows the kms:GenerateDataKey action',
      ),
      'access is denied, the credentials need kms:GenerateDataKey on "arn:aws:kms:us-east-1:111122223333:key/1234"',
    ],
    [
      'AccessControlListNotSupported',
      xml(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs'),
      'bucket "acme" allows no ACLs, leave out the option acl and let the bucket\'s policy decide',
    ],
    [
      'SlowDown',
      xml(503, 'SlowDown', 'Please reduce your request rate.'),
      'the server asks to slow down (SlowDown), try again later or lower the concurrency',
    ],
    [
      'EntityTooLarge',
      xml(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size.'),
      'the object is larger than the server takes',
    ],
    [
      'NotImplemented',
      xml(501, 'NotImplemented', 'A header you provided implies functionality not implemented.'),
      'the server cannot do what s3:PutObject asks for',
    ],
    [
      'InternalError',
      xml(500, 'InternalError', 'We encountered an internal error. Please try again.'),
      'the server answered InternalError (500) for bucket "acme"',
    ],
  ])('%s', async (_code, answer, reason) => {
    const storage = await storageOf(answer);

    const error = await failure(storage.save('a.txt', 'bytes'));

    expect(error.message).toBe(`Cannot save "a.txt": ${reason}`);
    expect(error).toMatchObject({ code: 'STORAGE', operation: 'save', object: 'a.txt' });
    expect(everythingIn(error)).not.toMatch(/hidden|aws4_request|5a1f/i);
  });
});

describe('the answer that AWS documents, to a HEAD, which has no body:', () => {
  it.each<[what: string, answer: Answer, reason: string]>([
    [
      '301, another region',
      { status: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
      'bucket "acme" is in another region, set the option region to "eu-west-1"',
    ],
    [
      '400, another region',
      { status: 400, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
      'bucket "acme" is in another region, set the option region to "eu-west-1"',
    ],
    [
      '400, this region: an expired token among others',
      { status: 400, headers: { 'x-amz-bucket-region': 'us-east-1' } },
      'the server refuses the request and does not say why (400), check the option region, the session token and the encryption key',
    ],
    [
      '403',
      { status: 403 },
      'access is denied, the credentials need s3:GetObject on "arn:aws:s3:::acme/a.txt" and s3:ListBucket on "arn:aws:s3:::acme"',
    ],
    [
      '503',
      { status: 503 },
      'the server asks to slow down (503), try again later or lower the concurrency',
    ],
    ['500', { status: 500 }, 'the server answered 500 for bucket "acme"'],
  ])('%s', async (_status, answer, reason) => {
    const storage = await storageOf(answer);

    const error = await failure(storage.stat('a.txt'));

    expect(error.message).toBe(`Cannot stat "a.txt": ${reason}`);
  });
});
