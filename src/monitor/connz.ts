// /connz: connections, open or closed, sorted and a page at a time. Reads, changes nothing; never shows a secret.
// Compat: monitor.go, Connz and ConnInfo; monitor_sort_opts.go. Total counts what the filters by state and account leave.
import { certificateFingerprint, certificateKeyId, certificateSubjectText } from '../auth/certificate.ts';
import type { GoJsonStruct } from '../base/go_json.ts';
import { type Parsed, parsed, refused } from '../base/parsed.ts';
import { compareText } from '../base/text_order.ts';
import { GLOBAL_ACCOUNT } from '../server/account.ts';
import type { ConnectionFacts, SubscriptionFacts } from '../server/connection_facts.ts';
import { subjectsCollide } from '../subject/subject.ts';
import { goInt, rttText, timeText, uptimeText } from './monitor_json.ts';
import type { MonitorParts } from './monitor_parts.ts';
import type { PageQuery } from './page_query.ts';

/** Connections of one answer unless the request says otherwise. */
export const CONNZ_LIMIT_DEFAULT = 1024;

export const STATE_OPEN = 0;
export const STATE_CLOSED = 1;
export const STATE_ALL = 2;

/** In the names of a request's body. */
export interface ConnzOptions {
  readonly sort: string;
  /** Shows who is behind a connection. */
  readonly auth: boolean;
  readonly subscriptions: boolean;
  readonly subscriptions_detail: boolean;
  readonly offset: number;
  readonly limit: number;
  /** 0 is no filter. */
  readonly cid: number;
  readonly mqtt_client: string;
  readonly state: number;
  /** Empty is no filter, here and below. */
  readonly user: string;
  readonly acc: string;
  readonly filter_subject: string;
}

export function connzOptions(query: PageQuery): ConnzOptions {
  const auth = query.bool('auth');
  const { isWanted, isDetailed } = query.subscriptions();
  return {
    sort: query.text('sort'),
    auth,
    subscriptions: isWanted,
    subscriptions_detail: isDetailed,
    offset: query.int('offset'),
    limit: query.int('limit'),
    cid: query.uint64('cid'),
    state: stateOf(query),
    mqtt_client: query.text('mqtt_client'),
    user: query.text('user'),
    acc: query.text('acc'),
    // Compat: requests on the system account have this filter, the page has not.
    filter_subject: '',
  };
}

function stateOf(query: PageQuery): number {
  const text = query.text('state');
  switch (text.toLowerCase()) {
    case '':
    case 'open':
      return STATE_OPEN;
    case 'closed':
      return STATE_CLOSED;
    case 'any':
    case 'all':
      return STATE_ALL;
    default:
      query.refuse(`Error decoding state for ${text}`);
      return STATE_OPEN;
  }
}

export function connz(parts: MonitorParts, options: ConnzOptions): Parsed<GoJsonStruct> {
  const { server } = parts;
  const fault = checkOptions(options);
  if (fault !== null) return refused(fault);
  const nowMs = server.clock.realtimeMs();
  const offset = Math.max(options.offset, 0);
  const limit = options.cid > 0 ? 1 : options.limit > 0 ? options.limit : CONNZ_LIMIT_DEFAULT;
  const head = { now: timeText(nowMs), num_connections: 0, total: 0, offset: goInt(offset), limit: goInt(limit) };
  if (options.acc !== '' && server.findAccount(options.acc) === undefined) {
    // Compat: the answer is what there was before the account was looked for.
    return parsed({ server_id: '', ...head, connections: null });
  }
  const { found, total } = select(parts, options);
  found.sort(orderOf(options.sort, nowMs));
  const page = found.slice(offset, offset + limit);
  return parsed({
    server_id: server.options.serverId,
    ...head,
    num_connections: page.length,
    total,
    connections: page.map((connection) => connectionInfo(connection, options, nowMs)),
  });
}

function checkOptions({ sort, state, acc, filter_subject: subject }: ConnzOptions): string | null {
  if (sort !== '' && !ORDERS.has(sort)) return `invalid sorting option: ${sort}`;
  if (sort === 'stop' && state !== STATE_CLOSED) return 'sort by stop only valid on closed connections';
  if (sort === 'reason' && state !== STATE_CLOSED) return 'sort by reason only valid on closed connections';
  if (subject !== '' && subject !== '>' && acc === '') return 'filter by subject only valid with account filtering';
  return null;
}

// --- which -----------------------------------------------------------------------------------------------------------

function select({ server }: MonitorParts, options: ConnzOptions): { found: ConnectionFacts[]; total: number } {
  const { acc, cid, state } = options;
  let open: ConnectionFacts[] = [];
  if (state === STATE_OPEN || state === STATE_ALL) {
    for (const one of server.connections.values()) if (acc === '' || one.accountName === acc) open.push(one);
  }
  let closed: ConnectionFacts[] = [];
  if (state === STATE_CLOSED || state === STATE_ALL) {
    // Compat: closed connections of the global account are remembered without one.
    const isOfAccount = (one: ConnectionFacts) => one.accountName === acc && acc !== GLOBAL_ACCOUNT;
    closed = server.closedConnections.list().filter((one) => acc === '' || isOfAccount(one));
  }
  const total = open.length + closed.length;
  const passes = ({ userName }: ConnectionFacts) =>
    (options.user === '' || userName === options.user) && options.mqtt_client === '';
  if (cid > 0) {
    open = open.filter((one) => one.id === cid);
    closed = open.some(passes) ? [] : closed.filter((one) => one.id === cid);
  }
  open = open.filter((one) => passes(one) && wantsSubject(one, options.filter_subject));
  return { found: [...open, ...closed.filter(passes)], total };
}

function wantsSubject(connection: ConnectionFacts, filter: string): boolean {
  if (filter === '' || filter === '>') return true;
  return connection.subscriptionFacts().some(({ subject }) => subjectsCollide(filter, subject));
}

// --- in which order --------------------------------------------------------------------------------------------------

type Measure = (connection: ConnectionFacts) => number;

/** Larger first, but for those that are told otherwise. */
const ORDERS: ReadonlyMap<string, Measure> = new Map<string, Measure>([
  ['cid', ({ id }) => -id],
  ['start', ({ id }) => -id],
  ['subs', ({ subscriptionCount }) => subscriptionCount],
  ['pending', ({ pendingBytes }) => pendingBytes],
  ['msgs_to', ({ messagesOut }) => messagesOut],
  ['msgs_from', ({ messagesIn }) => messagesIn],
  ['bytes_to', ({ bytesOut }) => bytesOut],
  ['bytes_from', ({ bytesIn }) => bytesIn],
  ['last', ({ lastActiveAtMs }) => lastActiveAtMs],
  ['idle', ({ lastActiveAtMs }) => -lastActiveAtMs],
  // Compat: the shortest comes first.
  ['uptime', () => 0],
  ['stop', ({ end }) => end?.atMs ?? 0],
  ['reason', () => 0],
  ['rtt', ({ rttMs }) => rttMs],
]);

function orderOf(sort: string, nowMs: number): (a: ConnectionFacts, b: ConnectionFacts) => number {
  if (sort === 'reason') return (a, b) => compareText(a.end?.reason ?? '', b.end?.reason ?? '');
  if (sort === 'uptime') return (a, b) => uptimeMs(a, nowMs) - uptimeMs(b, nowMs);
  const measure = ORDERS.get(sort === '' ? 'cid' : sort) as Measure;
  return (a, b) => measure(b) - measure(a);
}

function uptimeMs({ startedAtMs, end }: ConnectionFacts, nowMs: number): number {
  return (end?.atMs ?? nowMs) - startedAtMs;
}

// --- how it looks ----------------------------------------------------------------------------------------------------

function connectionInfo(connection: ConnectionFacts, options: ConnzOptions, nowMs: number): GoJsonStruct {
  const { end } = connection;
  // What a closed one shows is as it was when it closed.
  const thenMs = end?.atMs ?? nowMs;
  return {
    cid: connection.id,
    kind: 'Client',
    type: 'nats',
    ip: connection.remote.host,
    port: connection.remote.port,
    start: timeText(connection.startedAtMs),
    last_activity: timeText(connection.lastActiveAtMs),
    stop: end === null ? undefined : timeText(end.atMs),
    reason: end?.reason,
    rtt: rttText(connection.rttMs),
    uptime: uptimeText(thenMs - connection.startedAtMs),
    idle: uptimeText(thenMs - connection.lastActiveAtMs),
    pending_bytes: connection.pendingBytes,
    in_msgs: connection.messagesIn,
    out_msgs: connection.messagesOut,
    in_bytes: connection.bytesIn,
    out_bytes: connection.bytesOut,
    stalls: connection.stalls || undefined,
    subscriptions: connection.subscriptionCount,
    name: connection.name || undefined,
    lang: connection.lang || undefined,
    version: connection.version || undefined,
    ...tlsInfo(connection, options),
    ...(options.auth ? identity(connection) : {}),
    ...subscriptionLists(connection, options),
    // Compat: of a closed connection it is shown in any case.
    issuer_key: ((options.auth || end !== null) && connection.issuerKey) || undefined,
    name_tag: options.auth ? nameTag(connection) : undefined,
  };
}

/** Compat: the global account is not named. */
function identity({ userName, accountName }: ConnectionFacts): GoJsonStruct {
  return {
    authorized_user: userName || undefined,
    account: accountName === GLOBAL_ACCOUNT ? undefined : accountName,
  };
}

/** Compat: an account without a name of its own is its tag; a closed connection of the global account has none. */
function nameTag({ accountName, end }: ConnectionFacts): string | undefined {
  return end !== null && accountName === GLOBAL_ACCOUNT ? undefined : accountName;
}

function subscriptionLists(connection: ConnectionFacts, options: ConnzOptions): GoJsonStruct {
  if (connection.subscriptionCount === 0) return {};
  if (options.subscriptions_detail) {
    // Compat: those of a closed connection name their account.
    const account = connection.end === null ? null : connection.accountName;
    const details = connection.subscriptionFacts().map((one) => subscriptionDetail(one, account));
    return { subscriptions_list_detail: details };
  }
  if (!options.subscriptions) return {};
  return { subscriptions_list: connection.subscriptionFacts().map(({ subject }) => subject) };
}

/** Compat: monitor.go, SubDetail. */
export function subscriptionDetail(facts: SubscriptionFacts, account: string | null): GoJsonStruct {
  return {
    account: account ?? undefined,
    account_tag: account ?? undefined,
    subject: facts.subject,
    qgroup: facts.queue ?? undefined,
    sid: facts.sid,
    msgs: facts.delivered,
    max: facts.deliveredMax || undefined,
    cid: facts.connectionId,
  };
}

function tlsInfo({ tls, didTlsFirst }: ConnectionFacts, { auth }: ConnzOptions): GoJsonStruct {
  if (tls === null) return {};
  return {
    tls_version: tls.version,
    tls_cipher_suite: tls.cipherSuite,
    tls_peer_certs: auth && tls.peerCertificates.length > 0 ? tls.peerCertificates.map(certificateInfo) : undefined,
    tls_first: didTlsFirst || undefined,
  };
}

/** Compat: monitor.go, TLSPeerCert. */
function certificateInfo(certificate: Uint8Array): GoJsonStruct {
  return {
    subject: certificateSubjectText(certificate) || undefined,
    spki_sha256: certificateKeyId(certificate) ?? undefined,
    cert_sha256: certificateFingerprint(certificate),
  };
}
