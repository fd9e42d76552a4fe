// Reads one block file into the index when a store is opened. Damage stays where it is: what cannot be read is stepped
// over by looking for the next record whose checksum holds, the messages it held are named as lost, and nothing is
// removed. Only an unreadable end of the very last block is cut off, as a crash leaves it; what is not plainly an
// unfinished write is copied aside first. Called by stream_recover.ts.
import type { DiskFile } from '../../ports/disk.ts';
import type { RecordArena } from '../commit/record_arena.ts';
import type { StreamIndex } from '../stream_index.ts';
import type { Block } from './block.ts';
import { BlockGaps } from './block_gaps.ts';
import type { Window } from './read_cache.ts';
import {
  isRecordSane,
  isSubjectSane,
  RECORD_BYTES_MIN,
  RECORD_ERASED,
  RECORD_HEAD_BYTES,
  RECORD_MESSAGE,
  RECORD_TOMBSTONE,
  recordKind,
  recordLength,
  recordSequence,
  recordSubjectBytes,
  recordTimeHigh,
  recordTimeLow,
} from './record.ts';
import { RecordScanner, readFully } from './record_scanner.ts';

/** A damaged stretch longer than this is not searched for records behind it. */
const SEARCH_BYTES_MAX = 64 * 1024 * 1024;
/** A jump of sequences by more than this is no jump that anybody made, where records are searched byte by byte. */
const SEARCH_JUMP_MAX = 2 ** 40;

/** A record of a message: its subject has one byte at least. */
const MESSAGE_BYTES_MIN = RECORD_BYTES_MIN + 1;

/** How the last bytes of a block look. */
export type BlockEnd =
  | { readonly kind: 'whole' }
  /** Bytes from `offset` on are an unfinished write. */
  | { readonly kind: 'unfinished'; readonly offset: number }
  /** Bytes from `offset` on are something else. */
  | { readonly kind: 'damaged'; readonly offset: number };

/** Something that cannot be read. */
export interface Damage {
  readonly block: Block | null;
  /** A line for the log. */
  readonly text: string;
  /** There are good records behind it. */
  readonly isInside: boolean;
  readonly bytes: number;
  /** What was there, where that can be told. */
  readonly sequences: readonly number[];
}

export interface ScanOptions {
  readonly isVerified: boolean;
  /** Nothing was ever taken from between two blocks. */
  readonly isUnbroken: boolean;
  /** Nor from the head. */
  readonly hasWholeHead: boolean;
  readonly blockBytesMax: number;
}

/** What all blocks of one stream share while they are read. */
export class StreamScan {
  readonly index: StreamIndex<Block>;
  readonly arena: RecordArena;
  /** Whether every checksum is verified, or only lengths, as a state file vouches for the rest. */
  readonly isVerified: boolean;
  bytes = 0;
  readonly lost = new Set<number>();
  lostBytes = 0;
  readonly gaps: BlockGaps;
  /** A block that was not cut short is about so long. */
  readonly #blockBytesMax: number;
  readonly damages: Damage[] = [];
  /** Sequences in damaged stretches that no tombstone has told of. */
  readonly #doubtful = new Set<number>();

  constructor(index: StreamIndex<Block>, arena: RecordArena, options: ScanOptions) {
    this.index = index;
    this.arena = arena;
    this.isVerified = options.isVerified;
    this.gaps = new BlockGaps(options.isUnbroken, options.hasWholeHead);
    this.#blockBytesMax = options.blockBytesMax;
  }

  /** Takes one record that is known to be good. */
  take(block: Block, bytes: Uint8Array, view: DataView, at: number, offset: number, length: number): void {
    const sequence = recordSequence(view, at);
    switch (recordKind(view, at)) {
      case RECORD_TOMBSTONE:
        this.#takeTombstone(block, sequence, recordTimeHigh(view, at), recordTimeLow(view, at));
        return;
      case RECORD_ERASED:
        this.gaps.passed(block, sequence, length === RECORD_BYTES_MIN);
        this.#takeErased(block, sequence, recordTimeHigh(view, at), recordTimeLow(view, at));
        return;
      case RECORD_MESSAGE:
        this.#takeMessage(block, bytes, view, at, offset, length, sequence);
    }
  }

  #takeMessage(
    block: Block,
    bytes: Uint8Array,
    view: DataView,
    at: number,
    offset: number,
    length: number,
    sequence: number,
  ): void {
    // Compat: filestore.go, rebuildStateFromBufLocked: what does not go up was accounted for already; 0 is an old erasure.
    if (sequence <= this.index.sequenceLast) return;
    const { index } = this;
    this.gaps.passed(block, sequence, false);
    const start = at + RECORD_HEAD_BYTES;
    const id = index.subjectId(bytes, start, start + recordSubjectBytes(view, at));
    index.append(id, sequence, recordTimeHigh(view, at), recordTimeLow(view, at), offset, length);
    block.addRecord(sequence);
    block.liveBytes += length;
    this.bytes += length;
  }

  /** Nobody can read these bytes; good records follow when it `isInside` the block. */
  noteDamage(damage: Damage): void {
    this.damages.push(damage);
    for (const sequence of damage.sequences) this.#doubtful.add(sequence);
  }

  /** An erasure that was cut short is no damage: the message was deleted before. */
  settleDamages(): void {
    const isHarmless = ({ sequences }: Damage): boolean =>
      sequences.length > 0 && sequences.every((sequence) => !this.#doubtful.has(sequence));
    const harmful = this.damages.filter((damage) => !isHarmless(damage));
    this.damages.splice(0, this.damages.length, ...harmful);
    this.lostBytes = harmful.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** So many bytes from `offset` on, up to the end of the block, cannot be read; or more, where it was cut short. */
  noteUnreadTail(block: Block, offset: number, bytes: number, isCut: boolean): void {
    const held = isCut ? Math.max(bytes, this.#blockBytesMax - offset) : bytes;
    this.gaps.suspect(block, Math.floor(held / MESSAGE_BYTES_MIN));
  }

  #takeErased(block: Block, sequence: number, timeHigh: number, timeLow: number): void {
    block.carried = Math.max(block.carried, sequence);
    if (sequence > this.index.sequenceLast) this.#skipTo(sequence, timeHigh, timeLow);
  }

  #takeTombstone(block: Block, sequence: number, timeHigh: number, timeLow: number): void {
    block.addTombstone(sequence);
    this.lost.delete(sequence);
    this.#doubtful.delete(sequence);
    const isAhead = sequence > this.index.sequenceLast;
    if (isAhead) this.#skipTo(sequence, timeHigh, timeLow);
    if (isAhead || !this.remove(sequence)) this.gaps.noteTombstone(sequence);
    // It carries the time of its message, which an erased record has lost.
    if (sequence === this.index.sequenceLast && timeHigh > 0) this.index.setTimeLast(timeHigh, timeLow);
  }

  #skipTo(sequence: number, timeHigh: number, timeLow: number): void {
    // An erased message keeps no time: then the one before it is the best there is.
    if (timeHigh === 0 && timeLow === 0) this.index.skipTo(sequence, this.index.timeLastHigh, this.index.timeLastLow);
    else this.index.skipTo(sequence, timeHigh, timeLow);
  }

  /** Takes a message out that something says was deleted. */
  remove(sequence: number): boolean {
    const columns = this.index.blockOf(sequence);
    if (columns === null) return false;
    const row = columns.rowOf(sequence);
    const length = columns.lengthAt(row);
    this.bytes -= length;
    columns.holder.liveBytes -= length;
    this.index.settle(this.index.remove(columns, row));
    return true;
  }
}

/** Reads the file; its rows go to the index's last block, which the caller opened. */
export async function scanBlock(
  scan: StreamScan,
  block: Block,
  file: DiskFile,
  size: number,
  isLast: boolean,
  windows: readonly [Window, Window],
): Promise<BlockEnd> {
  const scanner = new RecordScanner(file, size, windows);
  try {
    for (;;) {
      takeGoodRecords(scan, block, scanner);
      if (scanner.isAtEnd) return { kind: 'whole' };
      if (!scanner.hasWhole() || scanner.at === scanner.end) {
        await scanner.fill();
        continue;
      }
      const end = await stepOverDamage(scan, block, file, size, isLast, scanner);
      if (end !== null) return end;
    }
  } finally {
    await scanner.close();
  }
}

/** As far as good records go in what is in memory. The hot loop of an opening store. */
function takeGoodRecords(scan: StreamScan, block: Block, scanner: RecordScanner): void {
  const { bytes, view, end } = scanner;
  for (;;) {
    const { at } = scanner;
    if (!isRecordSane(view, at, end - at)) return;
    const length = recordLength(view, at);
    if (!isGood(scan, block, bytes, view, at, length)) return;
    scan.take(block, bytes, view, at, scanner.offset, length);
    scanner.skip(length);
  }
}

function isGood(
  scan: StreamScan,
  block: Block,
  bytes: Uint8Array,
  view: DataView,
  at: number,
  length: number,
): boolean {
  if (recordSequence(view, at) < 0) return false;
  if (scan.isVerified && !scan.arena.check(block.key, bytes, at, length)) return false;
  if (recordKind(view, at) !== RECORD_MESSAGE || recordSequence(view, at) === 0) return true;
  // The length of the subject is the one field that no checksum covers where there are no headers.
  const start = at + RECORD_HEAD_BYTES;
  return isSubjectSane(bytes, start, start + recordSubjectBytes(view, at));
}

/** Null when there is a good record further on, where the scanner continues. */
async function stepOverDamage(
  scan: StreamScan,
  block: Block,
  file: DiskFile,
  size: number,
  isLast: boolean,
  scanner: RecordScanner,
): Promise<BlockEnd | null> {
  const { offset } = scanner;
  const bytes = new Uint8Array(Math.min(size - offset, SEARCH_BYTES_MAX));
  const count = await readFully(file, bytes, offset);
  const rest = bytes.subarray(0, count);
  const next = findRecord(scan, block, rest);
  if (next < 0) return endOf(scan, block, rest, offset, isLast);
  block.isDamaged = true;
  noteLost(scan, block, rest, next, offset);
  await scanner.jump(offset + next);
  return null;
}

/** Offset of the next record that is good beyond doubt, -1 when there is none. */
function findRecord(scan: StreamScan, block: Block, rest: Uint8Array): number {
  const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
  // Where the damaged record itself says that it ends is the most likely place.
  const claimed = rest.length >= RECORD_BYTES_MIN ? recordLength(view, 0) : 0;
  if (claimed >= RECORD_BYTES_MIN && isRecordAt(scan, block, rest, view, claimed)) return claimed;
  for (let at = 1; at + RECORD_BYTES_MIN <= rest.length; at++) {
    if (isRecordAt(scan, block, rest, view, at)) return at;
  }
  return -1;
}

function isRecordAt(scan: StreamScan, block: Block, rest: Uint8Array, view: DataView, at: number): boolean {
  if (!isRecordSane(view, at, rest.length - at)) return false;
  const sequence = recordSequence(view, at);
  const last = scan.index.sequenceLast;
  if (sequence <= 0 || sequence > last + SEARCH_JUMP_MAX) return false;
  if (recordKind(view, at) === RECORD_MESSAGE && sequence <= last) return false;
  return scan.arena.check(block.key, rest, at, recordLength(view, at));
}

/** Names what was in a damaged stretch of `length` bytes in front of a good record. */
function noteLost(scan: StreamScan, block: Block, rest: Uint8Array, length: number, offset: number): void {
  const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
  const last = scan.index.sequenceLast;
  const next = recordKind(view, length) === RECORD_MESSAGE ? recordSequence(view, length) : Number.POSITIVE_INFINITY;
  const own = claimedSequence(view, 0, length);
  const isOwnPlausible = own > last && own < Math.min(next, last + SEARCH_JUMP_MAX);
  // So many messages fit at most (none, where it is as short as a tombstone): a wider gap of sequences has other reasons.
  const most = Math.floor(length / MESSAGE_BYTES_MIN);
  const isRecord = isOwnPlausible && recordLength(view, 0) === length;
  if (isRecord) {
    if (claimsMessage(view, 0)) scan.lost.add(own);
  } else if (next < Number.POSITIVE_INFINITY) {
    for (let i = 1; i <= most && next - i > last; i++) scan.lost.add(next - i);
  } else {
    for (let i = 1; i <= most; i++) scan.lost.add(last + i);
  }
  const text = `${block.slot.path}: ${length} bytes at ${offset} cannot be read`;
  scan.noteDamage({ block, text, isInside: true, bytes: length, sequences: isRecord ? [own] : [] });
}

/** What a damaged record says its sequence is; 0 when that makes no sense. */
function claimedSequence(view: DataView, at: number, available: number): number {
  return available < RECORD_BYTES_MIN ? 0 : Math.max(0, recordSequence(view, at));
}

/** Whether it may have been a message: only tombstones and skip marks are as short as can be and have no subject. */
function claimsMessage(view: DataView, at: number): boolean {
  if (recordLength(view, at) < MESSAGE_BYTES_MIN) return false;
  return recordKind(view, at) === RECORD_MESSAGE || recordSubjectBytes(view, at) > 0;
}

/** No good record follows. */
function endOf(scan: StreamScan, block: Block, rest: Uint8Array, offset: number, isLast: boolean): BlockEnd {
  if (isLast && isUnfinished(scan, block, rest)) return { kind: 'unfinished', offset };
  const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
  const own = claimedSequence(view, 0, rest.length);
  const last = scan.index.sequenceLast;
  const isRecord = own > last && own < last + SEARCH_JUMP_MAX && recordLength(view, 0) === rest.length;
  const text = `${block.slot.path}: the last ${rest.length} bytes, from ${offset} on, cannot be read`;
  scan.noteDamage({ block, text, isInside: false, bytes: rest.length, sequences: isRecord ? [own] : [] });
  if (!isLast) scan.noteUnreadTail(block, offset, rest.length, isUnfinished(scan, block, rest));
  else noteLostTail(scan, block, rest);
  block.isDamaged = true;
  return { kind: 'damaged', offset };
}

/** Somebody may have been told of the last messages: as far as their sequences can be made out they are not used again. */
function noteLostTail(scan: StreamScan, block: Block, rest: Uint8Array): void {
  const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
  const before = scan.index.sequenceLast;
  for (let at = 0; isRecordSane(view, at, rest.length - at); at += recordLength(view, at)) {
    const isNext = claimedSequence(view, at, rest.length - at) === scan.index.sequenceLast + 1;
    if (!isNext || !claimsMessage(view, at)) break;
    loseLast(scan);
  }
  if (scan.index.sequenceLast > before || rest.length < RECORD_BYTES_MIN) return;
  if (isRecordOfWrongLength(scan, block, rest)) {
    if (rest.length >= MESSAGE_BYTES_MIN && recordKind(view, 0) === RECORD_MESSAGE) loseLast(scan);
  } else if (recordLength(view, 0) === rest.length && claimsMessage(view, 0)) loseLast(scan);
}

function loseLast(scan: StreamScan): void {
  const sequence = scan.index.sequenceLast + 1;
  scan.lost.add(sequence);
  scan.index.skipTo(sequence, scan.index.timeLastHigh, scan.index.timeLastLow);
}

/** A write that did not get far: too short for what it says it is, or nothing but zeros. */
function isUnfinished(scan: StreamScan, block: Block, rest: Uint8Array): boolean {
  if (rest.every((byte) => byte === 0)) return true;
  if (rest.length < RECORD_BYTES_MIN) return true;
  const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
  const length = recordLength(view, 0);
  if (length <= rest.length) return false;
  const sequence = recordSequence(view, 0);
  const isNext = sequence > 0 && sequence <= scan.index.sequenceLast + 1;
  return isNext && !isRecordOfWrongLength(scan, block, rest);
}

/** Whether all is well with the record but its length, which no checksum covers: then it was written to its end. */
function isRecordOfWrongLength(scan: StreamScan, block: Block, rest: Uint8Array): boolean {
  if (rest.length < RECORD_BYTES_MIN) return false;
  const copy = rest.slice();
  const view = new DataView(copy.buffer);
  for (const flag of [0, 0x8000_0000]) {
    view.setUint32(0, (rest.length | flag) >>> 0, true);
    if (isRecordSane(view, 0, copy.length) && scan.arena.check(block.key, copy, 0, copy.length)) return true;
  }
  return false;
}
