// `contrail server info`: one server's process, addresses, JetStream, limits and traffic.
// Compat: natscli cli/server_info_command.go.
import { argument, defineCommand } from '../../command.ts';
import { Page } from '../../output/columns.ts';
import { countText, sizeText } from '../../output/human.ts';
import { findServer } from '../../servers/find_server.ts';
import type { JetStreamVarz, Varz } from '../../servers/server_types.ts';
import type { Session } from '../../session.ts';

export const SERVER_INFO = defineCommand({
  name: 'info',
  aliases: ['i'],
  summary: 'Show information about a single server',
  args: { server: argument.optional('Server ID or Name to inspect') },
  examples: [
    { text: 'Of a server by its name', command: 'contrail server info n1' },
    { text: 'Of whichever answers first', command: 'contrail server info' },
  ],
  json: "The server's answer: server (what it says of itself), data (its /varz).",
  run: async (session, { server }) => {
    const { varz, exact } = await findServer(session, server);
    if (session.isJson) session.json(exact);
    else session.page(serverPage(session, varz));
  },
});

/** Also shown after a reload. */
export function serverPage(session: Session, varz: Varz): Page {
  const { server_id: id, server_name: name } = varz;
  const page = new Page(`Server information for ${id === name ? id : `${name} (${id})`}`);
  addProcess(session, page, varz);
  addConnections(page, varz);
  if ((varz.jetstream?.config?.store_dir ?? '') !== '') addJetStream(page, varz.jetstream ?? {});
  addLimits(page, varz);
  addStatistics(page, varz);
  if ((varz.cluster?.urls ?? []).length > 0) addCluster(page, varz);
  if ((varz.gateway?.gateways ?? []).length > 0) addSuperCluster(page, varz);
  return page;
}

function addProcess(session: Session, page: Page, varz: Varz): void {
  page.title('Process Details');
  page.row('Version', varz.version);
  page.row('Git Commit', varz.git_commit ?? '');
  page.row('Go Version', varz.go);
  page.row('Start Time', session.time(varz.start));
  page.row('Configuration Load Time', session.time(varz.config_load_time));
  page.rowIfText('Configuration Digest', varz.config_digest);
  page.row('Uptime', varz.uptime);
}

function addConnections(page: Page, varz: Varz): void {
  page.title('Connection Details');
  page.row('Auth Required', varz.auth_required === true);
  page.row('TLS Required', varz.tls_required === true);
  page.row('Host', `${varz.host}:${varz.port}${(varz.ip ?? '') === '' ? '' : ` (${varz.ip})`}`);
  addLines(page, 'Client URLs', varz.connect_urls ?? []);
  addLines(page, 'WebSocket URLs', varz.ws_connect_urls ?? []);
}

function addLines(page: Page, label: string, values: readonly string[]): void {
  for (const [index, value] of values.entries()) page.row(index === 0 ? label : '', value);
}

function addJetStream(page: Page, { config = {}, stats, limits }: JetStreamVarz): void {
  page.title('JetStream');
  page.row('Domain', config.domain ?? '');
  page.row('API Support Level', stats?.api.level ?? 0);
  page.row('Storage Directory', config.store_dir ?? '');
  page.row('Active Accounts', stats?.accounts ?? 0);
  page.row('Memory In Use', sizeText(stats?.memory ?? 0));
  page.row('File In Use', sizeText(stats?.storage ?? 0));
  page.row('API Requests', stats?.api.total ?? 0);
  page.row('API Errors', stats?.api.errors ?? 0);
  // Machines that do not have this setting say 0.
  if ((config.sync_interval ?? 0) > 0) {
    page.row('Always sync writes to disk', config.sync_always === true);
    page.duration('Write sync Frequency', config.sync_interval ?? 0);
  }
  page.row('Maximum Memory Storage', sizeText(config.max_memory ?? 0));
  page.row('Maximum File Storage', sizeText(config.max_storage ?? 0));
  page.rowIfText('Unique Tag', config.unique_tag);
  page.row('Cluster Message Compression', config.compress_ok === true);
  if (limits !== undefined) addJetStreamLimits(page, limits);
  page.row('Strict API Parsing', config.strict === true);
}

function addJetStreamLimits(page: Page, limits: NonNullable<JetStreamVarz['limits']>): void {
  const unlimited = (value = 0): string => (value === 0 ? 'unlimited' : countText(value));
  page.row('Maximum HA Assets', unlimited(limits.max_ha_assets));
  page.row('Maximum Ack Pending', unlimited(limits.max_ack_pending));
  page.row('Maximum Request Batch', unlimited(limits.max_request_batch));
  const window = limits.max_duplicate_window ?? 0;
  if (window === 0) page.row('Maximum Duplicate Window', 'unlimited');
  else page.duration('Maximum Duplicate Window', window);
  page.row('Maximum Messages Per Batch', limits.max_request_batch ?? 0);
  page.duration('Maximum Batch Timeout', limits.max_batch_timeout ?? 0);
  page.row('Maximum Open Batches Per Stream', limits.max_batch_inflight_per_stream ?? 0);
  page.row('Maximum Open Batches Per Server', limits.max_batch_inflight_total ?? 0);
}

function addLimits(page: Page, varz: Varz): void {
  page.title('Limits');
  page.row('Maximum Connections', varz.max_connections);
  page.row('Maximum Subscriptions', varz.max_subscriptions ?? 0);
  page.row('Maximum Payload', sizeText(varz.max_payload));
  page.duration('TLS Timeout', Math.trunc(varz.tls_timeout) * 1e9);
  page.duration('Write Deadline', Math.round(varz.write_deadline / 1e6) * 1e6);
}

function addStatistics(page: Page, varz: Varz): void {
  page.title('Statistics');
  page.row('CPU Cores', `${varz.cores} ${varz.cpu.toFixed(2)}%`);
  page.rowIf((varz.gomaxprocs ?? 0) > 0, 'GOMAXPROCS', String(varz.gomaxprocs));
  page.row('Memory', sizeText(varz.mem));
  page.rowIf((varz.gomemlimit ?? 0) > 0, 'GOMEMLIMIT', varz.gomemlimit ?? 0);
  page.row('Connections', varz.connections);
  page.row('Subscriptions', varz.subscriptions);
  page.row('Messages', `${countText(varz.in_msgs)} in ${countText(varz.out_msgs)} out`);
  page.row('Bytes', `${sizeText(varz.in_bytes)} in ${sizeText(varz.out_bytes)} out`);
  page.row('Slow Consumers', varz.slow_consumers);
}

function addCluster(page: Page, { cluster = {}, tags = [] }: Varz): void {
  page.title('Cluster');
  page.row('Name', cluster.name ?? '');
  page.rowIf(tags.length > 0, 'Tags', tags.join(', '));
  page.row('Host', `${cluster.addr ?? ''}:${cluster.cluster_port ?? 0}`);
  addLines(page, 'URLs', cluster.urls ?? []);
}

function addSuperCluster(page: Page, { gateway = {} }: Varz): void {
  page.title('Super Cluster');
  page.row('Name', gateway.name ?? '');
  page.row('Host', `${gateway.host ?? ''}:${gateway.port ?? 0}`);
  addLines(page, 'Clusters', (gateway.gateways ?? []).map(({ name = '' }) => name).sort());
}
