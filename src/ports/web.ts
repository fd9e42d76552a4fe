// The door to the web, for the command line: small pages, fetched whole, and a listener that serves some.
// Body: node/node_web.ts.
import type { HttpRequest, HttpResponse } from './http.ts';
import type { TlsCertificateFiles } from './tls.ts';

export interface WebAnswer {
  readonly status: number;
  readonly body: string;
}

export interface WebOptions {
  readonly timeoutMs: number;
  /** PEM of those whose certificates are trusted for https; null: those that Node.js knows. */
  readonly authorities: Uint8Array | null;
  /** The token to show; a user's name and password stand in the address. */
  readonly bearer?: string | null;
}

export interface WebListener {
  readonly port: number;
  close(): void;
}

export interface ServeOptions {
  /** 0 for one that nobody has. */
  readonly port: number;
  /** Null for http. */
  readonly certificate: TlsCertificateFiles | null;
}

export interface Web {
  /** Throws an OperatingError that says why there is no answer. */
  get(url: string, options: WebOptions): Promise<WebAnswer>;
  /** On all addresses of this machine. Throws an OperatingError where it cannot listen. */
  serve(handler: (request: HttpRequest) => Promise<HttpResponse>, options: ServeOptions): Promise<WebListener>;
}
