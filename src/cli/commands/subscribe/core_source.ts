// Plain subscriptions, with a queue group or not, to subjects or to an inbox of our own.
import { createInbox, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import type { ArrivalQueue } from '../../messages/arrival_queue.ts';
import { type Received, receivedPlainly } from '../../messages/received.ts';
import type { Session } from '../../session.ts';
import type { Source } from './source.ts';
import type { SubscribeFlags } from './subscribe_flags.ts';

export interface CoreOptions {
  readonly subjects: readonly string[];
  readonly flags: SubscribeFlags;
}

export class CoreSource implements Source {
  readonly patterns: readonly string[];
  readonly mustAck = false;
  readonly isEmpty = false;
  readonly replyPattern: string | null;
  readonly #session: Session;
  readonly #connection: NatsConnection;
  readonly #flags: SubscribeFlags;
  readonly #subscriptions: Subscription[];

  private constructor(session: Session, connection: NatsConnection, { subjects, flags }: CoreOptions) {
    const prefix = session.settings.inbox_prefix || '_INBOX';
    this.patterns = subjects.length === 0 ? [createInbox(prefix)] : subjects;
    this.replyPattern = flags.matchReplies ? `${prefix}.>` : null;
    this.#session = session;
    this.#connection = connection;
    this.#flags = flags;
    this.#subscriptions = [];
  }

  static async open(session: Session, options: CoreOptions): Promise<CoreSource> {
    return new CoreSource(session, await session.connect(), options);
  }

  async start(queue: ArrivalQueue<Received>): Promise<void> {
    const patterns = this.replyPattern === null ? this.patterns : [this.replyPattern, ...this.patterns];
    for (const pattern of patterns) {
      const group = pattern === this.replyPattern ? undefined : this.#flags.queue;
      this.#subscriptions.push(
        this.#connection.subscribe(pattern, {
          ...(group === undefined ? {} : { queue: group }),
          // A subscription that the server refuses is told by the connection's status.
          callback: (error, message) => {
            if (error === null) queue.push(receivedPlainly(message, pattern));
          },
        }),
      );
    }
    await this.#connection.flush();
    await this.#session.checkServerError();
    this.#announce(this.#flags);
  }

  async stop(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #announce(flags: SubscribeFlags): void {
    const isShown = (!flags.raw && flags.dump === undefined && !this.#session.isJson) || flags.inbox;
    if (!isShown) return;
    if (this.replyPattern !== null) this.#session.log(`Matching replies with inbox prefix ${this.replyPattern}`);
    const ignored = flags.ignoreSubject.length === 0 ? '' : `\nIgnored subjects: ${flags.ignoreSubject.join(', ')}`;
    if (flags.ack === true) {
      this.#session.log(`Subscribing on ${this.patterns[0]} with acknowledgement of JetStream messages ${ignored}`);
    } else this.#session.log(`Subscribing on ${this.patterns.join(', ')} ${ignored}`);
  }
}
