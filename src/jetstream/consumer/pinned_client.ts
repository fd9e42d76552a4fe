// The pin of a consumer with pinned clients: who gets a new one, how long it lasts without use, and what is reported of
// it. Which request may have a message because of it is priority_groups.ts's decision.
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import { Alarm } from './alarm.ts';
import type { ConsumerEvent } from './consumer_environment.ts';
import type { Prioritized, PriorityGroups } from './priority_groups.ts';

const PIN_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** As long as a NUID. */
const PIN_BYTES = 22;

export interface PinnedClientOwner {
  event(event: ConsumerEvent): void;
  /** Another request may be pinned now. */
  wake(): void;
}

export class PinnedClient {
  readonly #groups: PriorityGroups;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #owner: PinnedClientOwner;
  readonly #alarm: Alarm;
  /** How long an unused pin lasts. */
  timeoutMs: number;
  #releaseAtMs = 0;

  constructor(
    groups: PriorityGroups,
    timeoutMs: number,
    doors: { readonly clock: Clock; readonly entropy: Entropy },
    owner: PinnedClientOwner,
  ) {
    this.#groups = groups;
    this.timeoutMs = timeoutMs;
    this.#clock = doors.clock;
    this.#entropy = doors.entropy;
    this.#owner = owner;
    this.#alarm = new Alarm(doors.clock, () => this.#onAlarm());
  }

  /** The request's client gets everything from now on. */
  pin(request: Prioritized): void {
    const pin = this.#newPin();
    this.#groups.assign(request, pin, this.#clock.realtimeMs());
    this.#owner.event({ kind: 'pinned', group: request.group, pin });
    this.used();
  }

  /** The pinned client asked again. */
  used(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#releaseAtMs = nowMs + this.timeoutMs;
    this.#alarm.wakeAt(this.#releaseAtMs, nowMs);
  }

  release(group: string, reason: 'admin' | 'timeout'): void {
    this.#groups.release();
    this.#alarm.stop();
    this.#owner.event({ kind: 'unpinned', group, reason });
    this.#owner.wake();
  }

  stop(): void {
    this.#alarm.stop();
  }

  #onAlarm(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#releaseAtMs) this.#alarm.wakeAt(this.#releaseAtMs, nowMs);
    else if (this.#groups.pin !== '') this.release(this.#groups.pinGroup, 'timeout');
  }

  #newPin(): string {
    const random = new Uint8Array(PIN_BYTES);
    this.#entropy.fill(random);
    let pin = '';
    for (const byte of random) pin += PIN_DIGITS.charAt(byte % PIN_DIGITS.length);
    return pin;
  }
}
