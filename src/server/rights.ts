// What one connection may do: the permissions of its user, the replies that it may send for a moment, and whether what is
// delivered to it must be looked at. Connections without permissions have none of these, and pay one comparison with null.

import type { Permissions } from '../auth/permissions.ts';
import { ReplyPermits } from '../auth/reply_permits.ts';
import { asciiText } from '../base/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Message } from '../ports/message.ts';
import type { DeliveryFilter, Subscription } from './subscription.ts';

export class Rights implements DeliveryFilter {
  readonly permissions: Permissions;
  readonly #clock: Clock;
  readonly #replies: ReplyPermits | null;
  #filtersDeliveries = false;

  constructor(permissions: Permissions, clock: Clock) {
    const { responses } = permissions.rules;
    this.permissions = permissions;
    this.#clock = clock;
    this.#replies = responses === null ? null : new ReplyPermits(responses);
  }

  /** Whether what is delivered may be answered for a while, so that delivered() must be told of it. */
  get permitsReplies(): boolean {
    return this.#replies !== null;
  }

  /** May something be published there that the permissions do not allow, because it is a reply? This once. */
  mayReply(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#replies?.take(asciiText(bytes, start, end), this.#clock.monotonicMs()) ?? false;
  }

  /** `subject` with one character for each byte. */
  maySubscribe(subject: string, queue: string | null): boolean {
    return this.permissions.maySubscribe(subject, queue);
  }

  /**
   * A subscription was made, beside `others`. Once one of them may match what is denied, all are filtered.
   * Compat: client.go, loadMsgDenyFilterIfNeeded.
   */
  subscribed(subscription: Subscription, others: Iterable<Subscription>): void {
    if (!this.#filtersDeliveries) {
      const { subject, queue } = subscription;
      if (!this.permissions.mayOverlapDenied(asciiText(subject, 0, subject.length), queue)) return;
      this.#filtersDeliveries = true;
      for (const other of others) other.filter = this;
    }
    subscription.filter = this;
  }

  hides(subject: Uint8Array, start: number, end: number, queue: string | null): boolean {
    return this.permissions.hides(subject, start, end, queue);
  }

  /** Something was delivered: if it asks for a reply, that may be published for a while. */
  delivered(message: Message): void {
    if (this.#replies === null || message.replyEnd === message.replyStart) return;
    const { reply, replyStart, replyEnd } = message;
    if (this.permissions.mayPublish(reply, replyStart, replyEnd)) return;
    this.#replies.grant(asciiText(reply, replyStart, replyEnd), this.#clock.monotonicMs());
  }
}
