import { createHmac } from 'node:crypto';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import { publicAddress } from '../../packages/s3/src/bucket-address.ts';
import { checkedOptions } from '../../packages/s3/src/checked-options.ts';
import { HmacKey } from '../../packages/s3/src/hmac-key.ts';
import { signingKey, UrlSigner, type SignedRequest } from '../../packages/s3/src/url-signer.ts';
import type { S3StorageOptions } from '../../packages/s3/src/s3-options.ts';

const example = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const temporary = { ...example, sessionToken: 'a token/with+all=kinds of signs' };
const seconds = Date.parse('2026-01-02T03:04:05Z') / 1000;

describe('a signed URL', () => {
  it('is the one of the Amazon S3 API Reference', () => {
    const address = {
      origin: 'https://examplebucket.s3.amazonaws.com',
      host: 'examplebucket.s3.amazonaws.com',
      path: '/',
    };

    const url = new UrlSigner(address, 'us-east-1').sign({
      method: 'GET',
      key: 'test.txt',
      parameters: {},
      date: Date.parse('2013-05-24T00:00:00Z') / 1000,
      expiresIn: 86_400,
      credentials: example,
    });

    expect(url).toBe(
      'https://examplebucket.s3.amazonaws.com/test.txt' +
        '?X-Amz-Algorithm=AWS4-HMAC-SHA256' +
        '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
        '&X-Amz-Date=20130524T000000Z' +
        '&X-Amz-Expires=86400' +
        '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404' +
        '&X-Amz-SignedHeaders=host',
    );
  });

  it.each([
    [
      'GET Object',
      '7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972',
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'PUT Object',
      '9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d',
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    [
      'GET Bucket Lifecycle',
      '9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca',
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'GET Bucket (List Objects)',
      'df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7',
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])(
    'is signed as the example %s of the Amazon S3 API Reference',
    (_example, request, signature) => {
      const scope = ['20130524', 'us-east-1', 's3', 'aws4_request'];
      const toSign = ['AWS4-HMAC-SHA256', '20130524T000000Z', scope.join('/'), request];

      const key = signingKey(example.secretAccessKey, scope);

      expect(key.sign(toSign.join('\n'))).toBe(signature);
    },
  );

  it.each([
    ['a plain name', 'avatars/me.png'],
    ['spaces and plus signs', 'a b/c+d e.txt'],
    ['signs that browsers leave alone', "(1)!*'~-_.txt"],
    ['signs with a meaning in URLs', 'a?b#c&d=e;f@g,h$i.txt'],
    ['percent signs', '100%25.txt'],
    ['letters of the world', 'größe/写真/📷.jpg'],
    ['colons and brackets', 'x:y[z]{w}|^`".txt'],
  ])('equals that of the SDK for %s', async (_what, key) => {
    const wanted = await getSignedUrl(
      sdk(least),
      new GetObjectCommand({ Bucket: least.bucket, Key: key }),
      { signingDate: new Date(seconds * 1000), expiresIn: 900 },
    );

    expect(ours(least, { key, parameters: sdkParameters })).toBe(wanted);
  });

  it.each<[what: string, options: Partial<S3StorageOptions>]>([
    ['another region', { region: 'ap-southeast-2' }],
    ['China', { region: 'cn-north-1' }],
    ['the government', { region: 'us-gov-west-1' }],
    ['a bucket with dots', { bucket: 'media.acme.com' }],
    ['path style', { forcePathStyle: true }],
    ['acceleration', { accelerate: true }],
    ['dual stack', { client: { useDualstackEndpoint: true } }],
    ['FIPS', { client: { useFipsEndpoint: true } }],
    ['a server', { endpoint: 'https://s3.example.com' }],
    ['a server in path style', { endpoint: 'https://s3.example.com', forcePathStyle: true }],
    ['a port', { endpoint: 'http://s3.example.com:9000' }],
    ['an address', { endpoint: 'http://127.0.0.1:9000' }],
    ['an IPv6 address', { endpoint: 'http://[::1]:9000' }],
    ['a path', { endpoint: 'https://example.com/s3', forcePathStyle: true }],
    ['localhost', { endpoint: 'http://localhost:9000' }],
  ])('equals that of the SDK for %s', async (_what, options) => {
    const place = { ...least, ...options };

    const wanted = await getSignedUrl(
      sdk(place),
      new GetObjectCommand({ Bucket: place.bucket, Key: 'a b.txt' }),
      { signingDate: new Date(seconds * 1000), expiresIn: 900 },
    );

    const parameters = Object.fromEntries(
      [...new URL(wanted).searchParams].filter(
        ([name]) => !name.startsWith('X-Amz-') || name === 'X-Amz-Content-Sha256',
      ),
    );
    expect(ours(place, { key: 'a b.txt', parameters })).toBe(wanted);
  });

  it('equals that of the SDK with every override and a temporary key', async () => {
    const wanted = await getSignedUrl(
      sdk(least, temporary),
      new GetObjectCommand({
        Bucket: least.bucket,
        Key: 'a.txt',
        ResponseContentDisposition: `attachment; filename="x y.txt"; filename*=UTF-8''x%20y.txt`,
        ResponseContentType: 'text/plain; charset=utf-8',
        ResponseCacheControl: 'private, max-age=60',
        VersionId: 'a/version+id=',
        ExpectedBucketOwner: '123456789012',
        RequestPayer: 'requester',
      }),
      { signingDate: new Date(seconds * 1000), expiresIn: 604_800 },
    );

    const url = ours(least, {
      key: 'a.txt',
      expiresIn: 604_800,
      credentials: temporary,
      parameters: {
        ...sdkParameters,
        'response-content-disposition': `attachment; filename="x y.txt"; filename*=UTF-8''x%20y.txt`,
        'response-content-type': 'text/plain; charset=utf-8',
        'response-cache-control': 'private, max-age=60',
        versionId: 'a/version+id=',
        'x-amz-expected-bucket-owner': '123456789012',
        'x-amz-request-payer': 'requester',
      },
    });

    expect(url).toBe(wanted);
  });

  it('equals that of the SDK for HEAD', async () => {
    const wanted = await getSignedUrl(
      sdk(least),
      new HeadObjectCommand({ Bucket: least.bucket, Key: 'a.txt' }),
      { signingDate: new Date(seconds * 1000), expiresIn: 900 },
    );

    const parameters = { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' };
    expect(ours(least, { method: 'HEAD', key: 'a.txt', parameters })).toBe(wanted);
  });

  it('keeps the days and the keys apart', () => {
    const signer = signerOf(least);
    const request = { ...usual, key: 'a.txt' };
    const first = signer.sign(request);

    const others = [
      signer.sign({ ...request, date: seconds + 86_400 }),
      signer.sign({ ...request, credentials: { ...example, secretAccessKey: 'another' } }),
      signer.sign(request),
    ];

    expect(others.map((url) => url === first)).toEqual([false, false, true]);
    expect(others[0]).toContain('20260103T030405Z');
  });
});

describe('an HMAC key', () => {
  it.each([
    [
      '1',
      '0b'.repeat(20),
      '4869205468657265',
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    ],
    [
      '2',
      '4a656665',
      '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      '3',
      'aa'.repeat(20),
      'dd'.repeat(50),
      '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    ],
  ])('makes the code of test case %s of RFC 4231', (_case, key, text, code) => {
    const secret = Buffer.from(key, 'hex');

    expect(new HmacKey(secret).sign(Buffer.from(text, 'hex').toString('latin1'))).toBe(code);
  });

  it.each([0, 1, 55, 56, 63, 64, 65, 500])(
    'makes the codes of Node for %i characters',
    (length) => {
      const secret = Buffer.from('0123456789abcdef0123456789abcdef');
      const text = 'x'.repeat(length);
      const key = new HmacKey(secret);
      key.sign('something else that is longer than the text');

      expect(key.sign(text)).toBe(createHmac('sha256', secret).update(text).digest('hex'));
    },
  );
});

const least = { bucket: 'acme-private', region: 'eu-central-1' } satisfies S3StorageOptions;

/** What the SDK adds to its URLs of GET and no server needs. */
const sdkParameters = {
  'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD',
  'x-amz-checksum-mode': 'ENABLED',
  'x-id': 'GetObject',
};

const usual = {
  method: 'GET',
  parameters: {},
  date: seconds,
  expiresIn: 900,
  credentials: example,
} as const;

function signerOf(options: S3StorageOptions): UrlSigner {
  const checked = checkedOptions(options);
  return new UrlSigner(publicAddress(checked), checked.region);
}

function ours(
  options: S3StorageOptions,
  request: Partial<SignedRequest> & { key: string },
): string {
  return signerOf(options).sign({ ...usual, ...request });
}

function sdk(options: S3StorageOptions, credentials: typeof example = example): S3Client {
  const { region, endpoint, forcePathStyle, accelerate, clientSettings } = checkedOptions(options);
  return new S3Client({
    ...clientSettings,
    region,
    forcePathStyle,
    useAccelerateEndpoint: accelerate,
    credentials: { ...credentials },
    ...(endpoint !== undefined && { endpoint }),
  });
}
