// Subject messaging inside the server, for one account: the only door between JetStream and the server.
// server/internal_client.ts gives it a body over the account's subscriptions; tests use a small one of their own.
// Everything runs synchronously, inside the turn of whoever published.
import type { Message } from './message.ts';

export interface BusSubscription {
  readonly subject: string;
  close(): void;
}

/** Called for every matching message, inside the publisher's run. `message` is valid only during the call. */
export type BusHandler = (message: Message) => void;

/** Nobody took the message. */
export const DELIVERED_NONE = 0;
/** Somebody took it. */
export const DELIVERED = 1;
/** Somebody took it, whose outgoing buffer is now long: a producer that can wait should wait for `whenRelieved`. */
export const DELIVERED_CONGESTED = 2;
export type DeliveryResult = typeof DELIVERED_NONE | typeof DELIVERED | typeof DELIVERED_CONGESTED;

export interface Bus {
  readonly account: string;

  /** Subscribes, in a queue group where `queue` is not null. The subject may have wildcards and must be valid. */
  subscribe(subject: string, queue: string | null, handler: BusHandler): BusSubscription;

  /** Publishes to everyone interested in the message's own subject. */
  publish(message: Message): DeliveryResult;

  /**
   * Gives the message to everyone interested in `target[start..end)`, who see the message's own subject. This is how a
   * consumer delivers: matched by inbox, shown with the stored subject. Queue groups get it once.
   */
  deliver(target: Uint8Array, start: number, end: number, message: Message): DeliveryResult;

  /** Whether somebody would get a message on this literal subject now. */
  hasInterest(subject: string): boolean;

  /**
   * Whether somebody subscribed to this literal subject itself: in that queue group, in none where `queue` is null.
   * Wildcards that match it do not count. Compat: sublist.go, registerNotification.
   */
  hasExactInterest(subject: string, queue: string | null): boolean;

  /** Calls back when exact interest appears or goes (not for every subscription). Returns how to stop that. */
  onExactInterestChange(subject: string, queue: string | null, callback: (hasInterest: boolean) => void): () => void;

  /** Calls back once, in a later turn, when those interested in `target` can take more (at once if they can now). */
  whenRelieved(target: Uint8Array, start: number, end: number, callback: () => void): void;
}
