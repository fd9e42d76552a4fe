// `contrail server graph`: one server's load or its JetStream, second by second, drawn over the terminal.
// Compat: natscli cli/server_graph_command.go.
import { argument, defineCommand, flag } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { clearScreen, graphSize, graphText } from '../../output/screen.ts';
import { findServer } from '../../servers/find_server.ts';
import type { Varz } from '../../servers/server_types.ts';
import type { Session } from '../../session.ts';

const INTERVAL_MS = 1000;
const HISTORY_MAX = 1000;
const GRAPHS = 6;
/** What each graph has beside its lines: the caption, and an empty line. */
const GRAPH_MARGIN = 2;
const HEIGHT_MIN = 3;

/** One number of each second: its caption, its key for programs, and where it comes from. */
interface Series {
  readonly caption: string;
  readonly key: string;
  readonly value: (now: Varz, before: Varz, seconds: number) => number;
}

function rate(count: (varz: Varz) => number): Series['value'] {
  return (now, before, seconds) => Math.max(0, count(now) - count(before)) / seconds;
}

const CPU: Series = {
  caption: 'CPU % Used (normalized for all cores)',
  key: 'cpu',
  value: ({ cpu, cores }) => cpu / Math.max(1, cores),
};

const SERVER_SERIES: readonly Series[] = [
  CPU,
  { caption: 'Memory Used in MB', key: 'memory_mb', value: ({ mem }) => mem / 1024 ** 2 },
  { caption: 'Connections', key: 'connections', value: ({ connections }) => connections },
  { caption: 'Subscriptions', key: 'subscriptions', value: ({ subscriptions }) => subscriptions },
  {
    caption: 'Messages In+Out / second',
    key: 'messages_per_second',
    value: rate(({ in_msgs: incoming, out_msgs: outgoing }) => incoming + outgoing),
  },
  {
    caption: 'Bytes In+Out / second',
    key: 'bytes_per_second',
    value: rate(({ in_bytes: incoming, out_bytes: outgoing }) => incoming + outgoing),
  },
];

const JETSTREAM_SERIES: readonly Series[] = [
  CPU,
  { caption: 'HA Assets', key: 'ha_assets', value: ({ jetstream }) => jetstream?.stats?.ha_assets ?? 0 },
  {
    caption: 'API Requests / second',
    key: 'api_requests_per_second',
    value: rate(({ jetstream }) => jetstream?.stats?.api.total ?? 0),
  },
  { caption: 'Pending API Requests', key: 'api_pending', value: ({ jetstream }) => jetstream?.meta?.pending ?? 0 },
  {
    caption: 'File Storage in GB',
    key: 'file_gb',
    value: ({ jetstream }) => (jetstream?.stats?.storage ?? 0) / 1024 ** 3,
  },
  {
    caption: 'Memory Storage in GB',
    key: 'memory_gb',
    value: ({ jetstream }) => (jetstream?.stats?.memory ?? 0) / 1024 ** 3,
  },
];

export const SERVER_GRAPH = defineCommand({
  name: 'graph',
  summary: 'Show graphs for a single server',
  args: { server: argument.required('Server ID or Name to inspect') },
  flags: { jetstream: flag.switch('Draw JetStream statistics', { short: 'j' }) },
  examples: [{ text: 'Until Ctrl-C', command: 'contrail server graph n1' }],
  json: 'One object per second and line: cpu, memory_mb, connections, subscriptions, messages_per_second, bytes_per_second; with --jetstream cpu, ha_assets, api_requests_per_second, api_pending, file_gb, memory_gb. (Here -j is --jetstream.)',
  run: async (session, { server }, { jetstream }) => {
    if (!session.isJson) graphSize(session);
    const { varz } = await findServer(session, server);
    await drawUntilInterrupted(session, varz, jetstream ? JETSTREAM_SERIES : SERVER_SERIES);
  },
});

async function drawUntilInterrupted(session: Session, first: Varz, series: readonly Series[]): Promise<void> {
  const history = series.map((): number[] => []);
  const { clock } = session.doors;
  let before = first;
  let beforeMs = clock.monotonicMs();
  while (await session.pause(INTERVAL_MS)) {
    const { varz } = await findServer(session, first.server_id);
    const nowMs = clock.monotonicMs();
    const values = series.map(({ value }) => value(varz, before, (nowMs - beforeMs) / 1000));
    [before, beforeMs] = [varz, nowMs];
    if (session.isJson) {
      session.jsonLine(Object.fromEntries(series.map(({ key }, index) => [key, values[index]])));
      continue;
    }
    for (const [index, value] of values.entries()) {
      history[index]?.push(value);
      if ((history[index]?.length ?? 0) > HISTORY_MAX) history[index]?.shift();
    }
    draw(session, first.server_name, series, history);
  }
  if (!session.isJson) clearScreen(session);
}

function draw(
  session: Session,
  name: string,
  series: readonly Series[],
  history: readonly (readonly number[])[],
): void {
  const size = graphSize(session);
  const height = Math.floor(size.height / GRAPHS) - GRAPH_MARGIN;
  if (height < HEIGHT_MIN) throw new CommandError('please increase terminal dimensions');
  clearScreen(session);
  session.print(`Statistics for ${name}\n`);
  for (const [index, { caption }] of series.entries()) {
    session.print(`${graphText({ caption, values: history[index] ?? [], width: size.width, height })}\n`);
  }
}
