import type { UploadGrant } from '@filefield/core';
import { counted } from './body-bytes.ts';
import { FormReader } from './form-reader.ts';
import type { Arrival } from './receive-upload.ts';
import { s3Refusal } from './s3-answers.ts';

/** What S3 allows; more than any signed form has. */
const limits = { fields: 20, fieldBytes: 20 * 1024, files: 1 };

/**
 * Receives a form as S3 does: the fields that were signed, then the part `file`; what comes behind it is ignored.
 * Names of fields count in any case.
 */
export async function receiveForm({
  request,
  uploads,
  grant,
  received,
}: Arrival): Promise<Response> {
  // One byte more than is granted: who receives the bytes refuses them in its own words.
  const fileBytes = (grant.size ?? grant.maxSize) + 1;
  const reader = new FormReader(request, { ...limits, fileBytes }, 'file');
  const fields = new Map<string, string>();
  try {
    for (;;) {
      const part = await reader.next();
      if (part === undefined) return s3Refusal(400, 'InvalidArgument', 'The form has no file');
      if (part.kind === 'field') fields.set(part.name.toLowerCase(), part.value);
      else if (part.name.toLowerCase() === 'file') {
        if (!isGranted(fields, grant)) {
          return s3Refusal(
            403,
            'AccessDenied',
            'The fields of the form are not those that were signed',
          );
        }
        await uploads.put(grant, counted(part.file, received));
        return new Response(null, { status: 204 });
      }
    }
  } finally {
    reader.close();
  }
}

function isGranted(fields: ReadonlyMap<string, string>, { name, type }: UploadGrant): boolean {
  return fields.get('key') === name && fields.get('content-type') === type;
}
