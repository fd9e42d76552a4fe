// The connections that closed last, oldest first, for /connz. A ring: a new one takes the place of the oldest. Called by
// the server when a connection has left. Compat: ring.go, closedRingBuffer, which has no bound for subscriptions.
import type { ConnectionFacts } from './connection_facts.ts';

/** Subscriptions kept of all closed connections together; beyond it the oldest ones are remembered without theirs. */
export const CLOSED_SUBSCRIPTIONS_MAX = 500_000;

const NO_SUBSCRIPTIONS = () => [];

export class ClosedConnections {
  readonly #max: number;
  readonly #subscriptionsMax: number;
  readonly #ring: ConnectionFacts[] = [];
  /** Where the oldest is once the ring is full, and the next one goes. */
  #next = 0;
  #subscriptions = 0;

  constructor(max: number, subscriptionsMax = CLOSED_SUBSCRIPTIONS_MAX) {
    this.#max = max;
    this.#subscriptionsMax = subscriptionsMax;
  }

  add(facts: ConnectionFacts): void {
    if (this.#max === 0) return;
    this.#subscriptions += facts.subscriptionFacts().length;
    if (this.#ring.length < this.#max) this.#ring.push(facts);
    else {
      this.#subscriptions -= (this.#ring[this.#next] as ConnectionFacts).subscriptionFacts().length;
      this.#ring[this.#next] = facts;
      this.#next = (this.#next + 1) % this.#max;
    }
    if (this.#subscriptions > this.#subscriptionsMax) this.#forgetSubscriptions();
  }

  /** A copy, in the order in which they closed. */
  list(): ConnectionFacts[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }

  #forgetSubscriptions(): void {
    const count = this.#ring.length;
    for (let age = 0; age < count && this.#subscriptions > this.#subscriptionsMax; age++) {
      const at = (this.#next + age) % count;
      const facts = this.#ring[at] as ConnectionFacts;
      const kept = facts.subscriptionFacts().length;
      if (kept === 0) continue;
      this.#subscriptions -= kept;
      this.#ring[at] = { ...facts, subscriptionFacts: NO_SUBSCRIPTIONS };
    }
  }
}
