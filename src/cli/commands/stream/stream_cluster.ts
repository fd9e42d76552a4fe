// `contrail stream cluster`: leaders that step down or are spread evenly, peers that leave, moves that are called off.
// Compat: natscli cli/stream_command.go; jsm.go balancer.
import type { StreamInfo } from '../../client/js_types.ts';
import { argument, defineCommand, defineGroup, flag } from '../../command.ts';
import { withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';
import { balanceLeaders } from '../../streams/leader_balance.ts';
import { loadStream, pickStream } from '../../streams/pick_stream.ts';
import { askPeer, clusterOf, leaderOf, newLeader, peersWithout, type RaftGroup } from '../../streams/raft_group.ts';
import { listStreams } from '../../streams/stream_list.ts';
import { streamPage } from '../../streams/stream_page.ts';
import { matchingStreams, queryFlags } from '../../streams/stream_query.ts';
import { ALL_FLAG } from './stream_all_flag.ts';

const STEP_DOWN = defineCommand({
  name: 'step-down',
  aliases: ['stepdown', 'sd', 'elect', 'down', 'd'],
  summary: 'Force a new leader election by standing down the current leader',
  args: { stream: argument.optional('Stream to act on') },
  flags: {
    preferred: flag.text('Prefer placing the leader on a specific host'),
    force: flag.switch('Force leader step down ignoring current leader', { short: 'f' }),
    ...ALL_FLAG,
  },
  examples: [{ text: 'Let another server lead', command: 'contrail stream cluster step-down EVENTS --preferred n2' }],
  json: "The server's answer afterwards, as for stream info.",
  run: async (session, { stream }, { preferred, force, all }) => {
    const { value } = await pickStream(session, stream, { all });
    const { name } = value.config;
    const group = groupOf(session, name);
    const cluster = clusterOf(group, value);
    const leader = leaderOf(group.name, cluster, force);
    const size = (cluster.replicas ?? []).length + 1;
    session.log(
      `Requesting leader step down of "${leader || '<unknown>'}" for stream "${name}" in a ${size} peer cluster group`,
    );
    const api = await session.api();
    const body = preferred === undefined ? undefined : { placement: { preferred } };
    await api.request(`STREAM.LEADER.STEPDOWN.${name}`, body);
    const after = await newLeader(session, group, leader);
    if (session.isJson) session.json(withoutApiKeys((await loadStream(session, name)).exact));
    else {
      session.print();
      session.page(streamPage(session, after));
    }
  },
});

function groupOf(session: Session, name: string): RaftGroup<StreamInfo> {
  return {
    name: `stream "${name}"`,
    kind: 'Stream',
    load: async () => (await loadStream(session, name)).value,
  };
}

const BALANCE = defineCommand({
  name: 'balance',
  summary: 'Balance stream leaders',
  flags: queryFlags('Balance'),
  examples: [
    { text: 'Spread the leaders of all streams over their servers', command: 'contrail stream cluster balance' },
  ],
  json: 'An object: streams (that were looked at), balanced (leaders that were moved).',
  run: async (session, _args, flags) => {
    const { streams } = await listStreams(await session.api());
    const found = matchingStreams(streams, flags, session.nowMs());
    const groups = found.flatMap(({ config, cluster }) =>
      cluster == null ? [] : [{ name: config.name, cluster, stepDown: `STREAM.LEADER.STEPDOWN.${config.name}` }],
    );
    const balanced = await balanceLeaders(session, groups);
    if (session.isJson) session.json({ streams: found.length, balanced });
    else session.print(`Balanced ${balanced} streams.`);
  },
});

const CANCEL_MOVE = defineCommand({
  name: 'cancel-move',
  summary: 'Cancels an in-progress stream move',
  args: { stream: argument.optional('The stream to act on') },
  flags: { force: flag.switch('Force cancel without prompting or checks', { short: 'f' }), ...ALL_FLAG },
  examples: [{ text: 'Leave it where it was', command: 'contrail stream cluster cancel-move EVENTS' }],
  json: "The server's answer.",
  run: async (session, { stream }, { force, all }) => {
    const { value } = await pickStream(session, stream, { all });
    const { name } = value.config;
    if (!force && !(await session.ask.confirm(`Really cancel move of "${name}"`))) return;
    const api = await session.api();
    const { exact } = await api.request(`STREAM.CANCEL_MOVE.${name}`);
    if (session.isJson) session.json(withoutApiKeys(exact));
    else session.print(`Canceled move of "${name}"`);
  },
});

const PEER_REMOVE = defineCommand({
  name: 'peer-remove',
  aliases: ['pr'],
  summary: 'Removes a peer from the stream cluster',
  isHidden: true,
  args: {
    stream: argument.optional('The stream to act on'),
    peer: argument.optional('The name of the peer to remove'),
  },
  flags: { force: flag.switch('Force removal without prompting', { short: 'f' }), ...ALL_FLAG },
  examples: [{ text: 'A server that will not come back', command: 'contrail stream cluster peer-remove EVENTS n3' }],
  json: 'An object: stream, peer, removed (1).',
  run: async (session, { stream, peer }, { force, all }) => {
    const { value } = await pickStream(session, stream, { all });
    const { name } = value.config;
    const chosen = peer ?? (await askPeer(session, clusterOf(groupOf(session, name), value)));
    const question = `Really remove peer "${chosen}" from Stream ${name}`;
    if (!force && !(await session.ask.confirm(question))) return;
    const api = await session.api();
    await api.request(`STREAM.PEER.REMOVE.${name}`, { peer: chosen });
    if (session.isJson) session.json({ stream: name, peer: chosen, removed: 1 });
    else session.log(`Requested removal of peer "${chosen}"`);
  },
});

const EVACUATE = defineCommand({
  name: 'evacuate',
  summary: 'Removes a stream from a peer',
  args: {
    stream: argument.optional('The stream to act on'),
    peer: argument.optional('The name of the peer to remove'),
  },
  flags: { force: flag.switch('Force evacuation without prompt', { short: 'f' }), ...ALL_FLAG },
  examples: [{ text: 'Another server takes its place', command: 'contrail stream cluster evacuate EVENTS n3' }],
  json: 'An object: stream, peer, peers (afterwards).',
  run: async (session, { stream, peer }, { force, all }) => {
    const { value } = await pickStream(session, stream, { all });
    const { name } = value.config;
    const chosen = peer ?? (await askPeer(session, clusterOf(groupOf(session, name), value)));
    if (!force && !(await session.ask.confirm(`Really evacuate "${chosen}"`))) return;
    const api = await session.api();
    await api.request(`STREAM.PEER.EVACUATE.${name}`, { peer: chosen });
    const peers = await session.during(`the server goes on evacuating "${chosen}"`, () =>
      peersWithout(session, groupOf(session, name), chosen),
    );
    if (session.isJson) session.json({ stream: name, peer: chosen, peers });
    else session.print(`Stream peers are now: ${peers.join(', ')}`);
  },
});

export const STREAM_CLUSTER = defineGroup({
  name: 'cluster',
  aliases: ['c'],
  summary: 'Manages a clustered stream',
  commands: [STEP_DOWN, BALANCE, CANCEL_MOVE, EVACUATE, PEER_REMOVE],
});
