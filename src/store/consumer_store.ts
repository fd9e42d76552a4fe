// Where a consumer keeps what it must remember over a restart. Bodies: memory_consumer_store.ts and
// file/file_consumer_store.ts (o.dat). The consumer owns the meaning; the store only writes the newest state.

export interface PendingDelivery {
  readonly sequence: number;
  readonly consumerSequence: number;
  /** Unix milliseconds of the (latest) delivery. */
  readonly deliveredMs: number;
}

export interface ConsumerState {
  readonly deliveredConsumer: number;
  readonly deliveredStream: number;
  readonly ackFloorConsumer: number;
  readonly ackFloorStream: number;
  /** Delivered and not acknowledged, ascending by sequence. */
  readonly pending: readonly PendingDelivery[];
  /** Deliveries beyond the first, by stream sequence. */
  readonly redelivered: ReadonlyMap<number, number>;
}

/** Of a consumer that has done nothing yet. */
export const NOTHING_DELIVERED: ConsumerState = {
  deliveredConsumer: 0,
  deliveredStream: 0,
  ackFloorConsumer: 0,
  ackFloorStream: 0,
  pending: [],
  redelivered: new Map(),
};

export interface ConsumerStore {
  /** The state as of open; null when there was none. Damage is reported at open, never by deleting anything. */
  readonly recovered: ConsumerState | null;

  /**
   * Says that the state changed. The store asks `snapshot` for it when it writes: at most one write is under way and at
   * most one waits, however often this is called.
   */
  changed(snapshot: () => ConsumerState): void;

  /** Calls back when the state as of now is on disk (at once in memory). For acknowledgements that asked for an answer. */
  whenDurable(callback: () => void): void;

  flush(): Promise<void>;
  close(): Promise<void>;
  destroy(): Promise<void>;
}
