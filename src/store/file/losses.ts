// Which messages an opened stream has lost, and where: what the blocks themselves show (block_gaps.ts), and what the state
// file tells of (state_claims.ts). It adds to the scan's losses and damages, and changes nothing else. Called by
// stream_recover.ts when all blocks are read.
import type { StoreLimits } from '../stream_store.ts';
import type { Block } from './block.ts';
import type { BlockGap } from './block_gaps.ts';
import type { StreamScan } from './block_recover.ts';
import { blockName, join } from './layout.ts';
import { StateClaims } from './state_claims.ts';
import type { StateFile } from './state_file.ts';

export interface LossesParts {
  readonly scan: StreamScan;
  /** Those that are there. */
  readonly blocks: readonly Block[];
  /** Where they are. */
  readonly directory: string;
  readonly state: StateFile | null;
  /** Nothing was written to the last block since the state file was. */
  readonly isEndOfState: boolean;
  readonly limits: StoreLimits;
  readonly nowMs: number;
}

export function nameLosses(parts: LossesParts): void {
  const { scan, state } = parts;
  scan.gaps.finish(scan.index.sequenceLast);
  const claims = state === null ? null : new StateClaims(state);
  if (claims !== null) nameClaimed(parts, claims);
  for (const gap of scan.gaps.all) {
    const isKnown = (sequence: number): boolean => scan.lost.has(sequence) || claims?.isRemoved(sequence) === true;
    const lost = scan.gaps.lostIn(gap, isKnown);
    if (lost.length > 0) lose(scan, lost, placeOf(parts, gap), 0);
  }
}

/** What the state file tells of and no block has, where nothing that was written later can explain it. */
function nameClaimed(parts: LossesParts, claims: StateClaims): void {
  const { scan, blocks, directory, state, limits, nowMs } = parts;
  const isBehind = (state?.last ?? 0) > scan.index.sequenceLast;
  if (!parts.isEndOfState && !isBehind) return;
  for (const { number, sequences, bytes } of claims.missing(scan.index, scan.bytes, limits, nowMs)) {
    const unnamed = sequences.filter((sequence) => !scan.lost.has(sequence));
    if (unnamed.length === 0) continue;
    const isThere = blocks.some((block) => block.number === number);
    const path = join(directory, blockName(number));
    lose(scan, unnamed, `${path} ${isThere ? 'is not whole' : 'is not there'}`, isThere ? 0 : bytes);
  }
}

function lose(scan: StreamScan, sequences: readonly number[], place: string, bytes: number): void {
  for (const sequence of sequences) scan.lost.add(sequence);
  const text = `${place}: ${messagesText(sequences)}`;
  scan.noteDamage({ block: null, text, isInside: false, bytes, sequences: [] });
}

function placeOf({ directory }: LossesParts, { numberAfter, numberNext, suspects }: BlockGap): string {
  const path = (number: number): string => join(directory, blockName(number));
  const [first] = suspects;
  if (first !== undefined) return first.block.slot.path;
  const isNext = numberNext === numberAfter + 1;
  return isNext ? `${path(numberAfter)} is not whole` : `${path(numberAfter + 1)} is not there`;
}

function messagesText(sequences: readonly number[]): string {
  const [first = 0] = sequences;
  if (sequences.length === 1) return `message ${first} is lost`;
  return `${sequences.length} messages from ${first} to ${sequences.at(-1)} are lost`;
}
