// What is known of one block file: its number, how far it is written, and the facts that decide whether it may be
// removed or rewritten. The rows of its messages are BlockColumns, the bytes are in segments, windows and on disk.
// It holds and answers; StreamLog, BlockCleaner and recovery change it.
import { createHash } from 'node:crypto';
import type { BlockColumns } from '../block_columns.ts';
import { RecordKey } from '../commit/record_arena.ts';
import { blockName, join } from './layout.ts';
import { FileSlot } from './open_files.ts';
import type { Window } from './read_cache.ts';

/** Compat: filestore.go, hashKeyForBlock. */
export function blockKey(streamName: string, number: number): RecordKey {
  return new RecordKey(createHash('sha256').update(`${streamName}-${number}`).digest(), number);
}

export class Block {
  readonly number: number;
  readonly key: RecordKey;
  readonly slot: FileSlot;
  /** Rows of its messages; null as long as it never had any, or once they are all gone and the index dropped them. */
  columns: BlockColumns<Block> | null = null;

  /** Bytes appended; bytes in the file; bytes that survive a crash. */
  size = 0;
  written = 0;
  durable = 0;
  /** False until the file's name is known to be on disk. */
  isCreated = false;
  isSealed = false;
  /** The file is removed, or about to be: nothing may be started on it. */
  isGone = false;
  /** Bytes of records that are live. */
  liveBytes = 0;

  /** Highest sequence that any record in here tells of; of those in the file; of those that survive a crash. */
  carried = 0;
  carriedWritten = 0;
  carriedDurable = 0;
  /** Lowest and highest sequence of the message records in the file, live, not live or not to be read; low > high when there are none. */
  recordsLow = Number.POSITIVE_INFINITY;
  recordsHigh = 0;

  /** Tombstones for messages of earlier blocks: how many, and the range of their sequences. */
  foreignTombstones = 0;
  foreignLow = Number.POSITIVE_INFINITY;
  foreignHigh = 0;
  /** Rows removed by a limit at the head of the stream and not told of by any tombstone. */
  unmarked = 0;
  /** Its dead messages may leave the disk once the log is durable up to here: displaced by a limit, or otherwise removed. */
  displacedPosition = 0;
  removedPosition = 0;
  /** How many removals the stream had seen at the last one in here that was not by a limit: all those go first. */
  removedTicket = 0;
  /** Bytes that nobody can read were found in it: it is neither rewritten nor appended to. */
  isDamaged = false;
  /** Of a damaged one: the block behind it with messages, as long as which has any this one stays. */
  successor: Block | null = null;
  /** Parts of the file in memory. */
  readonly windows: Window[] = [];

  constructor(streamName: string, number: number, directory: string) {
    this.number = number;
    this.key = blockKey(streamName, number);
    this.slot = new FileSlot(join(directory, blockName(number)));
  }

  /** A record of a message with this sequence is in the file. */
  addRecord(sequence: number): void {
    if (sequence < this.recordsLow) this.recordsLow = sequence;
    if (sequence > this.recordsHigh) this.recordsHigh = sequence;
    if (sequence > this.carried) this.carried = sequence;
  }

  /** Messages with these sequences may be in the file, where nobody can read it. */
  mayHold(low: number, high: number): void {
    if (low > high) return;
    this.recordsLow = Math.min(this.recordsLow, low);
    this.recordsHigh = Math.max(this.recordsHigh, high);
  }

  addTombstone(sequence: number): void {
    if (sequence > this.carried) this.carried = sequence;
    if (sequence >= this.recordsLow && sequence <= this.recordsHigh) return;
    this.foreignTombstones++;
    if (sequence < this.foreignLow) this.foreignLow = sequence;
    if (sequence > this.foreignHigh) this.foreignHigh = sequence;
  }

  /** None of its tombstones keeps anything deleted. */
  forgetTombstones(): void {
    this.foreignTombstones = 0;
    this.foreignLow = Number.POSITIVE_INFINITY;
    this.foreignHigh = 0;
  }

  /** Whether a tombstone in here may be what keeps a message of `other` deleted. */
  mayCover(other: Block): boolean {
    return this.foreignTombstones > 0 && this.foreignLow <= other.recordsHigh && this.foreignHigh >= other.recordsLow;
  }
}
