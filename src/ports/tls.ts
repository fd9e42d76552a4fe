// TLS as the doors know it: what one side presents and asks for, and what both agreed on. Suites, curves and versions have
// the names of the configuration. Body: node/node_tls.ts; the simulated network has none.

/** Files of PEM: a certificate, with those between it and its authority behind it, and its private key. */
export interface TlsCertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface TlsSettings {
  readonly side: 'server' | 'client';
  /** A server shows the first that fits the name it is asked by, or the first of all. A client has one or none. */
  readonly certificates: readonly TlsCertificateFiles[];
  /** PEM of those who sign the peers' certificates. Null: the authorities that Node.js knows. */
  readonly caFile: string | null;
  /** Whether the peer must show a certificate that holds. */
  readonly verifiesPeer: boolean;
  /** Of TLS 1.2; null: those that the reference considers safe. */
  readonly cipherSuites: readonly string[] | null;
  readonly curves: readonly string[] | null;
  readonly minVersion: TlsVersion;
}

export type TlsVersion = '1.2' | '1.3';

/** Settings whose files have been read and found good. Made by Network.tls, of use only to the network that made it. */
export interface TlsContext {
  readonly settings: TlsSettings;
  /** Until when the first certificate holds, Unix milliseconds; null without one. */
  readonly notAfterMs: number | null;
  /** The same for contexts that show and ask for the same, wherever their files are. Authorities are not in it. */
  readonly digest: string;
}

/** What the two ends of a connection agreed on. */
export interface TlsSession {
  readonly version: string;
  /** The registered name: `TLS_AES_128_GCM_SHA256`. */
  readonly cipherSuite: string;
  /** DER; the peer's own is the first, behind it who signed it. Empty where none was asked for. */
  readonly peerCertificates: readonly Uint8Array[];
}

export interface TlsStart {
  readonly context: TlsContext;
  /** Bytes that were read before and belong to the handshake; copied. */
  readonly received: Uint8Array | null;
  /** For a client: whom it means to reach, and which name the certificate must have. */
  readonly serverName: string | null;
  /** The handshake is done. When it fails, `onClose` gets a TlsHandshakeError instead. */
  onSecured(session: TlsSession): void;
}
