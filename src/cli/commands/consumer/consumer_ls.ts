// `contrail consumer ls`: a line per consumer of a stream. Compat: natscli cli/consumer_command.go, lsAction.
import { argument, defineCommand, flag } from '../../command.ts';
import { type ConsumerList, listConsumers } from '../../consumers/consumer_list.ts';
import { serverNowMs } from '../../consumers/consumer_page.ts';
import { consumerNames } from '../../consumers/pick_consumer.ts';
import { durationHuman } from '../../output/human.ts';
import { TextTable } from '../../output/table.ts';
import { type Session, timeMs } from '../../session.ts';
import { pickStream } from '../../streams/pick_stream.ts';
import { showUnreachable } from '../../streams/stream_list.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';

export const CONSUMER_LS = defineCommand({
  name: 'ls',
  aliases: ['list'],
  summary: 'List known consumers',
  args: { stream: argument.optional('Stream name') },
  flags: {
    names: flag.switch('Show just the consumer names', { short: 'n' }),
    noSelect: flag.switch('Do not select consumers from a list'),
    ...ALL_FLAG,
  },
  examples: [
    { text: 'Who reads this stream, and how far behind they are', command: 'contrail consumer ls EVENTS' },
    { text: 'The names alone', command: 'contrail consumer ls EVENTS --names' },
  ],
  json: 'A list of names.',
  run: async (session, { stream }, { names, all }) => {
    const { value } = await pickStream(session, stream, { all });
    const api = await session.api();
    if (session.isJson || names) {
      const found = await consumerNames(api, value.config.name);
      if (session.isJson) session.json(found);
      else for (const name of found) session.print(name);
      return;
    }
    const list = await listConsumers(api, value.config.name);
    const hasUnreachable = list.missing.length > 0 || Object.keys(list.offline).length > 0;
    if (list.consumers.length === 0 && !hasUnreachable) {
      session.print('No Consumers defined');
      return;
    }
    showTable(session, list);
    showUnreachable(session, list, 'Consumers');
    session.print();
  },
});

function showTable(session: Session, { consumers }: ConsumerList): void {
  const headings = ['Name', 'Description', 'Created', 'Ack Pending', 'Unprocessed', 'Last Delivery'];
  const table = new TextTable('Consumers', headings);
  for (const info of consumers) {
    const last = info.delivered.last_active;
    const sinceMs = last === undefined ? null : Math.max(0, serverNowMs(session, info) - timeMs(last));
    table.row(
      info.name,
      info.config.description ?? '',
      session.time(info.created),
      info.num_ack_pending,
      info.num_pending,
      sinceMs === null ? 'never' : durationHuman(sinceMs * 1e6),
    );
  }
  session.table(table);
}
