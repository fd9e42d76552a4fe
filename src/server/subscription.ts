// One subscription: who gets what matches a subject. A client's has a connection and a sid, one of the inside of the
// house has a handler, one that leads into another account a relay. Lives in exactly one account's sublist until it is closed.
import type { BusHandler, DeliveryResult } from '../ports/bus.ts';
import type { ClientInfo, Message } from '../ports/message.ts';

const NO_BYTES = new Uint8Array(0);

/** Somebody with a socket who gets messages. client_connection.ts is one. */
export interface Receiver {
  readonly id: number;
  /** False: it does not want what it published itself. */
  readonly wantsEcho: boolean;
  /** True while so much waits for it that a producer who can wait should. */
  readonly isCongested: boolean;
  /** True while it is so far behind that it gets nothing of what other clients publish: they do not wait for it. */
  readonly isPassedOver: boolean;
  /**
   * Appends `message`, shown with the subject `shown[start..end)`, to what leaves for it. `producer` is the connection the
   * message came from, null for the inside of the house. True when more should wait.
   */
  send(
    message: Message,
    shown: Uint8Array,
    start: number,
    end: number,
    sid: Uint8Array,
    producer: Receiver | null,
  ): boolean;
  /** Ends one of its subscriptions. */
  drop(subscription: Subscription): void;
  /** Calls back when it has taken what waited. */
  whenRelieved(callback: () => void): void;
  /** It publishes to somebody who cannot keep up: it is not read for a moment. */
  wait(): void;
  /** Who it is now. */
  clientInfo(): ClientInfo;
}

/** Takes messages on into another account. */
export interface Relay {
  /** As Receiver.send(), and whether anybody got it. */
  relay(message: Message, shown: Uint8Array, start: number, end: number, producer: Receiver | null): DeliveryResult;
  /** Somebody beyond who could not take more of what is matched by this; null when there is nobody. */
  congested(target: Uint8Array, start: number, end: number): Receiver | null;
}

/** Says what a subscription must not see although it matches. */
export interface DeliveryFilter {
  hides(subject: Uint8Array, start: number, end: number, queue: string | null): boolean;
}

export class Subscription {
  readonly subject: Uint8Array;
  readonly queue: string | null;
  readonly sid: Uint8Array;
  /** Null for internal subscriptions. Invariant: exactly one of connection, handler and relay is set. */
  readonly connection: Receiver | null;
  readonly handler: BusHandler | null;
  readonly relay: Relay | null;
  /** Messages delivered so far. */
  delivered = 0;
  /** Deliveries after which it ends by itself; 0 is never. */
  deliveredMax = 0;
  isClosed = false;
  /** Null: it sees everything that matches. */
  filter: DeliveryFilter | null = null;

  constructor(
    subject: Uint8Array,
    queue: string | null,
    owner:
      | { readonly sid: Uint8Array; readonly connection: Receiver }
      | { readonly handler: BusHandler }
      | { readonly relay: Relay },
  ) {
    this.subject = subject;
    this.queue = queue;
    this.sid = 'sid' in owner ? owner.sid : NO_BYTES;
    this.connection = 'connection' in owner ? owner.connection : null;
    this.handler = 'handler' in owner ? owner.handler : null;
    this.relay = 'relay' in owner ? owner.relay : null;
  }
}
