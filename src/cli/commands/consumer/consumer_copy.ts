// `contrail consumer copy`: a new consumer with the configuration of another, changed by flags. Its position is its own.
import { argument, defineCommand } from '../../command.ts';
import { consumerPage } from '../../consumers/consumer_page.ts';
import { checkConsumerName, loadConsumer } from '../../consumers/pick_consumer.ts';
import { UsageError } from '../../errors.ts';
import { withoutApiKeys } from '../../output/json.ts';
import { checkStreamName } from '../../streams/pick_stream.ts';
import { createConsumer } from './consumer_add.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';
import { copiedConfig } from './consumer_config_change.ts';
import { CREATE_FLAGS } from './consumer_config_flags.ts';
import { draftOf } from './consumer_edit.ts';

export const CONSUMER_COPY = defineCommand({
  name: 'copy',
  aliases: ['cp'],
  summary: 'Creates a new consumer based on the configuration of another',
  args: {
    stream: argument.required('Stream name'),
    source: argument.required('Source consumer name'),
    destination: argument.required('Destination consumer name'),
  },
  flags: { ...CREATE_FLAGS, ...ALL_FLAG },
  examples: [
    { text: 'The same from the beginning', command: 'contrail consumer copy EVENTS WORKER REPLAY --deliver all' },
  ],
  json: "The server's answer for the new consumer, as for consumer info.",
  run: async (session, { stream, source, destination }, flags) => {
    checkStreamName(stream);
    checkConsumerName(source);
    checkConsumerName(destination);
    if (source === destination) throw new UsageError('source and destination Consumer names cannot be the same');
    const { exact } = await loadConsumer(session, stream, source);
    const config = copiedConfig(draftOf(exact), { flags, name: destination, nowMs: session.nowMs() });
    const created = await createConsumer(session, stream, config);
    if (session.isJson) session.json(withoutApiKeys(created.exact));
    else session.page(consumerPage(session, created.value));
  },
});
