// What the index keeps of the messages in one block (a block file, a slab of memory): columns, one row per sequence.
// A row costs 16 bytes: offset, subject id, time. Rows are dense (row = sequence - first) as long as sequences follow
// each other closely; after a jump the block gets a column of sequences and rows are found by search, so that a gap of
// any size costs nothing. It knows nothing about bytes of records; StreamIndex and the stores read and fill it.
import { assert } from '../base/assert.ts';

/** High bit of an offset: the message is no longer stored. The low bits still tell where its record lies. */
export const ROW_DELETED = 0x8000_0000;
/** Bit below it: the deletion is written down nowhere, it follows from a limit. */
const ROW_UNMARKED = 0x4000_0000;
export const ROW_OFFSET_MASK = 0x3fff_ffff;
/** Subject id of rows without a message (fillers of small gaps, erased records). */
export const ROW_NO_SUBJECT = 0xffff_ffff;

/** Gaps become deleted rows as long as those are at most this many and half of the real ones; else the block is sparse. */
const GAP_ROWS_FREE = 64;
const PRESENCE_WORDS = 32;
const ROWS_START = 16;

export class BlockColumns<Holder> {
  /** The slab or file that holds the bytes. */
  readonly holder: Holder;
  /** Sequence of row 0; meaningless while there are no rows. */
  sequenceFirst = 0;
  /** Sequence of the last row. */
  sequenceLast = 0;
  rows = 0;
  /** Rows that are not deleted. */
  live = 0;
  /** No row before this one is live. */
  liveFrom = 0;
  /** Sequence per row, or null while rows are dense. */
  sequences: Float64Array | null = null;
  offsets: Uint32Array = new Uint32Array(ROWS_START);
  subjects: Uint32Array = new Uint32Array(ROWS_START);
  timesHigh: Uint32Array = new Uint32Array(ROWS_START);
  timesLow: Uint32Array = new Uint32Array(ROWS_START);
  /** The latest time of any row. */
  timeMaxHigh = 0;
  timeMaxLow = 0;
  /** Record length per row; null while every row's record ends where the next one begins. */
  lengths: Uint32Array | null = null;
  /** Where the last row's record ends; offsets of further records start here. */
  end = 0;
  /** Distance to the next message of the same subject, 0 when not known; null unless a per-subject limit needs it. */
  links: Uint32Array | null = null;
  /** Rows that fill gaps. */
  #gapRows = 0;
  /** One bit per subject id modulo 1024: clear means that no row has such an id. */
  readonly presence = new Uint32Array(PRESENCE_WORDS);

  constructor(holder: Holder) {
    this.holder = holder;
  }

  /** Adds a live row. Sequences and offsets ascend; `length` is that of the record. */
  add(sequence: number, subjectId: number, timeHigh: number, timeLow: number, offset: number, length: number): void {
    if (this.rows === 0) this.sequenceFirst = sequence;
    else if (sequence !== this.sequenceLast + 1) this.#leaveGap(sequence, offset);
    if (this.rows === this.offsets.length) this.#grow();
    const row = this.rows++;
    this.offsets[row] = offset;
    this.subjects[row] = subjectId;
    this.timesHigh[row] = timeHigh;
    this.timesLow[row] = timeLow;
    if (this.sequences !== null) this.sequences[row] = sequence;
    if (this.lengths !== null) this.lengths[row] = length;
    else if (offset !== this.end && row > 0) this.#useLengths(length);
    this.end = offset + length;
    this.sequenceLast = sequence;
    this.live++;
    if (timeHigh > this.timeMaxHigh || (timeHigh === this.timeMaxHigh && timeLow > this.timeMaxLow)) {
      this.timeMaxHigh = timeHigh;
      this.timeMaxLow = timeLow;
    }
    this.presence[(subjectId >>> 5) & (PRESENCE_WORDS - 1)] =
      this.presence[(subjectId >>> 5) & (PRESENCE_WORDS - 1)]! | (1 << (subjectId & 31));
  }

  /** Marks a live row deleted. */
  delete(row: number): void {
    assert(this.offsets[row]! < ROW_DELETED, 'only a live row is deleted');
    this.offsets[row] = this.offsets[row]! + ROW_DELETED;
    this.live--;
    if (row === this.liveFrom) {
      let from = row + 1;
      while (from < this.rows && this.offsets[from]! >= ROW_DELETED) from++;
      this.liveFrom = from;
    }
  }

  /** Marks every row before `to` deleted; `removed` of them were live. */
  deleteBefore(to: number, removed: number): void {
    for (let row = this.liveFrom; row < to; row++) {
      if (this.offsets[row]! < ROW_DELETED) this.offsets[row] = this.offsets[row]! + ROW_DELETED;
    }
    this.live -= removed;
    this.liveFrom = Math.max(this.liveFrom, to);
    while (this.liveFrom < this.rows && this.offsets[this.liveFrom]! >= ROW_DELETED) this.liveFrom++;
  }

  sequenceAt(row: number): number {
    return this.sequences === null ? this.sequenceFirst + row : this.sequences[row]!;
  }

  /** The row of exactly this sequence, -1 when there is none. */
  rowOf(sequence: number): number {
    if (this.rows === 0 || sequence < this.sequenceFirst || sequence > this.sequenceLast) return -1;
    if (this.sequences === null) return sequence - this.sequenceFirst;
    const row = this.rowFrom(sequence);
    return this.sequences[row] === sequence ? row : -1;
  }

  /** The first row with at least this sequence; `rows` when all are lower. */
  rowFrom(sequence: number): number {
    if (this.rows === 0 || sequence > this.sequenceLast) return this.rows;
    if (sequence <= this.sequenceFirst) return 0;
    const sequences = this.sequences;
    if (sequences === null) return sequence - this.sequenceFirst;
    let low = 0;
    let high = this.rows - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sequences[middle]! < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  isLive(row: number): boolean {
    return this.offsets[row]! < ROW_DELETED;
  }

  /** Notes that nothing on disk says yet that this deleted row is deleted. */
  setUnmarked(row: number): void {
    if (!this.isUnmarked(row)) this.offsets[row] = this.offsets[row]! + ROW_UNMARKED;
  }

  clearUnmarked(row: number): void {
    if (this.isUnmarked(row)) this.offsets[row] = this.offsets[row]! - ROW_UNMARKED;
  }

  isUnmarked(row: number): boolean {
    return (this.offsets[row]! & ROW_UNMARKED) !== 0;
  }

  offsetAt(row: number): number {
    return this.offsets[row]! & ROW_OFFSET_MASK;
  }

  lengthAt(row: number): number {
    if (this.lengths !== null) return this.lengths[row]!;
    return (row + 1 < this.rows ? this.offsets[row + 1]! & ROW_OFFSET_MASK : this.end) - this.offsetAt(row);
  }

  hasPresence(subjectId: number): boolean {
    return ((this.presence[(subjectId >>> 5) & (PRESENCE_WORDS - 1)]! >>> (subjectId & 31)) & 1) !== 0;
  }

  /** Whether any subject of a filter, folded the same way, may be in here. */
  meets(fold: Uint32Array): boolean {
    for (let i = 0; i < PRESENCE_WORDS; i++) if ((this.presence[i]! & fold[i]!) !== 0) return true;
    return false;
  }

  /** Gives back what geometric growth left over: for a block that takes no more rows. */
  trim(): void {
    if (this.offsets.length - this.rows > this.rows >>> 3) this.#resize(this.rows);
  }

  /** Gives every row its own length, which it can only know while records still lie one behind the other. */
  #useLengths(lastLength: number): void {
    const lengths = new Uint32Array(this.offsets.length);
    const last = this.rows - 1;
    for (let row = 0; row < last - 1; row++) lengths[row] = this.offsetAt(row + 1) - this.offsetAt(row);
    if (last > 0) lengths[last - 1] = this.end - this.offsetAt(last - 1);
    lengths[last] = lastLength;
    this.lengths = lengths;
  }

  startLinks(): void {
    this.links ??= new Uint32Array(this.offsets.length);
  }

  memoryBytes(): number {
    const columns =
      4 + (this.sequences === null ? 0 : 2) + (this.lengths === null ? 0 : 1) + (this.links === null ? 0 : 1);
    return this.offsets.length * 4 * columns + PRESENCE_WORDS * 4;
  }

  /** Sequences between the last row and `sequence` are not stored: rows for a few, a column of sequences for many. */
  #leaveGap(sequence: number, offset: number): void {
    assert(sequence > this.sequenceLast, 'sequences ascend in a block');
    if (this.sequences !== null) return;
    const gap = sequence - this.sequenceLast - 1;
    if (this.#gapRows + gap > GAP_ROWS_FREE + ((this.rows - this.#gapRows) >>> 1)) {
      const sequences = new Float64Array(this.offsets.length);
      for (let row = 0; row < this.rows; row++) sequences[row] = this.sequenceFirst + row;
      this.sequences = sequences;
      return;
    }
    this.#gapRows += gap;
    for (let i = 0; i < gap; i++) {
      if (this.rows === this.offsets.length) this.#grow();
      const row = this.rows++;
      this.offsets[row] = ROW_DELETED + (this.lengths === null ? this.end : offset);
      this.subjects[row] = ROW_NO_SUBJECT;
      this.timesHigh[row] = 0;
      this.timesLow[row] = 0;
      if (this.lengths !== null) this.lengths[row] = 0;
    }
    if (this.liveFrom === this.rows - gap) this.liveFrom = this.rows;
  }

  #grow(): void {
    this.#resize(Math.max(ROWS_START, this.offsets.length * 2));
  }

  #resize(length: number): void {
    this.offsets = resized(this.offsets, length);
    this.subjects = resized(this.subjects, length);
    this.timesHigh = resized(this.timesHigh, length);
    this.timesLow = resized(this.timesLow, length);
    if (this.lengths !== null) this.lengths = resized(this.lengths, length);
    if (this.links !== null) this.links = resized(this.links, length);
    if (this.sequences !== null) {
      const sequences = new Float64Array(length);
      sequences.set(this.sequences.subarray(0, Math.min(length, this.rows)));
      this.sequences = sequences;
    }
  }
}

function resized(column: Uint32Array, length: number): Uint32Array {
  const next = new Uint32Array(length);
  next.set(length < column.length ? column.subarray(0, length) : column);
  return next;
}
