// A stream's messages in order by an ordered consumer of this command's own: what is there now, or what comes as well. The
// consumer goes with the command. The client starts it anew where the connection was lost or a message is missing.
import {
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  type JsMsg,
  jetstream,
  type OrderedConsumerOptions,
} from '@nats-io/jetstream';
import { clientFailure } from '../client/client_failure.ts';
import { deferred } from '../deferred.ts';
import { CommandError } from '../errors.ts';
import type { Session } from '../session.ts';

/** The last of each subject, all, those that come from now on, or those from a sequence or a time (RFC 3339) on. */
export type FeedStart = 'last' | 'all' | 'new' | { readonly seq: number } | { readonly time: string };

export interface FeedOptions {
  readonly stream: string;
  /** Subjects with wildcards; at least one. */
  readonly subjects: readonly string[];
  readonly start: FeedStart;
  /** Without bodies. */
  readonly isHeadersOnly?: boolean;
  /** How many messages may be under way at once. */
  readonly window?: number;
}

/** Should the command be killed, the server forgets the consumer after this. */
const INACTIVE_MS = 30_000;
const WINDOW = 500;

export class MessageFeed {
  readonly #session: Session;
  readonly #consumer: Consumer;
  readonly #options: FeedOptions;
  /** How many matched when the feed was opened. */
  readonly pending: number;

  private constructor(session: Session, consumer: Consumer, parts: { options: FeedOptions; pending: number }) {
    this.#session = session;
    this.#consumer = consumer;
    this.#options = parts.options;
    this.pending = parts.pending;
  }

  static async open(session: Session, options: FeedOptions): Promise<MessageFeed> {
    const api = await session.api();
    const js = jetstream(api.connection, { apiPrefix: api.prefix, timeout: api.timeoutMs });
    try {
      const consumer = await js.consumers.get(options.stream, consumerOptions(options));
      const { num_pending: pending } = await consumer.info(true);
      return new MessageFeed(session, consumer, { options, pending });
    } catch (error) {
      throw clientFailure(error, `${api.prefix}.CONSUMER.CREATE.${options.stream}`, api.timeoutMs);
    }
  }

  /** What there was when the feed was opened, to its end or until the person interrupts. */
  async *present(): AsyncIterable<JsMsg> {
    let left = this.pending;
    for await (const message of this.#messages(left > 0)) {
      if (message === null) {
        // What is left may have been replaced or removed meanwhile.
        if ((await this.#consumer.info()).num_pending === 0) return;
        throw new CommandError(`No message came from ${this.#options.stream} for ${this.#session.timeoutMs / 1000}s`);
      }
      yield message;
      left--;
      if (left <= 0 || message.info.pending === 0) return;
    }
  }

  /** Until the person interrupts. */
  async *following(): AsyncIterable<JsMsg> {
    for await (const message of this.#messages(true)) if (message !== null) yield message;
  }

  /** Null stands for a while in which nothing came. Ends when the person interrupts; the consumer is gone then. */
  async *#messages(hasAny: boolean): AsyncIterable<JsMsg | null> {
    if (!hasAny) {
      await this.#remove();
      return;
    }
    const { window = WINDOW } = this.#options;
    const messages: ConsumerMessages = await this.#consumer.consume({ max_messages: window });
    const iterator = messages[Symbol.asyncIterator]();
    try {
      let next = iterator.next();
      while (true) {
        const result = await this.#soon(next);
        if (this.#session.isInterrupted) return;
        if (result === null) yield null;
        else if (result.done === true) return;
        else {
          yield result.value;
          next = iterator.next();
        }
      }
    } finally {
      // Ends the subscription now; the promise is for who goes on taking messages to the end.
      void messages.close();
      await this.#remove();
    }
  }

  /** Null where it takes longer than a request may, or the person interrupts. */
  async #soon<T>(result: Promise<T>): Promise<T | null> {
    const { promise, resolve } = deferred<null>();
    const timer = this.#session.doors.clock.after(this.#session.timeoutMs, () => resolve(null));
    try {
      return await Promise.race([result, promise, this.#session.interrupted.then(() => null)]);
    } finally {
      timer.cancel();
    }
  }

  async #remove(): Promise<void> {
    try {
      await this.#consumer.delete();
    } catch (error) {
      // It went with its stream, or goes by itself a while after.
      this.#session.trace?.(`The consumer was not removed: ${error instanceof Error ? error.message : error}`);
    }
  }
}

function consumerOptions({ subjects, start, isHeadersOnly = false }: FeedOptions): Partial<OrderedConsumerOptions> {
  const options = {
    filter_subjects: [...subjects],
    inactive_threshold: INACTIVE_MS,
    ...(isHeadersOnly ? { headers_only: true } : {}),
  };
  switch (start) {
    case 'last':
      return { ...options, deliver_policy: DeliverPolicy.LastPerSubject };
    case 'all':
      return { ...options, deliver_policy: DeliverPolicy.All };
    case 'new':
      return { ...options, deliver_policy: DeliverPolicy.New };
    default:
      if ('time' in start) return { ...options, deliver_policy: DeliverPolicy.StartTime, opt_start_time: start.time };
      return { ...options, deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start.seq };
  }
}
