// Writes a block file again without its dead records: read in parts, live records and the tombstones that still count
// copied to a file beside it, synced, renamed over the old one. Each step is short. It changes nothing in memory: the
// caller puts the result in place. A block with anything unreadable in it is left alone.
import type { Disk } from '../../ports/disk.ts';
import type { BlockColumns } from '../block_columns.ts';
import type { RecordArena } from '../commit/record_arena.ts';
import type { Block } from './block.ts';
import { join, MESSAGES_DIRECTORY, rewriteName } from './layout.ts';
import type { OpenFiles } from './open_files.ts';
import {
  isRecordSane,
  RECORD_BYTES_MIN,
  RECORD_MESSAGE,
  RECORD_TOMBSTONE,
  recordKind,
  recordLength,
  recordSequence,
} from './record.ts';
import { settled } from './stream_log.ts';

/** Bytes read in one step; a larger record is read by itself. */
const STEP_BYTES = 512 * 1024;

export interface RewriteOptions {
  readonly directory: string;
  readonly disk: Disk;
  readonly arena: RecordArena;
  readonly files: OpenFiles;
}

/** What is in the new file. */
export interface RewrittenBlock {
  readonly size: number;
  /** Offset of each kept message's record, by its sequence, ascending. */
  readonly sequences: Float64Array;
  readonly offsets: Uint32Array;
  /** Sequences of the tombstones that were kept. */
  readonly tombstones: readonly number[];
}

export interface RewriteHost {
  /** Whether a tombstone for this sequence still counts. */
  isNeeded(sequence: number): boolean;
  isInterrupted(): boolean;
  /** The new file has taken the old one's place: from this call on rows tell its offsets. */
  put(rewritten: RewrittenBlock): void;
}

export type RewriteEnd =
  | 'rewritten'
  /** Nothing in it counts any more. An empty file would look like damage: the old one stays until it is removed. */
  | 'empty'
  /** It was interrupted, or the block turned out to be damaged (which is noted there). */
  | 'given up';

export async function rewriteBlock(options: RewriteOptions, block: Block, host: RewriteHost): Promise<RewriteEnd> {
  const { disk, files, directory } = options;
  const messages = join(directory, MESSAGES_DIRECTORY);
  const path = join(messages, rewriteName(block.number));
  const copy = new BlockCopy(options, block, host);
  const isWhole = await writeCopy(disk, path, block, copy, host);
  if (!isWhole || copy.size === 0) {
    await disk.remove(path);
    return isWhole ? 'empty' : 'given up';
  }
  // Readers go on with the old file, under its descriptor, until the rows change.
  await settled((done) => files.use(block.slot, 'read', (error) => done(error)));
  try {
    await disk.rename(path, block.slot.path);
    await disk.syncDirectory(messages);
    host.put(copy.result());
  } finally {
    files.done(block.slot);
    void files.close(block.slot);
  }
  return 'rewritten';
}

async function writeCopy(disk: Disk, path: string, block: Block, copy: BlockCopy, host: RewriteHost): Promise<boolean> {
  await disk.remove(path);
  const output = await disk.open(path, 'create');
  try {
    while (copy.offset < block.written && !block.isDamaged && !host.isInterrupted()) {
      const bytes = await copy.step();
      if (bytes.length > 0) await settled((done) => output.write(bytes, copy.size - bytes.length, done));
    }
    if (copy.offset < block.written || block.isDamaged) return false;
    await settled((done) => output.sync(done));
    return true;
  } finally {
    await new Promise<void>((resolve) => output.close(() => resolve()));
  }
}

class BlockCopy {
  /** Read so far; written so far. */
  offset = 0;
  size = 0;
  readonly #options: RewriteOptions;
  readonly #block: Block;
  readonly #host: RewriteHost;
  readonly #columns: BlockColumns<Block> | null;
  /** By row: live when the rewrite began. What dies later stays in the new file, as what displaced it may not be safe. */
  readonly #isRowKept: Uint8Array;
  readonly #sequences: Float64Array;
  readonly #offsets: Uint32Array;
  readonly #tombstones: number[] = [];
  #kept = 0;
  #stepBytes = STEP_BYTES;

  constructor(options: RewriteOptions, block: Block, host: RewriteHost) {
    this.#options = options;
    this.#block = block;
    this.#host = host;
    this.#columns = block.columns;
    const live = block.columns?.live ?? 0;
    this.#isRowKept = new Uint8Array(live === 0 ? 0 : (block.columns?.rows ?? 0));
    for (let row = 0; row < this.#isRowKept.length; row++) if (block.columns?.isLive(row)) this.#isRowKept[row] = 1;
    this.#sequences = new Float64Array(live);
    this.#offsets = new Uint32Array(live);
  }

  /** Reads the next part and returns what of it is kept. */
  async step(): Promise<Uint8Array> {
    const length = Math.min(this.#stepBytes, this.#block.written - this.offset);
    this.#stepBytes = STEP_BYTES;
    const bytes = new Uint8Array(length);
    await this.#read(bytes);
    const view = new DataView(bytes.buffer);
    const kept = new Uint8Array(length);
    let at = 0;
    let used = 0;
    while (at < length) {
      const record = this.#recordAt(view, at, length);
      if (record === 0) break;
      if (this.#isKept(bytes, view, at, record, this.size + used)) {
        kept.set(bytes.subarray(at, at + record), used);
        used += record;
      }
      at += record;
    }
    // A record that is cut by the end of the part comes first in the next one.
    this.offset += at;
    this.size += used;
    return kept.subarray(0, used);
  }

  result(): RewrittenBlock {
    return {
      size: this.size,
      sequences: this.#sequences.subarray(0, this.#kept),
      offsets: this.#offsets.subarray(0, this.#kept),
      tombstones: this.#tombstones,
    };
  }

  #read(into: Uint8Array): Promise<void> {
    const { files } = this.#options;
    return settled((done) => {
      files.use(this.#block.slot, 'read', (error, file) => {
        if (file === null) {
          done(error);
          return;
        }
        file.read(into, this.offset, (failure, count) => {
          files.done(this.#block.slot);
          if (failure === null && count < into.length) this.#block.isDamaged = true;
          done(failure);
        });
      });
    });
  }

  /** Length of the record at `at`; 0 when it is not whole in this part. */
  #recordAt(view: DataView, at: number, length: number): number {
    const left = this.#block.written - this.offset - at;
    if (length - at < RECORD_BYTES_MIN && left > length - at) return 0;
    const record = length - at < RECORD_BYTES_MIN ? 0 : recordLength(view, at);
    if (record < RECORD_BYTES_MIN || record > left) this.#block.isDamaged = true;
    else if (record > length - at) this.#stepBytes = Math.max(STEP_BYTES, record);
    else return record;
    return 0;
  }

  #isKept(bytes: Uint8Array, view: DataView, at: number, length: number, newOffset: number): boolean {
    const kind = recordKind(view, at);
    const sequence = recordSequence(view, at);
    if (kind === RECORD_TOMBSTONE) {
      if (!this.#host.isNeeded(sequence)) return false;
      this.#tombstones.push(sequence);
      return true;
    }
    if (kind !== RECORD_MESSAGE || this.#columns === null) return false;
    const row = this.#columns.rowOf(sequence);
    if (row < 0 || this.#isRowKept[row] !== 1 || this.#columns.offsetAt(row) !== this.offset + at) return false;
    if (!isRecordSane(view, at, length) || !this.#options.arena.check(this.#block.key, bytes, at, length)) {
      this.#block.isDamaged = true;
      return false;
    }
    this.#sequences[this.#kept] = sequence;
    this.#offsets[this.#kept++] = newOffset;
    return true;
  }
}
