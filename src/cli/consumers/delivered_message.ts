// A message that a consumer has delivered, as `consumer next` and `consumer sub` show it: where it stands, its headers, its
// body; one object per line with --json.
import type { Msg } from '@nats-io/transport-node';
import { parseAckReply } from '../messages/ack_reply.ts';
import { bodyFields, headerLines, headerObject } from '../messages/body_output.ts';
import { clockText, countText } from '../output/human.ts';
import type { Session } from '../session.ts';
import { apiTime } from './pause_time.ts';

/** What the server is told about a message; null where nothing is. */
export type Verdict = '+ACK' | '-NAK' | '+TERM' | null;

export const DELIVERED_JSON =
  'One object per message and line: subject, stream, consumer, seq, consumer_seq, tries, pending, time, headers, data (text) or data_base64, verdict (ack, nak, term or null).';

export function printDeliveredJson(session: Session, { subject, headers, data, reply }: Msg, verdict: Verdict): void {
  const { stream, consumer, seq, consumerSeq, tries, pending, timeMs } = parseAckReply(reply ?? '') ?? {};
  session.jsonLine({
    ...{ subject, stream, consumer, seq, consumer_seq: consumerSeq, tries, pending },
    time: timeMs === undefined ? undefined : apiTime(timeMs),
    headers: headerObject(headers),
    ...bodyFields(data),
    verdict: verdict?.slice(1).toLowerCase() ?? null,
  });
}

/** With the time of day in front. */
export function printPlace(session: Session, { subject, reply = '' }: Msg): void {
  const place = parseAckReply(reply);
  if (place === null) {
    session.print(`--- subject: ${subject}${reply === '' ? '' : ` reply: ${reply}`}`);
    return;
  }
  const nowMs = session.nowMs();
  const at = clockText(nowMs, session.doors.place.offsetMinutesAt(nowMs));
  const { tries, consumerSeq, seq, pending } = place;
  const parts = [`subj: ${subject}`, `tries: ${tries}`, `cons seq: ${consumerSeq}`, `str seq: ${seq}`];
  session.print(`[${at}] ${parts.join(' / ')} / pending: ${countText(pending)}`);
}

/** Nothing where there are none. */
export function printHeaders(session: Session, { headers }: Msg, indent: string): void {
  const lines = headerLines(headers);
  if (lines.length === 0) return;
  session.print('\nHeaders:\n');
  for (const line of lines) session.print(indent + line);
  session.print('\nData:');
}
