// `contrail consumer cluster`: leaders that step down or are spread evenly, peers that leave.
// Compat: natscli cli/consumer_command.go, leaderStandDownAction, balanceAction, evacuatePeer.
import type { ConsumerInfo } from '../../client/js_types.ts';
import { argument, defineCommand, defineGroup, flag } from '../../command.ts';
import { listConsumers } from '../../consumers/consumer_list.ts';
import { consumerPage } from '../../consumers/consumer_page.ts';
import { matchingConsumers, queryFlags } from '../../consumers/consumer_query.ts';
import { loadConsumer, pickConsumer } from '../../consumers/pick_consumer.ts';
import { withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';
import { balanceLeaders } from '../../streams/leader_balance.ts';
import { pickStream } from '../../streams/pick_stream.ts';
import { askPeer, clusterOf, leaderOf, newLeader, peersWithout, type RaftGroup } from '../../streams/raft_group.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';

const NAMES = {
  stream: argument.optional('Stream to act on'),
  consumer: argument.optional('Consumer to act on'),
} as const;

const STEP_DOWN = defineCommand({
  name: 'step-down',
  aliases: ['stepdown', 'sd', 'elect', 'down', 'd'],
  summary: 'Force a new leader election by standing down the current leader',
  args: NAMES,
  flags: {
    preferred: flag.text('Prefer placing the leader on a specific host'),
    force: flag.switch('Force leader step down ignoring current leader', { short: 'f' }),
    ...ALL_FLAG,
  },
  examples: [
    { text: 'Let another server lead', command: 'contrail consumer cluster step-down EVENTS WORKER --preferred n2' },
  ],
  json: "The server's answer afterwards, as for consumer info.",
  run: async (session, names, { preferred, force, all }) => {
    const { value } = await pickConsumer(session, names, { all });
    const { stream_name: stream, name } = value;
    const group = groupOf(session, value);
    const cluster = clusterOf(group, value);
    const leader = leaderOf(group.name, cluster, force);
    const size = (cluster.replicas ?? []).length + 1;
    session.log(`Requesting leader step down of "${leader || '<unknown>'}" in a ${size} peer RAFT group`);
    const api = await session.api();
    const body = preferred === undefined ? undefined : { placement: { preferred } };
    await api.request(`CONSUMER.LEADER.STEPDOWN.${stream}.${name}`, body);
    const after = await newLeader(session, group, leader);
    if (session.isJson) session.json(withoutApiKeys((await loadConsumer(session, stream, name)).exact));
    else {
      session.print();
      session.page(consumerPage(session, after));
    }
  },
});

function groupOf(session: Session, { stream_name: stream, name }: ConsumerInfo): RaftGroup<ConsumerInfo> {
  return {
    name: `consumer "${stream} > ${name}"`,
    kind: 'Consumer',
    load: async () => (await loadConsumer(session, stream, name)).value,
  };
}

const BALANCE = defineCommand({
  name: 'balance',
  summary: 'Balance consumer leaders',
  args: { stream: argument.optional('Stream to act on') },
  flags: { ...queryFlags('Balance'), ...ALL_FLAG },
  examples: [
    {
      text: 'Spread the leaders of the consumers of a stream over its servers',
      command: 'contrail consumer cluster balance EVENTS',
    },
  ],
  json: 'An object: stream, consumers (that were looked at), balanced (leaders that were moved).',
  run: async (session, { stream }, flags) => {
    const { value } = await pickStream(session, stream, { all: flags.all });
    const { name } = value.config;
    const { consumers } = await listConsumers(await session.api(), name);
    const found = matchingConsumers(consumers, flags, session.nowMs());
    const groups = found.flatMap(({ name: consumer, cluster }) =>
      cluster == null
        ? []
        : [{ name: `${name} > ${consumer}`, cluster, stepDown: `CONSUMER.LEADER.STEPDOWN.${name}.${consumer}` }],
    );
    const balanced = await balanceLeaders(session, groups);
    if (session.isJson) session.json({ stream: name, consumers: found.length, balanced });
    else if (found.length === 0) session.print(`No consumers on ${name}`);
    else session.print(`Balanced ${balanced} consumers on ${name}`);
  },
});

const EVACUATE = defineCommand({
  name: 'evacuate',
  summary: 'Removes a consumer from a peer',
  args: { ...NAMES, peer: argument.optional('The name of the peer to remove') },
  flags: { force: flag.switch('Force evacuation without prompt', { short: 'f' }), ...ALL_FLAG },
  examples: [
    { text: 'Another server takes its place', command: 'contrail consumer cluster evacuate EVENTS WORKER n3' },
  ],
  json: 'An object: stream, consumer, peer, peers (afterwards).',
  run: async (session, { peer, ...names }, { force, all }) => {
    const { value } = await pickConsumer(session, names, { all });
    const { stream_name: stream, name: consumer } = value;
    const group = groupOf(session, value);
    const chosen = peer ?? (await askPeer(session, clusterOf(group, value)));
    if (!force && !(await session.ask.confirm(`Really evacuate "${chosen}"`))) return;
    const api = await session.api();
    await api.request(`CONSUMER.PEER.EVACUATE.${stream}.${consumer}`, { peer: chosen });
    const peers = await session.during(`the server goes on evacuating "${chosen}"`, () =>
      peersWithout(session, group, chosen),
    );
    if (session.isJson) session.json({ stream, consumer, peer: chosen, peers });
    else session.print(`Consumer peers are now: ${peers.join(', ')}`);
  },
});

export const CONSUMER_CLUSTER = defineGroup({
  name: 'cluster',
  aliases: ['c'],
  summary: 'Manages a clustered consumer',
  commands: [STEP_DOWN, BALANCE, EVACUATE],
});
