import assert from 'node:assert/strict';
import type { UploadGrant, UploadStep } from '../../direct-upload.ts';
import type { FileStorage } from '../../file-storage.ts';
import type { ContractCase } from '../contract-case.ts';
import { fails } from './probes.ts';

const grant: UploadGrant = {
  name: 'incoming/4f9d/photo.png',
  type: 'image/png',
  maxSize: 1000,
  // Without it there is no PUT where only an exact size can be signed.
  size: 1000,
  expiresIn: 60,
};

const uploadId = 'an-upload';

/** The method that each step is sent with; `complete` is not signed for an upload that was never begun. */
const steps: readonly (readonly [UploadStep, string])[] = [
  [{ kind: 'form' }, 'POST'],
  [{ kind: 'put' }, 'PUT'],
  [{ kind: 'begin' }, 'POST'],
  [{ kind: 'part', uploadId, partNumber: 1 }, 'PUT'],
  [{ kind: 'parts', uploadId }, 'GET'],
  [{ kind: 'abort', uploadId }, 'DELETE'],
];

/** What is true of `createUpload`. */
export const uploading: readonly ContractCase[] = [
  {
    title: 'createUpload signs each step of a direct upload, each for its own object',
    needs: 'directUpload',
    async run(storage) {
      for (const [step, method] of steps) {
        const signed = await storage.createUpload(grant, step);
        const other = await storage.createUpload({ ...grant, name: 'incoming/other' }, step);
        assert.equal(signed.method, method);
        assert.notDeepEqual(signed, other);
      }
      const { method, fields } = await storage.createUpload(grant);
      assert.equal(method, 'POST');
      assert.equal(fields?.['Content-Type'], 'image/png');
    },
  },
  {
    title: 'createUpload refuses names outside incoming/',
    needs: 'directUpload',
    async run(storage) {
      for (const name of ['avatars/a.png', 'incoming', 'incoming/../a.png', '/incoming/a.png']) {
        await assert.rejects(storage.createUpload({ ...grant, name }), fails('INVALID_NAME'), name);
      }
    },
  },
  {
    title: 'createUpload refuses what no request could keep',
    needs: 'directUpload',
    async run(storage) {
      await refuses(storage, RangeError, { maxSize: -1 });
      await refuses(storage, RangeError, { size: 1001 });
      await refuses(storage, RangeError, { size: 0.5 });
      await refuses(storage, RangeError, { expiresIn: 0 });
      await refuses(storage, RangeError, { expiresIn: 604_801 });
      await refuses(storage, TypeError, { type: 'image/png\r\nx-evil: 1' });
      await refuses(storage, TypeError, { sha256: 'abc' });
      await refuses(storage, RangeError, {}, { kind: 'part', uploadId, partNumber: 10_001 });
      await refuses(storage, TypeError, {}, { kind: 'abort', uploadId: 'a b' });
    },
  },
  {
    title: 'createUpload says where a storage takes no direct uploads',
    async run(storage) {
      if (storage.capabilities.directUpload) return;
      await assert.rejects(storage.createUpload(grant), fails('UNSUPPORTED_OPERATION'));
      assert.equal(storage.uploads, undefined);
    },
  },
];

async function refuses(
  storage: FileStorage,
  error: typeof RangeError | typeof TypeError,
  changes: Partial<UploadGrant>,
  step?: UploadStep,
): Promise<void> {
  await assert.rejects(storage.createUpload({ ...grant, ...changes }, step), error);
}
