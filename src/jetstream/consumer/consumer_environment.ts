// What a consumer needs from the stream and the house it lives in, and what it tells them. The stream implements it;
// tests have one of their own.
import type { Logger } from '../../base/log.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { ConsumerStore } from '../../store/consumer_store.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import type { AckRouter } from './ack_router.ts';

/** Something to publish as an advisory or metric, if somebody listens. */
export type ConsumerEvent =
  | { readonly kind: 'max_deliver'; readonly streamSequence: number; readonly deliveries: number }
  | {
      readonly kind: 'nak';
      readonly consumerSequence: number;
      readonly streamSequence: number;
      readonly deliveries: number;
    }
  | {
      readonly kind: 'terminated';
      readonly consumerSequence: number;
      readonly streamSequence: number;
      readonly deliveries: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'ack_sample';
      readonly consumerSequence: number;
      readonly streamSequence: number;
      readonly deliveries: number;
      /** From delivery to acknowledgement. */
      readonly delayNs: number;
    }
  | { readonly kind: 'pause'; readonly isPaused: boolean }
  | { readonly kind: 'pinned'; readonly group: string; readonly pin: string }
  | { readonly kind: 'unpinned'; readonly group: string; readonly reason: 'admin' | 'timeout' };

export interface ConsumerEnvironment {
  /** The stream's name, as in subjects. */
  readonly stream: string;
  readonly store: StreamStore;
  /** Null for a consumer whose state is never saved (direct). */
  readonly consumerStore: ConsumerStore | null;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Logger;
  /** One per account: hands acknowledgements and flow control answers to the consumer they name. */
  readonly acks: AckRouter;
  /** Whether an acknowledgement that wants an answer gets it only when it is on disk (sync always). */
  readonly answersWhenDurable: boolean;
  /** Whether acknowledged messages may have to go (retention by interest or work queue). */
  readonly removesAcknowledged: boolean;
  /** With one message per subject, last_per_subject is everything. */
  readonly messagesPerSubjectMax: number;
  /** Largest message of the stream, the account or the server; the burst of a rate limit. */
  readonly messageBytesMax: number;
  /** What `Nats-Required-Api-Level` may ask for. */
  readonly apiLevel: number;

  /** This consumer is done with a message. Only called where `removesAcknowledged`. */
  acknowledged(sequence: number): void;
  event(event: ConsumerEvent): void;
  /** Nobody used this consumer for its inactive threshold: remove it as if a client had asked. */
  removeInactive(): void;
  /** A broken invariant stopped this consumer: it delivers nothing any more, and /healthz must say so. */
  fenced(reason: string): void;
}
