import { randomBytes } from 'node:crypto';

/** Text of this length that PostgreSQL can keep in no index: it neither fits nor compresses. */
export function incompressible(length: number): string {
  return randomBytes(length).toString('base64url').slice(0, length);
}
