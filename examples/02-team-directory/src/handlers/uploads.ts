import { uploadHandler } from '@filefield/http';
import { Document } from '../document.ts';
import type { AppContext } from '../env.ts';

// #region uploads
/** Lets browsers upload documents straight to the storage; on this disk the bytes arrive here, too. */
export async function receiveUploads(c: AppContext): Promise<Response> {
  const { files, session: subject } = c.var;
  const handler = uploadHandler({
    storages: files.storages,
    createUpload: async (asked) => files.createUpload(Document, 'file', { ...asked, subject }),
    signUpload: async (token, step) => files.signUpload(token, step, { subject }),
  });
  return await handler(c.req.raw);
}
// #endregion
