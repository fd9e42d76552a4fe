// What the official client does not tell of its connection: the socket's addresses and its TLS. Read from where the client
// keeps them, with care: where they are not found, nothing is shown.
import type { NatsConnection } from '@nats-io/transport-node';

export interface SocketState {
  /** `127.0.0.1:50123`; null where nobody knows. */
  readonly localAddress: string | null;
  readonly remoteAddress: string | null;
  /** Null without TLS. */
  readonly tls: TlsState | null;
}

export interface TlsState {
  /** `TLSv1.3`. */
  readonly version: string;
  readonly cipher: string;
  readonly serverName: string;
  readonly isVerified: boolean;
  /** The server's certificate and those who vouch for it. */
  readonly chain: readonly Certificate[];
}

export interface Certificate {
  readonly subject: Readonly<Record<string, string | string[]>>;
  readonly issuer: Readonly<Record<string, string | string[]>>;
  readonly validTo: string;
  /** `DNS:a.example, IP Address:10.0.0.1`. */
  readonly altNames: string;
  readonly serialNumber: string;
  readonly isAuthority: boolean;
  readonly der: Uint8Array;
}

const CHAIN_MAX = 16;

export function socketState(connection: NatsConnection): SocketState {
  const socket = field(field(field(connection, 'protocol'), 'transport'), 'socket');
  return {
    localAddress: addressOf(socket, 'local'),
    remoteAddress: addressOf(socket, 'remote'),
    tls: field(socket, 'encrypted') === true ? tlsOf(socket) : null,
  };
}

function tlsOf(socket: unknown): TlsState {
  const cipher = call(socket, 'getCipher');
  return {
    version: String(call(socket, 'getProtocol') ?? 'unknown'),
    cipher: String(field(cipher, 'standardName') ?? field(cipher, 'name') ?? 'unknown'),
    serverName: String(field(socket, 'servername') || ''),
    isVerified: field(socket, 'authorized') === true,
    chain: chainOf(call(socket, 'getPeerCertificate', true)),
  };
}

/** A certificate that vouches for itself ends the chain. */
function chainOf(first: unknown): Certificate[] {
  const chain: Certificate[] = [];
  const seen = new Set<unknown>();
  for (let one = first; chain.length < CHAIN_MAX; one = field(one, 'issuerCertificate')) {
    const raw = field(one, 'raw');
    const fingerprint = field(one, 'fingerprint256');
    if (!(raw instanceof Uint8Array) || seen.has(fingerprint)) return chain;
    seen.add(fingerprint);
    chain.push({
      subject: names(field(one, 'subject')),
      issuer: names(field(one, 'issuer')),
      validTo: String(field(one, 'valid_to') ?? ''),
      altNames: String(field(one, 'subjectaltname') ?? ''),
      serialNumber: String(field(one, 'serialNumber') ?? ''),
      isAuthority: field(one, 'ca') === true,
      der: raw,
    });
  }
  return chain;
}

function names(value: unknown): Readonly<Record<string, string | string[]>> {
  return typeof value === 'object' && value !== null ? { ...(value as Record<string, string | string[]>) } : {};
}

function addressOf(socket: unknown, side: 'local' | 'remote'): string | null {
  const address = field(socket, `${side}Address`);
  const port = field(socket, `${side}Port`);
  if (typeof address !== 'string' || typeof port !== 'number') return null;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function call(value: unknown, name: string, ...args: readonly unknown[]): unknown {
  const method = field(value, name);
  return typeof method === 'function' ? method.apply(value, args) : undefined;
}
