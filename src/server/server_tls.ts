// What TLS means for clients of this server. Values only: app/ makes one of the configuration, and another at a reload.
import type { TlsContext } from '../ports/tls.ts';

export interface ServerTls {
  readonly context: TlsContext;
  /** How long a handshake, and with `allowsPlain` a client's first byte, may take. */
  readonly timeoutMs: number;
  /** The handshake comes before INFO. */
  readonly isHandshakeFirst: boolean;
  /** With isHandshakeFirst: INFO goes out after all when nothing has come for so long; 0: it never does. */
  readonly fallbackMs: number;
  /** Clients may come without TLS too. */
  readonly allowsPlain: boolean;
  /** SHA-256 of public keys (SubjectPublicKeyInfo), hexadecimal in lower case: nobody else comes in. Null: anybody. */
  readonly pinnedKeys: ReadonlySet<string> | null;
  /** Handshakes begun in one second; 0: no limit. */
  readonly handshakesPerSecondMax: number;
  /** The client's certificate says which user it is. */
  readonly mapsUsers: boolean;
}
