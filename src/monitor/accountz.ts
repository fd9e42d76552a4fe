// /accountz: the names of all accounts, or everything about one. Compat: monitor.go, Accountz and AccountInfo.
import { type GoJsonStruct, type GoJsonValue, omitEmpty } from '../base/go_json.ts';
import { type Parsed, parsed, refused } from '../base/parsed.ts';
import type { Account } from '../server/account.ts';
import { drawnDestinations } from '../subject/mapping.ts';
import type { ExportAccess, ServiceLatency, SharedAccount } from '../subject/shared_account.ts';
import { timeText } from './monitor_json.ts';
import type { MonitorParts } from './monitor_parts.ts';
import { sublistStats } from './subsz.ts';
import { systemExports, systemImports } from './system_sharing.ts';

/** In the names of a request's body. */
export interface AccountzOptions {
  /** Empty is the list of all. */
  readonly account: string;
}

export function accountz(parts: MonitorParts, options: AccountzOptions): Parsed<GoJsonStruct> {
  const { server } = parts;
  const head = {
    server_id: server.options.serverId,
    now: timeText(server.clock.realtimeMs()),
    system_account: server.hasSystemAccount ? server.systemAccount.name : undefined,
  };
  if (options.account === '') {
    const names = Array.from(server.accounts, ({ name }) => name);
    return parsed({ ...head, accounts: names.length > 0 ? names : undefined });
  }
  const detail = accountInfo(parts, options.account);
  return detail.ok ? parsed({ ...head, account_detail: detail.value }) : detail;
}

export function accountInfo(parts: MonitorParts, name: string): Parsed<GoJsonStruct> {
  const { server, jetStream, configuration } = parts;
  const account = server.findAccount(name);
  if (account === undefined) return refused(`Account ${name} does not exist`);
  return parsed({
    account_name: name,
    update_time: timeText(configuration.loadedAtMs),
    is_system: account === server.systemAccount || undefined,
    expired: false,
    complete: true,
    jetstream_enabled: jetStream?.engine.account(name) !== undefined,
    leafnode_connections: 0,
    client_connections: account.connectionCount,
    subscriptions: account.subscriptions.count,
    mappings: mappingsOf(account),
    ...sharedFields(parts, account),
    name_tag: name,
    sublist_stats: sublistStats([account.subscriptions.stats()]),
  });
}

/** Compat: monitor.go, ExtMap: the weights are added up, and what stays on the source is among them. */
function mappingsOf({ mappings }: Account): GoJsonValue {
  const rules = (mappings?.rules ?? []).map(({ source, destinations }): [string, GoJsonValue] => {
    const clusters = new Set(['', ...destinations.map(({ cluster }) => cluster)]);
    const shown = [...clusters].flatMap((cluster) =>
      drawnDestinations(source, destinations, cluster).map(({ subject, below }) => ({
        subject,
        weight: below,
        cluster: cluster || undefined,
      })),
    );
    return [source, shown];
  });
  return omitEmpty(new Map(rules));
}

/** Compat: monitor.go, ExtExport and ExtImport. */
function sharedFields({ server, jetStream }: MonitorParts, { name, sharing }: Account): GoJsonStruct {
  const system = server.systemAccount.name;
  const exports = sharing === null ? [] : exportsOf(sharing.shared);
  const imports = sharing === null ? [] : importsOf(sharing.shared);
  if (server.hasSystemAccount) {
    if (name === system) exports.push(...systemExports(jetStream !== null));
    imports.push(...systemImports(name, system, jetStream !== null));
  }
  return { exports: omitEmpty(exports), imports: omitEmpty(imports) };
}

function exportsOf({ serviceExports, streamExports }: SharedAccount): GoJsonStruct[] {
  const services = Array.from(serviceExports.values(), ({ subject, access, responseType, latency }) => ({
    subject,
    type: 'service',
    token_req: isTokenRequired(access) || undefined,
    response_type: RESPONSE_TYPES[responseType],
    service_latency: latency === null ? undefined : latencyFields(latency),
    ...approvedFields(access),
  }));
  const streams = Array.from(streamExports.values(), ({ subject, access }) => ({
    subject,
    type: 'stream',
    token_req: isTokenRequired(access) || undefined,
    ...approvedFields(access),
  }));
  return [...services, ...streams];
}

function importsOf({ streamImports, serviceImports }: SharedAccount): GoJsonStruct[] {
  const streams = streamImports.map(({ exporter, from, to }) => ({
    subject: from,
    account: exporter.name,
    local_subject: to,
    type: 'stream',
    invalid: false,
    share: false,
    tracking: false,
  }));
  const services = [...serviceImports.values()].flat().map(({ exporter, from, to, shares, service }) => ({
    subject: to,
    account: exporter.name,
    to: from,
    local_subject: from,
    type: 'service',
    invalid: false,
    share: shares,
    tracking: false,
    latency: service.latency === null ? undefined : latencyFields(service.latency),
  }));
  return [...streams, ...services];
}

const RESPONSE_TYPES = { singleton: 'Singleton', stream: 'Streamed', chunked: 'Chunked' } as const;

/** Compat: accounts.go, setExportAuth: nobody in particular is named, so an import must bring a token. */
function isTokenRequired({ accounts, accountTokenPosition }: ExportAccess): boolean {
  return accounts !== null && accounts.length === 0 && accountTokenPosition === 0;
}

function approvedFields({ accounts }: ExportAccess): GoJsonStruct {
  return { approved_accounts: omitEmpty(accounts ?? []) };
}

function latencyFields({ sampling, subject }: ServiceLatency): GoJsonStruct {
  return { sampling: sampling === 0 ? 'headers' : sampling, results: subject };
}
