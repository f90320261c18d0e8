import { randomBytes } from 'node:crypto';
import {
  FileValidationError,
  UnsupportedOperationError,
  cleanFilename,
  type DirectUpload,
  type FileIssue,
  type FileStorage,
  type Storages,
  type UploadGrant,
  type UploadRequest,
  type UploadStep,
} from '@filefield/core';
import {
  emptyIssue,
  essence,
  incomingDirectory,
  ruleIssues,
  sizeIssue,
  typeOfName,
  unknownType,
} from '@filefield/core/binding';
import { contextOf, type FileProperty } from '../discovery/file-property.ts';
import { reach } from '../fail-points.ts';
import type { UploadBatch } from '../flush/upload-host.ts';
import type { Journal } from '../journal/journal.ts';
import { announcementIssues } from './announcement-issues.ts';
import type { CreateUploadOptions, SignUploadOptions } from './create-upload-options.ts';
import { assertClaimable } from './upload-claim.ts';
import { expired, openTicket, sealTicket, signingKey, type UploadTicket } from './upload-ticket.ts';

/** Announces an upload in the journal, then lets its bearer send it. See `FileFields.createUpload()`. */
export async function createUpload(
  property: FileProperty,
  options: CreateUploadOptions,
  { host, journal, locations }: UploadBatch,
): Promise<DirectUpload> {
  signingKey(host.keys);
  const { storage: alias } = property.type.settings;
  const storage = contextOf(property).storage(alias);
  const announced = await announcedFile(property, options);
  const expiresIn = options.expiresIn ?? Math.min(3600, Math.floor(host.uploadTimeout / 1000));
  if (expiresIn * 1000 > host.uploadTimeout) {
    throw new RangeError(
      `Cannot create an upload of ${property.field}: it would live ${expiresIn} s, longer than the uploadTimeout`,
    );
  }
  const sendUntil = Date.now() + expiresIn * 1000;
  const name = `${incomingDirectory}/${randomBytes(20).toString('hex')}`;
  await storage.ready?.();
  const step = steps[options.method ?? 'form'];
  const grant = granted({ ...announced, name }, expiresIn);
  const request = await requested(storage, grant, step, property);
  await locations?.take(storage, journal);
  const object = { storage: alias, location: storage.location, name, reason: 'direct' as const };
  // Nobody has the request yet: what nobody can send need not be listed before.
  await reach(host, 'journal', 'before');
  const [listed] = await journal.schedule([object], host.uploadTimeout);
  await reach(host, 'journal', 'after');
  if (listed === undefined) throw new TypeError('Cannot list an upload in the journal');
  const { field } = property;
  const { subject } = options;
  const times = { sendUntil, claimUntil: listed.dueAt.getTime() };
  const ticket = { id: listed.id, storage: alias, name, field, subject, ...announced, ...times };
  const expiresAt = new Date(sendUntil).toISOString();
  return { token: sealTicket(ticket, host.keys), name, expiresAt, request };
}

/** Signs a further request of an upload. See `FileFields.signUpload()`. */
export async function signUpload(
  token: string,
  step: UploadStep,
  { subject }: SignUploadOptions,
  { journal, keys, storages }: SigningParts,
): Promise<UploadRequest> {
  const ticket = openTicket(token, keys, { subject });
  const left = Math.floor((ticket.sendUntil - Date.now()) / 1000);
  if (left < 1) throw expired();
  // What this journal does not list, a token of another environment for example, nobody would ever reclaim.
  await assertClaimable([{ ticket }], journal);
  const { field, storage } = ticket;
  return await requested(storages.get(storage), granted(ticket, left), step, { field });
}

interface SigningParts {
  readonly journal: Journal;
  readonly keys: readonly string[];
  readonly storages: Storages;
}

/** @throws {@link FileValidationError} when the storage takes uploads, but not like this: the sender may choose another way. */
async function requested(
  storage: FileStorage,
  grant: UploadGrant,
  step: UploadStep,
  { field }: { readonly field: string },
): Promise<UploadRequest> {
  try {
    return await storage.createUpload(grant, step);
  } catch (cause) {
    const isUnable = cause instanceof UnsupportedOperationError && step.kind !== 'form';
    if (!isUnable || !storage.capabilities.directUpload) throw cause;
    const issue = { validator: 'method', message: cause.message, received: step.kind };
    throw new FileValidationError(field, [issue], { cause });
  }
}

type Announced = Pick<UploadTicket, 'filename' | 'type' | 'maxSize' | 'size' | 'sha256'>;

const steps = {
  form: { kind: 'form' },
  put: { kind: 'put' },
  multipart: { kind: 'begin' },
} as const;

/** What arrives is nobody's yet: under a type that browsers neither show nor run. */
function granted(
  { name, maxSize, size, sha256 }: Pick<UploadTicket, 'name' | 'maxSize' | 'size' | 'sha256'>,
  expiresIn: number,
): UploadGrant {
  return { name, type: unknownType, maxSize, size, sha256, expiresIn };
}

const unlimited: FileIssue = {
  validator: 'size',
  message: 'nothing limits it: give a size, a maxSize, or the field one',
};

/** @throws {@link FileValidationError} when what is announced is rubbish, or would break the rules of the field. */
async function announcedFile(
  { field, type: { settings } }: FileProperty,
  options: CreateUploadOptions,
): Promise<Announced> {
  const wrong = announcementIssues(options);
  if (wrong.length > 0) throw new FileValidationError(field, wrong);
  const filename = cleanFilename(options.filename);
  const type = typeOfName(filename) ?? essence(options.type) ?? unknownType;
  const { size, sha256 } = options;
  const limit = Math.min(settings.maxSize ?? Infinity, options.maxSize ?? Infinity);
  const issues: FileIssue[] = [];
  if (size === 0 && !settings.allowEmpty) issues.push(emptyIssue());
  if (size !== undefined && size > limit) issues.push(sizeIssue(limit, size));
  const { accept } = settings.rules;
  const facts = { filename, type, size, head: new Uint8Array() };
  issues.push(...(await ruleIssues({ accept }, facts)));
  const maxSize = size ?? limit;
  if (maxSize === Infinity) issues.push(unlimited);
  if (issues.length > 0) throw new FileValidationError(field, issues);
  return { filename, type, maxSize, size, sha256 };
}
