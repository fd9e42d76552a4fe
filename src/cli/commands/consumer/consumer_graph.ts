// `contrail consumer graph`: what waits for a consumer and for its acknowledgements, and how fast both go, second by second.
// Compat: natscli cli/consumer_command.go, graphAction.
import { argument, defineCommand } from '../../command.ts';
import { loadConsumer, pickConsumer } from '../../consumers/pick_consumer.ts';
import { LiveGraph } from '../../output/live_graph.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';

const SERIES = [
  { caption: 'Messages Pending', key: 'pending' },
  { caption: 'Messages Waiting for Ack', key: 'ack_pending' },
  { caption: 'Messages Acknowledged / second', key: 'acknowledged_per_second' },
  { caption: 'Messages Delivered / second', key: 'delivered_per_second' },
];

export const CONSUMER_GRAPH = defineCommand({
  name: 'graph',
  summary: 'View a graph of consumer activity',
  args: { stream: argument.optional('Stream name'), consumer: argument.optional('Consumer name') },
  flags: ALL_FLAG,
  examples: [{ text: 'Until Ctrl-C', command: 'contrail consumer graph EVENTS WORKER' }],
  json: 'One object per second and line: pending, ack_pending, acknowledged_per_second, delivered_per_second.',
  run: async (session, names, { all }) => {
    let last = (await pickConsumer(session, names, { all })).value;
    const { stream_name: stream, name } = last;
    const graph = new LiveGraph(session, `Consumer Statistics for ${stream} > ${name}`, SERIES);
    await graph.run(async (seconds) => {
      const { value: now } = await loadConsumer(session, stream, name);
      // A reset takes the sequences back.
      const rate = (after: number, before: number): number => Math.max(0, after - before) / seconds;
      const acknowledged = rate(now.ack_floor.consumer_seq, last.ack_floor.consumer_seq);
      const delivered = rate(now.delivered.consumer_seq, last.delivered.consumer_seq);
      last = now;
      return [now.num_pending, now.num_ack_pending, acknowledged, delivered];
    });
  },
});
