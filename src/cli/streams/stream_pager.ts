// A stream's messages in pages. A stream with limits is read by a consumer that is gone afterwards; one whose messages
// are taken by reading (work queue, interest) by direct gets. Compat: jsm.go stream_pager.go.
import {
  AckPolicy,
  type Consumer,
  DeliverPolicy,
  type DirectStreamAPI,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import { rfc3339NanoOfMs } from '../../base/nanos.ts';
import type { ConsumerInfo, StreamInfo } from '../client/js_types.ts';
import { type Received, receivedDirectly, receivedFromConsumer } from '../messages/received.ts';
import type { Session } from '../session.ts';

export interface PagerOptions {
  readonly info: StreamInfo;
  readonly subject: string;
  readonly size: number;
  /** Null for the beginning. */
  readonly startSeq: number | null;
  readonly sinceNs: number | null;
}

export interface MessagePage {
  readonly messages: readonly Received[];
  /** Nothing is known to follow. */
  readonly isLast: boolean;
  /** Where the next page begins. */
  readonly nextSeq: number;
}

/** Should the command be killed, the server forgets the consumer after this. */
const INACTIVE_NS = 60e9;

export class StreamPager {
  readonly #next: () => Promise<Received[]>;
  readonly #size: number;
  #nextSeq: number;

  private constructor(next: () => Promise<Received[]>, size: number) {
    this.#next = next;
    this.#size = size;
    this.#nextSeq = 1;
  }

  static async open(session: Session, options: PagerOptions): Promise<StreamPager> {
    const isDirect = options.info.config.retention !== 'limits';
    const next = isDirect ? await directPages(session, options) : await consumerPages(session, options);
    return new StreamPager(next, options.size);
  }

  async next(): Promise<MessagePage> {
    const messages = await this.#next();
    const last = messages.at(-1)?.place;
    if (last !== undefined && last !== null) this.#nextSeq = last.seq + 1;
    const isLast = messages.length < this.#size || last?.pending === 0;
    return { messages, isLast, nextSeq: this.#nextSeq };
  }
}

async function consumerPages(session: Session, options: PagerOptions): Promise<() => Promise<Received[]>> {
  const { info, subject, size, startSeq, sinceNs } = options;
  const api = await session.api();
  const stream = info.config.name;
  let start: Record<string, unknown> = { deliver_policy: DeliverPolicy.All };
  if (sinceNs !== null) {
    const time = rfc3339NanoOfMs(session.nowMs() - sinceNs / 1e6);
    start = { deliver_policy: DeliverPolicy.StartTime, opt_start_time: time };
  } else if (startSeq !== null) start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: startSeq };
  const { value } = await api.request<ConsumerInfo>(`CONSUMER.CREATE.${stream}`, {
    stream_name: stream,
    config: {
      description: 'Stream Pager',
      ack_policy: AckPolicy.None,
      filter_subject: subject,
      inactive_threshold: INACTIVE_NS,
      mem_storage: true,
      num_replicas: 1,
      ...start,
    },
  });
  const js = jetstream(api.connection, { apiPrefix: api.prefix, timeout: api.timeoutMs });
  const consumer = await js.consumers.get(stream, value.name);
  session.onClose(async () => {
    await consumer.delete();
  });
  return () => fetched(consumer, { size, subject, timeoutMs: session.timeoutMs });
}

/** A page, or what there is: the server says at once when there is no more. */
async function fetched(
  consumer: Consumer,
  { size, subject, timeoutMs }: { readonly size: number; readonly subject: string; readonly timeoutMs: number },
): Promise<Received[]> {
  const { num_pending: pending } = await consumer.info();
  const wanted = Math.min(size, pending);
  if (wanted === 0) return [];
  const messages: Received[] = [];
  for await (const message of await consumer.fetch({ max_messages: wanted, expires: Math.max(1000, timeoutMs) })) {
    messages.push(receivedFromConsumer(message, subject));
  }
  return messages;
}

async function directPages(session: Session, options: PagerOptions): Promise<() => Promise<Received[]>> {
  const { info, subject, size, startSeq, sinceNs } = options;
  const api = await session.api();
  const manager = await jetstreamManager(api.connection, {
    apiPrefix: api.prefix,
    timeout: api.timeoutMs,
    checkAPI: false,
  });
  const direct: DirectStreamAPI = manager.direct;
  let seq = startSeq ?? Math.max(1, info.state.first_seq);
  let since = sinceNs === null ? null : rfc3339NanoOfMs(session.nowMs() - sinceNs / 1e6);
  return async () => {
    const from = since === null ? { seq } : { start_time: since };
    since = null;
    const messages: Received[] = [];
    const batch = await direct.getBatch(info.config.name, { batch: size, next_by_subj: subject, ...from });
    for await (const message of batch) {
      messages.push(receivedDirectly(message, info.config.name));
      seq = message.seq + 1;
    }
    return messages;
  };
}
