// `contrail stream ls`: a line per stream, smallest first. Compat: natscli cli/stream_command.go, lsAction.
import type { StreamInfo } from '../../client/js_types.ts';
import { defineCommand, flag } from '../../command.ts';
import { checkSubject } from '../../input/subjects.ts';
import { countText, sizeText } from '../../output/human.ts';
import { TextTable } from '../../output/table.ts';
import type { Session } from '../../session.ts';
import { isInternalStream, streamNames } from '../../streams/pick_stream.ts';
import { listStreams, showUnreachable, sinceLastText } from '../../streams/stream_list.ts';
import { ALL_FLAG } from './stream_all_flag.ts';

export const STREAM_LS = defineCommand({
  name: 'ls',
  aliases: ['list', 'l'],
  summary: 'List all known streams',
  flags: {
    subject: flag.text('Limit the list to streams with matching subjects'),
    names: flag.switch('Show just the stream names', { short: 'n' }),
    ...ALL_FLAG,
  },
  examples: [
    { text: 'Every stream with its size', command: 'contrail stream ls' },
    { text: 'Who stores this subject', command: 'contrail stream ls --subject orders.new --names' },
  ],
  json: 'A list of names.',
  run: async (session, _args, { subject = '', names, all }) => {
    if (subject !== '') checkSubject(subject, '--subject');
    const api = await session.api();
    if (names) {
      const found = await streamNames(api, subject);
      if (session.isJson) session.json(found);
      else for (const name of found) session.print(name);
      return;
    }
    const list = await listStreams(api, subject);
    const shown = list.streams.filter(({ config }) => all || !isInternalStream(config.name));
    if (session.isJson) {
      session.json(shown.map(({ config }) => config.name));
      return;
    }
    const hasUnreachable = list.missing.length > 0 || Object.keys(list.offline).length > 0;
    if (shown.length === 0 && !hasUnreachable) {
      const hasInternal = list.streams.length > 0;
      session.print(hasInternal ? 'No Streams defined, pass -a to include system streams' : 'No Streams defined');
      return;
    }
    showStreamTable(session, shown, subject);
    showUnreachable(session, list);
    session.print();
  },
});

export function showStreamTable(session: Session, streams: readonly StreamInfo[], subject: string): void {
  const title = subject === '' ? 'Streams' : `Streams matching ${subject}`;
  const table = new TextTable(title, ['Name', 'Description', 'Created', 'Messages', 'Size', 'Last Message']);
  for (const info of [...streams].sort((a, b) => a.state.bytes - b.state.bytes)) {
    const { config, created, state } = info;
    table.row(
      config.name,
      config.description ?? '',
      session.time(created),
      countText(state.messages),
      sizeText(state.bytes),
      sinceLastText(session, info),
    );
  }
  session.table(table);
}
