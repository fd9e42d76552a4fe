// A message as it came, from wherever it came: a subscription, a consumer, a direct get. What is printed of it is
// message_printer.ts.
import type { JsMsg, StoredMsg } from '@nats-io/jetstream';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import { timeMs } from '../session.ts';
import { parseAckReply } from './ack_reply.ts';

/** Where in a stream the message is. */
export interface StreamPlace {
  readonly stream: string;
  readonly seq: number;
  /** Behind it for this consumer; null for a direct get. */
  readonly pending: number | null;
  readonly timeMs: number;
}

export interface Received {
  readonly kind: 'core' | 'stream' | 'direct';
  readonly subject: string;
  /** Empty where there is none. */
  readonly reply: string;
  readonly headers: MsgHdrs | undefined;
  readonly data: Uint8Array;
  readonly place: StreamPlace | null;
  /** The subscription's subject, with its wildcards. */
  readonly pattern: string;
  /** Null where nothing can be acknowledged. */
  readonly ack: (() => void) | null;
}

/** A consumer's message may come to a plain subscription too: its reply subject tells. */
export function receivedPlainly(message: Msg, pattern: string): Received {
  const reply = message.reply ?? '';
  const place = parseAckReply(reply);
  return {
    kind: 'core',
    subject: message.subject,
    reply,
    headers: message.headers,
    data: message.data,
    place,
    pattern,
    ack: place === null ? null : () => message.respond(),
  };
}

export function receivedFromConsumer(message: JsMsg, pattern: string): Received {
  const { stream, streamSequence, pending, timestampNanos } = message.info;
  return {
    kind: 'stream',
    subject: message.subject,
    // Its class has one, though the package's type does not say so.
    reply: 'reply' in message ? String(message.reply) : '',
    headers: message.headers,
    data: message.data,
    place: { stream, seq: streamSequence, pending, timeMs: timestampNanos / 1e6 },
    pattern,
    ack: () => message.ack(),
  };
}

export function receivedDirectly(message: StoredMsg, stream: string): Received {
  return {
    kind: 'direct',
    subject: message.subject,
    reply: '',
    headers: message.header,
    data: message.data,
    place: { stream, seq: message.seq, pending: message.pending ?? null, timeMs: timeMs(message.timestamp) },
    pattern: message.subject,
    ack: null,
  };
}
