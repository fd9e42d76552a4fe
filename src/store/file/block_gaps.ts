// Sequences that stand in no block although blocks in front of them and behind them are there. Most such gaps are what
// removals left; this says which are lost messages: those behind a block that cannot be read to its end, and all of them
// in a stream from whose middle nothing was ever taken (unbroken_mark.ts). Filled while blocks are scanned; changes
// nothing on disk. Called by block_recover.ts and stream_recover.ts.
import type { Block } from './block.ts';

/** So many sequences of one gap are named at most. */
const LOST_MAX = 1_000_000;

/** A block that held more than can be read of it. */
interface Suspect {
  readonly block: Block;
  /** How many messages that was at most. */
  readonly most: number;
}

export interface BlockGap {
  /** The records on both sides; `after` is 0 at the head of the stream. */
  readonly after: number;
  readonly next: number;
  /** Numbers of the blocks that hold them. */
  readonly numberAfter: number;
  readonly numberNext: number;
  readonly suspects: readonly Suspect[];
  /** Those in it that a tombstone tells of. */
  readonly deleted: Set<number>;
}

export class BlockGaps {
  readonly #gaps: BlockGap[] = [];
  /** Damaged blocks since the last record of a message. */
  #suspects: Suspect[] = [];
  /** Sequences above the last record that tombstones told of already. */
  #ahead: number[] = [];
  #last = 0;
  #number = 0;
  readonly #isUnbroken: boolean;
  readonly #hasWholeHead: boolean;

  /** `isUnbroken`: nothing was ever taken from between two blocks. `hasWholeHead`: nor from the first one. */
  constructor(isUnbroken: boolean, hasWholeHead: boolean) {
    this.#isUnbroken = isUnbroken;
    this.#hasWholeHead = hasWholeHead;
  }

  /** Every gap so far, ascending. */
  get all(): readonly BlockGap[] {
    return this.#gaps;
  }

  /** Sequence of the last record of a message. */
  get last(): number {
    return this.#last;
  }

  /** A message's record, erased or not, or a mark that sequences were skipped: `isSkip` means that nothing is missing. */
  passed(block: Block, sequence: number, isSkip: boolean): void {
    if (sequence <= this.#last) return;
    // Gaps inside a block are what rewriting left: only damage that was seen makes them more, and that is noted there.
    if (block.number !== this.#number) this.#enter(block, sequence, isSkip);
    this.#last = sequence;
  }

  #enter(block: Block, sequence: number, isSkip: boolean): void {
    if (sequence > this.#last + 1 && !isSkip) this.#open(block.number, sequence);
    this.#suspects = [];
    this.#ahead = [];
    this.#number = block.number;
  }

  /** The block held up to `most` messages behind what can be read of it. */
  suspect(block: Block, most: number): void {
    this.#suspects.push({ block, most });
  }

  /** A tombstone for a message that is in no block. */
  noteTombstone(sequence: number): void {
    if (sequence > this.#last) {
      this.#ahead.push(sequence);
      return;
    }
    let low = 0;
    let high = this.#gaps.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#gaps[middle]!.next <= sequence) low = middle + 1;
      else high = middle;
    }
    const gap = this.#gaps[low];
    if (gap === undefined || sequence <= gap.after || sequence >= gap.next) return;
    if (this.#isUnbroken || gap.suspects.length > 0) gap.deleted.add(sequence);
  }

  /** All blocks are read; `sequenceLast` is the highest sequence that anything told of. */
  finish(sequenceLast: number): void {
    if (this.#suspects.length > 0 && sequenceLast > this.#last) this.#open(Number.POSITIVE_INFINITY, sequenceLast + 1);
    for (const { suspects, after, next } of this.#gaps)
      for (const { block } of suspects) block.mayHold(after + 1, next - 1);
  }

  /** The lost messages of a gap, ascending; `isRemoved` knows of removals that no tombstone tells of. */
  lostIn(gap: BlockGap, isRemoved: (sequence: number) => boolean): number[] {
    const { after, next, suspects, deleted } = gap;
    const isHead = after === 0;
    const held = suspects.reduce((sum, suspect) => sum + suspect.most, 0);
    // Limits take from the head without a trace: nobody can tell what was there.
    if (isHead && (held === 0 || !this.#hasWholeHead)) return [];
    const most = this.#isUnbroken && !isHead ? LOST_MAX : Math.min(held, LOST_MAX);
    const lost: number[] = [];
    for (let sequence = after + 1; sequence < next && lost.length < most; sequence++)
      if (!deleted.has(sequence) && !isRemoved(sequence)) lost.push(sequence);
    return lost;
  }

  #open(numberNext: number, next: number): void {
    const [after, numberAfter, suspects] = [this.#last, this.#number, this.#suspects];
    const deleted = new Set(this.#ahead.filter((sequence) => sequence < next));
    this.#gaps.push({ after, next, numberAfter, numberNext, suspects, deleted });
  }
}
