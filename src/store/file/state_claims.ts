// What a state file says that blocks held when it was written, against what recovery found in them. It names messages that
// are missing; it never says that anything may be removed. Pure; called by stream_recover.ts.
import { expiryMs, isOverLimits } from '../retention.ts';
import type { StreamIndex } from '../stream_index.ts';
import type { StoreLimits } from '../stream_store.ts';
import type { Block } from './block.ts';
import { messagesIn, type StateBlock, type StateFile } from './state_file.ts';

/** Messages of one block that are in no block any more. */
export interface MissingMessages {
  readonly number: number;
  /** Ascending. */
  readonly sequences: readonly number[];
  /** About so many bytes. */
  readonly bytes: number;
}

export class StateClaims {
  readonly #state: StateFile;
  /** Those with messages, ascending. */
  readonly #blocks: readonly StateBlock[];

  constructor(state: StateFile) {
    this.#state = state;
    this.#blocks = state.blocks.filter((block) => messagesIn(block) > 0);
  }

  /** Whether it says that this message was removed before it was written. */
  isRemoved(sequence: number): boolean {
    if (sequence > this.#state.last) return false;
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#blocks[middle]!.last < sequence) low = middle + 1;
      else high = middle;
    }
    const block = this.#blocks[low];
    return block === undefined || sequence < block.first || block.deleted?.has(sequence) === true;
  }

  /** What is missing, where nothing was appended since the state file was written, so that no removal stands anywhere. */
  missing(index: StreamIndex<Block>, bytes: number, limits: StoreLimits, nowMs: number): MissingMessages[] {
    const missing: MissingMessages[] = [];
    for (const block of this.#blocks) {
      const sequences: number[] = [];
      for (let sequence = block.first; sequence <= block.last; sequence++)
        if (block.deleted?.has(sequence) !== true && index.blockOf(sequence) === null) sequences.push(sequence);
      if (sequences.length === 0) continue;
      const isExpired =
        expiryMs(limits, Number(block.timeLastNs >> 32n), Number(block.timeLastNs & 0xffff_ffffn)) <= nowMs;
      // Nor does the state file say when messages with a TTL of their own go.
      const isHead = sequences.at(-1)! < index.sequenceFirst;
      if (isExpired || (isHead && block.withExpiry > 0)) continue;
      const share = sequences.length / messagesIn(block);
      missing.push({ number: block.number, sequences, bytes: Math.round(block.bytes * share) });
    }
    return missing.filter((each, i) => !isDisplaced(missing.slice(i), index, bytes, limits, each));
  }
}

/** Whether limits would have removed it: then they have, although nothing says so. It and what follows would fit otherwise. */
function isDisplaced(
  missing: readonly MissingMessages[],
  index: StreamIndex<Block>,
  bytes: number,
  limits: StoreLimits,
  { sequences }: MissingMessages,
): boolean {
  if (sequences.at(-1)! >= index.sequenceFirst) return false;
  const messagesAgain = missing.reduce((sum, each) => sum + each.sequences.length, index.messages);
  const bytesAgain = missing.reduce((sum, each) => sum + each.bytes, bytes);
  return isOverLimits(limits, messagesAgain, bytesAgain);
}
