// Turns a plain connection into one of TLS, as server or as client, and says when both sides have agreed. Called by
// node_network.ts, which gives the encrypted stream its events.
//
// A server's stream stands on its own, without the tls.Server that Node.js would listen with: which connections become TLS,
// and when, is decided by their owner. Three things that tls.Server does are done here for that: hear of 'secure', hear of
// errors before it ('_tlsError'), and ask whether the client's certificate holds (verifyError).
import { isIP, type Socket as NetSocket } from 'node:net';
import { TLSSocket, type TLSSocketOptions, connect as tlsConnect } from 'node:tls';
import type { TlsSession, TlsStart } from '../ports/tls.ts';
import type { ConnectionReader } from './_read_memory.ts';
import { readingTlsSocket } from './_reading_tls_socket.ts';
import { verificationError } from './_tls_errors.ts';
import type { NodeTlsContext } from './node_tls.ts';

/** Certificates between a peer's and its authority's: more means that the chain runs in a circle. */
const CHAIN_MAX = 16;

export interface TlsEvents {
  secured(session: TlsSession): void;
  /** The stream is destroyed when this returns. */
  failed(error: Error): void;
}

export interface TlsStream {
  readonly socket: TLSSocket;
  /** What arrives goes to the reader; otherwise there is 'data' to listen to. */
  readonly isRead: boolean;
}

export function startTls(
  plain: NetSocket,
  start: TlsStart,
  context: NodeTlsContext,
  events: TlsEvents,
  reader: ConnectionReader | null,
): TlsStream {
  const { received, serverName } = start;
  if (context.settings.side === 'server') {
    const options = serverOptions(context);
    const reading = reader === null ? null : readingTlsSocket(plain, received, options, reader);
    if (reading === null && received !== null) plain.unshift(Buffer.from(received));
    const socket = reading ?? new TLSSocket(plain, options);
    watchServer(socket, context, events);
    return { socket, isRead: reading !== null };
  }
  if (received !== null) plain.unshift(Buffer.from(received));
  return { socket: startClient(plain, serverName, context, events), isRead: false };
}

function serverOptions(context: NodeTlsContext): TLSSocketOptions {
  const { verifiesPeer } = context.settings;
  return {
    isServer: true,
    secureContext: context.secureContext,
    requestCert: verifiesPeer,
    // A client without a certificate is told so by OpenSSL; one with a wrong certificate is found below.
    rejectUnauthorized: verifiesPeer,
    ...(context.hasChoice ? { SNICallback: (name, choose) => choose(null, context.secureContextFor(name)) } : {}),
  };
}

function watchServer(socket: TLSSocket, context: NodeTlsContext, events: TlsEvents): void {
  const { verifiesPeer } = context.settings;
  const fail = (error: Error): void => {
    events.failed(error);
    socket.destroy();
  };
  socket.on('_tlsError', fail);
  socket.once('secure', () => {
    const session = sessionOf(socket, context);
    const verdict = verifiesPeer ? verdictOn(socket) : null;
    if (verdict === null) events.secured(session);
    else fail(verificationError(verdict, session.peerCertificates, Date.now()));
  });
}

function startClient(
  plain: NetSocket,
  serverName: string | null,
  context: NodeTlsContext,
  events: TlsEvents,
): TLSSocket {
  const { verifiesPeer } = context.settings;
  const socket = tlsConnect({
    socket: plain,
    secureContext: context.secureContext,
    rejectUnauthorized: verifiesPeer,
    // An address is checked against the certificate too, but is no name to ask for.
    ...(serverName === null ? {} : isIP(serverName) === 0 ? { servername: serverName } : { host: serverName }),
    ...(verifiesPeer ? {} : { checkServerIdentity: () => undefined }),
  });
  socket.once('secureConnect', () => events.secured(sessionOf(socket, context)));
  return socket;
}

/** Null when the client's certificate holds. Where Node.js does not say, it does not. */
function verdictOn(socket: TLSSocket): string | null {
  const { ssl } = socket as unknown as { readonly ssl: { verifyError?(): NodeJS.ErrnoException | null } | null };
  if (ssl === null || typeof ssl.verifyError !== 'function') return 'UNSPECIFIED';
  const error = ssl.verifyError();
  return error === null || error === undefined ? null : (error.code ?? 'UNSPECIFIED');
}

function sessionOf(socket: TLSSocket, context: NodeTlsContext): TlsSession {
  return {
    version: (socket.getProtocol() ?? '').replace(/^TLSv/, ''),
    cipherSuite: socket.getCipher().standardName,
    peerCertificates: context.settings.verifiesPeer ? chainOf(socket) : [],
  };
}

/** What the peer sent. (getPeerCertificate() would end it with authorities that Node.js found itself.) */
function chainOf(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let one = socket.getPeerX509Certificate();
  while (one !== undefined && chain.length < CHAIN_MAX) {
    chain.push(one.raw);
    one = one.issuerCertificate;
  }
  return chain;
}
