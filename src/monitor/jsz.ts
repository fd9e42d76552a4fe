// /jsz: what JetStream holds, of the whole server and, on request, of accounts, their streams and their consumers.
// Compat: monitor.go, Jsz, JSInfo, AccountDetail and StreamDetail. Streams appear in the order of their names, where
// the reference has none.
import { type GoJsonStruct, type GoJsonValue, RawJson } from '../base/go_json.ts';
import { rfc3339Nano } from '../base/nanos.ts';
import { type Parsed, parsed, refused } from '../base/parsed.ts';
import { compareText } from '../base/text_order.ts';
import type { JetStreamAccount } from '../jetstream/account.ts';
import { CONSUMER_INFO, CONSUMER_INFO_BRIEF } from '../jetstream/consumer/consumer_info.ts';
import type { JetStreamEngine } from '../jetstream/engine.ts';
import type { Stream } from '../jetstream/stream/stream.ts';
import { encodeStreamConfig } from '../jetstream/stream/stream_config.ts';
import { encodeState, NO_DETAILS } from '../jetstream/stream/stream_info.ts';
import { jetStreamConfig, jetStreamLimits, jetStreamStats } from './jetstream_numbers.ts';
import { timeText } from './monitor_json.ts';
import type { MonitorParts } from './monitor_parts.ts';
import type { PageQuery } from './page_query.ts';

/** Accounts of one answer unless the request says otherwise. */
export const JSZ_LIMIT_DEFAULT = 1024;

/** In the names of a request's body. */
export interface JszOptions {
  /** Empty is none in particular. */
  readonly account: string;
  readonly accounts: boolean;
  readonly streams: boolean;
  readonly consumer: boolean;
  readonly direct_consumer: boolean;
  readonly config: boolean;
  readonly leader_only: boolean;
  readonly offset: number;
  readonly limit: number;
  readonly raft: boolean;
  readonly stream_leader_only: boolean;
}

export function jszOptions(query: PageQuery): JszOptions {
  return {
    accounts: query.bool('accounts'),
    streams: query.bool('streams'),
    consumer: query.bool('consumers'),
    direct_consumer: query.bool('direct-consumers'),
    config: query.bool('config'),
    offset: query.int('offset'),
    limit: query.int('limit'),
    leader_only: query.bool('leader-only'),
    raft: query.bool('raft'),
    stream_leader_only: query.bool('stream-leader-only'),
    account: query.text('acc'),
  };
}

/** Null: this server has nothing to say, another one may. */
export function jsz(parts: MonitorParts, options: JszOptions): Parsed<GoJsonStruct> | null {
  const { server, jetStream, configuration } = parts;
  const identity = { server_id: server.options.serverId, now: timeText(server.clock.realtimeMs()) };
  if (jetStream === null) {
    return options.leader_only ? null : parsed({ ...NO_STATS, ...identity, disabled: true, ...NO_TOTALS });
  }
  const { engine } = jetStream;
  const totals = engine.totals();
  const details = accountsOf(engine, options).map((account) => accountDetail(account, engine, options));
  return parsed({
    ...jetStreamStats(jetStream),
    ...identity,
    config: jetStreamConfig(jetStream, configuration.options.jetstream),
    limits: jetStreamLimits(configuration.options.jetstream),
    streams: totals.streams,
    // Without replicas everything is led here.
    streams_leader: (options.raft && totals.streams) || undefined,
    consumers: totals.consumers,
    consumers_leader: (options.raft && totals.consumers) || undefined,
    messages: totals.messages,
    bytes: totals.memoryBytes + totals.storeBytes,
    account_details: details.length > 0 ? details : undefined,
    total: totals.accounts,
  });
}

const NO_STATS: GoJsonStruct = {
  memory: 0,
  storage: 0,
  reserved_memory: 0,
  reserved_storage: 0,
  accounts: 0,
  ha_assets: 0,
  api: { level: 0, total: 0, errors: 0 },
};

const NO_TOTALS: GoJsonStruct = {
  config: { max_memory: 0, max_storage: 0 },
  streams: 0,
  consumers: 0,
  messages: 0,
  bytes: 0,
  total: 0,
};

/** One account by itself. Compat: monitor.go, JszAccount. */
export function jszAccount({ server, jetStream }: MonitorParts, options: JszOptions): Parsed<GoJsonStruct> {
  if (jetStream === null) return refused('jetstream not enabled');
  const name = JSON.stringify(options.account);
  if (server.findAccount(options.account) === undefined) return refused(`account ${name} not found`);
  const account = jetStream.engine.account(options.account);
  if (account === undefined) return refused(`account ${name} not jetstream enabled`);
  return parsed(accountDetail(account, jetStream.engine, options));
}

function accountsOf(engine: JetStreamEngine, options: JszOptions): readonly JetStreamAccount[] {
  const one = engine.account(options.account);
  if (one !== undefined) return [one];
  const wantsStreams = options.streams || options.consumer;
  if (!options.accounts && !(wantsStreams && options.account === '')) return [];
  const all = [...engine.accounts()];
  const limit = options.limit === 0 ? JSZ_LIMIT_DEFAULT : options.limit;
  // Compat: a negative limit shows all of them, from the first one on.
  if (limit < 0) return all;
  all.sort((a, b) => compareText(a.bus.account, b.bus.account));
  const offset = Math.max(options.offset, 0);
  return all.slice(offset, offset + limit);
}

function accountDetail(account: JetStreamAccount, engine: JetStreamEngine, options: JszOptions): GoJsonStruct {
  const name = account.bus.account;
  const api = engine.apiStats(name);
  const wantsStreams = options.streams || options.consumer;
  const streams = wantsStreams ? [...account.streams()] : [];
  streams.sort((a, b) => compareText(a.config.name, b.config.name));
  return {
    name,
    id: name,
    memory: account.usedBytes('memory'),
    storage: account.usedBytes('file'),
    // Compat: what the account may use, not what its streams reserve; without a limit it is -1 taken as unsigned.
    reserved_memory: BigInt.asUintN(64, BigInt(account.limits.max_memory)),
    reserved_storage: BigInt.asUintN(64, BigInt(account.limits.max_storage)),
    accounts: 0,
    ha_assets: 0,
    api: { level: 0, total: api.total, errors: api.errors },
    stream_detail: streams.length > 0 ? streams.map((stream) => streamDetail(account, stream, options)) : undefined,
  };
}

function streamDetail(account: JetStreamAccount, stream: Stream, options: JszOptions): GoJsonStruct {
  const { state } = stream.info(NO_DETAILS, account.nowNs());
  const consumers = options.consumer ? consumerDetails(stream, options.config) : [];
  return {
    name: stream.config.name,
    created: rfc3339Nano(stream.createdNs),
    cluster: { leader: account.parts.serverName },
    config: options.config ? new RawJson(encodeStreamConfig(stream.config)) : undefined,
    state: new RawJson(encodeState(state)),
    consumer_detail: consumers.length > 0 ? consumers : undefined,
  };
}

function consumerDetails(stream: Stream, withConfig: boolean): GoJsonValue[] {
  const details: GoJsonValue[] = [];
  for (const name of stream.consumers.names()) {
    const info = stream.consumers.info(name);
    if (info === null) continue;
    details.push(new RawJson((withConfig ? CONSUMER_INFO : CONSUMER_INFO_BRIEF).encode(info)));
  }
  return details;
}
