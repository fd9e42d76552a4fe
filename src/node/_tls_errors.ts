// Why a handshake failed, in the words that the reference logs (Go's crypto/tls and crypto/x509), from those of OpenSSL and
// Node.js. What has no counterpart keeps its own words.
import { X509Certificate } from 'node:crypto';
import { TlsHandshakeError } from '../base/errors.ts';
import type { NetworkAddress } from '../ports/network.ts';

interface Meaning {
  readonly text: string;
  readonly isProbe?: boolean;
}

const NOT_TLS: Meaning = { text: 'tls: first record does not look like a TLS handshake', isProbe: true };

/** By the error codes of Node.js. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_HTTP_REQUEST: NOT_TLS,
  ERR_SSL_HTTPS_PROXY_REQUEST: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  ERR_SSL_RECORD_TOO_SMALL: NOT_TLS,
  ERR_SSL_UNEXPECTED_MESSAGE: { text: 'tls: unexpected message' },
  ERR_SSL_UNSUPPORTED_PROTOCOL: { text: 'tls: client offered only unsupported versions' },
  ERR_SSL_VERSION_TOO_LOW: { text: 'tls: client offered only unsupported versions' },
  ERR_SSL_NO_SHARED_CIPHER: { text: 'tls: no cipher suite supported by both client and server' },
  ERR_SSL_NO_SHARED_GROUP: { text: 'tls: no key exchanges supported by both client and server' },
  ERR_SSL_NO_SUITABLE_KEY_SHARE: { text: 'tls: no key exchanges supported by both client and server' },
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: {
    text: "tls: peer doesn't support any of the certificate's signature algorithms",
  },
  ERR_SSL_NO_CERTIFICATE_SET: { text: 'tls: no certificates configured' },
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: { text: "tls: client didn't provide a certificate" },
};

/** Alerts by the names that OpenSSL has for them. Compat: Go crypto/tls, alertText. */
const ALERTS: Readonly<Record<string, string>> = {
  UNEXPECTED_MESSAGE: 'unexpected message',
  BAD_RECORD_MAC: 'bad record MAC',
  HANDSHAKE_FAILURE: 'handshake failure',
  BAD_CERTIFICATE: 'bad certificate',
  UNSUPPORTED_CERTIFICATE: 'unsupported certificate',
  CERTIFICATE_REVOKED: 'revoked certificate',
  CERTIFICATE_EXPIRED: 'expired certificate',
  CERTIFICATE_UNKNOWN: 'unknown certificate',
  ILLEGAL_PARAMETER: 'illegal parameter',
  UNKNOWN_CA: 'unknown certificate authority',
  ACCESS_DENIED: 'access denied',
  DECODE_ERROR: 'error decoding message',
  DECRYPT_ERROR: 'error decrypting message',
  PROTOCOL_VERSION: 'protocol version not supported',
  INSUFFICIENT_SECURITY: 'insufficient security level',
  INTERNAL_ERROR: 'internal error',
  USER_CANCELLED: 'user canceled',
  NO_RENEGOTIATION: 'no renegotiation',
  UNRECOGNIZED_NAME: 'unrecognized name',
};

const UNTRUSTED = 'x509: certificate signed by unknown authority';

/** By the codes of Node.js for what is wrong with a certificate. */
const VERDICTS: Readonly<Record<string, string>> = {
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  INVALID_PURPOSE: 'x509: certificate specifies an incompatible key usage',
};

/** `error` is null when the connection just ended. */
export function handshakeError(
  error: NodeJS.ErrnoException | null,
  local: NetworkAddress,
  remote: NetworkAddress,
): TlsHandshakeError {
  if (error instanceof TlsHandshakeError) return error;
  if (error === null) return new TlsHandshakeError('EOF');
  const code = error.code ?? '';
  const cause = error;
  if (code === 'ECONNRESET') {
    return new TlsHandshakeError(
      `read tcp ${addressText(local)}->${addressText(remote)}: read: connection reset by peer`,
      { cause },
    );
  }
  const [, alert] = /^ERR_SSL_(?:SSLV3|TLSV1|TLSV13)_ALERT_(.+)$/.exec(code) ?? [];
  if (alert !== undefined) {
    const text = ALERTS[alert] ?? alert.toLowerCase().replaceAll('_', ' ');
    return new TlsHandshakeError(`remote error: tls: ${text}`, { cause });
  }
  const meaning = MEANINGS[code];
  if (meaning === undefined) return new TlsHandshakeError(`tls: ${error.message}`, { cause });
  return new TlsHandshakeError(meaning.text, { cause, isProbe: meaning.isProbe ?? false });
}

/** Whether what came was HTTP in clear. */
export function isHttpRequest(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ERR_SSL_HTTP_REQUEST';
}

/** The same of a client of an HTTPS server. */
export function httpsHandshakeError(
  error: NodeJS.ErrnoException,
  local: NetworkAddress,
  remote: NetworkAddress,
): TlsHandshakeError {
  // Compat: Go net/http, serve.
  if (isHttpRequest(error)) {
    return new TlsHandshakeError('client sent an HTTP request to an HTTPS server', { cause: error });
  }
  // What Node.js says of every socket that ended before its time.
  const hasEnded = error.code === 'ECONNRESET' && error.message === 'socket hang up';
  return handshakeError(hasEnded ? null : error, local, remote);
}

export function addressText({ host, port }: NetworkAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The peer's certificates, its own first, do not hold. */
export function verificationError(code: string, certificates: readonly Uint8Array[], nowMs: number): TlsHandshakeError {
  const text = `tls: failed to verify certificate: ${verdictText(code, certificates[0], nowMs)}`;
  return new TlsHandshakeError(text, { certificates });
}

function verdictText(code: string, certificate: Uint8Array | undefined, nowMs: number): string {
  if ((code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') && certificate !== undefined) {
    const { validFrom, validTo } = new X509Certificate(certificate);
    const now = timeText(nowMs);
    const when =
      code === 'CERT_HAS_EXPIRED'
        ? `${now} is after ${timeText(Date.parse(validTo))}`
        : `${now} is before ${timeText(Date.parse(validFrom))}`;
    return `x509: certificate has expired or is not yet valid: current time ${when}`;
  }
  return VERDICTS[code] ?? `x509: ${code.toLowerCase().replaceAll('_', ' ')}`;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
