// `contrail consumer why`: says why a consumer delivers nothing, and what to type. The reference has no such command.
import type { JsApi } from '../../client/js_api.ts';
import type { ConsumerConfig, StreamInfo } from '../../client/js_types.ts';
import { argument, defineCommand } from '../../command.ts';
import { serverNowMs } from '../../consumers/consumer_page.ts';
import { pickConsumer } from '../../consumers/pick_consumer.ts';
import { filtersOf, whyNothing } from '../../consumers/why_nothing.ts';
import { countText } from '../../output/human.ts';
import { loadStream } from '../../streams/pick_stream.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';

export const CONSUMER_WHY = defineCommand({
  name: 'why',
  summary: 'Says why a consumer delivers nothing, and what to do',
  args: { stream: argument.optional('Stream name'), consumer: argument.optional('Consumer name') },
  flags: ALL_FLAG,
  examples: [{ text: 'Why does my worker get nothing?', command: 'contrail consumer why EVENTS WORKER' }],
  json: 'An object: stream, consumer, reasons (list of code, text, advice; the decisive first), num_pending, num_ack_pending, num_waiting, messages (of the stream), matching (messages its filters match, or null).',
  run: async (session, names, { all }) => {
    const { value: info } = await pickConsumer(session, names, { all });
    const { stream_name: stream, name: consumer } = info;
    const { value } = await loadStream(session, stream);
    const { messages } = value.state;
    const matching = await matchingMessages(await session.api(), stream, info.config);
    const reasons = whyNothing({ info, messages, matching }, serverNowMs(session, info));
    if (session.isJson) {
      const { num_pending: pending, num_ack_pending: acks, num_waiting: waiting } = info;
      session.json({
        ...{ stream, consumer, reasons, num_pending: pending, num_ack_pending: acks, num_waiting: waiting },
        ...{ messages, matching },
      });
      return;
    }
    const waiting = `${countText(info.num_pending)} unprocessed, ${countText(info.num_ack_pending)} unacknowledged`;
    session.print(`Consumer ${stream} > ${consumer}: ${waiting}\n`);
    for (const { text, advice } of reasons)
      session.print(`  ${text}\n    ${session.style.isMarkdown ? '-' : '→'} ${advice}\n`);
  },
});

/** Null without filters. Filters of one consumer never overlap, so their counts add up. */
async function matchingMessages(api: JsApi, stream: string, config: ConsumerConfig): Promise<number | null> {
  const filters = filtersOf(config);
  if (filters.length === 0) return null;
  let matching = 0;
  for (const filter of filters) matching += await countSubjects(api, stream, filter);
  return matching;
}

async function countSubjects(api: JsApi, stream: string, filter: string): Promise<number> {
  const body = { subjects_filter: filter };
  // The first page says whether there is any, which is what matters.
  const { value } = await api.request<StreamInfo>(`STREAM.INFO.${stream}`, body);
  return Object.values(value.state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}
