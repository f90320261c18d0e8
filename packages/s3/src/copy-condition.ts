import type { CopyObjectCommand } from '@aws-sdk/client-s3';

/**
 * Says in the words of Ceph 16 too that only one version of the origin is to be copied: it reads
 * `x-amz-copy-if-match` instead of S3's `x-amz-copy-source-if-match`. Others do not know the header.
 */
export function addCopyCondition(command: CopyObjectCommand, etag: string): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      const { headers } = args.request as { readonly headers: Record<string, string> };
      headers['x-amz-copy-if-match'] = etag;
      return await next(args);
    },
    { step: 'build' },
  );
}
