// `contrail stream get`: one message by its sequence, or the last of a subject.

import type { JsonObject } from '../../../base/json_parser.ts';
import { ApiError } from '../../client/js_api.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import { checkSubject } from '../../input/subjects.ts';
import { printBody } from '../../messages/body_output.ts';
import { parseHeaderBlock } from '../../messages/header_block.ts';
import { durationHuman } from '../../output/human.ts';
import { type Session, timeMs } from '../../session.ts';
import { pickStreamName } from '../../streams/pick_stream.ts';
import { ALL_FLAG } from './stream_all_flag.ts';

interface StoredMessage {
  readonly subject: string;
  readonly seq: number;
  /** Base64. */
  readonly hdrs?: string;
  readonly data?: string;
  readonly time: string;
}

export const STREAM_GET = defineCommand({
  name: 'get',
  summary: 'Retrieves a specific message from a Stream',
  args: { stream: argument.optional('Stream name'), id: argument.integer('Message Sequence to retrieve', { min: 1 }) },
  flags: {
    lastFor: flag.text('Retrieves the message for a specific subject', { short: 'S', placeholder: 'SUBJECT' }),
    translate: flag.text('Translate the message data by running it through the given command before output'),
    ...ALL_FLAG,
  },
  examples: [
    { text: 'The message with the sequence 12', command: 'contrail stream get EVENTS 12' },
    { text: 'The last of a subject', command: 'contrail stream get EVENTS --last-for events.hello' },
  ],
  json: 'The message: subject, seq, hdrs (base64 of the header block), data (base64), time.',
  run: async (session, { stream, id }, { lastFor, translate, all }) => {
    if (lastFor !== undefined) checkSubject(lastFor, '--last-for');
    const name = await pickStreamName(session, stream, { all });
    const query = await queryOf(session, id, lastFor);
    const api = await session.api();
    try {
      const { value, exact } = await api.request<{ readonly message: StoredMessage }>(`STREAM.MSG.GET.${name}`, query);
      if (session.isJson) session.json((exact as JsonObject)['message']);
      else await show(session, { name, message: value.message, filter: translate ?? null });
    } catch (error) {
      const what = 'seq' in query ? `${name}#${query.seq}` : `the last of ${query.last_by_subj} in ${name}`;
      throw error instanceof ApiError ? error.during(`could not retrieve ${what}`) : error;
    }
  },
});

type Query = { readonly seq: number } | { readonly last_by_subj: string };

async function queryOf(session: Session, id: number | undefined, lastFor: string | undefined): Promise<Query> {
  if (id !== undefined) return { seq: id };
  if (lastFor !== undefined) return { last_by_subj: lastFor };
  if (!session.ask.isPossible)
    throw new UsageError('no ID or subject specified: give a sequence, or --last-for SUBJECT');
  const seq = await session.ask.text({ message: 'Message Sequence to retrieve', flag: '<id>', default: '-1' });
  if (/^\d+$/.test(seq)) return { seq: Number(seq) };
  const subject = await session.ask.text({ message: 'Subject to retrieve last message for', flag: '--last-for' });
  checkSubject(subject, 'the subject');
  return { last_by_subj: subject };
}

interface Shown {
  readonly name: string;
  readonly message: StoredMessage;
  readonly filter: string | null;
}

async function show(session: Session, { name, message, filter }: Shown): Promise<void> {
  const { subject, seq, hdrs = '', data = '', time } = message;
  const age = durationHuman(Math.max(0, session.nowMs() - timeMs(time)) * 1e6);
  const at = time.replace('T', ' ').replace(/Z$/, ' +0000 UTC');
  session.print(`Item: ${name}#${seq} received ${at} (${age}) on Subject ${subject}\n`);
  if (hdrs !== '') {
    session.print('Headers:');
    for (const [key, value] of parseHeaderBlock(Buffer.from(hdrs, 'base64'))) session.print(`  ${key}: ${value}`);
    session.print();
  }
  await printBody(session, Buffer.from(data, 'base64'), { filter, subject, stream: name });
}
