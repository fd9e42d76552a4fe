// TLS as the options have it, with the defaults: the same whether a `tls` block or flags asked for it (a policy that only one
// of the ways gave was a hole of the reference, CVE-2021-32026).
import { certificatesOf, type TlsDraft } from './tls_draft.ts';

export interface TlsOptions {
  /** PEM files; the first is shown to who asks for no name that another has. */
  readonly certificates: readonly { readonly certFile: string; readonly keyFile: string }[];
  /** Null: the authorities that Node.js knows. */
  readonly caFile: string | null;
  /** Clients must show a certificate that holds. */
  readonly verifiesClients: boolean;
  /** and it says which user they are. */
  readonly mapsUsers: boolean;
  /** Names of the registry; null: the safe ones. */
  readonly cipherSuites: readonly string[] | null;
  readonly curves: readonly string[] | null;
  readonly minVersion: '1.2' | '1.3';
  readonly timeoutMs: number;
  /** 0: no limit. */
  readonly handshakesPerSecondMax: number;
  /** SHA-256 of the public keys that may come in, hexadecimal; null: all. */
  readonly pinnedKeys: readonly string[] | null;
  readonly isHandshakeFirst: boolean;
  /** 0: without the handshake there is no INFO. */
  readonly fallbackMs: number;
}

export const TLS_TIMEOUT_MS_DEFAULT = 2_000;

export function tlsOptionsOf(draft: TlsDraft): TlsOptions {
  return {
    certificates: certificatesOf(draft),
    caFile: draft.caFile || null,
    // Compat: opts.go, parseTLS: who maps or checks, verifies.
    verifiesClients: draft.verifies || draft.maps || draft.checksKnownUrls,
    mapsUsers: draft.maps,
    cipherSuites: draft.cipherSuites,
    curves: draft.curves,
    minVersion: draft.minVersion ?? '1.2',
    timeoutMs: draft.timeoutSeconds * 1000 || TLS_TIMEOUT_MS_DEFAULT,
    handshakesPerSecondMax: draft.handshakesPerSecondMax,
    pinnedKeys: draft.pinnedKeys,
    isHandshakeFirst: draft.isHandshakeFirst,
    fallbackMs: draft.fallbackMs,
  };
}
