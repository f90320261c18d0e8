import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Installs packages of the distribution (Debian, Ubuntu), where the tests may.
 * @throws Error that says what is left out and how to run it, unless `FILEFIELD_TEST_INSTALL=1`.
 */
export async function installPackages(names: readonly string[], refusal: string): Promise<void> {
  if (process.env['FILEFIELD_TEST_INSTALL'] !== '1') throw new Error(refusal);
  const apt = process.getuid?.() === 0 ? 'apt-get' : 'sudo -n apt-get';
  const add = `${apt} install -y --no-install-recommends ${names.join(' ')}`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await promisify(execFile)('sh', ['-c', `${apt} update && ${add}`], {
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
}
