// `contrail consumer find`: the consumers of a stream that fit some conditions.
import { argument, defineCommand } from '../../command.ts';
import { listConsumers } from '../../consumers/consumer_list.ts';
import { matchingConsumers, queryFlags } from '../../consumers/consumer_query.ts';
import { pickStream } from '../../streams/pick_stream.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';

export const CONSUMER_FIND = defineCommand({
  name: 'find',
  aliases: ['query'],
  summary: 'Finds consumers matching certain criteria',
  description: `With --expression conditions can be written over everything that 'contrail consumer info --json' shows:

  config - Consumer configuration
  state  - Consumer state
  info   - all of it

Consumers with more than 100 unprocessed messages:

  contrail c find EVENTS --expression 'state.num_pending > 100'`,
  args: { stream: argument.optional('Stream name') },
  flags: { ...queryFlags('Display'), ...ALL_FLAG },
  examples: [{ text: 'Delivered nothing for a day', command: 'contrail consumer find EVENTS --idle 1d' }],
  json: 'A list of names.',
  run: async (session, { stream }, flags) => {
    const { value } = await pickStream(session, stream, { all: flags.all });
    const { consumers } = await listConsumers(await session.api(), value.config.name);
    const names = matchingConsumers(consumers, flags, session.nowMs()).map(({ name }) => name);
    if (session.isJson) session.json(names);
    else for (const name of names) session.print(name);
  },
});
