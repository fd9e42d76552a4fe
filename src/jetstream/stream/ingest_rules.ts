// What a stream's configuration means for messages that arrive, and what the parts of the ingest are given to work with.
// Values and interfaces only; the stream makes new rules whenever it is updated.
import type { Logger } from '../../base/log.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StreamStore } from '../../store/stream_store.ts';
import type { Pick as PickNumber, SubjectTransform } from '../../subject/transform.ts';
import type { Advisories } from '../advisories.ts';
import type { ApiError } from '../api/api_error.ts';
import type { BatchBudget } from './batch_budget.ts';
import type { RepublishRule } from './republisher.ts';

/** Bytes a header block may have. Compat: stream.go, math.MaxUint16. */
export const HEADER_BYTES_MAX = 65_535;

/** -1 is no limit. */
export interface IngestRules {
  readonly stream: string;
  /** Domain shown in acknowledgements, or null. */
  readonly domain: string | null;
  readonly answers: boolean;
  readonly isSealed: boolean;
  readonly messageBytesMax: number;
  readonly messagesMax: number;
  readonly bytesMax: number;
  readonly messagesPerSubjectMax: number;
  readonly discardNew: boolean;
  readonly discardNewPerSubject: boolean;
  readonly allowsRollup: boolean;
  readonly allowsAtomicBatches: boolean;
  readonly allowsFastBatches: boolean;
  readonly allowsTtl: boolean;
  readonly duplicateWindowMs: number;
  /** No message has a TTL of fewer seconds: those that have are given this one. 0 for no such floor. */
  readonly ttlSecondsMin: number;
  /** Null where messages are stored under the subjects they came on. */
  readonly subjectTransform: SubjectTransform | null;
  /** Null where nothing is published again. */
  readonly republish: RepublishRule | null;
}

export interface IngestParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: StreamStore;
  readonly advisories: Pick<Advisories, 'batchAbandoned'>;
  /** What the batches of all streams of the server share. */
  readonly batches: BatchBudget;
  /** Where random() in a destination gets its luck from. */
  readonly pick: PickNumber;
  /** Null when there is room for so many more bytes, else why not (server or account limits). */
  admit(bytes: number): ApiError | null;
  /** Whether the stream keeps a message of this subject at all (interest retention without an interested consumer: no). */
  keeps(subject: Uint8Array, start: number, end: number): boolean;
}
