import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { signWithKnownHashes } from './known-hashes.ts';
import type { CheckedS3Options } from './checked-options.ts';
import type { S3CredentialProvider } from './s3-options.ts';

/** Connections that one storage keeps open at most. */
const maxSockets = 50;

/** Makes the SDK's client of a storage; it asks for nothing and needs no credentials before its first request. */
export function createS3Client(
  options: CheckedS3Options,
  credentials: S3CredentialProvider,
): S3Client {
  const { region, endpoint, checksums, clientSettings } = options;
  const calculation = checksums === 'when-supported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  const client = new S3Client({
    requestHandler: requestHandler(options),
    ...clientSettings,
    region,
    forcePathStyle: options.forcePathStyle,
    useAccelerateEndpoint: options.accelerate,
    requestChecksumCalculation: calculation,
    responseChecksumValidation: calculation,
    ...(endpoint === undefined ? {} : { endpoint }),
    credentials: async () => {
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = await credentials();
      return {
        accessKeyId,
        secretAccessKey,
        ...(sessionToken === undefined ? {} : { sessionToken }),
        ...(expiration === undefined ? {} : { expiration }),
      };
    },
  });
  signWithKnownHashes(client);
  // It would describe every request and every answer to nobody.
  if (clientSettings.logger === undefined) client.middlewareStack.remove('loggerMiddleware');
  return client;
}

function requestHandler({ tls = {}, proxy }: CheckedS3Options): NodeHttpHandler {
  const { rejectUnauthorized = true, ca } = tls;
  const trust = { rejectUnauthorized, ...(ca === undefined ? {} : { ca }) };
  const common = { keepAlive: true, maxSockets };
  return new NodeHttpHandler({
    httpAgent:
      proxy === undefined ? new HttpAgent(common) : new HttpProxyAgent({ ...common, proxy }),
    httpsAgent:
      proxy === undefined
        ? new HttpsAgent({ ...common, ...trust })
        : new HttpsProxyAgent({ ...common, ...trust, proxy }),
  });
}
