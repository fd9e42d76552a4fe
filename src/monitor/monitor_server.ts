// Monitoring over HTTP: finds the page for a path, counts, answers. A page is a snapshot taken within the call; which
// pages there are is monitor_pages.ts. Compat: server.go, startMonitoring; Go net/http ServeMux for what is no page.
import { MonitorAccess, type MonitorAccessRules } from '../auth/monitor_access.ts';
import type { Http, HttpListener, HttpRequest, HttpResponse } from '../ports/http.ts';
import type { NetworkAddress } from '../ports/network.ts';
import type { TlsContext } from '../ports/tls.ts';
import { indexPage } from './index_page.ts';
import { faultAnswer, monitorPages, type Page } from './monitor_pages.ts';
import type { MonitorFacts, MonitorParts } from './monitor_parts.ts';
import { PageQuery } from './page_query.ts';

export class MonitorServer implements MonitorFacts {
  /** How often each page was asked for. */
  readonly requests = new Map<string, number>();
  readonly #parts: MonitorParts;
  /** In front of every path, without a slash at its end. */
  readonly #prefix: string;
  readonly #pages: ReadonlyMap<string, Page>;
  #listener: HttpListener | null = null;
  /** Who may read, and the part of the configuration that says so. */
  #access: { readonly rules: MonitorAccessRules; readonly access: MonitorAccess } | null = null;

  constructor(parts: MonitorParts) {
    const basePath = parts.configuration.options.monitor?.basePath ?? '/';
    this.#parts = parts;
    this.#prefix = basePath === '/' ? '' : basePath;
    this.#pages = monitorPages(parts, this);
  }

  get address(): NetworkAddress | null {
    return this.#listener?.address ?? null;
  }

  async listen(http: Http, address: NetworkAddress, tls: TlsContext | null): Promise<NetworkAddress> {
    this.#listener = await http.listen(address, (request) => this.answer(request), tls);
    return this.#listener.address;
  }

  reloadTls(context: TlsContext): void {
    this.#listener?.reloadTls(context);
  }

  close(): void {
    this.#listener?.close();
  }

  /** The answer to one request; also what tests ask without a socket. Any method will do, as in the reference. */
  answer(request: HttpRequest): HttpResponse {
    const { path, query } = request;
    const clean = cleanPath(path);
    const refusal = this.#refusal(clean, request);
    if (refusal !== null) return refusal;
    if (clean !== path) return redirectTo(clean, query);
    if (path === (this.#prefix || '/')) return this.#index();
    const found = path.startsWith(this.#prefix) ? this.#pages.get(path.slice(this.#prefix.length)) : undefined;
    return found === undefined ? notFound() : this.#answer(found, new PageQuery(query));
  }

  /** Why this request gets no answer, or null. */
  #refusal(path: string, request: HttpRequest): HttpResponse | null {
    const rules = this.#parts.configuration.options.monitorAuth;
    if (rules === null || (rules.opensHealthz && path === `${this.#prefix}/healthz`)) return null;
    // A reload may have brought others.
    if (this.#access?.rules !== rules) this.#access = { rules, access: new MonitorAccess(rules) };
    const { access } = this.#access;
    switch (access.check(request)) {
      case null:
        return null;
      case 'no certificate':
        return faultAnswer('403 a client certificate is required\n', 403);
      case 'no credentials':
        return { ...faultAnswer('401 unauthorized\n', 401), headers: { 'WWW-Authenticate': access.challenge } };
    }
  }

  #answer(page: Page, query: PageQuery): HttpResponse {
    const answer = page.read(query);
    if (page.counter !== null && (query.fault === null || page.countsFaults)) this.#count(page.counter);
    return query.fault === null ? answer() : faultAnswer(query.fault);
  }

  #index(): HttpResponse {
    this.#count('/');
    const { server, contrailVersion } = this.#parts;
    const body = indexPage(this.#prefix, server.options.version, contrailVersion);
    return { status: 200, contentType: 'text/html; charset=utf-8', body };
  }

  #count(name: string): void {
    this.requests.set(name, (this.requests.get(name) ?? 0) + 1);
  }
}

/** Without empty tokens and dots, the slash at the end kept. Compat: Go net/http, cleanPath. */
function cleanPath(path: string): string {
  const tokens: string[] = [];
  for (const token of path.split('/')) {
    if (token === '..') tokens.pop();
    else if (token !== '' && token !== '.') tokens.push(token);
  }
  const clean = `/${tokens.join('/')}`;
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
}

function redirectTo(path: string, query: URLSearchParams): HttpResponse {
  const text = query.toString();
  const location = encodeURI(path) + (text === '' ? '' : `?${text}`);
  const shown = location
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&#34;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  return {
    status: 307,
    contentType: 'text/html; charset=utf-8',
    body: `<a href="${shown}">Temporary Redirect</a>.\n\n`,
    headers: { Location: location },
  };
}

function notFound(): HttpResponse {
  const headers = { 'X-Content-Type-Options': 'nosniff' };
  return { ...faultAnswer('404 page not found\n', 404), headers };
}
