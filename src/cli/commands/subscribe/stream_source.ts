// A stream's messages by way of a consumer: a durable one, made where it is not there, or one for this command alone.
// Compat: natscli cli/sub_command.go, jetStreamSubscribe.
import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerMessages,
  DeliverPolicy,
  jetstream,
  type PushConsumer,
} from '@nats-io/jetstream';
import { rfc3339NanoOfMs } from '../../../base/nanos.ts';
import { ApiError } from '../../client/js_api.ts';
import type { ConsumerInfo, StreamInfo } from '../../client/js_types.ts';
import { CommandError } from '../../errors.ts';
import { parseDuration } from '../../input/duration.ts';
import type { ArrivalQueue } from '../../messages/arrival_queue.ts';
import { type Received, receivedFromConsumer } from '../../messages/received.ts';
import { durationHuman } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import type { Source } from './source.ts';
import type { SubscribeFlags } from './subscribe_flags.ts';

export interface StreamChoice {
  readonly name: string;
  readonly retention: string;
  readonly info: StreamInfo;
}

export interface StreamSourceOptions {
  readonly stream: StreamChoice;
  /** The filter; all subjects where there is none. */
  readonly subject: string | undefined;
  readonly flags: SubscribeFlags;
}

const CONSUMER_NOT_FOUND = 10014;

/** The stream by its name, or the one that stores the subject. */
export async function streamOf(
  session: Session,
  { name, subject = '' }: { readonly name: string | undefined; readonly subject: string | undefined },
): Promise<StreamChoice> {
  const api = await session.api();
  let stream = name ?? '';
  if (stream === '') {
    const { value } = await api.request<{ readonly streams: readonly string[] | null }>('STREAM.NAMES', { subject });
    stream = value.streams?.[0] ?? '';
    if (stream === '') throw new CommandError(`no stream found with subject: ${subject}`);
  }
  const { value } = await api.request<StreamInfo>(`STREAM.INFO.${stream}`);
  return { name: stream, retention: value.config.retention, info: value };
}

export class StreamSource implements Source {
  readonly patterns: readonly string[];
  readonly mustAck: boolean;
  readonly replyPattern = null;
  readonly isEmpty: boolean;
  readonly #session: Session;
  readonly #consumer: Consumer | PushConsumer;
  /** Made for this run: removed behind it. */
  readonly #isOurs: boolean;
  #messages: ConsumerMessages | null;

  private constructor(
    session: Session,
    consumer: Consumer | PushConsumer,
    parts: { readonly info: ConsumerInfo; readonly pattern: string; readonly isOurs: boolean },
  ) {
    this.#session = session;
    this.#consumer = consumer;
    this.#isOurs = parts.isOurs;
    this.patterns = [parts.pattern];
    this.mustAck = parts.info.config.ack_policy !== 'none' && parts.info.config.ack_policy !== undefined;
    this.isEmpty = parts.info.num_pending === 0;
    this.#messages = null;
  }

  static async open(session: Session, options: StreamSourceOptions): Promise<StreamSource> {
    const { stream, subject = '>', flags } = options;
    const config = consumerConfig(session, subject, flags);
    const api = await session.api();
    const js = jetstream(api.connection, { apiPrefix: api.prefix, timeout: api.timeoutMs });
    if (flags.durable === undefined) {
      const { value } = await api.request<ConsumerInfo>(`CONSUMER.CREATE.${stream.name}`, {
        stream_name: stream.name,
        config,
      });
      const consumer = await js.consumers.get(stream.name, value.name);
      return new StreamSource(session, consumer, { info: value, pattern: subject, isOurs: true });
    }
    const info = await durableInfo(session, { stream: stream.name, durable: flags.durable, config });
    const filters = info.config.filter_subjects ?? [];
    if (filters.length > 1) throw new CommandError('cannot subscribe to multi filter consumers');
    const pattern = filters[0] ?? info.config.filter_subject ?? '>';
    const isPush = (info.config.deliver_subject ?? '') !== '';
    const consumer = isPush
      ? await js.consumers.getPushConsumer(stream.name, flags.durable)
      : await js.consumers.get(stream.name, flags.durable);
    return new StreamSource(session, consumer, { info, pattern, isOurs: false });
  }

  async start(queue: ArrivalQueue<Received>): Promise<void> {
    const [pattern = '>'] = this.patterns;
    const messages = await this.#consumer.consume();
    this.#messages = messages;
    void this.#pump(messages, pattern, queue);
  }

  async stop(): Promise<void> {
    await this.#messages?.close();
    // It would go by itself, a while after.
    if (this.#isOurs) await this.#consumer.delete();
  }

  async #pump(messages: ConsumerMessages, pattern: string, queue: ArrivalQueue<Received>): Promise<void> {
    try {
      for await (const message of messages) queue.push(receivedFromConsumer(message, pattern));
    } catch (error) {
      this.#session.log(`The consumer is gone: ${error instanceof Error ? error.message : error}`);
    }
    queue.end();
  }
}

/** Of the durable consumer, which is made where there is none. */
async function durableInfo(
  session: Session,
  {
    stream,
    durable,
    config,
  }: { readonly stream: string; readonly durable: string; readonly config: Partial<ConsumerConfig> },
): Promise<ConsumerInfo> {
  const api = await session.api();
  try {
    const { value } = await api.request<ConsumerInfo>(`CONSUMER.INFO.${stream}.${durable}`);
    const kind = (value.config.deliver_subject ?? '') === '' ? 'pull' : 'push';
    session.log(`Subscribing to JetStream Stream "${stream}" using existing ${kind} consumer "${durable}"`);
    return value;
  } catch (error) {
    if (!(error instanceof ApiError) || error.body.err_code !== CONSUMER_NOT_FOUND) throw error;
    const { value } = await api.request<ConsumerInfo>(`CONSUMER.CREATE.${stream}.${durable}.${config.filter_subject}`, {
      stream_name: stream,
      config: { ...config, name: durable, durable_name: durable },
    });
    return value;
  }
}

function consumerConfig(session: Session, subject: string, flags: SubscribeFlags): Partial<ConsumerConfig> {
  const ignored = flags.ignoreSubject.length === 0 ? '' : `\nIgnored subjects: ${flags.ignoreSubject.join(', ')}`;
  const config = {
    ack_policy: AckPolicy.None,
    filter_subject: subject,
    ...(flags.headersOnly || flags.subjectsOnly ? { headers_only: true } : {}),
  };
  const say = (text: string): void => {
    if (!session.isJson) session.log(`Subscribing to subject ${subject} ${text} ${ignored}`);
  };
  if ((flags.startSequence ?? 0) > 0) {
    say(`starting at sequence ${flags.startSequence}`);
    return { ...config, deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: flags.startSequence ?? 1 };
  }
  if (flags.last) {
    say('from last received message');
    return { ...config, deliver_policy: DeliverPolicy.Last };
  }
  if (flags.all) {
    say('from first received message');
    return { ...config, deliver_policy: DeliverPolicy.All };
  }
  if (flags.new) {
    say('for new messages');
    return { ...config, deliver_policy: DeliverPolicy.New };
  }
  if (flags.since !== undefined) {
    const since = parseDuration(flags.since);
    const ns = since.ok ? since.value : 0;
    say(`since ${durationHuman(ns)}`);
    const start = rfc3339NanoOfMs(session.nowMs() - ns / 1e6);
    return { ...config, deliver_policy: DeliverPolicy.StartTime, opt_start_time: start };
  }
  if (flags.lastPerSubject) {
    say('for last message per subject');
    return { ...config, deliver_policy: DeliverPolicy.LastPerSubject };
  }
  return { ...config, deliver_policy: DeliverPolicy.All };
}
