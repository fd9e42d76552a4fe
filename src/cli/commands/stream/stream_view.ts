// `contrail stream view`: a stream's messages page by page. On a terminal it asks before each page; without one it shows
// one page and says how to go on.

import { rfc3339NanoOfMs } from '../../../base/nanos.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { checkSubject } from '../../input/subjects.ts';
import { bodyFields, headerObject, printBody } from '../../messages/body_output.ts';
import type { Received } from '../../messages/received.ts';
import type { Session } from '../../session.ts';
import { pickStream } from '../../streams/pick_stream.ts';
import { StreamPager } from '../../streams/stream_pager.ts';
import { ALL_FLAG } from './stream_all_flag.ts';

const PAGE_MAX = 25;
/** What a direct get adds to a message to say where it is from. */
const OWN_HEADERS = new Set([
  'Nats-Subject',
  'Nats-Stream',
  'Nats-Sequence',
  'Nats-Time-Stamp',
  'Nats-Num-Pending',
  'Nats-Last-Sequence',
  'Nats-UpTo-Sequence',
]);

export const STREAM_VIEW = defineCommand({
  name: 'view',
  summary: 'View messages in a stream',
  args: {
    stream: argument.optional('Stream name'),
    size: argument.integer('Page size <= 25', { default: 10, min: 1 }),
  },
  flags: {
    id: flag.integer('Start at a specific message Sequence', { min: 1 }),
    since: flag.duration('Delivers messages received since a duration like 1d3h5m2s'),
    raw: flag.switch('Show the raw data received'),
    translate: flag.text('Translate the message data by running it through the given command before output'),
    subject: flag.text('Filter the stream using a subject'),
    ...ALL_FLAG,
  },
  examples: [
    { text: 'From the beginning', command: 'contrail stream view EVENTS' },
    {
      text: 'The last hour of a subject, 25 at a time',
      command: 'contrail stream view EVENTS 25 --since 1h --subject "events.eu.>"',
    },
  ],
  json: 'One object per message and line: seq, subject, time, headers, data (or data_base64 where the bytes are no text).',
  run: async (session, { stream, size }, { id, since, raw, translate, subject = '>', all }) => {
    checkSubject(subject, '--subject');
    if (size > PAGE_MAX) session.log(`Page size is limited to ${PAGE_MAX}, setting to ${PAGE_MAX}...`);
    const { value } = await pickStream(session, stream, { all });
    const isTaken = value.config.retention !== 'limits';
    if (isTaken && value.config.allow_direct !== true) {
      throw new CommandError(
        `${value.config.retention} retention streams can only be paged if direct access is allowed: ` +
          `contrail stream edit ${value.config.name} --allow-direct`,
      );
    }
    const pager = await StreamPager.open(session, {
      info: value,
      subject,
      size: Math.min(size, PAGE_MAX),
      startSeq: id ?? null,
      sinceNs: since ?? null,
    });
    await showPages(session, pager, { isRaw: raw, filter: translate ?? null });
  },
});

interface ViewOptions {
  readonly isRaw: boolean;
  readonly filter: string | null;
}

async function showPages(session: Session, pager: StreamPager, options: ViewOptions): Promise<void> {
  while (true) {
    const page = await pager.next();
    for (const message of page.messages) await show(session, message, options);
    if (page.isLast) {
      if (!session.isJson) session.log('Reached apparent end of data');
      return;
    }
    if (!session.ask.isPossible) {
      if (!session.isJson) session.log(`There is more: say --id ${page.nextSeq} to go on`);
      return;
    }
    if (!(await session.ask.yesOrNo('Next Page?', true))) return;
  }
}

async function show(session: Session, message: Received, { isRaw, filter }: ViewOptions): Promise<void> {
  const { subject, headers, data, place } = message;
  const own = [...(headers ?? [])].filter(([name]) => !OWN_HEADERS.has(name));
  if (session.isJson) {
    session.jsonLine({
      seq: place?.seq,
      subject,
      time: rfc3339NanoOfMs(place?.timeMs ?? 0),
      headers: own.length === 0 ? undefined : headerObject(headers),
      ...bodyFields(data),
    });
    return;
  }
  if (isRaw) {
    session.write(data);
    session.print();
    return;
  }
  session.print(`[${place?.seq}] Subject: ${subject} Received: ${session.time(place?.timeMs ?? 0)}`);
  if (own.length > 0) session.print();
  for (const [name, values] of own) {
    for (const value of values) session.print(`  ${name}: ${value.replaceAll('\f', '\u240a')}`);
  }
  await printBody(session, data, { filter, subject, stream: place?.stream ?? '' });
}
