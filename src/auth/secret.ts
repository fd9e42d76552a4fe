// Secrets of the configuration against secrets that clients present: plain ones are compared in a time that tells nothing
// about where they differ; bcrypt hashes are only recognised here, checking one takes a worker (ports/password_checker.ts).
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Compat: auth.go, validBcryptPrefix. */
const BCRYPT = /^\$2[abxy]\$\d{2}\$/;

/** How many right passwords are remembered, by a digest that only this process can make. */
export const PROVEN_MAX = 1024;

export function isBcrypt(secret: string): boolean {
  return BCRYPT.test(secret);
}

export function equalSecrets(secret: string, given: string): boolean {
  return timingSafeEqual(digest(secret), digest(given));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/**
 * Passwords that were found right for a hash. Without it a fleet of clients that comes back at once would wait for one
 * bcrypt check after the other. Keeps no password: a digest with a key that is gone with the process.
 */
export class ProvenPasswords {
  readonly #key: Uint8Array;
  readonly #proven = new Set<string>();

  /** `key`: random bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  has(password: string, hash: string): boolean {
    return this.#proven.has(this.#mark(password, hash));
  }

  add(password: string, hash: string): void {
    if (this.#proven.size >= PROVEN_MAX)
      for (const oldest of this.#proven) return this.#replace(oldest, password, hash);
    this.#proven.add(this.#mark(password, hash));
  }

  #replace(oldest: string, password: string, hash: string): void {
    this.#proven.delete(oldest);
    this.#proven.add(this.#mark(password, hash));
  }

  #mark(password: string, hash: string): string {
    // The length keeps apart what would look the same when joined.
    return createHmac('sha256', this.#key).update(`${hash.length} ${hash}${password}`, 'utf8').digest('base64');
  }
}
