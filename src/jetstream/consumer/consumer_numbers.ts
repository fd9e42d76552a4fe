// The numbers of a consumer that ConsumerInfo shows; the API adds names, configuration and cluster.

export interface SequenceNumbers {
  readonly consumerSequence: number;
  readonly streamSequence: number;
  /** Unix milliseconds with fraction; null before the first. */
  readonly lastActiveMs: number | null;
}

export interface ConsumerNumbers {
  readonly delivered: SequenceNumbers;
  readonly ackFloor: SequenceNumbers;
  readonly ackPending: number;
  readonly redelivered: number;
  readonly waiting: number;
  readonly pending: number;
  readonly isPushBound: boolean;
  readonly isPaused: boolean;
  readonly pauseRemainingNs: number;
  /** The pinned client's pin; empty without one. */
  readonly pin: string;
  /** Unix milliseconds; 0 without a pin. */
  readonly pinnedMs: number;
}
