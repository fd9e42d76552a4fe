// Which waiting requests of a consumer with a priority policy may have a message: overflow (only when enough waits),
// pinned_client (one client at a time), prioritized (by number, which is only a matter of order). Pure; pull_queue.ts
// asks, pull_delivery.ts owns it and sends what follows. Compat: consumer.go, nextWaiting; ADR-42.
import type { PriorityPolicy } from './consumer_config.ts';

/** What a request says about groups. */
export interface Prioritized {
  readonly group: string;
  readonly minPending: number;
  readonly minAckPending: number;
  pin: string;
}

export const JUDGED_NOW = 0;
/** Not this time: it goes behind the others. */
export const JUDGED_LATER = 1;
/** It comes with a pin that is not the current one: it is refused. */
export const JUDGED_WRONG_PIN = 2;
export type Judgement = typeof JUDGED_NOW | typeof JUDGED_LATER | typeof JUDGED_WRONG_PIN;

export class PriorityGroups {
  readonly policy: PriorityPolicy;
  /** The pin of the client that gets everything; empty while there is none. */
  #pin = '';
  #pinGroup = '';
  /** Unix milliseconds. */
  #pinnedMs = 0;

  constructor(policy: PriorityPolicy) {
    this.policy = policy;
  }

  get pin(): string {
    return this.#pin;
  }

  get pinGroup(): string {
    return this.#pinGroup;
  }

  get pinnedMs(): number {
    return this.#pinnedMs;
  }

  /** `pending` counts undelivered messages, `ackPending` unacknowledged ones. */
  judge(request: Prioritized, pending: number, ackPending: number): Judgement {
    if (this.policy === 'pinned_client') return this.#judgePin(request.pin);
    if (this.policy !== 'overflow') return JUDGED_NOW;
    const { minPending, minAckPending } = request;
    if (minPending <= 0 && minAckPending <= 0) return JUDGED_NOW;
    const isEnough = (minPending > 0 && minPending <= pending) || (minAckPending > 0 && minAckPending <= ackPending);
    return isEnough ? JUDGED_NOW : JUDGED_LATER;
  }

  /** Whether a request that is about to get a message becomes the pinned one. */
  wantsPin(request: Prioritized): boolean {
    return this.policy === 'pinned_client' && this.#pin === '' && request.group !== '';
  }

  assign(request: Prioritized, pin: string, nowRealMs: number): void {
    this.#pin = pin;
    this.#pinGroup = request.group;
    this.#pinnedMs = nowRealMs;
    request.pin = pin;
  }

  /** The next request is pinned anew. */
  release(): void {
    this.#pin = '';
    this.#pinnedMs = 0;
  }

  #judgePin(pin: string): Judgement {
    if (pin === this.#pin) return JUDGED_NOW;
    if (pin !== '') return JUDGED_WRONG_PIN;
    return JUDGED_LATER;
  }
}
