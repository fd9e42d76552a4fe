// `contrail stream graph`: what a stream stores, gains and loses, second by second, drawn over the terminal.
// Compat: natscli cli/stream_command.go, graphAction.
import { argument, defineCommand } from '../../command.ts';
import { LiveGraph } from '../../output/live_graph.ts';
import { loadStream, pickStreamName } from '../../streams/pick_stream.ts';
import { ALL_FLAG } from './stream_all_flag.ts';

const SERIES = [
  { caption: 'Messages Stored', key: 'messages' },
  { caption: 'Messages Removed / second', key: 'removed_per_second' },
  { caption: 'Messages Stored / second', key: 'stored_per_second' },
];

export const STREAM_GRAPH = defineCommand({
  name: 'graph',
  summary: 'View a graph of stream activity',
  args: { stream: argument.optional('The name of the stream to graph') },
  flags: ALL_FLAG,
  examples: [{ text: 'Until Ctrl-C', command: 'contrail stream graph EVENTS' }],
  json: 'One object per second and line: messages, removed_per_second, stored_per_second.',
  run: async (session, { stream }, { all }) => {
    const name = await pickStreamName(session, stream, { all });
    const graph = new LiveGraph(session, `Stream Statistics for ${name}`, SERIES);
    let { state: last } = (await loadStream(session, name)).value;
    await graph.run(async (seconds) => {
      const { state } = (await loadStream(session, name)).value;
      const removed = Math.max(0, state.first_seq - last.first_seq);
      const stored = Math.max(0, state.last_seq - last.last_seq);
      last = state;
      return [state.messages, removed / seconds, stored / seconds];
    });
  },
});
