// The body of ports/bus: the inside of the house as a client of one account, without a socket. Publishes and subscribes
// synchronously through the same match and delivery as everybody else; never checks permissions.
import {
  type Bus,
  type BusHandler,
  type BusSubscription,
  DELIVERED_CONGESTED,
  type DeliveryResult,
} from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Message } from '../ports/message.ts';
import type { Account } from './account.ts';
import { deliver, type QueuePick } from './deliver.ts';
import { Subscription } from './subscription.ts';

const encoder = new TextEncoder();

export class InternalClient implements Bus {
  readonly #account: Account;
  readonly #clock: Clock;
  readonly #pick: QueuePick;

  constructor(account: Account, clock: Clock, pick: QueuePick) {
    this.#account = account;
    this.#clock = clock;
    this.#pick = pick;
  }

  get account(): string {
    return this.#account.name;
  }

  subscribe(subject: string, queue: string | null, handler: BusHandler): BusSubscription {
    const subscription = new Subscription(encoder.encode(subject), queue, { handler });
    this.#account.add(subscription);
    return { subject, close: () => this.#account.remove(subscription) };
  }

  publish(message: Message): DeliveryResult {
    return this.deliver(message.subject, message.subjectStart, message.subjectEnd, message);
  }

  deliver(target: Uint8Array, start: number, end: number, message: Message): DeliveryResult {
    const account = this.#account;
    const result = account.subscriptions.match(target, start, end);
    const { subject, subjectStart, subjectEnd } = message;
    if (account.sharing === null || target === subject) {
      return deliver(result, message, subject, subjectStart, subjectEnd, null, this.#pick);
    }
    // Who takes it into another account must know what it was matched by.
    message.target = target;
    message.targetStart = start;
    message.targetEnd = end;
    const outcome = deliver(result, message, subject, subjectStart, subjectEnd, null, this.#pick);
    message.target = null;
    return outcome;
  }

  hasInterest(subject: string): boolean {
    return this.#account.hasInterest(encoder.encode(subject));
  }

  hasExactInterest(subject: string, queue: string | null): boolean {
    return this.#account.hasExactInterest(encoder.encode(subject), queue);
  }

  onExactInterestChange(subject: string, queue: string | null, callback: (hasInterest: boolean) => void): () => void {
    return this.#account.watchExactInterest(encoder.encode(subject), queue, callback);
  }

  whenRelieved(target: Uint8Array, start: number, end: number, callback: () => void): void {
    const connection = this.#account.congested(target, start, end);
    if (connection === null) this.#clock.after(0, callback);
    else connection.whenRelieved(callback);
  }
}

/** Whether a result asks a producer that can wait to do so. */
export function isCongested(result: DeliveryResult): boolean {
  return result === DELIVERED_CONGESTED;
}
