// Answers to acknowledgements that asked for one: sent at once where the stream's sync mode is lazy, otherwise when the
// consumer's state with everything acknowledged so far is on disk. All answers of one turn wait together.
import type { Clock } from '../../ports/clock.ts';
import type { ConsumerStore } from '../../store/consumer_store.ts';
import type { StatusSender } from './status_message.ts';

export class AnswerQueue {
  readonly #status: StatusSender;
  readonly #clock: Clock;
  /** Null where answers do not wait. */
  readonly #store: ConsumerStore | null;
  /** Inboxes that are answered when the next write is durable; null when this turn has none yet. */
  #waiting: Uint8Array[] | null = null;
  #isStopped = false;

  constructor(status: StatusSender, clock: Clock, store: ConsumerStore | null) {
    this.#status = status;
    this.#clock = clock;
    this.#store = store;
  }

  /** `reply` is the queue's own. */
  add(reply: Uint8Array): void {
    if (this.#store === null) {
      this.#status.sendEmpty(reply);
    } else if (this.#waiting === null) {
      this.#waiting = [reply];
      this.#clock.atTurnEnd(() => this.#awaitDisk());
    } else {
      this.#waiting.push(reply);
    }
  }

  /** What was not durable when the consumer stopped is not answered. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting = null;
  }

  #awaitDisk(): void {
    const replies = this.#waiting;
    this.#waiting = null;
    if (replies === null || this.#store === null) return;
    this.#store.whenDurable(() => {
      if (this.#isStopped) return;
      for (const reply of replies) this.#status.sendEmpty(reply);
    });
  }
}
