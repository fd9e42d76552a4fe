// What requests on the system account carry: the options of the page that is asked for and a filter by which servers
// decide whether they are meant. Tables in the words of the reference's structs, because its refusals name them.
// Compat: events.go, *EventOptions; monitor.go, *Options.
import {
  BOOL,
  DURATION,
  embed,
  field,
  INT,
  type JsonFields,
  type JsonType,
  list,
  optional,
  STRING,
  struct,
  UINT64,
} from '../jetstream/json/json_type.ts';
import type { AccountzOptions } from './accountz.ts';
import type { AccountStatzOptions } from './accstatz.ts';
import type { ConnzOptions } from './connz.ts';
import type { HealthzOptions } from './healthz.ts';
import type { IpqueueszOptions } from './ipqueuesz.ts';
import type { JszOptions } from './jsz.ts';
import type { ProfilezOptions } from './profilez.ts';
import type { SubszOptions } from './subsz.ts';

export interface ServerFilter {
  /** Empty is any, here and below. */
  readonly server_name: string;
  readonly cluster: string;
  readonly host: string;
  /** Else a part of the name is enough. */
  readonly exact_match: boolean;
  /** A server must have all of them. */
  readonly tags: readonly string[];
  readonly domain: string;
}

const FILTER: JsonFields<ServerFilter> = {
  server_name: optional(STRING),
  cluster: optional(STRING),
  host: optional(STRING),
  exact_match: optional(BOOL),
  tags: optional(list(STRING)),
  domain: optional(STRING),
};

/** Options and filter side by side, as `<name>EventOptions` embeds both. */
function body<T extends object>(
  name: string,
  options: JsonFields<T>,
  optionsName = `${name}Options`,
): JsonType<T & ServerFilter> {
  const fields = { ...embed(optionsName, options), ...embed('EventFilterOptions', FILTER) };
  return struct<T & ServerFilter>(`${name}EventOptions`, fields as JsonFields<T & ServerFilter>);
}

/** For requests that have nothing but a filter. */
export const FILTER_BODY: JsonType<ServerFilter> = struct<ServerFilter>('EventFilterOptions', FILTER);

function filterBody(name: string): JsonType<ServerFilter> {
  return struct<ServerFilter>(`${name}EventOptions`, embed('EventFilterOptions', FILTER));
}

export const STATSZ_BODY = filterBody('Statsz');
export const VARZ_BODY = filterBody('Varz');
export const EXPVARZ_BODY = filterBody('Expvarz');
export const ACCOUNT_INFO_BODY = filterBody('AccInfo');

export const SUBSZ_BODY = body<SubszOptions>('Subsz', {
  offset: field(INT),
  limit: field(INT),
  subscriptions: field(BOOL),
  account: optional(STRING),
  test: optional(STRING),
});

export const CONNZ_BODY = body<ConnzOptions>('Connz', {
  sort: field(STRING),
  auth: field(BOOL),
  subscriptions: field(BOOL),
  subscriptions_detail: field(BOOL),
  offset: field(INT),
  limit: field(INT),
  cid: field(UINT64),
  mqtt_client: field(STRING),
  state: field(INT),
  user: field(STRING),
  acc: field(STRING),
  filter_subject: field(STRING),
});

export const ROUTEZ_BODY = body('Routez', { subscriptions: field(BOOL), subscriptions_detail: field(BOOL) });

export const GATEWAYZ_BODY = body('Gatewayz', {
  name: field(STRING),
  accounts: field(BOOL),
  account_name: field(STRING),
  subscriptions: field(BOOL),
  subscriptions_detail: field(BOOL),
});

export const LEAFZ_BODY = body('Leafz', { subscriptions: field(BOOL), account: field(STRING) });

export const ACCOUNTZ_BODY = body<AccountzOptions>('Accountz', { account: field(STRING) });

export const ACCOUNT_STATZ_BODY = body<AccountStatzOptions>('AccountStatz', {
  accounts: field(list(STRING)),
  include_unused: field(BOOL),
});

export const JSZ_BODY = body<JszOptions>(
  'Jsz',
  {
    account: optional(STRING),
    accounts: optional(BOOL),
    streams: optional(BOOL),
    consumer: optional(BOOL),
    direct_consumer: optional(BOOL),
    config: optional(BOOL),
    leader_only: optional(BOOL),
    offset: optional(INT),
    limit: optional(INT),
    raft: optional(BOOL),
    stream_leader_only: optional(BOOL),
  },
  'JSzOptions',
);

export const HEALTHZ_BODY = body<HealthzOptions>('Healthz', {
  'js-enabled': optional(BOOL),
  'js-enabled-only': optional(BOOL),
  'js-server-only': optional(BOOL),
  'js-meta-only': optional(BOOL),
  account: optional(STRING),
  stream: optional(STRING),
  consumer: optional(STRING),
  details: optional(BOOL),
});

export const PROFILEZ_BODY = body<ProfilezOptions>('Profilez', {
  name: field(STRING),
  debug: field(INT),
  duration: optional(DURATION),
});

export const IPQUEUESZ_BODY = body<IpqueueszOptions>('Ipqueuesz', { all: field(BOOL), filter: field(STRING) });

export const RAFTZ_BODY = body('Raftz', { account: field(STRING), group: field(STRING) });

/** Which connection is meant. Compat: the filter is read from the same object, by a second look. */
function clientBody(name: string): JsonType<ServerFilter & { readonly cid: number }> {
  return struct<ServerFilter & { readonly cid: number }>(name, { ...FILTER, cid: field(UINT64) });
}

export const KICK_BODY = clientBody('KickClientReq');
export const LAME_DUCK_BODY = clientBody('LDMClientReq');

export interface ConnectionsRequest {
  readonly acc: string;
}

export const CONNECTIONS_BODY = struct<ConnectionsRequest>('accNumConnsReq', { acc: field(STRING) });

export interface SubscribersRequest {
  readonly acc: string;
  readonly subject: string;
  /** Base64, as Go writes bytes. */
  readonly queue: string;
}

export const SUBSCRIBERS_BODY = struct<SubscribersRequest>('accNumSubsReq', {
  acc: field(STRING),
  subject: field(STRING),
  queue: optional(STRING),
});
