import { hash } from 'node:crypto';
import type { DeleteObjectsCommand } from '@aws-sdk/client-s3';

/**
 * Sends the checksum along that compatible servers want of `DeleteObjects` ("Missing required header for this request:
 * Content-MD5"), beside the newer one that the SDK sends instead of it.
 */
export function addContentMd5(command: DeleteObjectsCommand): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (hasBody(request)) request.headers['content-md5'] = hash('md5', request.body, 'base64');
      return await next(args);
    },
    { step: 'build' },
  );
}

function hasBody(request: unknown): request is { headers: Record<string, string>; body: string } {
  return typeof request === 'object' &&
    request !== null &&
    'body' in request &&
    'headers' in request
    ? typeof request.body === 'string'
    : false;
}
