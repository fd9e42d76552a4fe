// `contrail stream info` and `state`.
import { argument, defineCommand, flag } from '../../command.ts';
import { withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';
import { pickStream } from '../../streams/pick_stream.ts';
import { streamPage } from '../../streams/stream_page.ts';
import { ALL_FLAG } from './stream_all_flag.ts';

const NO_SELECT = flag.switch('Do not select streams from a list');

export const STREAM_INFO = defineCommand({
  name: 'info',
  aliases: ['nfo', 'i'],
  summary: 'Stream information',
  args: { stream: argument.optional('Stream to retrieve information for') },
  flags: { state: flag.switch('Shows only the stream state'), noSelect: NO_SELECT, ...ALL_FLAG },
  examples: [{ text: 'Everything about a stream', command: 'contrail stream info EVENTS' }],
  json: "The server's answer: config, created, state, and where there are any cluster, mirror, sources, alternates, ts.",
  run: async (session, { stream }, { state, all }) => {
    await show(session, stream, { isStateOnly: state, all });
  },
});

export const STREAM_STATE = defineCommand({
  name: 'state',
  summary: 'Stream state',
  args: { stream: argument.optional('Stream to retrieve state information for') },
  flags: { noSelect: NO_SELECT, ...ALL_FLAG },
  examples: [{ text: 'How much is in it', command: 'contrail stream state EVENTS' }],
  json: "The server's answer, as for stream info.",
  run: async (session, { stream }, { all }) => {
    await show(session, stream, { isStateOnly: true, all });
  },
});

async function show(
  session: Session,
  name: string | undefined,
  { isStateOnly, all }: { readonly isStateOnly: boolean; readonly all: boolean },
): Promise<void> {
  const { value, exact } = await pickStream(session, name, { all });
  if (session.isJson) session.json(withoutApiKeys(exact));
  else session.page(streamPage(session, value, { isStateOnly }));
  session.print();
}
