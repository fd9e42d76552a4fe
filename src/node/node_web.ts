// ports/web over node:http and node:https. Follows nobody elsewhere, keeps no connection, reads no more than a page.
// Serves with node_http.ts.
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { OperatingError } from '../base/errors.ts';
import { SILENT_LOGGER } from '../base/log.ts';
import { withoutSecrets } from '../base/url_secrets.ts';
import type { HttpListener, HttpRequest, HttpResponse } from '../ports/http.ts';
import type { ServeOptions, Web, WebAnswer, WebListener, WebOptions } from '../ports/web.ts';
import { NodeHttp } from './node_http.ts';
import { NodeTlsContext } from './node_tls.ts';

const PAGE_BYTES_MAX = 4 * 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'nobody knows that host name',
  EAI_AGAIN: 'nobody knows that host name',
  EHOSTUNREACH: 'the network has no way there',
  ENETUNREACH: 'the network has no way there',
  ECONNRESET: 'it hangs up; is it another port, or https?',
  EPROTO: 'it does not speak https',
  HPE_INVALID_CONSTANT: 'what answers is no web server',
};

export class NodeWeb implements Web {
  get(url: string, { timeoutMs, authorities, bearer = null }: WebOptions): Promise<WebAnswer> {
    const shown = withoutSecrets(url);
    return new Promise((resolve, reject) => {
      const fail = (why: string, cause?: unknown): void => {
        clearTimeout(timer);
        reject(
          new OperatingError('NETWORK_OTHER', `No answer from ${shown}: ${why}`, { context: { url: shown }, cause }),
        );
      };
      const take = (response: IncomingMessage): void => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
          if (body.length > PAGE_BYTES_MAX) request.destroy(new Error('the answer has no end'));
        });
        response.on('error', (error) => fail(reasonOf(error), error));
        response.on('end', () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, body });
        });
      };
      const shownToken = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
      const options = { agent: false, headers: { connection: 'close', ...shownToken } };
      const trust = authorities === null ? {} : { ca: Buffer.from(authorities) };
      const request: ClientRequest = url.startsWith('https:')
        ? getSecurely(url, { ...options, ...trust }, take)
        : get(url, options, take);
      request.on('error', (error) => fail(reasonOf(error), error));
      const timer = setTimeout(() => {
        request.destroy();
        fail(`it has said nothing within ${timeoutMs / 1000}s`);
      }, timeoutMs);
    });
  }

  async serve(
    handler: (request: HttpRequest) => Promise<HttpResponse>,
    { port, certificate }: ServeOptions,
  ): Promise<WebListener> {
    const tls =
      certificate === null
        ? null
        : new NodeTlsContext({
            side: 'server',
            certificates: [certificate],
            caFile: null,
            verifiesPeer: false,
            cipherSuites: null,
            curves: null,
            minVersion: '1.2',
          });
    const listen = (host: string): Promise<HttpListener> =>
      new NodeHttp(SILENT_LOGGER).listen({ host, port }, handler, tls);
    // IPv6's takes IPv4's callers as well; not every machine has it.
    const listener = await listen('::').catch((error: unknown) => {
      if (!(error instanceof OperatingError) || error.code !== 'NETWORK_ADDRESS_UNAVAILABLE') throw error;
      return listen('0.0.0.0');
    });
    return { port: listener.address.port, close: () => listener.close() };
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const code = error.code ?? '';
  if (code.startsWith('HPE_')) return 'what answers is no web server';
  // Of several addresses the first one's reason stands for all.
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException | undefined) : undefined;
  return REASONS[code] ?? REASONS[inner?.code ?? ''] ?? error.message;
}
