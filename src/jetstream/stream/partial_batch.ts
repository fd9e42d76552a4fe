// A crash in the middle of a commit may leave parts of an atomic batch on disk: its first messages, or some of them where
// the disk wrote in another order. Nobody was told that the batch is stored, so nothing of it must stay. Looks once,
// before a stream that was there before takes messages, behind what was certainly on disk before; what only looks like
// such a rest is left alone.
import type { StreamStore } from '../../store/stream_store.ts';
import { copyMessage, type MessageCopy } from './message_reader.ts';
import { BATCH_COMMIT, BATCH_ID, BATCH_SEQUENCE, PublishHeaders, ROLLUP } from './publish_headers.ts';
import type { StreamConfig } from './stream_config.ts';

export interface PartialBatch {
  readonly id: string;
  /** What is left of it, ascending. */
  readonly sequences: readonly number[];
  /** False where its messages may have displaced older ones, which would not come back: then they stay. */
  readonly isRemovable: boolean;
}

/** What a message says about its batch. */
interface Mark {
  readonly id: string;
  /** Of the batch's first message, in the stream. */
  readonly start: number;
  readonly isCommit: boolean;
  readonly isRollup: boolean;
}

export async function findPartialBatches(store: StreamStore, config: StreamConfig): Promise<PartialBatch[]> {
  if (!config.allow_atomic) return [];
  const holes = holesOf(store);
  const found = new Map<number, PartialBatch>();
  for (const hole of holes) {
    const before = store.previousSequence(null, hole - 1);
    const after = store.nextSequence(null, hole + 1);
    const marks = [
      isReached(before, hole, holes) ? await markOf(store, before) : null,
      after > 0 ? await markOf(store, after) : null,
    ];
    for (const mark of marks) {
      if (mark === null || mark.start <= store.sequenceCertain || mark.start > hole || found.has(mark.start)) continue;
      // A batch that was committed in front of the hole has nothing to do with it.
      if (mark === marks[0] && mark.isCommit) continue;
      const batch = await collect(store, config, mark, hole);
      if (batch !== null) found.set(mark.start, batch);
    }
  }
  return [...found.values()];
}

export function removePartialBatch(store: StreamStore, batch: PartialBatch): void {
  for (const sequence of batch.sequences) store.remove(sequence, false);
}

/** Sequences that may have been cut short: lost ones, and the one behind the end. */
function holesOf(store: StreamStore): ReadonlySet<number> {
  const { sequenceCertain } = store;
  const { sequenceLast, lost } = store.state;
  const holes = new Set(lost?.sequences.filter((sequence) => sequence > sequenceCertain) ?? []);
  // Where the last message was removed on purpose the stream did not end with it.
  const endsWhole = store.subjectIdOf(sequenceLast) >= 0 || holes.has(sequenceLast);
  if (sequenceLast > sequenceCertain && endsWhole) holes.add(sequenceLast + 1);
  return holes;
}

/** Whether there is nothing but holes from `sequence`, which is stored, up to `hole`. */
function isReached(sequence: number, hole: number, holes: ReadonlySet<number>): boolean {
  if (sequence === 0) return false;
  for (let between = hole - 1; between > sequence; between--) if (!holes.has(between)) return false;
  return true;
}

/** The messages of the batch that are stored; null when what stands in front of the hole is not all of one batch. */
async function collect(
  store: StreamStore,
  config: StreamConfig,
  { id, start }: Mark,
  hole: number,
): Promise<PartialBatch | null> {
  const sequences: number[] = [];
  let hasRollup = false;
  for (let sequence = start; sequence <= store.state.sequenceLast; sequence++) {
    // Limits and missing interest make holes of their own, the others still tell.
    if (store.subjectIdOf(sequence) < 0) continue;
    const mark = await markOf(store, sequence);
    if (mark === null || mark.id !== id || mark.start !== start) {
      if (sequence < hole) return null;
      break;
    }
    sequences.push(sequence);
    hasRollup ||= mark.isRollup;
    if (mark.isCommit) break;
  }
  return { id, sequences, isRemovable: !hasRollup && !makesRoom(config) };
}

/** Whether a new message can push out an old one. */
function makesRoom(config: StreamConfig): boolean {
  const isSubjectLimited = config.max_msgs_per_subject > 0 && !config.discard_new_per_subject;
  const isLimited = config.discard === 'old' && (config.max_msgs > 0 || config.max_bytes > 0);
  return isSubjectLimited || isLimited;
}

/** Null for a message of no batch, and for one that cannot be read. */
async function markOf(store: StreamStore, sequence: number): Promise<Mark | null> {
  const copy = await copyMessage(store, sequence);
  return copy === null ? null : readMark(copy);
}

function readMark({ header, sequence }: MessageCopy): Mark | null {
  const headers = new PublishHeaders();
  headers.read(header, 0, header.length);
  const inBatch = headers.sequence(BATCH_SEQUENCE);
  if (!headers.has(BATCH_ID) || Number.isNaN(inBatch) || inBatch < 1 || inBatch > sequence) return null;
  return {
    id: headers.text(BATCH_ID),
    start: sequence - inBatch + 1,
    isCommit: headers.isThere(BATCH_COMMIT),
    isRollup: headers.has(ROLLUP),
  };
}
