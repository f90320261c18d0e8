import { randomBytes } from 'node:crypto';
import {
  FileValidationError,
  cleanFilename,
  type DirectUpload,
  type FileIssue,
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
import { announcementIssues } from './announcement-issues.ts';
import type { CreateUploadOptions, SignUploadOptions } from './create-upload-options.ts';
import { expired, openTicket, sealTicket, type UploadTicket } from './upload-ticket.ts';

/** Announces an upload in the journal, then lets its bearer send it. See `FileFields.createUpload()`. */
export async function createUpload(
  property: FileProperty,
  options: CreateUploadOptions,
  { host, journal, locations }: UploadBatch,
): Promise<DirectUpload> {
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
  const request = await storage.createUpload(granted({ ...announced, name }, expiresIn), step);
  await locations?.take(storage, journal);
  const object = { storage: alias, location: storage.location, name, reason: 'direct' as const };
  // Nobody has the request yet: what nobody can send need not be reclaimed.
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
  { keys, storages }: { readonly keys: readonly string[]; readonly storages: Storages },
): Promise<UploadRequest> {
  const ticket = openTicket(token, keys, { subject });
  const left = Math.floor((ticket.sendUntil - Date.now()) / 1000);
  if (left < 1) throw expired();
  return await storages.get(ticket.storage).createUpload(granted(ticket, left), step);
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
  if (issues.length > 0) throw new FileValidationError(field, issues);
  const maxSize = size ?? limit;
  if (maxSize === Infinity) {
    throw new RangeError(
      `Cannot create an upload of ${field}: nothing limits it, give a size, a maxSize, or the field one`,
    );
  }
  return { filename, type, maxSize, size, sha256 };
}
