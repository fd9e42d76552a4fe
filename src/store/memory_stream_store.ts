// A stream in memory: headers and payloads in slabs of typed arrays, everything else in the index. It keeps no object
// per message. A slab goes when its last message goes, and is rewritten when more than half of it is dead, so memory
// stays in proportion to what is stored. Everything is "durable" at once; nothing survives the process.
import { assert } from '../base/assert.ts';
import type { Clock } from '../ports/clock.ts';
import type { Message } from '../ports/message.ts';
import { BlockColumns } from './block_columns.ts';
import { IndexedStore } from './indexed_store.ts';
import { TTL_NONE } from './message_ttl.ts';
import { StreamIndex } from './stream_index.ts';
import {
  READ_FOUND,
  READ_MISSING,
  type ReadResult,
  type StoredMessage,
  type StoreLimits,
  type StreamStore,
} from './stream_store.ts';

const SLAB_BYTES_FIRST = 4096;
const SLAB_BYTES_MAX = 1 << 20;
/** A slab with fewer dead bytes than this is not worth a rewrite. */
const REWRITE_BYTES_MIN = 1024;

// A message in a slab, at a multiple of 4:
//
//   0        4         8
//   | header | payload | header bytes | payload bytes | 0..3 bytes to the next multiple of 4
//     length   length
const LENGTHS_BYTES = 8;
/** What the reference adds to subject, header and payload. Compat: memstore.go, memStoreMsgSizeRaw. */
const MESSAGE_OVERHEAD = 16;

interface Slab {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  used: number;
  /** Bytes of records that are not deleted. */
  liveBytes: number;
  /** The same messages as the reference counts them. */
  countedBytes: number;
}

export interface MemoryStreamStoreOptions {
  readonly clock: Clock;
  readonly limits: StoreLimits;
  /** Any number; differs between servers, so that nobody can prepare subjects that collide. */
  readonly seed: number;
}

export class MemoryStreamStore extends IndexedStore<Slab> implements StreamStore {
  readonly kind = 'memory';
  readonly fault = null;
  readonly pendingBytes = 0;
  #nextSlabBytes = SLAB_BYTES_FIRST;
  #isClosed = false;
  #isAnnounced = false;

  constructor(options: MemoryStreamStoreOptions) {
    super(new StreamIndex<Slab>(options.seed), options.clock, options.limits);
  }

  /** Nothing was there before. */
  get sequenceCertain(): number {
    return 0;
  }

  get sequenceDurable(): number {
    return this.index.sequenceLast;
  }

  append(message: Message, timeHigh: number, timeLow: number, ttlSeconds = TTL_NONE): number {
    assert(!this.#isClosed, 'a closed store takes no messages');
    const index = this.index;
    const { body, headerStart, payloadStart, payloadEnd } = message;
    const bodyLength = payloadEnd - headerStart;
    const length = (LENGTHS_BYTES + bodyLength + 3) & ~3;
    const last = index.blocks[index.blocks.length - 1];
    const slab =
      last !== undefined && last.holder.used + length <= last.holder.bytes.length ? last.holder : this.#addSlab(length);
    const offset = slab.used;
    slab.words[offset >>> 2] = payloadStart - headerStart;
    slab.words[(offset >>> 2) + 1] = payloadEnd - payloadStart;
    copyBytes(body, headerStart, payloadEnd, slab.bytes, offset + LENGTHS_BYTES);
    slab.used = offset + length;
    slab.liveBytes += length;

    const counted = message.subjectEnd - message.subjectStart + bodyLength + MESSAGE_OVERHEAD;
    slab.countedBytes += counted;
    const id = index.subjectId(message.subject, message.subjectStart, message.subjectEnd);
    const sequence = index.sequenceLast + 1;
    index.append(id, sequence, timeHigh, timeLow, offset, length);
    this.bytes += counted;
    if (ttlSeconds !== TTL_NONE) this.expires(sequence, timeHigh, timeLow, ttlSeconds);
    this.enforceLimits(id);
    this.#announce();
    return sequence;
  }

  recordBytes(subjectBytes: number, headerBytes: number, payloadBytes: number): number {
    return subjectBytes + headerBytes + payloadBytes + MESSAGE_OVERHEAD;
  }

  skipTo(sequence: number, timeHigh: number, timeLow: number): void {
    this.index.skipTo(sequence, timeHigh, timeLow);
    this.#announce();
  }

  /** What one turn stored is one round, as on disk: listeners hear of it when the turn ends. */
  #announce(): void {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    this.clock.atTurnEnd(this.#durable);
  }

  readonly #durable = (): void => {
    this.#isAnnounced = false;
    if (this.#isClosed) return;
    for (const listener of this.listeners) listener.durable();
  };

  whenDurable(_sequence: number, callback: () => void): void {
    callback();
  }

  read(sequence: number, into: StoredMessage): ReadResult {
    const block = this.index.blockOf(sequence);
    if (block === null) return READ_MISSING;
    const row = block.rowOf(sequence);
    const slab = block.holder;
    const offset = block.offsetAt(row);
    const id = block.subjects[row]!;
    const message = into.message;
    message.subject = this.index.subjects.nameChunk(id);
    message.subjectStart = this.index.subjects.nameStart(id);
    message.subjectEnd = message.subjectStart + this.index.subjects.nameLength(id);
    message.replyEnd = message.replyStart;
    message.body = slab.bytes;
    message.headerStart = offset + LENGTHS_BYTES;
    message.payloadStart = message.headerStart + slab.words[offset >>> 2]!;
    message.payloadEnd = message.payloadStart + slab.words[(offset >>> 2) + 1]!;
    message.client = null;
    into.sequence = sequence;
    into.timeHigh = block.timesHigh[row]!;
    into.timeLow = block.timesLow[row]!;
    return READ_FOUND;
  }

  load(_sequence: number, callback: () => void): void {
    this.clock.after(0, callback);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.stopWatchingAge();
    return Promise.resolve();
  }

  destroy(): Promise<void> {
    this.index.clear();
    this.bytes = 0;
    return this.close();
  }

  /** Bytes of memory held, about: for tests and statistics. */
  memoryBytes(): number {
    let bytes = this.index.memoryBytes();
    for (const block of this.index.blocks) bytes += block.holder.bytes.length;
    return bytes;
  }

  protected override rowBytes(block: BlockColumns<Slab>, row: number): number {
    const word = block.offsetAt(row) >>> 2;
    const subjectLength = this.index.subjects.nameLength(block.subjects[row]!);
    return subjectLength + block.holder.words[word]! + block.holder.words[word + 1]! + MESSAGE_OVERHEAD;
  }

  protected override blockBytes(block: BlockColumns<Slab>): number {
    return block.holder.countedBytes;
  }

  protected override rowRemoved(block: BlockColumns<Slab>, row: number): void {
    block.holder.liveBytes -= block.lengthAt(row);
    block.holder.countedBytes -= this.rowBytes(block, row);
    // The last slab still takes messages; it is looked at when it is full.
    if (block !== this.index.blocks[this.index.blocks.length - 1]) this.#tidyBlock(block);
  }

  protected override allRemoved(): void {
    this.#nextSlabBytes = SLAB_BYTES_FIRST;
  }

  protected override rowCut(): void {
    // headRemoved() counts what is left.
  }

  protected override headRemoved(_dropped: readonly BlockColumns<Slab>[], cut: BlockColumns<Slab> | null): void {
    if (cut === null) return;
    let liveBytes = 0;
    let countedBytes = 0;
    for (let row = cut.liveFrom; row < cut.rows; row++) {
      if (!cut.isLive(row)) continue;
      liveBytes += cut.lengthAt(row);
      countedBytes += this.rowBytes(cut, row);
    }
    cut.holder.liveBytes = liveBytes;
    cut.holder.countedBytes = countedBytes;
    if (cut !== this.index.blocks.at(-1)) this.#tidyBlock(cut);
  }

  #addSlab(length: number): Slab {
    const full = this.index.blocks.at(-1);
    const size = Math.max(this.#nextSlabBytes, length);
    this.#nextSlabBytes = Math.min(this.#nextSlabBytes * 2, SLAB_BYTES_MAX);
    const slab = makeSlab(size);
    this.index.addBlock(slab);
    if (full !== undefined) this.#tidyBlock(full);
    return slab;
  }

  /** Drops a block without messages, rewrites one that is mostly dead. */
  #tidyBlock(block: BlockColumns<Slab>): void {
    if (block.live === 0) {
      this.index.dropBlock(block);
      return;
    }
    const slab = block.holder;
    const dead = slab.bytes.length - slab.liveBytes;
    if (dead > slab.liveBytes && dead >= REWRITE_BYTES_MIN) this.#rewrite(block);
  }

  #rewrite(block: BlockColumns<Slab>): void {
    const from = block.holder;
    const into = makeSlab(from.liveBytes);
    const columns = new BlockColumns(into);
    for (let row = block.liveFrom; row < block.rows; row++) {
      if (!block.isLive(row)) continue;
      const offset = block.offsetAt(row);
      const length = block.lengthAt(row);
      into.bytes.set(from.bytes.subarray(offset, offset + length), into.used);
      columns.add(
        block.sequenceAt(row),
        block.subjects[row]!,
        block.timesHigh[row]!,
        block.timesLow[row]!,
        into.used,
        length,
      );
      into.used += length;
    }
    into.liveBytes = into.used;
    into.countedBytes = from.countedBytes;
    columns.trim();
    this.index.replaceBlock(block, columns);
  }
}

function makeSlab(size: number): Slab {
  const buffer = new ArrayBuffer((size + 3) & ~3);
  return { bytes: new Uint8Array(buffer), words: new Uint32Array(buffer), used: 0, liveBytes: 0, countedBytes: 0 };
}

/** Short runs byte by byte: a view costs more than sixty-four bytes do. */
function copyBytes(from: Uint8Array, start: number, end: number, into: Uint8Array, at: number): void {
  if (end - start > 64) into.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) into[at + i - start] = from[i]!;
}
