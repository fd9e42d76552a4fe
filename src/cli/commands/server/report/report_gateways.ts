// `contrail server report gateways`: which clusters are joined, over what connections.
// Compat: natscli cli/server_report_command.go, reportGateway.
import type { SystemAnswer } from '../../../client/system_requests.ts';
import { defineCommand, flag } from '../../../command.ts';
import { countText, sizeText } from '../../../output/human.ts';
import type { Style } from '../../../output/style.ts';
import { type Cell, TextTable } from '../../../output/table.ts';
import { rttText, uptimeText } from './link_text.ts';
import { fetchReport, JSON_ANSWERS, LIMIT, ordered, REPORT_FLAGS, watched } from './report_run.ts';

interface Gateway {
  readonly connection?: {
    readonly cid: number;
    readonly ip: string;
    readonly port: number;
    readonly uptime: string;
    readonly rtt?: string;
    readonly in_bytes: number;
    readonly out_bytes: number;
  };
  readonly accounts?: readonly unknown[] | null;
}

interface Gateways {
  readonly port?: number;
  readonly outbound_gateways?: Readonly<Record<string, Gateway>> | null;
  readonly inbound_gateways?: Readonly<Record<string, readonly Gateway[]>> | null;
}

const SORTS = ['server', 'cluster'] as const;
const SLOW_MS = 300;

export const REPORT_GATEWAYS = defineCommand({
  name: 'gateways',
  aliases: ['super', 'gateway'],
  summary: 'Report on Gateway (Super Cluster) connections',
  args: LIMIT,
  flags: {
    filterName: flag.text('Limits responses to a certain name'),
    sort: flag.choice('Sorts by a specific property (server,cluster)', SORTS, { default: 'cluster' }),
    ...REPORT_FLAGS,
  },
  examples: [{ text: 'Ways to one cluster', command: 'contrail server report gateways --filter-name c2' }],
  json: JSON_ANSWERS,
  run: async (session, { limit }, { filterName = '', sort, ...flags }) => {
    await watched(session, flags.watch, async () => {
      const body = { name: filterName, accounts: true };
      const { answers, exact } = await fetchReport<Gateways>(session, { page: 'GATEWAYZ', flags, limit, body });
      const byName = ({ server }: SystemAnswer<Gateways>): string => server.name;
      const byCluster = ({ server }: SystemAnswer<Gateways>): string => server.cluster ?? '';
      const keys = sort === 'server' ? [byName, byCluster] : [byCluster, byName];
      const sorted = ordered(answers, flags.reverse, ...keys);
      return () => (session.isJson ? session.json(exact) : session.table(gatewayTable(sorted, session.style)));
    });
  },
});

function gatewayTable(answers: readonly SystemAnswer<Gateways>[], style: Style): TextTable {
  const table = new TextTable('Super Cluster Report', [
    ...['Server', 'Name', 'Port', 'Kind', 'Connection', 'ID', 'Uptime', 'RTT', 'Bytes', 'Accounts'],
  ]);
  let gatewayCount = 0;
  let bytes = 0;
  for (const { server, data } of answers) {
    table.row(server.name, server.cluster ?? '', data.port ?? 0, ...['', '', '', '', '', '', '']);
    let lastKind = '';
    for (const { kind, name, gateway } of connectionsOf(data)) {
      const { connection } = gateway;
      const transferred = (kind === 'Inbound' ? connection?.in_bytes : connection?.out_bytes) ?? 0;
      table.row(
        ...['', '', '', kind === lastKind ? '' : kind],
        ...connectionCells(name, gateway, { kind, transferred, style }),
      );
      lastKind = kind;
      gatewayCount++;
      bytes += transferred;
    }
  }
  const clusters = new Set(answers.map(({ server }) => server.cluster ?? '')).size;
  const counted = [countText(answers.length), clusters, '', '', countText(gatewayCount)];
  table.foot(...counted, '', '', '', sizeText(bytes), '');
  return table;
}

interface GatewayOf {
  readonly kind: 'Inbound' | 'Outbound';
  readonly name: string;
  readonly gateway: Gateway;
}

/** Those that came in first, each kind by name. */
function connectionsOf({ inbound_gateways: inbound, outbound_gateways: outbound }: Gateways): GatewayOf[] {
  const byName = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : 1);
  const incoming = Object.entries(inbound ?? {}).sort(byName);
  const outgoing = Object.entries(outbound ?? {}).sort(byName);
  return [
    ...incoming.flatMap(([name, list]) => list.map((gateway) => ({ kind: 'Inbound' as const, name, gateway }))),
    ...outgoing.map(([name, gateway]) => ({ kind: 'Outbound' as const, name, gateway })),
  ];
}

function connectionCells(
  name: string,
  { connection, accounts }: Gateway,
  { kind, transferred, style }: { readonly kind: string; readonly transferred: number; readonly style: Style },
): Cell[] {
  const uptime = connection?.uptime ?? '';
  return [
    connection === undefined ? name : `${name} ${connection.ip}:${connection.port}`,
    connection === undefined ? '' : `gid:${connection.cid}`,
    // Compat: the one is rounded, the other is shown as the server wrote it.
    kind === 'Inbound' ? uptimeText(uptime) : uptime,
    rttText(connection?.rtt, SLOW_MS, style),
    sizeText(transferred),
    countText((accounts ?? []).length),
  ];
}
