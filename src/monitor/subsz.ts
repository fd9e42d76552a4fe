// /subsz and /subscriptionsz: how the lists of subscriptions fare, and on request who is in them, a page at a time.
// Compat: monitor.go, Subsz; sublist.go, SublistStats.
import { utf8Text } from '../base/bytes.ts';
import type { GoJsonStruct } from '../base/go_json.ts';
import { type Parsed, parsed, refused } from '../base/parsed.ts';
import type { Account } from '../server/account.ts';
import { subscriptionFacts } from '../server/connection_facts.ts';
import type { Subscription } from '../server/subscription.ts';
import { isValidLiteralSubject, subjectMatches } from '../subject/subject.ts';
import type { SublistStats } from '../subject/sublist.ts';
import { subscriptionDetail } from './connz.ts';
import { goInt, timeText } from './monitor_json.ts';
import type { MonitorParts } from './monitor_parts.ts';
import type { PageQuery } from './page_query.ts';

/** Subscriptions of one answer unless the request says otherwise. */
export const SUBSZ_LIMIT_DEFAULT = 1024;

/** In the names of a request's body. */
export interface SubszOptions {
  readonly offset: number;
  readonly limit: number;
  /** Lists them one by one. */
  readonly subscriptions: boolean;
  /** Empty is all accounts. */
  readonly account: string;
  /** Only those that a message on this subject would reach; empty is all. */
  readonly test: string;
}

export function subszOptions(query: PageQuery): SubszOptions {
  return {
    subscriptions: query.bool('subs'),
    offset: query.int('offset'),
    limit: query.int('limit'),
    test: query.text('test'),
    account: query.text('acc'),
  };
}

export function subsz({ server }: MonitorParts, options: SubszOptions): Parsed<GoJsonStruct> {
  const { test, account: name } = options;
  if (test !== '' && !isValidLiteralSubject(test)) {
    return refused(`invalid test subject, must be valid publish subject: ${test}`);
  }
  const offset = Math.max(options.offset, 0);
  const limit = options.limit > 0 ? options.limit : SUBSZ_LIMIT_DEFAULT;
  const accounts = [...server.accounts].filter((account) => name === '' || account.name === name);
  const listed = options.subscriptions ? subscriptionsOf(accounts, test) : [];
  const page = listed.slice(offset, offset + limit).map(({ subscription, account }) => {
    return subscriptionDetail(subscriptionFacts(subscription), account);
  });
  return parsed({
    server_id: server.options.serverId,
    now: timeText(server.clock.realtimeMs()),
    ...sublistStats(accounts.map(({ subscriptions }) => subscriptions.stats())),
    total: listed.length,
    offset: goInt(offset),
    limit: goInt(limit),
    subscriptions_list: page.length > 0 ? page : undefined,
  });
}

interface Listed {
  readonly subscription: Subscription;
  readonly account: string;
}

/** Only references: a page shows few of what may be very many. */
function subscriptionsOf(accounts: readonly Account[], test: string): Listed[] {
  const listed: Listed[] = [];
  for (const { name, subscriptions } of accounts) {
    subscriptions.forEach((subscription) => {
      if (test === '' || subjectMatches(test, utf8Text(subscription.subject, 0, subscription.subject.length))) {
        listed.push({ subscription, account: name });
      }
    });
  }
  return listed;
}

/** Several lists together. */
export function sublistStats(lists: readonly SublistStats[]): GoJsonStruct {
  const sum = (measure: (list: SublistStats) => number) => lists.reduce((total, list) => total + measure(list), 0);
  const matches = sum((list) => list.matches);
  const fanout = sum((list) => list.fanoutTotal);
  const cached = sum((list) => list.cached);
  return {
    num_subscriptions: sum((list) => list.subscriptions),
    num_cache: cached,
    num_inserts: sum((list) => list.inserts),
    num_removes: sum((list) => list.removes),
    num_matches: matches,
    cache_hit_rate: matches > 0 ? sum((list) => list.cacheHits) / matches : 0,
    max_fanout: lists.reduce((most, list) => Math.max(most, list.fanoutMax), 0),
    avg_fanout: fanout > 0 ? fanout / cached : 0,
  };
}
