import { generateKeyPairSync } from 'node:crypto';

/** A private key of this run, PEM, as CloudFront takes them. */
export const rsaKey: string = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
