// Which messages may go because nobody needs them any more: a work queue's when their consumer is done, those of a
// stream kept by interest when all interested consumers are. Asks the consumers, removes from the store, and decides
// nothing for streams that are kept by limits.
// Compat: nats-server stream.go, ackMsg and checkForInterest; consumer.go, cleanupNoInterestMessages.
import type { Clock } from '../../ports/clock.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import type { Retention } from './stream_config.ts';

/** So many messages are looked at in one turn when interest has gone. */
const SWEEP_MESSAGES_PER_TURN = 10_000;

export interface InterestParts {
  readonly store: StreamStore;
  readonly clock: Clock;
  retention(): Retention;
  /** Whether there is any consumer. */
  hasConsumers(): boolean;
  /** Whether some consumer is not done with a stored message. */
  isNeeded(sequence: number, subjectId: number): boolean;
}

export class Interest {
  readonly #parts: InterestParts;
  #isStopped = false;

  constructor(parts: InterestParts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** A consumer is done with a message. */
  acknowledged(sequence: number): void {
    if (this.#parts.retention() !== 'limits') this.#removeUnneeded(sequence);
  }

  #removeUnneeded(sequence: number): void {
    const { store } = this.#parts;
    const subjectId = store.subjectIdOf(sequence);
    if (subjectId >= 0 && !this.#parts.isNeeded(sequence, subjectId)) store.remove(sequence, false);
  }

  /** Interest may have gone from any message: looks at all of them, a part each turn. */
  sweep(): void {
    const { store } = this.#parts;
    if (this.#isStopped || this.#parts.retention() !== 'interest') return;
    if (this.#parts.hasConsumers()) return this.#sweepFrom(store.state.sequenceFirst, store.state.sequenceLast);
    if (store.state.messages > 0) store.purge({ filter: null, sequence: 0, keep: 0 });
  }

  #sweepFrom(from: number, last: number): void {
    const { store, clock } = this.#parts;
    if (this.#isStopped || this.#parts.retention() !== 'interest') return;
    let sequence = store.nextSequence(null, from);
    for (let looked = 0; looked < SWEEP_MESSAGES_PER_TURN; looked++) {
      if (sequence === 0 || sequence > last) return;
      this.#removeUnneeded(sequence);
      sequence = store.nextSequence(null, sequence + 1);
    }
    clock.after(0, () => this.#sweepFrom(sequence, last));
  }
}
