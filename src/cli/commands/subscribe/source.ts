// Where messages come from: subscriptions, a consumer, or direct gets. One of these per run.
import type { ArrivalQueue } from '../../messages/arrival_queue.ts';
import type { Received } from '../../messages/received.ts';

export interface Source {
  /** Subjects as they were subscribed to. */
  readonly patterns: readonly string[];
  /** Every message is to be acknowledged, whatever the flags say. */
  readonly mustAck: boolean;
  /** Replies to requests, for --match-replies; null where none are listened for. */
  readonly replyPattern: string | null;
  /** Nothing is stored that could come: with --terminate-at-end there is no message to wait for. */
  readonly isEmpty: boolean;
  /** Puts messages into the queue from now on; ends it when there can be no more. */
  start(queue: ArrivalQueue<Received>): Promise<void>;
  stop(): Promise<void>;
}
