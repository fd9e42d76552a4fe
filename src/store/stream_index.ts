// Which sequences of a stream are stored, under which subject, when and where: columns per block plus the subject
// table, 16 bytes a message. It answers every question of StreamStore's "finding" part without touching disk, and it
// is the only place that knows what is live. Both stores fill it; it never reads a record and never decides a removal.
import { assert } from '../base/assert.ts';
import { BlockColumns, ROW_DELETED } from './block_columns.ts';
import { type CompiledFilter, FilterTable, isLiteral, subjectPasses } from './store_filter.ts';
import type { StoreFilter, SubjectTotal } from './stream_store.ts';
import { SubjectTable } from './subject_table.ts';

/** A query that meets more inexact subjects than this settles all of them in one walk over the rows. */
const SETTLE_ONE_BY_ONE_MAX = 16;
/** Filters over at most this many subjects use their first and last sequences to skip rows. */
const NARROW_FILTER_MAX = 32;
/** The longest list of deleted sequences that is ever built. */
export const DELETED_LIST_MAX = 1_000_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class StreamIndex<Holder> {
  readonly subjects: SubjectTable;
  readonly filters: FilterTable;
  /** Ascending by sequence; a block without rows can only be the last one. */
  readonly blocks: BlockColumns<Holder>[] = [];
  /** Live messages. */
  messages = 0;
  /** Lowest live sequence, `sequenceLast + 1` when nothing is live. */
  sequenceFirst = 1;
  sequenceLast = 0;
  /** Time of the last sequence given out, Unix nanoseconds in two halves; 0 before the first. */
  timeLastHigh = 0;
  timeLastLow = 0;

  #lastId = -1;
  #isLinked = false;
  /** Where the last lookup ended: most lookups ask for the same block again. */
  #blockHint = 0;

  constructor(seed: number) {
    this.subjects = new SubjectTable(seed);
    this.filters = new FilterTable(this.subjects);
  }

  // --- filling ---------------------------------------------------------------------------------------------------

  /** Opens a block behind the last one; the one before takes no more rows. */
  addBlock(holder: Holder): BlockColumns<Holder> {
    const last = this.blocks.at(-1);
    if (last !== undefined && last.rows === 0) this.blocks.pop();
    else last?.trim();
    const block = new BlockColumns(holder);
    if (this.#isLinked) block.startLinks();
    this.blocks.push(block);
    return block;
  }

  /** Id of a subject, a new one when it has none yet. Must be followed by append(). */
  subjectId(bytes: Uint8Array, start: number, end: number): number {
    if (this.#lastId >= 0 && this.subjects.isNamed(this.#lastId, bytes, start, end)) return this.#lastId;
    let id = this.subjects.find(bytes, start, end);
    if (id < 0) {
      id = this.subjects.add(bytes, start, end);
      this.filters.assigned(id, bytes, start, end);
    }
    this.#lastId = id;
    return id;
  }

  /** Adds a message to the last block. Its sequence is above every other one's. */
  append(subjectId: number, sequence: number, timeHigh: number, timeLow: number, offset: number, length: number): void {
    assert(sequence > this.sequenceLast, 'sequences ascend');
    const block = this.blocks[this.blocks.length - 1]!;
    block.add(sequence, subjectId, timeHigh, timeLow, offset, length);
    if (this.messages++ === 0) this.sequenceFirst = sequence;
    this.sequenceLast = sequence;
    this.timeLastHigh = timeHigh;
    this.timeLastLow = timeLow;
    const subjects = this.subjects;
    const count = subjects.counts[subjectId]!;
    if (count === 0) subjects.setFirst(subjectId, sequence, false);
    else if (this.#isLinked) this.#link(subjectId, subjects.lasts[subjectId]!, sequence);
    subjects.counts[subjectId] = count + 1;
    subjects.setLast(subjectId, sequence, false);
  }

  /** Gives out sequences without a message. */
  skipTo(sequence: number, timeHigh: number, timeLow: number): void {
    assert(sequence >= this.sequenceLast, 'a skip goes forward');
    if (sequence === this.sequenceLast) return;
    this.sequenceLast = sequence;
    this.timeLastHigh = timeHigh;
    this.timeLastLow = timeLow;
    if (this.messages === 0) this.sequenceFirst = sequence + 1;
  }

  /** Corrects the time of the last sequence given out. */
  setTimeLast(timeHigh: number, timeLow: number): void {
    this.timeLastHigh = timeHigh;
    this.timeLastLow = timeLow;
  }

  // --- removing --------------------------------------------------------------------------------------------------

  /**
   * Marks a row deleted and returns its subject id. When that was the subject's last message the caller must call
   * settle() with the id once nobody needs it any more.
   */
  remove(block: BlockColumns<Holder>, row: number): number {
    const sequence = block.sequenceAt(row);
    const id = block.subjects[row]!;
    block.delete(row);
    this.messages--;
    const subjects = this.subjects;
    const count = subjects.counts[id]! - 1;
    subjects.counts[id] = count;
    if (count > 0) {
      if (sequence === subjects.firsts[id]) {
        // Only two remain to choose from when the other end is known.
        if (count === 1 && !subjects.isLastBound(id)) subjects.setFirst(id, subjects.lasts[id]!, false);
        else subjects.setFirst(id, sequence + this.#linkAt(block, row), true);
      } else if (sequence === subjects.lasts[id]) {
        if (count === 1 && !subjects.isFirstBound(id)) subjects.setLast(id, subjects.firsts[id]!, false);
        else subjects.setLast(id, sequence - 1, true);
      }
    }
    if (sequence === this.sequenceFirst) this.#advanceFirst(sequence);
    return id;
  }

  /** Gives a subject's id back when it has no messages left. */
  settle(id: number): void {
    if (this.subjects.counts[id] !== 0) return;
    if (id === this.#lastId) this.#lastId = -1;
    this.filters.released(id);
    this.subjects.release(id);
  }

  /** Takes a block without live rows out. */
  dropBlock(block: BlockColumns<Holder>): void {
    assert(block.live === 0, 'only a block without messages is dropped');
    const at = this.#placeOf(block);
    if (at >= 0) this.blocks.splice(at, 1);
  }

  /** Marks all rows before `to` deleted and returns how many were live. Must be followed by headRemoved(). */
  removeRows(block: BlockColumns<Holder>, to: number): number {
    const { counts } = this.subjects;
    const { offsets, subjects } = block;
    let removed = 0;
    for (let row = block.liveFrom; row < to; row++) {
      if (offsets[row]! >= ROW_DELETED) continue;
      const id = subjects[row]!;
      counts[id] = counts[id]! - 1;
      removed++;
    }
    block.deleteBefore(to, removed);
    this.messages -= removed;
    return removed;
  }

  /** After removeRows() on everything below `sequence`: takes the first blocks out, settles subjects and first sequence. */
  headRemoved(blocksDropped: number, sequence: number): void {
    this.blocks.splice(0, blocksDropped);
    const { subjects } = this;
    for (let id = 0; id < subjects.idsEnd; id++) {
      if (subjects.nameLength(id) === 0) continue;
      if (subjects.counts[id] === 0) this.settle(id);
      else if (subjects.firsts[id]! < sequence) subjects.setFirst(id, sequence, true);
    }
    this.#advanceFirst(this.sequenceFirst);
  }

  /** Puts columns with the same live rows at the place of `block`: after a rewrite of its bytes. */
  replaceBlock(block: BlockColumns<Holder>, by: BlockColumns<Holder>): void {
    assert(block.live === by.live, 'a rewritten block keeps its messages');
    const at = this.#placeOf(block);
    assert(at >= 0, 'a rewritten block is in the index');
    if (block.links !== null) copyLinks(block, by);
    this.blocks[at] = by;
  }

  /** Forgets every message; sequences go on behind `sequenceLast`. */
  clear(): void {
    this.subjects.clear();
    this.filters.clear();
    this.blocks.length = 0;
    this.messages = 0;
    this.sequenceFirst = this.sequenceLast + 1;
    this.#lastId = -1;
    this.#blockHint = 0;
  }

  // --- looking up ------------------------------------------------------------------------------------------------

  /** The block that holds the row of a live message, or null. */
  blockOf(sequence: number): BlockColumns<Holder> | null {
    if (sequence < this.sequenceFirst || sequence > this.sequenceLast) return null;
    const at = this.#blockFrom(sequence);
    if (at === this.blocks.length) return null;
    const block = this.blocks[at]!;
    const row = block.rowOf(sequence);
    return row >= 0 && block.isLive(row) ? block : null;
  }

  subjectIdOf(sequence: number): number {
    const block = this.blockOf(sequence);
    return block === null ? -1 : block.subjects[block.rowOf(sequence)]!;
  }

  /** Exact first sequence of a subject that has messages. */
  firstOf(id: number): number {
    const subjects = this.subjects;
    if (subjects.isFirstBound(id)) subjects.setFirst(id, this.#settleFirst(id), false);
    return subjects.firsts[id]!;
  }

  /** Exact last sequence of a subject that has messages. */
  lastOf(id: number): number {
    const subjects = this.subjects;
    if (subjects.isLastBound(id)) subjects.setLast(id, this.#previousOf(id, subjects.lasts[id]!), false);
    return subjects.lasts[id]!;
  }

  nextSequence(filter: StoreFilter | null, from: number): number {
    const body = this.filters.bodyOf(filter);
    const start = Math.max(from, this.sequenceFirst);
    if (this.messages === 0 || start > this.sequenceLast) return 0;
    if (body === null) return this.#nextLive(start);
    if (body.matches === 0) return 0;
    if (body.onlyId >= 0) return this.#nextOf(body.onlyId, start);
    const low = Math.max(start, this.#narrowFrom(body, start));
    return low > this.sequenceLast ? 0 : this.#nextPassing(body, low);
  }

  previousSequence(filter: StoreFilter | null, upTo: number): number {
    const body = this.filters.bodyOf(filter);
    const start = Math.min(upTo, this.sequenceLast);
    if (this.messages === 0 || start < this.sequenceFirst) return 0;
    if (body === null) return this.#previousLive(start);
    if (body.matches === 0) return 0;
    if (body.onlyId >= 0) return this.#previousOf(body.onlyId, start);
    return this.#previousPassing(body, start);
  }

  count(filter: StoreFilter | null, from: number, lastPerSubject: boolean): number {
    const body = this.filters.bodyOf(filter);
    if (this.messages === 0 || from > this.sequenceLast || body?.matches === 0) return 0;
    if (lastPerSubject) return this.#countLasts(body, from);
    if (body === null) return from <= this.sequenceFirst ? this.messages : this.#countRows(null, from, true);
    const total = this.#totalOf(body);
    if (from <= this.sequenceFirst) return total;
    if (body.onlyId >= 0 && from <= this.subjects.firsts[body.onlyId]!) return total;
    // Walk the shorter side of `from`.
    return this.#liesInFirstHalf(from) ? total - this.#countRows(body, from, false) : this.#countRows(body, from, true);
  }

  lastPerSubject(filter: StoreFilter | null, upTo: number): number[] {
    const body = this.filters.bodyOf(filter);
    const found: number[] = [];
    if (this.messages === 0 || upTo < this.sequenceFirst || body?.matches === 0) return found;
    const subjects = this.subjects;
    this.#settleLasts();
    const wanted = new Uint8Array(subjects.idsEnd);
    let missing = 0;
    for (let id = 0; id < subjects.idsEnd; id++) {
      if (subjects.counts[id] === 0 || (body !== null && !body.has(id))) continue;
      if (subjects.lasts[id]! <= upTo) found.push(subjects.lasts[id]!);
      else if (subjects.firsts[id]! <= upTo) {
        wanted[id] = 1;
        missing++;
      }
    }
    if (missing > 0) this.#collectLasts(wanted, missing, upTo, found);
    return found.sort((a, b) => a - b);
  }

  subjectTotals(filter: string, offset: number, limit: number): SubjectTotal[] {
    const subjects = this.subjects;
    const pattern = encoder.encode(filter);
    const ids: number[] = [];
    if (isLiteral(filter)) {
      const id = subjects.find(pattern, 0, pattern.length);
      if (id >= 0) ids.push(id);
    } else {
      for (let id = 0; id < subjects.idsEnd; id++) {
        const length = subjects.nameLength(id);
        const start = subjects.nameStart(id);
        if (length > 0 && subjectPasses(pattern, subjects.nameChunk(id), start, start + length)) ids.push(id);
      }
      ids.sort((a, b) => subjects.compareNames(a, b));
    }
    this.#settleLasts();
    return ids.slice(offset, offset + limit).map((id) => ({
      subject: this.subjectName(id),
      messages: subjects.counts[id]!,
      sequenceFirst: this.firstOf(id),
      sequenceLast: this.lastOf(id),
    }));
  }

  subjectName(id: number): string {
    const start = this.subjects.nameStart(id);
    return decoder.decode(this.subjects.nameChunk(id).subarray(start, start + this.subjects.nameLength(id)));
  }

  /** At most DELETED_LIST_MAX of them. */
  deletedSequences(): number[] {
    const deleted: number[] = [];
    let expected = this.sequenceFirst;
    for (let sequence = this.#nextLive(expected); sequence !== 0; sequence = this.#nextLive(expected)) {
      for (; expected < sequence && deleted.length < DELETED_LIST_MAX; expected++) deleted.push(expected);
      expected = sequence + 1;
    }
    for (; expected <= this.sequenceLast && deleted.length < DELETED_LIST_MAX; expected++) deleted.push(expected);
    return deleted;
  }

  /** First live sequence at or after a time; `sequenceLast + 1` when all are older. */
  sequenceAtTime(timeHigh: number, timeLow: number): number {
    for (const block of this.blocks) {
      if (block.live === 0 || isEarlier(block.timeMaxHigh, block.timeMaxLow, timeHigh, timeLow)) continue;
      for (let row = block.liveFrom; row < block.rows; row++) {
        if (!block.isLive(row)) continue;
        if (!isEarlier(block.timesHigh[row]!, block.timesLow[row]!, timeHigh, timeLow)) return block.sequenceAt(row);
      }
    }
    return this.sequenceLast + 1;
  }

  /** From now on messages of one subject are linked, so that the one after the first is found at once. */
  startLinks(): void {
    if (this.#isLinked) return;
    this.#isLinked = true;
    const nextOfSubject = new Float64Array(this.subjects.idsEnd);
    for (let i = this.blocks.length - 1; i >= 0; i--) {
      const block = this.blocks[i]!;
      block.startLinks();
      for (let row = block.rows - 1; row >= 0; row--) {
        if (!block.isLive(row)) continue;
        const id = block.subjects[row]!;
        const sequence = block.sequenceAt(row);
        const distance = nextOfSubject[id]! - sequence;
        if (distance > 0 && distance <= 0xffff_ffff) block.links![row] = distance;
        nextOfSubject[id] = sequence;
      }
    }
  }

  memoryBytes(): number {
    let bytes = this.subjects.memoryBytes();
    for (const block of this.blocks) bytes += block.memoryBytes();
    return bytes;
  }

  // --- walking ---------------------------------------------------------------------------------------------------

  /** Index of the first block whose last row is not below `sequence`; the number of blocks when there is none. */
  #blockFrom(sequence: number): number {
    const blocks = this.blocks;
    const hint = this.#blockHint;
    if (hint < blocks.length) {
      const block = blocks[hint]!;
      if (block.rows > 0 && sequence <= block.sequenceLast && sequence >= block.sequenceFirst) return hint;
    }
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = blocks[middle]!;
      if (block.rows > 0 && block.sequenceLast < sequence) low = middle + 1;
      else high = middle;
    }
    if (low < blocks.length && blocks[low]!.rows === 0) low++;
    this.#blockHint = low;
    return low;
  }

  #placeOf(block: BlockColumns<Holder>): number {
    if (block.rows === 0) return this.blocks.indexOf(block);
    const at = this.#blockFrom(block.sequenceLast);
    return this.blocks[at] === block ? at : -1;
  }

  #advanceFirst(from: number): void {
    const next = this.messages === 0 ? 0 : this.#nextLive(from);
    this.sequenceFirst = next === 0 ? this.sequenceLast + 1 : next;
  }

  #nextLive(from: number): number {
    const blocks = this.blocks;
    for (let i = this.#blockFrom(from); i < blocks.length; i++) {
      const block = blocks[i]!;
      if (block.live === 0) continue;
      for (let row = Math.max(block.liveFrom, block.rowFrom(from)); row < block.rows; row++) {
        if (block.offsets[row]! < ROW_DELETED) return block.sequenceAt(row);
      }
    }
    return 0;
  }

  #previousLive(upTo: number): number {
    for (let i = Math.min(this.#blockFrom(upTo), this.blocks.length - 1); i >= 0; i--) {
      const block = this.blocks[i]!;
      if (block.live === 0) continue;
      for (let row = rowUpTo(block, upTo); row >= block.liveFrom; row--) {
        if (block.offsets[row]! < ROW_DELETED) return block.sequenceAt(row);
      }
    }
    return 0;
  }

  #nextPassing(body: CompiledFilter, from: number): number {
    const blocks = this.blocks;
    const bits = body.bits;
    for (let i = this.#blockFrom(from); i < blocks.length; i++) {
      const block = blocks[i]!;
      if (block.live === 0 || !block.meets(body.fold)) continue;
      const { offsets, subjects, rows } = block;
      for (let row = Math.max(block.liveFrom, block.rowFrom(from)); row < rows; row++) {
        const id = subjects[row]!;
        // Rows of gaps have no subject, ids without a bit are past the end: both read as not passing.
        const word = id >>> 5;
        if (word < bits.length && ((bits[word]! >>> (id & 31)) & 1) !== 0 && offsets[row]! < ROW_DELETED)
          return block.sequenceAt(row);
      }
    }
    return 0;
  }

  #previousPassing(body: CompiledFilter, upTo: number): number {
    for (let i = Math.min(this.#blockFrom(upTo), this.blocks.length - 1); i >= 0; i--) {
      const block = this.blocks[i]!;
      if (block.live === 0 || !block.meets(body.fold)) continue;
      for (let row = rowUpTo(block, upTo); row >= block.liveFrom; row--) {
        if (block.offsets[row]! < ROW_DELETED && body.has(block.subjects[row]!)) return block.sequenceAt(row);
      }
    }
    return 0;
  }

  #nextOf(id: number, from: number): number {
    const subjects = this.subjects;
    if (from > subjects.lasts[id]!) return 0;
    if (from <= subjects.firsts[id]!) return this.firstOf(id);
    const upTo = subjects.lasts[id]!;
    if (from === upTo && !subjects.isLastBound(id)) return upTo;
    return this.#scanFor(id, this.#hop(id, from), upTo);
  }

  #previousOf(id: number, upTo: number): number {
    const subjects = this.subjects;
    if (upTo < subjects.firsts[id]!) return 0;
    if (upTo >= subjects.lasts[id]! && !subjects.isLastBound(id)) return subjects.lasts[id]!;
    for (let i = Math.min(this.#blockFrom(upTo), this.blocks.length - 1); i >= 0; i--) {
      const block = this.blocks[i]!;
      if (block.live === 0 || !block.hasPresence(id)) continue;
      for (let row = rowUpTo(block, upTo); row >= block.liveFrom; row--) {
        if (block.subjects[row] === id && block.offsets[row]! < ROW_DELETED) return block.sequenceAt(row);
      }
    }
    return 0;
  }

  #scanFor(id: number, from: number, upTo: number): number {
    const blocks = this.blocks;
    for (let i = this.#blockFrom(from); i < blocks.length; i++) {
      const block = blocks[i]!;
      if (block.rows > 0 && block.sequenceFirst > upTo) return 0;
      if (block.live === 0 || !block.hasPresence(id)) continue;
      const { offsets, subjects, rows } = block;
      for (let row = Math.max(block.liveFrom, block.rowFrom(from)); row < rows; row++) {
        if (subjects[row] === id && offsets[row]! < ROW_DELETED) return block.sequenceAt(row);
      }
    }
    return 0;
  }

  /** Follows links from the bound as far as they lead, then scans. */
  #settleFirst(id: number): number {
    let bound = this.subjects.firsts[id]!;
    if (this.#isLinked) {
      for (;;) {
        const at = this.#blockFrom(bound);
        const row = at < this.blocks.length ? this.blocks[at]!.rowOf(bound) : -1;
        if (row < 0 || this.blocks[at]!.subjects[row] !== id) break;
        const block = this.blocks[at]!;
        if (block.isLive(row)) return bound;
        const distance = block.links?.[row] ?? 0;
        if (distance === 0) break;
        bound += distance;
      }
    }
    const found = this.#scanFor(id, bound, this.subjects.lasts[id]!);
    assert(found !== 0, 'a subject with messages has a first one');
    return found;
  }

  #linkAt(block: BlockColumns<Holder>, row: number): number {
    const distance = block.links === null ? 0 : block.links[row]!;
    return distance === 0 ? 1 : distance;
  }

  #link(id: number, from: number, to: number): void {
    const at = this.#blockFrom(from);
    if (at === this.blocks.length) return;
    const block = this.blocks[at]!;
    const row = block.rowOf(from);
    const distance = to - from;
    // A bound may point at another subject's row: such a link would be wrong, none is only slow.
    if (row < 0 || block.links === null || distance > 0xffff_ffff) return;
    if (block.subjects[row] === id && block.isLive(row)) block.links[row] = distance;
  }

  /** Where to look for the next message of a subject: its link when the row before `from` has one. */
  #hop(id: number, from: number): number {
    if (!this.#isLinked) return from;
    const at = this.#blockFrom(from - 1);
    if (at === this.blocks.length) return from;
    const block = this.blocks[at]!;
    const row = block.rowOf(from - 1);
    return row >= 0 && block.subjects[row] === id ? from - 1 + this.#linkAt(block, row) : from;
  }

  /** The lowest first sequence among the few subjects of a filter, if they are few: nothing passes below it. */
  #narrowFrom(body: CompiledFilter, from: number): number {
    if (body.matches > NARROW_FILTER_MAX) return 0;
    const subjects = this.subjects;
    let lowest = this.sequenceLast + 1;
    for (let word = 0; word < body.bits.length; word++) {
      for (let rest = body.bits[word]!; rest !== 0; rest &= rest - 1) {
        const id = word * 32 + 31 - Math.clz32(rest & -rest);
        if (subjects.lasts[id]! >= from && subjects.firsts[id]! < lowest) lowest = subjects.firsts[id]!;
      }
    }
    return lowest;
  }

  #totalOf(body: CompiledFilter): number {
    const counts = this.subjects.counts;
    if (body.onlyId >= 0) return counts[body.onlyId]!;
    let total = 0;
    for (let word = 0; word < body.bits.length; word++) {
      for (let rest = body.bits[word]!; rest !== 0; rest &= rest - 1) {
        total += counts[word * 32 + 31 - Math.clz32(rest & -rest)]!;
      }
    }
    return total;
  }

  #liesInFirstHalf(sequence: number): boolean {
    return this.#blockFrom(sequence) * 2 < this.blocks.length;
  }

  /** Live rows that pass at or above `border` (or below it). */
  #countRows(body: CompiledFilter | null, border: number, isAbove: boolean): number {
    const blocks = this.blocks;
    const at = this.#blockFrom(border);
    let total = 0;
    for (let i = isAbove ? at : 0; i < (isAbove ? blocks.length : Math.min(at + 1, blocks.length)); i++) {
      const block = blocks[i]!;
      if (block.live === 0 || (body !== null && !block.meets(body.fold))) continue;
      const cut = block.rowFrom(border);
      const from = isAbove ? Math.max(cut, block.liveFrom) : block.liveFrom;
      const to = isAbove ? block.rows : cut;
      if (body === null && from <= block.liveFrom && to === block.rows) total += block.live;
      else total += countIn(block, body, from, to);
    }
    return total;
  }

  #countLasts(body: CompiledFilter | null, from: number): number {
    this.#settleLasts();
    const subjects = this.subjects;
    if (body !== null && body.onlyId >= 0) return subjects.lasts[body.onlyId]! >= from ? 1 : 0;
    if (from <= this.sequenceFirst) return body === null ? subjects.size : body.matches;
    let total = 0;
    for (let id = 0; id < subjects.idsEnd; id++) {
      if (subjects.counts[id]! > 0 && subjects.lasts[id]! >= from && (body === null || body.has(id))) total++;
    }
    return total;
  }

  /** Makes every subject's last sequence exact. */
  #settleLasts(): void {
    const subjects = this.subjects;
    if (subjects.lastBounds === 0) return;
    if (subjects.lastBounds <= SETTLE_ONE_BY_ONE_MAX) {
      for (let id = 0; id < subjects.idsEnd && subjects.lastBounds > 0; id++) {
        if (subjects.counts[id]! > 0) this.lastOf(id);
      }
      return;
    }
    for (let i = this.blocks.length - 1; i >= 0 && subjects.lastBounds > 0; i--) {
      const block = this.blocks[i]!;
      for (let row = block.rows - 1; row >= block.liveFrom; row--) {
        const id = block.subjects[row]!;
        if (block.isLive(row) && subjects.isLastBound(id)) subjects.setLast(id, block.sequenceAt(row), false);
      }
    }
  }

  #collectLasts(wanted: Uint8Array, missing: number, upTo: number, found: number[]): void {
    let left = missing;
    for (let i = Math.min(this.#blockFrom(upTo), this.blocks.length - 1); i >= 0 && left > 0; i--) {
      const block = this.blocks[i]!;
      if (block.live === 0) continue;
      for (let row = rowUpTo(block, upTo); row >= block.liveFrom && left > 0; row--) {
        const id = block.subjects[row]!;
        if (!block.isLive(row) || wanted[id] !== 1) continue;
        wanted[id] = 0;
        left--;
        found.push(block.sequenceAt(row));
      }
    }
  }
}

/** Gives the rows of a rewritten block the links of the same messages. */
function copyLinks<Holder>(from: BlockColumns<Holder>, into: BlockColumns<Holder>): void {
  into.startLinks();
  let row = -1;
  for (let old = from.liveFrom; old < from.rows; old++) {
    if (!from.isLive(old)) continue;
    do row++;
    while (!into.isLive(row));
    into.links![row] = from.links![old]!;
  }
}

/** The last row with at most this sequence; -1 when all are higher. */
function rowUpTo<Holder>(block: BlockColumns<Holder>, sequence: number): number {
  const row = block.rowFrom(sequence);
  return row < block.rows && block.sequenceAt(row) === sequence ? row : row - 1;
}

function isEarlier(high: number, low: number, thanHigh: number, thanLow: number): boolean {
  return high < thanHigh || (high === thanHigh && low < thanLow);
}

function countIn<Holder>(block: BlockColumns<Holder>, body: CompiledFilter | null, from: number, to: number): number {
  const { offsets, subjects } = block;
  let total = 0;
  if (body === null) {
    for (let row = from; row < to; row++) if (offsets[row]! < ROW_DELETED) total++;
    return total;
  }
  const bits = body.bits;
  for (let row = from; row < to; row++) {
    const id = subjects[row]!;
    const word = id >>> 5;
    if (word < bits.length && ((bits[word]! >>> (id & 31)) & 1) !== 0 && offsets[row]! < ROW_DELETED) total++;
  }
  return total;
}
