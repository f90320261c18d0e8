import { StorageError } from '@filefield/core';
import type { CheckedS3Options } from './checked-options.ts';
import type { S3CredentialProvider, S3Credentials } from './s3-options.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * Keeps credentials at hand for who cannot wait: fetched once ahead, and again before they expire, in the background.
 * Failures while the old ones are valid are tried again and seen by nobody.
 */
export class CredentialSource {
  readonly #fetch: S3CredentialProvider;
  #current: S3Credentials | undefined;
  #fetching: Promise<S3Credentials> | undefined;
  #failure: unknown;
  #pausedUntil = 0;
  #areNone = false;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param credentials Known ones, or a function that fetches them. */
  constructor(credentials: S3Credentials | S3CredentialProvider) {
    if (typeof credentials === 'function') {
      this.#fetch = credentials;
    } else {
      this.#current = credentials;
      this.#fetch = async () => credentials;
    }
  }

  /**
   * What is known now and not expired. While nothing is, asking starts a fetch, once a second at most.
   * @param now Milliseconds since the epoch.
   */
  current(now: number = Date.now()): S3Credentials | undefined {
    const current = this.#current;
    if (current !== undefined && remaining(current, now) > 0) return current;
    if (now >= this.#pausedUntil) this.#refresh();
    return undefined;
  }

  /** Why nothing is known: what the last fetch threw. */
  get failure(): unknown {
    return this.#failure;
  }

  /** For the SDK's client: waits, and throws what the fetch throws. */
  readonly provider: S3CredentialProvider = async () => this.current() ?? (await this.#fetched());

  /**
   * Afterwards {@link current} answers; what is about to expire is fetched again first.
   * @param storage The alias, for the message.
   * @throws {@link StorageError} when there are none, or only expired ones.
   */
  async ready(storage?: string): Promise<void> {
    const now = Date.now();
    const current = this.current(now);
    if (current !== undefined && remaining(current, now) >= 5 * minute) return;
    try {
      const { expiration } = await this.#fetched();
      if (expiration === undefined || expiration.getTime() > Date.now()) return;
    } catch (cause) {
      // The old ones are still good.
      if (this.current() !== undefined) return;
      const name = cause instanceof Error ? cause.name : 'no Error';
      throw failed(storage, `none could be fetched (${name})`, { cause });
    }
    throw failed(storage, 'those that were given have expired');
  }

  /**
   * Like {@link ready}, for who can do without: `false` where there are none, and they are not looked for again.
   * @param storage The alias, for the message.
   * @throws {@link StorageError} when there are some and they are not to be had.
   */
  async areThere(storage?: string): Promise<boolean> {
    if (this.#areNone) return false;
    try {
      await this.ready(storage);
      return true;
    } catch (error) {
      const cause = error instanceof StorageError ? error.cause : undefined;
      this.#areNone = cause instanceof Error && cause.name === 'CredentialsProviderError';
      if (!this.#areNone) throw error;
      return false;
    }
  }

  /** Fetches no more in the background. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #fetched(): Promise<S3Credentials> {
    // A provider that asks for a URL itself finds the fetch that is under way.
    this.#fetching ??= Promise.resolve()
      .then(async () => this.#fetchOnce())
      .finally(() => {
        this.#fetching = undefined;
      });
    return this.#fetching;
  }

  async #fetchOnce(): Promise<S3Credentials> {
    try {
      const fetched = await this.#fetch();
      this.#failure = undefined;
      this.#current = fetched;
      return fetched;
    } catch (error) {
      this.#failure = error;
      throw error;
    } finally {
      this.#pausedUntil = Date.now() + 1000;
      this.#schedule();
    }
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed || this.#current === undefined) return;
    const left = remaining(this.#current, Date.now());
    if (left <= 0 || left === Infinity) return;
    // Five minutes ahead; what lives shorter, or was not renewed yet, is asked for again at half of what is left.
    const delay = left > 10 * minute ? left - 5 * minute : left / 2;
    const bounded = Math.min(Math.max(delay, 500), day);
    this.#timer = setTimeout(() => this.#refresh(), bounded).unref();
  }

  #refresh(): void {
    // The failure is kept, and shown by whoever finds nothing.
    this.#fetched().catch(() => undefined);
  }
}

/** Where the credentials of a storage come from: its options, the client it was given, its profile, or the SDK's chain. */
export function credentialsOf(options: CheckedS3Options): CredentialSource {
  const { credentials, ownClient, profile } = options;
  if (credentials !== undefined) return new CredentialSource(credentials);
  if (ownClient !== undefined)
    return new CredentialSource(async () => ownClient.config.credentials());
  return new CredentialSource(lazily(profile));
}

/** The providers are loaded when they are needed: they know many ways, most storages need none. */
function lazily(profile: string | undefined): S3CredentialProvider {
  let provider: S3CredentialProvider | undefined;
  return async () => {
    if (provider === undefined) {
      const { fromIni, fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
      provider = profile === undefined ? fromNodeProviderChain() : fromIni({ profile });
    }
    return provider();
  };
}

function remaining({ expiration }: S3Credentials, now: number): number {
  return expiration === undefined ? Infinity : expiration.getTime() - now;
}

function failed(storage: string | undefined, reason: string, options?: ErrorOptions): StorageError {
  return new StorageError('get the credentials', { storage }, reason, options);
}
