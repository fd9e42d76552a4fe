// `contrail stream find`: the streams that fit some conditions.
import { defineCommand, flag } from '../../command.ts';
import { listStreams } from '../../streams/stream_list.ts';
import { matchingStreams, queryFlags } from '../../streams/stream_query.ts';
import { ALL_FLAG } from './stream_all_flag.ts';
import { showStreamTable } from './stream_ls.ts';

export const STREAM_FIND = defineCommand({
  name: 'find',
  aliases: ['query'],
  summary: 'Finds streams matching certain criteria',
  description: `Expression format:

With --expression conditions can be written over everything that 'contrail stream info --json' shows:

  config - Stream configuration
  state  - Stream state
  info   - all of it

There are == != < <= > >=, and or not, in, contains, startsWith, endsWith, matches (a regular expression), + - * / %,
len(...), lists and texts. Streams with more than 10 messages:

  contrail s find --expression 'state.messages > 10'

Streams in some clusters, with a certain subject:

  contrail s find --expression 'info.cluster.name in ["lon", "sfo"] and "js.in.orders_1" in config.subjects'`,
  flags: {
    ...queryFlags('Display'),
    names: flag.switch('Show just the stream names', { short: 'n' }),
    apiLevel: flag.integer('Match streams that support at least the given api level', { min: 0 }),
    ...ALL_FLAG,
  },
  examples: [{ text: 'Nothing stored for a month', command: 'contrail stream find --idle 30d' }],
  json: 'A list of names.',
  run: async (session, _args, flags) => {
    const { streams } = await listStreams(await session.api());
    const found = matchingStreams(streams, flags, session.nowMs());
    if (session.isJson) session.json(found.map(({ config }) => config.name));
    else if (flags.names) for (const { config } of found) session.print(config.name);
    else {
      showStreamTable(session, found, flags.subject ?? '');
      session.print();
    }
  },
});
