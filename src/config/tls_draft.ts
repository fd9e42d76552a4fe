// What a `tls` block has said, or the flags in its place; empty or null is not said. blocks/tls.ts fills it, tls_options.ts
// makes options of it.

export interface TlsCertificateDraft {
  certFile: string;
  keyFile: string;
}

export interface TlsDraft {
  certFile: string;
  keyFile: string;
  caFile: string;
  /** Instead of the one above. */
  readonly certificates: TlsCertificateDraft[];
  verifies: boolean;
  maps: boolean;
  checksKnownUrls: boolean;
  isInsecure: boolean;
  allowsInsecureSuites: boolean;
  cipherSuites: readonly string[] | null;
  curves: readonly string[] | null;
  minVersion: '1.2' | '1.3' | null;
  timeoutSeconds: number;
  handshakesPerSecondMax: number;
  pinnedKeys: readonly string[] | null;
  isHandshakeFirst: boolean;
  fallbackMs: number;
}

export function emptyTlsDraft(): TlsDraft {
  return {
    certFile: '',
    keyFile: '',
    caFile: '',
    certificates: [],
    verifies: false,
    maps: false,
    checksKnownUrls: false,
    isInsecure: false,
    allowsInsecureSuites: false,
    cipherSuites: null,
    curves: null,
    minVersion: null,
    timeoutSeconds: 0,
    handshakesPerSecondMax: 0,
    pinnedKeys: null,
    isHandshakeFirst: false,
    fallbackMs: 0,
  };
}

/** What is shown, in order. */
export function certificatesOf(draft: TlsDraft): readonly TlsCertificateDraft[] {
  if (draft.certFile !== '') return [{ certFile: draft.certFile, keyFile: draft.keyFile }];
  return draft.certificates;
}
