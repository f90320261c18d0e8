import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';

const run = promisify(execFile);

/** An HTTPS endpoint in front of a plain server, for the tests of a file. */
export interface TlsProxy {
  readonly url: string;
  /** Its certificate, which nobody has signed but itself. */
  readonly certificate: string;
}

/** Encrypts the way to a server. Called at the top of a file. */
export async function tlsProxy(target: string): Promise<TlsProxy> {
  const { hostname, port } = new URL(target);
  const { key, certificate } = await selfSigned();
  const server = createServer({ key, cert: certificate }, (near) => {
    const far = connect(Number(port), hostname);
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => {
    server.close();
  });
  const address = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${address.port}`, certificate };
}

async function selfSigned(): Promise<{ key: string; certificate: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'filefield-tls-'));
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  try {
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', key, '-out', certificate];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await run('openssl', ['req', '-x509', '-days', '2', ...kind, ...subject, ...files]);
    return { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') };
  } finally {
    await rm(directory, { recursive: true });
  }
}
