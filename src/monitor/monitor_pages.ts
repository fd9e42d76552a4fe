// The table of monitoring pages: what each reads from its query, what it answers, and under which name it is counted.
// Compat: monitor.go, Handle*.
import { type GoJsonValue, goJson, goJsonIndented } from '../base/go_json.ts';
import type { Parsed } from '../base/parsed.ts';
import type { HttpResponse } from '../ports/http.ts';
import { accountz } from './accountz.ts';
import { type AccountStatzOptions, accountStatz } from './accstatz.ts';
import { connz, connzOptions } from './connz.ts';
import { expvarText } from './expvarz.ts';
import { healthz, healthzOptions } from './healthz.ts';
import { ipqueuesz } from './ipqueuesz.ts';
import { jsz, jszOptions } from './jsz.ts';
import { gatewayz, leafz, routez } from './links_pages.ts';
import type { MonitorFacts, MonitorParts } from './monitor_parts.ts';
import type { PageQuery } from './page_query.ts';
import { subsz, subszOptions } from './subsz.ts';
import { varz } from './varz.ts';

export interface Page {
  /** The name under which /varz counts requests, null where it does not. */
  readonly counter: string | null;
  /** Whether a request is counted too whose query could not be read. */
  readonly countsFaults: boolean;
  /** Reads the query and returns how to answer it; what cannot be read is `query.fault`. */
  read(query: PageQuery): () => HttpResponse;
}

const NO_GROUPS = 'No Raft nodes registered';
const NOT_LEADER = 'filtered response: not leader';
const WIDE_INDENT = '   ';
const EVERY_ORIGIN = { 'Access-Control-Allow-Origin': '*' };

export function monitorPages(parts: MonitorParts, monitor: MonitorFacts): ReadonlyMap<string, Page> {
  const { host, server } = parts;
  const subszPage = page('/subsz', subszOptions, (options) => parsedAnswer(subsz(parts, options)));
  return new Map<string, Page>([
    ['/varz', page('/varz', nothing, () => jsonAnswer(varz(parts, monitor)))],
    ['/connz', strictPage('/connz', connzOptions, (options) => parsedAnswer(connz(parts, options)))],
    ['/routez', strictPage('/routez', subscriptionsWanted, () => jsonAnswer(routez(parts)))],
    ['/gatewayz', page('/gatewayz', gatewayzWanted, () => jsonAnswer(gatewayz(parts)))],
    [
      '/leafz',
      page(
        '/leafz',
        (query) => query.bool('subs'),
        () => jsonAnswer(leafz(parts)),
      ),
    ],
    ['/subsz', subszPage],
    ['/subscriptionsz', subszPage],
    ['/stacksz', page(null, nothing, () => textAnswer(host.stacks()))],
    ['/accountz', page('/accountz', accountOf, (account) => parsedAnswer(accountz(parts, { account })))],
    ['/accstatz', page('/accstatz', accountStatzOptions, (options) => jsonAnswer(accountStatz(parts, options)))],
    [
      '/jsz',
      page('/jsz', jszOptions, (options) => parsedAnswer(jsz(parts, options) ?? { ok: false, error: NOT_LEADER })),
    ],
    [
      '/healthz',
      page('/healthz', healthzOptions, (options) => {
        const { status, statusCode, warning } = healthz(parts, options);
        if (options['js-enabled']) server.log.warn('Healthcheck: js-enabled deprecated, use js-enabled-only instead');
        if (warning !== null) server.log.warn(warning);
        return textAnswer(goJson(status), statusCode);
      }),
    ],
    [
      '/ipqueuesz',
      page(null, ipqueueszOptions, (options) => textAnswer(goJsonIndented(ipqueuesz(parts, options), WIDE_INDENT))),
    ],
    // A server without a cluster has no groups.
    ['/raftz', page(null, nothing, () => faultAnswer(NO_GROUPS, 404))],
    [
      '/debug/vars',
      page(null, nothing, () => ({
        status: 200,
        contentType: 'application/json; charset=utf-8',
        body: expvarText(host),
      })),
    ],
  ]);
}

// --- what queries say ------------------------------------------------------------------------------------------------

function nothing(): null {
  return null;
}

/** Read for its faults: there is nothing to list. */
function subscriptionsWanted(query: PageQuery): void {
  query.subscriptions();
}

function gatewayzWanted(query: PageQuery): void {
  query.subscriptions();
  query.bool('accs');
}

function accountOf(query: PageQuery): string {
  return query.text('acc');
}

function accountStatzOptions(query: PageQuery): AccountStatzOptions {
  return { accounts: [], include_unused: query.bool('unused') };
}

function ipqueueszOptions(query: PageQuery): { readonly all: boolean; readonly filter: string } {
  return { all: query.bool('all'), filter: query.text('queues') };
}

// --- pages and answers -----------------------------------------------------------------------------------------------

function page<T>(counter: string | null, read: (query: PageQuery) => T, answer: (options: T) => HttpResponse): Page {
  return {
    counter,
    countsFaults: true,
    read(query) {
      const options = read(query);
      return () => answer(options);
    },
  };
}

/** Counts only what could be read. */
function strictPage<T>(counter: string, read: (query: PageQuery) => T, answer: (options: T) => HttpResponse): Page {
  return { ...page(counter, read, answer), countsFaults: false };
}

function jsonAnswer(value: GoJsonValue): HttpResponse {
  return textAnswer(goJsonIndented(value));
}

function parsedAnswer(result: Parsed<GoJsonValue>): HttpResponse {
  return result.ok ? jsonAnswer(result.value) : faultAnswer(result.error);
}

/** Compat: monitor.go, handleResponse, says JSON of everything. */
function textAnswer(body: string, status = 200): HttpResponse {
  return { status, contentType: 'application/json', body, headers: EVERY_ORIGIN };
}

export function faultAnswer(body: string, status = 400): HttpResponse {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}
