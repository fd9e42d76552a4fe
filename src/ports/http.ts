// The door for monitoring over HTTP: one listener, a handler that turns a request into a whole answer, at once or later.
// Body: node/node_http.ts. The simulator has none; monitoring is asked directly there.
import type { NetworkAddress } from './network.ts';
import type { TlsContext } from './tls.ts';

export interface HttpRequest {
  readonly method: string;
  /** Decoded path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The header of that name, or null. */
  readonly authorization: string | null;
  /** The client showed a certificate that holds, over a listener whose context verifies. */
  readonly hasVerifiedCertificate: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Besides type and length. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpListener {
  readonly address: NetworkAddress;
  /** New connections get this TLS. Only for a listener that began with one. */
  reloadTls(context: TlsContext): void;
  close(): void;
}

export interface Http {
  /**
   * Rejects as Network.listen does. With a context it is HTTPS; where that verifies, clients are asked for a certificate but
   * not refused without: the handler sees it.
   */
  listen(
    address: NetworkAddress,
    handler: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>,
    tls: TlsContext | null,
  ): Promise<HttpListener>;
}
