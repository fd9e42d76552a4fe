// `contrail consumer reset`: back to an earlier sequence, or to the ack floor.
import type { ConsumerInfo } from '../../client/js_types.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { consumerPage } from '../../consumers/consumer_page.ts';
import { loadConsumer, pickConsumer } from '../../consumers/pick_consumer.ts';
import { withoutApiKeys } from '../../output/json.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';

export const CONSUMER_RESET = defineCommand({
  name: 'reset',
  summary: 'Resets the consumer to a previous state',
  args: { stream: argument.optional('Stream name'), consumer: argument.optional('Consumer name') },
  flags: {
    sequence: flag.integer('Sequence to reset to', { min: 1 }),
    force: flag.switch('Force reset without prompting', { short: 'f' }),
    ...ALL_FLAG,
  },
  examples: [
    { text: 'To the ack floor', command: 'contrail consumer reset EVENTS WORKER' },
    { text: 'From message 100 on', command: 'contrail consumer reset EVENTS WORKER --sequence 100 --force' },
  ],
  json: "The server's answer, as for consumer info.",
  run: async (session, names, { sequence, force, all }) => {
    const { value } = await pickConsumer(session, names, { all });
    if (!force && !(await session.ask.confirm('Really reset the consumer'))) return;
    const { stream_name: stream, name } = value;
    const api = await session.api();
    const body = sequence === undefined ? {} : { seq: sequence };
    await session.during(`consumer ${stream} > ${name} may or may not have been reset`, () =>
      api.request<ConsumerInfo>(`CONSUMER.RESET.${stream}.${name}`, body),
    );
    const answer = await loadConsumer(session, stream, name);
    if (session.isJson) session.json(withoutApiKeys(answer.exact));
    else session.page(consumerPage(session, answer.value, { isStateOnly: true }));
  },
});
