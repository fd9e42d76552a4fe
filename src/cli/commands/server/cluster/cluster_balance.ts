// `contrail server cluster balance`: servers that have more than their share of the connections close some, slowly, whose
// clients then connect elsewhere. Compat: jsm.go connbalancer.
import { askServers } from '../../../client/system_requests.ts';
import { argument, defineCommand, flag } from '../../../command.ts';
import { CommandError, UsageError } from '../../../errors.ts';
import { parseDuration } from '../../../input/duration.ts';
import { checkSubject } from '../../../input/subjects.ts';
import { countText, durationHuman } from '../../../output/human.ts';
import { type ConnectionInfo, gatherConnections } from '../../../reports/connection_report.ts';
import { ANY_DOMAIN, activeServers, filterBody, isFiltered } from '../../../servers/server_filter.ts';
import type { ServerStats } from '../../../servers/server_types.ts';
import { type Session, timeMs } from '../../../session.ts';

const KINDS = ['Client', 'Leafnode'];
const DURATION_DEFAULT = '2m';

/** A server and those of its connections that may be moved. */
interface Loaded {
  readonly id: string;
  readonly name: string;
  readonly connections: ConnectionInfo[];
}

export const BALANCE = defineCommand({
  name: 'balance',
  summary: 'Balance cluster connections',
  args: { duration: argument.optional(`Spread balance requests over a certain duration (${DURATION_DEFAULT})`) },
  flags: {
    serverName: flag.text('Restrict balancing to a specific server', { placeholder: 'NAME' }),
    cluster: flag.text('Restrict balancing to servers in a specific cluster', { placeholder: 'NAME' }),
    idle: flag.duration('Balance connections that has been idle for a period', { placeholder: 'DURATION' }),
    account: flag.text('Balance connections in a certain account only'),
    subject: flag.text('Balance connections interested in certain subjects'),
    kind: flag.texts('Balance only certain kinds of connection (Client, Leafnode); Client where none is given'),
    force: flag.switch('Force rebalance without prompting', { short: 'f' }),
    dryRun: flag.switch('Show how connections are spread and how many would be closed, and do nothing'),
  },
  examples: [
    { text: 'How it stands', command: 'contrail server cluster balance --dry-run' },
    { text: 'Over ten minutes, only who is idle', command: 'contrail server cluster balance 10m --idle 1m' },
  ],
  json: 'An object: servers (list of name, connections, above: how many more than its share), to_close, balanced (0 with --dry-run).',
  run: async (session, args, { force, dryRun, kind, ...flags }) => {
    const runNs = durationOf(args.duration ?? DURATION_DEFAULT);
    const kinds = kindsOf(kind);
    if (flags.subject !== undefined) checkSubject(flags.subject, '--subject');
    if (flags.subject !== undefined && flags.account === undefined) {
      throw new UsageError('--subject needs --account: a subject is one of an account');
    }
    if (!dryRun && !force && !(await agreed(session))) throw new CommandError('balance canceled');
    const servers = await loadedServers(session, { ...flags, kinds });
    const total = servers.reduce((sum, { connections }) => sum + connections.length, 0);
    const share = Math.ceil(total / Math.max(1, servers.length));
    session.log(`Connection distribution across ${servers.length} servers (target: ${share} per server):`);
    for (const { name, connections } of servers) {
      const above = connections.length - share;
      session.log(`  Server '${name}': ${connections.length} connections (offset: ${above < 0 ? '' : '+'}${above})`);
    }
    const own = await ownConnection(session);
    const closing = servers.flatMap((server) => surplus(server, share)).filter((one) => !isSame(one, own));
    const balanced = dryRun ? 0 : await closeAll(session, closing, runNs / 1e6);
    if (session.isJson) session.json(asObject(servers, { share, closing: closing.length, balanced }));
    else if (dryRun) session.print(`\nWould balance ${countText(closing.length)} connections`);
    else session.print(`\nBalanced ${countText(balanced)} connections`);
  },
});

function durationOf(text: string): number {
  const read = parseDuration(text);
  if (!read.ok) throw new UsageError(`<duration> ${read.error}`);
  return read.value;
}

function kindsOf(kinds: readonly string[]): readonly string[] {
  const unknown = kinds.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) throw new UsageError(`--kind '${unknown}' is not one of ${KINDS.join(', ')}`);
  return kinds.length === 0 ? ['Client'] : kinds;
}

async function agreed(session: Session): Promise<boolean> {
  session.log('Re-balancing will disconnect clients without knowing their current state.');
  session.log('The clients will trigger normal reconnect behavior. This can interrupt in-flight work.');
  return await session.ask.confirm('Really re-balance connections');
}

interface Wanted {
  readonly serverName: string | undefined;
  readonly cluster: string | undefined;
  readonly idle: number | undefined;
  readonly account: string | undefined;
  readonly subject: string | undefined;
  readonly kinds: readonly string[];
}

/** Every server that is meant, also those that have nothing. */
async function loadedServers(session: Session, wanted: Wanted): Promise<Loaded[]> {
  const { serverName: name, cluster, account, subject, kinds, idle = 0 } = wanted;
  const filter = { name, cluster };
  const expected = isFiltered(filter) ? null : await activeServers(session, ANY_DOMAIN);
  const known = await askServers(session, {
    subject: '$SYS.REQ.SERVER.PING',
    body: filterBody(filter),
    expected,
  });
  const servers = new Map<string, Loaded>();
  for (const { value } of known) {
    // What servers promise for this subject.
    const { server } = value as ServerStats;
    servers.set(server.id, { id: server.id, name: server.name, connections: [] });
  }
  const nowMs = session.nowMs();
  const connections = await gatherConnections(session, '$SYS.REQ.SERVER.PING.CONNZ', {
    state: 'open',
    account,
    subject,
    filter: filterBody(filter),
    expected,
  });
  for (const connection of connections) {
    const { server, kind = 'Client', last_activity: last = connection.start } = connection;
    const isIdle = (nowMs - timeMs(last)) * 1e6 > idle;
    const isWanted = kinds.includes(kind) && (idle === 0 || isIdle);
    const one = servers.get(server.id) ?? { id: server.id, name: server.name, connections: [] };
    if (isWanted) one.connections.push(connection);
    servers.set(server.id, one);
  }
  return [...servers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of those that a server has too many, as they came. */
function surplus({ connections }: Loaded, share: number): readonly ConnectionInfo[] {
  return connections.slice(0, Math.max(0, connections.length - share));
}

interface ConnectionId {
  readonly server: string;
  readonly cid: number;
}

/** This command's own: it would end itself. */
async function ownConnection(session: Session): Promise<ConnectionId> {
  const { info } = await session.connect();
  return { server: info?.server_id ?? '', cid: info?.client_id ?? 0 };
}

function isSame({ server, cid }: ConnectionInfo, own: ConnectionId): boolean {
  return server.id === own.server && cid === own.cid;
}

/** One after the other, spread over the time. How many were closed. */
async function closeAll(session: Session, closing: readonly ConnectionInfo[], runMs: number): Promise<number> {
  if (closing.length === 0) return 0;
  const pauseMs = runMs / closing.length;
  session.log(`Balancing ${closing.length} connections with ${durationHuman(pauseMs * 1e6)} between each`);
  let balanced = 0;
  for (const [index, connection] of closing.entries()) {
    const isClosed = await session.during(`${balanced} of ${closing.length} connections were closed`, () =>
      close(session, connection),
    );
    if (isClosed) balanced++;
    if (index < closing.length - 1 && !(await session.pause(pauseMs))) break;
  }
  return balanced;
}

async function close(session: Session, { server, cid, name = '', account = '' }: ConnectionInfo): Promise<boolean> {
  const who = `${cid}${name === '' ? '' : ` (${name})`}${account === '' ? '' : ` in account ${account}`} on ${server.name}`;
  const subject = `$SYS.REQ.SERVER.${server.id}.KICK`;
  const [first] = await askServers(session, { subject, body: { cid }, expected: 1 });
  const { error } = (first?.value ?? {}) as { readonly error?: { readonly description?: string } };
  const isClosed = first !== undefined && (error === undefined || error === null);
  const reason = first === undefined ? 'the server did not answer' : error?.description;
  session.log(isClosed ? `Balanced client ${who}` : `Could not close ${who}: ${reason}`);
  return isClosed;
}

function asObject(
  servers: readonly Loaded[],
  { share, closing, balanced }: { readonly share: number; readonly closing: number; readonly balanced: number },
): unknown {
  return {
    servers: servers.map(({ name, connections }) => ({
      name,
      connections: connections.length,
      above: connections.length - share,
    })),
    to_close: closing,
    balanced,
  };
}
