// `contrail consumer info` and `state`.
import { argument, defineCommand, flag } from '../../command.ts';
import { consumerPage } from '../../consumers/consumer_page.ts';
import { type ConsumerNames, pickConsumer } from '../../consumers/pick_consumer.ts';
import { withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';

export const CONSUMER_INFO = defineCommand({
  name: 'info',
  aliases: ['nfo'],
  summary: 'Consumer information',
  args: { stream: argument.optional('Stream name'), consumer: argument.optional('Consumer name') },
  flags: { noSelect: flag.switch('Do not select consumers from a list'), ...ALL_FLAG },
  examples: [{ text: 'Everything about a consumer', command: 'contrail consumer info EVENTS WORKER' }],
  json: "The server's answer: stream_name, name, created, config, delivered, ack_floor, num_ack_pending, num_redelivered, num_waiting, num_pending, and where there are any cluster, push_bound, paused, priority_groups, ts.",
  run: async (session, names, { all }) => {
    await show(session, names, { isStateOnly: false, all });
  },
});

export const CONSUMER_STATE = defineCommand({
  name: 'state',
  summary: 'Consumer state',
  args: {
    stream: argument.optional('Stream to retrieve state information for'),
    consumer: argument.optional('Consumer name'),
  },
  flags: { noSelect: flag.switch('Do not select streams from a list'), ...ALL_FLAG },
  examples: [{ text: 'How far it is', command: 'contrail consumer state EVENTS WORKER' }],
  json: "The server's answer, as for consumer info.",
  run: async (session, names, { all }) => {
    await show(session, names, { isStateOnly: true, all });
  },
});

async function show(
  session: Session,
  names: ConsumerNames,
  { isStateOnly, all }: { readonly isStateOnly: boolean; readonly all: boolean },
): Promise<void> {
  const { value, exact } = await pickConsumer(session, names, { all });
  if (session.isJson) session.json(withoutApiKeys(exact));
  else session.page(consumerPage(session, value, { isStateOnly }));
}
