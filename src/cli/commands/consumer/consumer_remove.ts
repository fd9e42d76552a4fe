// `contrail consumer rm`: asks first, says what is lost; with --dry-run only that.
import { argument, defineCommand, flag } from '../../command.ts';
import { pickConsumer } from '../../consumers/pick_consumer.ts';
import { UsageError } from '../../errors.ts';
import { countedText } from '../../output/human.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';

export const CONSUMER_RM = defineCommand({
  name: 'rm',
  aliases: ['delete', 'del'],
  summary: 'Removes a consumer',
  args: { stream: argument.optional('Stream name'), consumer: argument.optional('Consumer name') },
  flags: {
    force: flag.switch('Force removal without prompting', { short: 'f' }),
    dryRun: flag.switch('Only say what would be removed'),
    ...ALL_FLAG,
  },
  examples: [
    { text: 'What would be forgotten', command: 'contrail consumer rm EVENTS WORKER --dry-run' },
    { text: 'Without being asked', command: 'contrail consumer rm EVENTS WORKER --force' },
  ],
  json: 'An object: stream, consumer, removed (1 or 0), num_pending, num_ack_pending, dry_run.',
  run: async (session, names, { force, dryRun, all }) => {
    if (force && (names.stream === undefined || names.consumer === undefined)) {
      throw new UsageError('--force requires a stream and consumer name');
    }
    const { value } = await pickConsumer(session, names, { all });
    const { stream_name: stream, name: consumer, num_pending: pending, num_ack_pending: acks } = value;
    if (!dryRun) {
      if (!force && !(await session.ask.confirm(`Really delete Consumer ${stream} > ${consumer}`))) return;
      const api = await session.api();
      await session.during(`consumer ${stream} > ${consumer} may or may not have been removed`, () =>
        api.request(`CONSUMER.DELETE.${stream}.${consumer}`),
      );
    }
    if (session.isJson) {
      const removed = dryRun ? 0 : 1;
      session.json({ stream, consumer, removed, num_pending: pending, num_ack_pending: acks, dry_run: dryRun });
      return;
    }
    const lost = `${countedText(pending, 'unprocessed message')} and ${countedText(acks, 'outstanding ack')}`;
    session.print(`${dryRun ? 'Would remove' : 'Removed'} Consumer ${stream} > ${consumer} with ${lost}`);
  },
});
