// What a stream's messages can be asked to do, whatever holds them. Bodies: memory_stream_store.ts and
// file/file_stream_store.ts; stream_store_contract.ts is the suite that both pass.
//
// A store gives out sequences at once and durability later: append() returns the sequence inside the caller's run,
// `sequenceDurable` follows when the round that holds it is on disk. It enforces the stream's limits by itself, but
// never removes an old message from disk before the newer one that displaced it is durable. It never answers
// anybody, and knows neither accounts nor consumers: those listen.
import type { Message } from '../ports/message.ts';
import { Message as MessageStruct } from '../ports/message.ts';

/** The limits that a store enforces by removing the oldest. -1 (or 0 for age) means none. */
export interface StoreLimits {
  readonly messagesMax: number;
  readonly bytesMax: number;
  /** Nanoseconds; 0 is none. */
  readonly ageMaxNs: number;
  readonly messagesPerSubjectMax: number;
  /**
   * True where a full stream refuses new messages instead (discard new): then only age and, unless
   * `discardNewPerSubject`, the per-subject limit remove anything. The refusal itself is the caller's, before append().
   */
  readonly discardNew: boolean;
  readonly discardNewPerSubject: boolean;
  /**
   * True where the only message of a subject does not go by age or TTL by itself: the listener is told, once, and puts a
   * marker in its place or removes it.
   */
  readonly marksExpired: boolean;
}

/** Live numbers of a store. One object for the store's life; only the store writes to it. */
export interface StreamState {
  /** Messages stored now. */
  readonly messages: number;
  /** Their size as the reference counts it (whole records for files, 16 + subject + header + payload in memory). */
  readonly bytes: number;
  /** Lowest sequence still stored, or the next one to be given when empty. Starts at 1 (or the stream's first_seq). */
  readonly sequenceFirst: number;
  /** Highest sequence given out, 0 before the first. */
  readonly sequenceLast: number;
  /** Unix nanoseconds of the first message stored and of the last one given out; 0n when there is none. */
  readonly timeFirst: bigint;
  readonly timeLast: bigint;
  /** Different subjects stored now. */
  readonly subjects: number;
  /** Sequences between first and last that are no longer stored. */
  readonly deleted: number;
  /** What damage on disk cost, as found at open or by a read; null when nothing was lost. */
  readonly lost: LostMessages | null;
}

export interface LostMessages {
  readonly sequences: readonly number[];
  readonly bytes: number;
}

/** A stored message as slices of the store's buffers. Refilled by every read(); who keeps bytes copies them. */
export class StoredMessage {
  readonly message: Message = new MessageStruct();
  sequence = 0;
  /** Unix nanoseconds as two unsigned 32-bit halves. */
  timeHigh = 0;
  timeLow = 0;
}

/** The message is in `into`. */
export const READ_FOUND = 0;
/** No such message is stored (never was, deleted, or lost to damage). */
export const READ_MISSING = 1;
/** It is on disk only: call load() and read() again in its callback. */
export const READ_LOADING = 2;
export type ReadResult = typeof READ_FOUND | typeof READ_MISSING | typeof READ_LOADING;

/** A set of subject filters compiled against one store's subjects. Cheap to ask, kept up to date by the store. */
export interface StoreFilter {
  readonly subjects: readonly string[];
  /** Whether messages of this subject (by the store's own number) pass. */
  has(subjectId: number): boolean;
  /** Frees what the store keeps for this filter. */
  close(): void;
}

export interface SubjectTotal {
  readonly subject: string;
  readonly messages: number;
  readonly sequenceFirst: number;
  readonly sequenceLast: number;
}

export interface PurgeRequest {
  /** Only subjects that match; null is all. */
  readonly filter: string | null;
  /** Everything below this sequence; 0 is no bound. */
  readonly sequence: number;
  /** Leave this many of the newest (of those that match); 0 leaves none. */
  readonly keep: number;
}

/** What a store tells its stream. All calls are synchronous and must not change the store, except where it says so and in `durable`. */
export interface StoreListener {
  /** `sequenceDurable` moved: acknowledgements and deliveries up to it may leave. Once per round. */
  durable(): void;
  /** One message is gone: by limit, age, delete. */
  removed(sequence: number, subjectId: number): void;
  /**
   * With `marksExpired`: these have lived their time, and wait to be replaced or removed. May change the store. Also says
   * what was so when the store was opened, as soon as somebody listens.
   */
  expired(sequences: readonly number[]): void;
  /** Many are gone at once (purge, compact): counts must be asked for again. */
  removedMany(): void;
  /** The store can no longer write, or lost something: it refuses appends until further notice. Named on /healthz. */
  faulted(reason: string): void;
}

export interface StreamStore {
  readonly kind: 'memory' | 'file';
  readonly state: StreamState;

  /** Everything up to this sequence survives a crash (in memory: always the last one; with lazy sync: what was written). */
  readonly sequenceDurable: number;

  /** Bytes appended that are not durable yet, held in memory until they are: who appends refuses above a limit of its own. */
  readonly pendingBytes: number;

  /**
   * Up to here everything was certainly on disk before the store was opened; what follows, up to the last one found, may
   * have been cut short by a crash. 0 when nothing is known. After a close in order: the last one.
   */
  readonly sequenceCertain: number;

  /** Why appends are refused, or null while all is well. */
  readonly fault: string | null;

  listen(listener: StoreListener): void;

  /**
   * Takes subject, header and payload of `message` (copied before the call returns) as the next sequence, with a Unix
   * nanosecond time given as two unsigned 32-bit halves. Returns the sequence. Then enforces the limits.
   * With a TTL in seconds (message_ttl.ts) it goes when that is over, or never by age. Only legal while `fault` is null.
   */
  append(message: Message, timeHigh: number, timeLow: number, ttlSeconds?: number): number;

  /** The size that append() would add to `state.bytes`. */
  recordBytes(subjectBytes: number, headerBytes: number, payloadBytes: number): number;

  /** Moves `sequenceLast` to `sequence` without storing anything (first_seq, gaps of a mirror). */
  skipTo(sequence: number, timeHigh: number, timeLow: number): void;

  /** Calls back once `sequence` is durable; at once when it is already. Not for the hot path. */
  whenDurable(sequence: number, callback: () => void): void;

  updateLimits(limits: StoreLimits): void;

  // --- finding, from memory alone -------------------------------------------------------------------------------

  filter(subjects: readonly string[]): StoreFilter;

  /** First stored sequence >= `from` that passes; 0 when there is none. */
  nextSequence(filter: StoreFilter | null, from: number): number;

  /** Last stored sequence <= `upTo` that passes; 0 when there is none. */
  previousSequence(filter: StoreFilter | null, upTo: number): number;

  /** How many stored messages with sequence >= `from` pass; with `lastPerSubject` only the last of each subject count. */
  count(filter: StoreFilter | null, from: number, lastPerSubject: boolean): number;

  /** Sequences of the last message <= `upTo` of every subject that passes, ascending. */
  lastPerSubject(filter: StoreFilter | null, upTo: number): number[];

  /** Number of the subject of a stored message; -1 when it is not stored. */
  subjectIdOf(sequence: number): number;

  /** Last stored sequence of one literal subject; 0 when there is none. */
  lastOfSubject(subject: Uint8Array, start: number, end: number): number;

  /** How many messages one literal subject has. */
  countOfSubject(subject: Uint8Array, start: number, end: number): number;

  /** Totals of the subjects that match a filter, sorted by subject, at most `limit` from `offset` on. */
  subjectTotals(filter: string, offset: number, limit: number): SubjectTotal[];

  /** The deleted sequences between first and last, ascending. */
  deletedSequences(): number[];

  /** First stored sequence at or after a time (Unix ns); `sequenceLast + 1` when all are older. */
  sequenceAtTime(timeNs: bigint): Promise<number>;

  // --- reading ---------------------------------------------------------------------------------------------------

  /**
   * Fills `into`, valid until the next read() of this store. What is not durable yet is still loading: a message that
   * somebody has seen is never taken back.
   */
  read(sequence: number, into: StoredMessage): ReadResult;

  /** Brings what read() needs for `sequence` (and what follows it) into memory, then calls back in a later turn. */
  load(sequence: number, callback: () => void): void;

  // --- removing --------------------------------------------------------------------------------------------------

  /** False when it is not stored. `erase` also overwrites the bytes on disk. */
  remove(sequence: number, erase: boolean): boolean;

  /** Returns how many went. */
  purge(request: PurgeRequest): number;

  // --- life ------------------------------------------------------------------------------------------------------

  /**
   * Resolves when everything appended and removed so far is durable: what a purge or delete is answered after. Rejects when
   * the store can no longer write; waits while the disk is full.
   */
  flush(): Promise<void>;

  /** Flushes, writes what makes the next open quick, and lets go of the files. */
  close(): Promise<void>;

  /** Closes and removes everything from disk. */
  destroy(): Promise<void>;
}
