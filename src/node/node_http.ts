// ports/http over node:http. Small answers, no streaming; a handler that throws costs its request a 500, not the server.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { assert } from '../base/assert.ts';
import { errorText } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Http, HttpListener, HttpRequest, HttpResponse } from '../ports/http.ts';
import type { NetworkAddress } from '../ports/network.ts';
import type { TlsContext } from '../ports/tls.ts';
import { addressText, httpsHandshakeError, isHttpRequest } from './_tls_errors.ts';
import { listenError, plainAddress } from './node_network.ts';
import { NodeTlsContext } from './node_tls.ts';

/** Nobody needs longer to ask; a slow asker is let go. */
const REQUEST_TIMEOUT_MS = 10_000;
/**
 * Sockets that may be open at a time, slow askers' too: the files of the process are for clients and streams. A newcomer
 * beyond that is closed at once.
 */
export const HTTP_CONNECTIONS_MAX = 96;
/** What Go's net/http answers, and tools show. Compat: Go net/http, serve. */
const NOT_HTTPS = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';
const TIMEOUTS = { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS };

type HttpHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

export class NodeHttp implements Http {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  listen(address: NetworkAddress, handler: HttpHandler, tls: TlsContext | null): Promise<HttpListener> {
    return new Promise((resolve, reject) => {
      const listener: RequestListener = (request, response) => void this.#answer(request, response, handler);
      const secure = tls === null ? null : secureServer(tls, listener);
      const server: Server | HttpsServer = secure?.server ?? createServer(TIMEOUTS, listener);
      server.maxConnections = HTTP_CONNECTIONS_MAX;
      const plain = new PlainSockets(server);
      server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
        this.#log.error(`monitoring: TLS handshake error${handshakeFault(error, socket)}`);
        // Written at once: behind this the socket is destroyed.
        if (isHttpRequest(error)) plain.below(socket)?.end(NOT_HTTPS);
      });
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, address)));
      server.listen({ host: address.host, port: address.port }, () => {
        const bound = server.address();
        const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
        server.removeAllListeners('error');
        server.on('error', (error) => this.#log.error(`Monitoring listener: ${error.message}`));
        resolve({
          address: { host: address.host, port },
          reloadTls: (context) => {
            assert(secure !== null, 'only a listener with TLS gets another');
            secure.reload(context);
          },
          close: () => {
            server.close();
            server.closeAllConnections();
          },
        });
      });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse, handler: HttpHandler): Promise<void> {
    let answer: HttpResponse;
    try {
      answer = await handler({
        method: request.method ?? 'GET',
        ...targetOf(request.url ?? '/'),
        authorization: request.headers.authorization ?? null,
        hasVerifiedCertificate: request.socket instanceof TLSSocket && request.socket.authorized,
      });
    } catch (error) {
      this.#log.error(`Monitoring request '${request.url}' failed: ${errorText(error)}`);
      answer = { status: 500, contentType: 'text/plain', body: 'Internal error, see the log' };
    }
    response.writeHead(answer.status, {
      'Content-Type': answer.contentType,
      'Content-Length': Buffer.byteLength(answer.body),
      ...answer.headers,
    });
    response.end(answer.body);
  }
}

/** The sockets below those of TLS, which cannot say anything in clear. */
class PlainSockets {
  readonly #byPeer = new Map<string, Socket>();

  constructor(server: Server | HttpsServer) {
    server.on('connection', (socket: Socket) => {
      const peer = peerOf(socket);
      this.#byPeer.set(peer, socket);
      socket.once('close', () => this.#byPeer.delete(peer));
    });
  }

  below(socket: TLSSocket): Socket | undefined {
    return this.#byPeer.get(peerOf(socket));
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Path and query as they were asked for: a URL parser would take `//varz` for a host, and resolve dots. */
function targetOf(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path: decodedPath(path), query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)) };
}

/** What is no escape stays as it is: no page has such a path. */
function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/** Who it was, where the socket still knows, and what went wrong. */
function handshakeFault(error: NodeJS.ErrnoException, socket: TLSSocket): string {
  const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = socket;
  const remote = { host: plainAddress(remoteAddress), port: remotePort };
  const local = { host: plainAddress(localAddress), port: localPort };
  const from = remoteAddress === '' ? '' : ` from ${addressText(remote)}`;
  return `${from}: ${httpsHandshakeError(error, local, remote).message}`;
}

/** An HTTPS server that shows what the context of the moment says. */
function secureServer(
  tls: TlsContext,
  listener: RequestListener,
): { readonly server: HttpsServer; reload(context: TlsContext): void } {
  let context = nodeContext(tls);
  const server = createTlsServer(
    {
      ...TIMEOUTS,
      ...context.options,
      handshakeTimeout: REQUEST_TIMEOUT_MS,
      requestCert: tls.settings.verifiesPeer,
      rejectUnauthorized: false,
      SNICallback: (name, choose) => choose(null, context.secureContextFor(name)),
    },
    listener,
  );
  return {
    server,
    reload: (next) => {
      context = nodeContext(next);
      server.setSecureContext(context.options);
    },
  };
}

function nodeContext(tls: TlsContext): NodeTlsContext {
  assert(tls instanceof NodeTlsContext, 'a context is of use to the doors of Node.js that made it');
  return tls;
}
