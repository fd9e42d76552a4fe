// `contrail server cluster step-down`, `peer-remove` and `evacuate`: who leads a cluster's JetStream, and who belongs to it.
// Compat: natscli cli/server_cluster_command.go.
import { requestServers } from '../../../client/system_requests.ts';
import { argument, defineCommand, flag } from '../../../command.ts';
import { CommandError, UsageError } from '../../../errors.ts';
import type { Jsz } from '../../../servers/jetstream_row.ts';
import { findMetaLeader, memberNamed, membersOf, type NamedPeer } from '../../../servers/meta_leader.ts';
import { metaRequest } from '../../../servers/meta_request.ts';
import { domainFilterBody } from '../../../servers/server_filter.ts';
import type { Session } from '../../../session.ts';
import { newLeader } from '../../../streams/raft_group.ts';

const POLL_MS = 2000;
const EVACUATION_MS = 5 * 60_000;

const DRY_RUN = flag.switch('Show what would be done, and do nothing');

export const STEP_DOWN = defineCommand({
  name: 'step-down',
  aliases: ['stepdown', 'sd', 'elect', 'down', 'd'],
  summary: 'Force a new leader election by standing down the current meta leader',
  flags: {
    cluster: flag.text('Request placement of the leader in a specific cluster'),
    tags: flag.texts('Request placement of the leader on nodes with specific tag(s)'),
    host: flag.text('Request placement of the leader on a specific node'),
    force: flag.switch('Force leader step down ignoring current leader', { short: 'f' }),
    dryRun: DRY_RUN,
  },
  examples: [{ text: 'Let n2 lead', command: 'contrail server cluster step-down --host n2' }],
  json: 'An object: before and leader (names of servers).',
  run: async (session, _args, { cluster, tags, host, force, dryRun }) => {
    const before = force ? await leaderOrNull(session) : await findMetaLeader(session);
    const name = before?.meta.leader ?? '<unknown>';
    const size = (before?.meta.replicas ?? []).length + 1;
    if (dryRun) {
      if (session.isJson) session.json({ before: name, leader: name });
      else session.print(`Would request leader step down of "${name}" in a ${size} peer RAFT group`);
      return;
    }
    session.log(`Requesting leader step down of "${name}" in a ${size} peer RAFT group`);
    const placement = {
      ...(cluster === undefined ? {} : { cluster }),
      ...(tags.length === 0 ? {} : { tags }),
      ...(host === undefined ? {} : { preferred: host }),
    };
    const isPlaced = Object.keys(placement).length > 0;
    await metaRequest(session, 'META.LEADER.STEPDOWN', isPlaced ? { placement } : undefined);
    const group = {
      name: 'the meta group',
      kind: 'Cluster',
      load: async () => ({ cluster: { leader: (await findMetaLeader(session)).meta.leader ?? '' } }),
    };
    const { leader } = (await newLeader(session, group, name)).cluster;
    if (leader === name) throw new CommandError(`${name} leads again: choose another server with --host`);
    if (session.isJson) session.json({ before: name, leader });
  },
});

async function leaderOrNull(session: Session): Promise<Awaited<ReturnType<typeof findMetaLeader>> | null> {
  try {
    return await findMetaLeader(session);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    session.log(error.message);
    return null;
  }
}

const REMOVAL = `Removing peers is for servers that will not come back. A server that is down for a while needs no removal.

A removed server comes back only after the whole cluster was started again, itself as the last one.
Streams with one replica on it move to other servers without their messages, which are lost even if it returns.
Consumers with one replica on it begin anew, and may deliver again what was delivered.`;

export const PEER_REMOVE = defineCommand({
  name: 'peer-remove',
  aliases: ['rm', 'pr'],
  summary: 'Removes a server from a JetStream cluster',
  args: { name: argument.required('The Server Name or ID to remove from the JetStream cluster') },
  flags: { force: flag.switch('Force removal without prompting', { short: 'f' }), dryRun: DRY_RUN },
  examples: [{ text: 'A server that is gone for good', command: 'contrail server cluster peer-remove n3' }],
  json: 'An object: name, peer, state (online or offline), removed (1, or 0 with --dry-run).',
  run: async (session, { name }, { force, dryRun }) => {
    const leader = await findMetaLeader(session);
    const found = memberNamed(leader, name);
    if (found.isLeader) {
      throw new CommandError(
        `${found.name} leads the cluster: let it step down first, 'contrail server cluster step-down'`,
      );
    }
    const { peer = '' } = found;
    const state = found.offline === true ? 'offline' : 'online';
    const id = name === found.name || found.name.includes(peer) ? '' : ` with id ${peer}`;
    if (!dryRun) {
      if (!force) session.log(`${REMOVAL}\n`);
      if (!force && !(await session.ask.confirm(`Really remove ${state} peer ${found.name}${id}`))) {
        session.print('Removal canceled');
        return;
      }
      await metaRequest(session, 'SERVER.REMOVE', peer === '' ? { peer: found.name } : { peer: '', peer_id: peer });
    }
    if (session.isJson) session.json({ name: found.name, peer, state, removed: dryRun ? 0 : 1 });
    else {
      const members = membersOf(leader).length;
      session.print(`${dryRun ? 'Would remove' : 'Removed'} ${state} peer ${found.name}, 1 of ${members} servers`);
    }
  },
});

export const EVACUATE = defineCommand({
  name: 'evacuate',
  summary: 'Move all JetStream assets for a peer to other peers',
  args: { peer: argument.optional('The name of the peer to remove') },
  flags: { force: flag.switch('Force evacuation without prompting', { short: 'f' }), dryRun: DRY_RUN },
  examples: [{ text: 'Before a server is taken down', command: 'contrail server cluster evacuate n3' }],
  json: 'An object: peer, streams and consumers that are left on it.',
  run: async (session, { peer }, { force, dryRun }) => {
    const leader = await findMetaLeader(session);
    const found = memberNamed(leader, peer ?? (await askMember(session, membersOf(leader))));
    const before = await assetsOf(session, found.name);
    session.log(`Evacuating assets from peer "${found.name}"`);
    if (dryRun) {
      showAssets(session, found.name, before);
      if (session.isJson) session.json({ peer: found.name, ...before });
      return;
    }
    if (!force && !(await session.ask.confirm(`Really evacuate "${found.name}"`))) return;
    await metaRequest(session, 'SERVER.EVACUATE', { peer: found.name });
    session.log(`Requested evacuation of peer "${found.name}", watching progress for up to 5 minutes`);
    const left = await session.during(`the servers go on evacuating "${found.name}"`, () =>
      untilEmpty(session, found.name),
    );
    if (session.isJson) session.json({ peer: found.name, ...left });
  },
});

interface Assets {
  readonly streams: number;
  readonly consumers: number;
}

async function assetsOf(session: Session, name: string): Promise<Assets> {
  const [answer] = await requestServers<Jsz>(session, {
    subject: '$SYS.REQ.SERVER.PING.JSZ',
    body: domainFilterBody(session, { name }),
    expected: 1,
  });
  return { streams: answer?.data.streams ?? 0, consumers: answer?.data.consumers ?? 0 };
}

function showAssets(session: Session, name: string, { streams, consumers }: Assets): void {
  if (!session.isJson) session.print(`Server "${name}": Streams: ${streams} Consumers: ${consumers}`);
}

async function untilEmpty(session: Session, name: string): Promise<Assets> {
  for (let waits = 0; waits < EVACUATION_MS / POLL_MS; waits++) {
    const left = await assetsOf(session, name);
    showAssets(session, name, left);
    if (left.streams === 0 && left.consumers === 0) return left;
    if (!(await session.pause(POLL_MS))) return left;
  }
  throw new CommandError(
    `timed out waiting for evacuation of peer "${name}", review progress with 'contrail server report jetstream'`,
  );
}

async function askMember(session: Session, members: readonly NamedPeer[]): Promise<string> {
  if (!session.ask.isPossible) throw new UsageError('<peer> is required: there is no terminal to select one on');
  return await session.ask.choice({
    message: 'Select a Peer',
    flag: '<peer>',
    choices: members.map(({ name }) => name),
  });
}
