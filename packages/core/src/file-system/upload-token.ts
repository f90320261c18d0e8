import type { UploadGrant, UploadStep } from '../direct-upload.ts';
import { openToken, sealToken } from '../sealed-token.ts';

const purpose = 'filefield-upload-grant';

interface SealedGrant extends Omit<UploadGrant, 'expiresIn'> {
  /** Alias; a grant of one storage is nothing to another. */
  readonly storage: string | null;
  /** Seconds since the epoch. */
  readonly expires: number;
  readonly step: UploadStep;
}

/** A grant of one step as the query of its URL carries it. */
export function sealUpload(
  storage: string | undefined,
  { expiresIn, ...grant }: UploadGrant,
  step: UploadStep,
  key: string,
): string {
  const expires = Math.floor(Date.now() / 1000) + expiresIn;
  const sealed: SealedGrant = { ...grant, storage: storage ?? null, expires, step };
  return sealToken(purpose, sealed, key);
}

/** What {@link sealUpload} granted, as long as its time is not over. */
export function openUpload(
  storage: string | undefined,
  token: string,
  keys: readonly string[],
): (UploadGrant & { readonly step: UploadStep }) | 'expired' | 'forged' {
  const sealed = openToken(purpose, token, keys) as SealedGrant | undefined;
  if (sealed === undefined || sealed.storage !== (storage ?? null)) return 'forged';
  const { storage: _, expires, ...grant } = sealed;
  const expiresIn = expires - Math.floor(Date.now() / 1000);
  return expiresIn > 0 ? { ...grant, expiresIn } : 'expired';
}
