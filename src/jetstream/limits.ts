// The limits that JetStream is run with: of the whole server and of one account. Values only; app/ fills them in from
// the configuration, the checks of streams and consumers ask them.

/**
 * The last sequence after which a stream takes no more messages: short of 2^53, beyond which numbers are not exact, by more
 * than any batch has messages.
 */
export const SEQUENCE_STORED_MAX = 2 ** 53 - 2 ** 20;

/** What publishing in batches may take, of one stream and of the whole server. */
export interface BatchLimits {
  readonly atomicPerStreamMax: number;
  readonly atomicTotalMax: number;
  readonly fastPerStreamMax: number;
  readonly fastTotalMax: number;
  /** Messages of one atomic batch. */
  readonly messagesMax: number;
  /** A batch that nobody continues for so long ends. */
  readonly timeoutMs: number;
  /** Memory for messages of atomic batches that are not committed yet. */
  readonly stagedBytesMax: number;
}

/** Compat: stream.go, streamDefaultMaxAtomicBatch... and streamDefaultMaxFastBatch... */
export const BATCH_LIMITS_DEFAULT: BatchLimits = {
  atomicPerStreamMax: 50,
  atomicTotalMax: 1000,
  fastPerStreamMax: 1000,
  fastTotalMax: 50_000,
  messagesMax: 1000,
  timeoutMs: 10_000,
  stagedBytesMax: 256 * 1024 * 1024,
};

export interface ServerLimits {
  /** Bytes that streams may keep; what they reserve counts at once. */
  readonly memoryBytesMax: number;
  readonly storeBytesMax: number;
  /** Nanoseconds; 0 is no limit. */
  readonly duplicateWindowMaxNs: number;
  /** 0 is no limit, here and below. */
  readonly ackPendingMax: number;
  readonly requestBatchMax: number;
  /** For streams and accounts that set none. */
  readonly consumersDefaultMax: number;
  readonly batches: BatchLimits;
}

/** -1 is no limit. */
export interface AccountLimits {
  readonly max_memory: number;
  readonly max_storage: number;
  readonly max_streams: number;
  readonly max_consumers: number;
  readonly max_ack_pending: number;
  readonly memory_max_stream_bytes: number;
  readonly storage_max_stream_bytes: number;
  readonly max_bytes_required: boolean;
}

export const ACCOUNT_UNLIMITED: AccountLimits = {
  max_memory: -1,
  max_storage: -1,
  max_streams: -1,
  max_consumers: -1,
  max_ack_pending: -1,
  memory_max_stream_bytes: -1,
  storage_max_stream_bytes: -1,
  max_bytes_required: false,
};
