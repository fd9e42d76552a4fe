// `contrail account info`: the connection, its user and permissions, and what the account uses of JetStream.
// Compat: natscli cli/account_command.go, infoAction.
import type { NatsConnection } from '@nats-io/transport-node';
import { errorText } from '../../../base/errors.ts';
import type { JsonValue } from '../../../base/json_parser.ts';
import { ApiError } from '../../client/js_api.ts';
import { socketState } from '../../client/socket_state.ts';
import { checkedAnswer } from '../../client/system_requests.ts';
import { defineCommand } from '../../command.ts';
import { Page } from '../../output/columns.ts';
import { countText, durationHuman, sizeText } from '../../output/human.ts';
import { withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';

interface Permission {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

interface UserInfo {
  readonly user: string;
  readonly user_name?: string;
  readonly account: string;
  readonly account_name?: string;
  readonly permissions?: { readonly publish?: Permission; readonly subscribe?: Permission };
  /** Nanoseconds; never where it is not there. */
  readonly expires?: number;
}

interface Limits {
  readonly max_memory: number;
  readonly max_storage: number;
  readonly max_streams: number;
  readonly max_consumers: number;
  readonly max_ack_pending: number;
  readonly memory_max_stream_bytes: number;
  readonly storage_max_stream_bytes: number;
  readonly max_bytes_required: boolean;
}

interface Tier {
  readonly memory: number;
  readonly storage: number;
  readonly reserved_memory?: number;
  readonly reserved_storage?: number;
  readonly streams: number;
  readonly consumers: number;
  readonly limits: Limits;
}

interface AccountInfo extends Tier {
  readonly domain?: string;
  readonly tiers?: Readonly<Record<string, Tier>>;
}

/** The account's state, or the sentence why there is none. */
type JetStreamState = { readonly info: AccountInfo; readonly exact: JsonValue } | { readonly refusal: string };

const USER_INFO = '$SYS.REQ.USER.INFO';
const USER_INFO_MS = 1000;

export const ACCOUNT_INFO = defineCommand({
  name: 'info',
  aliases: ['nfo'],
  summary: 'Account information',
  examples: [{ text: 'Who am I, and what may I use', command: 'contrail account info' }],
  json: "An object: user (what the server says of it, or null), connection (url, address, client_id, client_ip, rtt_ns, max_payload, headers, server_id, server_name, server_version, cluster, tls), jetstream (the server's answer, or null).",
  run: async (session) => {
    const connection = await session.connect();
    const startMs = session.doors.clock.monotonicMs();
    await connection.flush();
    const rttNs = Math.round((session.doors.clock.monotonicMs() - startMs) * 1e6);
    const user = await userInfo(connection);
    const jetstream = await jetStreamState(session);
    if (session.isJson) session.json(asObject(connection, { rttNs, user, jetstream }));
    else session.page(pageOf(session, connection, { rttNs, user, jetstream }));
  },
});

interface Facts {
  readonly rttNs: number;
  readonly user: UserInfo | null;
  readonly jetstream: JetStreamState;
}

/** Null where the server does not tell: an older one, or a user who may not ask. */
async function userInfo(connection: NatsConnection): Promise<UserInfo | null> {
  try {
    const message = await connection.request(USER_INFO, '', { timeout: USER_INFO_MS });
    return checkedAnswer<UserInfo>(JSON.parse(message.string()), USER_INFO).data;
  } catch {
    // The rest of the page is worth showing all the same.
    return null;
  }
}

async function jetStreamState(session: Session): Promise<JetStreamState> {
  try {
    const api = await session.api();
    const { value, exact } = await api.request<AccountInfo>('INFO');
    return { info: value, exact };
  } catch (error) {
    if (error instanceof ApiError) return { refusal: 'JetStream is not supported in this account' };
    const text = errorText(error);
    if (/not enabled/.test(text)) return { refusal: 'JetStream is not supported in this account' };
    if (/No answer/.test(text)) return { refusal: 'No response from JetStream server' };
    return { refusal: `Could not obtain account information:  ${text}` };
  }
}

function pageOf(session: Session, connection: NatsConnection, { rttNs, user, jetstream }: Facts): Page {
  const page = new Page('Account Information');
  if (user !== null) addUser(page, connection, user);
  addConnection(page, connection, rttNs);
  if (user?.permissions !== undefined) {
    page.title('Connection Permissions');
    addPermission(session, page, 'Publish:', user.permissions.publish);
    page.text();
    addPermission(session, page, 'Subscribe:', user.permissions.subscribe);
    page.text();
  }
  if ('refusal' in jetstream) {
    page.text();
    page.text(`  ${jetstream.refusal}`);
  } else addJetStream(page, jetstream.info, connection.info?.max_payload ?? 0);
  return page;
}

function addUser(page: Page, connection: NatsConnection, user: UserInfo): void {
  const { user_name: userName = '', account_name: accountName = '' } = user;
  page.row('User', userName === '' ? user.user : `${userName} (${user.user})`);
  page.row('Account', accountName === '' ? user.account : `${accountName} (${user.account})`);
  if (accountName !== '') page.row('System Account', isSystemAccount(connection));
  page.row('Expires', (user.expires ?? 0) === 0 ? 'never' : durationHuman(user.expires ?? 0));
}

/** The server says so in its greeting, under a key that the client's type does not have. */
function isSystemAccount({ info }: NatsConnection): boolean {
  return info !== undefined && 'acc_is_sys' in info && info.acc_is_sys === true;
}

function addConnection(page: Page, connection: NatsConnection, rttNs: number): void {
  const { info } = connection;
  const { localAddress, remoteAddress, tls } = socketState(connection);
  const clientIp = info?.client_ip ?? '';
  const isSame = localAddress === null || localAddress.startsWith(clientIp);
  page.row('Client ID', String(info?.client_id ?? ''));
  page.row('Client IP', isSame ? clientIp : `${clientIp} (${localAddress})`);
  page.row('RTT', durationHuman(rttNs));
  page.row('Headers Supported', info?.headers === true);
  page.row('Maximum Payload', sizeText(info?.max_payload ?? 0));
  page.rowIfText('Connected Cluster', info?.cluster);
  page.row('Connected URL', `${tls === null ? 'nats' : 'tls'}://${connection.getServer()}`);
  page.row('Connected Address', remoteAddress ?? connection.getServer());
  page.row('Connected Server ID', info?.server_id ?? '');
  page.row('Connected Server Version', info?.version ?? '');
  page.rowIf(info?.server_id !== info?.server_name, 'Connected Server Name', info?.server_name ?? '');
  if (tls === null) {
    page.row('TLS Connection', 'no');
    return;
  }
  page.row('TLS Version', `${tls.version.replace('TLSv', '')} using ${tls.cipher}`);
  page.row('TLS Server Name', tls.serverName);
  const [certificate] = tls.chain;
  const issuer = Object.entries(certificate?.issuer ?? {}).map(([name, value]) => `${name}=${value}`);
  page.row('TLS Verified', tls.isVerified ? `issuer ${issuer.reverse().join(',')}` : 'no');
}

function addPermission(session: Session, page: Page, title: string, permission: Permission | undefined): void {
  const { allow = [], deny = [] } = permission ?? {};
  if (allow.length === 0 && deny.length === 0) return;
  page.indent(2);
  page.text(title);
  if (allow.length > 0) page.list('Allow', allow, session.style);
  if (deny.length > 0) {
    page.text();
    page.list('Deny', deny, session.style);
  }
  page.indent(0);
}

function addJetStream(page: Page, info: AccountInfo, payloadMax: number): void {
  const domain = info.domain ?? '';
  page.title(`JetStream Account Information${domain === '' ? '' : ` for domain ${domain}`}`);
  page.title('Account Usage');
  page.rowIfText('Domain', domain);
  page.row('Storage', sizeText(info.storage));
  page.row('Memory', sizeText(info.memory));
  page.row('Streams', info.streams);
  page.row('Consumers', info.consumers);
  page.title('Account Limits');
  page.row('Max Message Payload', sizeText(payloadMax));
  const tiers = Object.entries(info.tiers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (tiers.length === 0) addTier(page, 'Default', info);
  for (const [name, tier] of tiers) addTier(page, name, tier);
}

const UNLIMITED = 'Unlimited';

function addTier(page: Page, name: string, tier: Tier): void {
  const { limits } = tier;
  page.indent(2);
  page.title(`Tier: ${name}`);
  page.indent(6);
  page.title('Configuration Requirements');
  page.row('Stream Requires Max Bytes Set', limits.max_bytes_required);
  page.row('Consumer Maximum Ack Pending', limits.max_ack_pending <= 0 ? UNLIMITED : limits.max_ack_pending);
  page.title('Stream Resource Usage Limits');
  page.row('Memory', usageText(tier.memory, limits.max_memory, tier.reserved_memory));
  page.row('Memory Per Stream', limitText(limits.memory_max_stream_bytes));
  page.row('Storage', usageText(tier.storage, limits.max_storage, tier.reserved_storage));
  page.row('Storage Per Stream', limitText(limits.storage_max_stream_bytes));
  const streams = limits.max_streams === -1 ? UNLIMITED : countText(limits.max_streams);
  page.row('Streams', `${countText(tier.streams)} of ${streams}`);
  const consumers = limits.max_consumers;
  page.row('Consumers', consumers === -1 ? UNLIMITED : `Maximum ${countText(consumers)} per stream`);
  page.indent(0);
}

function usageText(used: number, limit: number, reserved = 0): string {
  const most = limit === -1 ? UNLIMITED : sizeText(limit);
  return `${sizeText(used)} of ${most} ${reserved > 0 ? `(${sizeText(reserved)} reserved)` : ''}`;
}

function limitText(bytes: number): string {
  return bytes <= 0 ? UNLIMITED : sizeText(bytes);
}

function asObject(connection: NatsConnection, { rttNs, user, jetstream }: Facts): unknown {
  const { info } = connection;
  const { remoteAddress, tls } = socketState(connection);
  return {
    user,
    connection: {
      url: `${tls === null ? 'nats' : 'tls'}://${connection.getServer()}`,
      address: remoteAddress,
      client_id: info?.client_id,
      client_ip: info?.client_ip,
      rtt_ns: rttNs,
      max_payload: info?.max_payload,
      headers: info?.headers === true,
      server_id: info?.server_id,
      server_name: info?.server_name,
      server_version: info?.version,
      cluster: info?.cluster ?? '',
      tls: tls === null ? null : { version: tls.version, cipher: tls.cipher, verified: tls.isVerified },
    },
    jetstream: 'exact' in jetstream ? withoutApiKeys(jetstream.exact) : null,
  };
}
