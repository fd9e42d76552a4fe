// Who may read monitoring, where `monitor_auth` asks for something: a bearer token, a user with a password, a client
// certificate that holds. nats-server has nothing of the kind. Pure; secrets are compared by their hashes, in a time that
// tells nothing about them.
import { createHash, timingSafeEqual } from 'node:crypto';

export interface MonitorAccessRules {
  /** Plain, or `sha256:` and 64 hexadecimal digits; the same for the password. */
  readonly token: string | null;
  readonly user: string | null;
  readonly password: string | null;
  /** Besides token or password, where there is one of these. */
  readonly requiresClientCertificate: boolean;
}

/** What a request presents. */
export interface MonitorCredentials {
  /** Its header `Authorization`. */
  readonly authorization: string | null;
  readonly hasVerifiedCertificate: boolean;
}

export type MonitorRefusal = 'no certificate' | 'no credentials';

const HASHED_SECRET = /^sha256:[0-9a-f]{64}$/i;

export class MonitorAccess {
  readonly #token: Uint8Array | null;
  readonly #user: Uint8Array | null;
  readonly #password: Uint8Array | null;
  readonly #requiresClientCertificate: boolean;

  constructor(rules: MonitorAccessRules) {
    this.#token = rules.token === null ? null : secretHash(rules.token);
    this.#user = rules.user === null ? null : sha256(rules.user);
    this.#password = rules.password === null ? null : secretHash(rules.password);
    this.#requiresClientCertificate = rules.requiresClientCertificate;
  }

  /** Null when it may read. */
  check({ authorization, hasVerifiedCertificate }: MonitorCredentials): MonitorRefusal | null {
    if (this.#requiresClientCertificate && !hasVerifiedCertificate) return 'no certificate';
    if (this.#token === null && this.#user === null) return null;
    return this.#isKnown(authorization ?? '') ? null : 'no credentials';
  }

  /** Ways to present credentials, as the header `WWW-Authenticate` lists them. */
  get challenge(): string {
    const ways: string[] = [];
    if (this.#token !== null) ways.push('Bearer realm="monitoring"');
    if (this.#user !== null) ways.push('Basic realm="monitoring", charset="UTF-8"');
    return ways.join(', ');
  }

  #isKnown(authorization: string): boolean {
    const [, scheme = '', value = ''] = /^([A-Za-z]+) +(\S+) *$/.exec(authorization) ?? [];
    switch (scheme.toLowerCase()) {
      case 'bearer':
        return this.#token !== null && timingSafeEqual(sha256(value), this.#token);
      case 'basic':
        return this.#isUser(Buffer.from(value, 'base64').toString('utf8'));
      default:
        return false;
    }
  }

  #isUser(pair: string): boolean {
    if (this.#user === null || this.#password === null) return false;
    const colon = pair.indexOf(':');
    if (colon < 0) return false;
    // Both are compared, whatever the first says.
    const isUser = timingSafeEqual(sha256(pair.slice(0, colon)), this.#user);
    const isPassword = timingSafeEqual(sha256(pair.slice(colon + 1)), this.#password);
    return isUser && isPassword;
  }
}

function secretHash(secret: string): Uint8Array {
  return HASHED_SECRET.test(secret) ? Buffer.from(secret.slice(secret.indexOf(':') + 1), 'hex') : sha256(secret);
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text, 'utf8').digest();
}
