// Runs one target: blocks of cases, each from a seed of its own, so that a failure is found again from one number. Measures
// the time and what memory is left behind, and turns the first broken promise into a report.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Prng } from '../../src/base/prng.ts';
import { FuzzFailure, type FuzzTarget, inputText } from './fuzz_target.ts';

/** Cases that share a seed. */
export const BLOCK_CASES = 4096;
/** Blocks that are let pass before memory is compared with what it is at the end: code is compiled by then. */
const WARM_BLOCKS = 8;

export interface FuzzReport {
  readonly cases: number;
  readonly seconds: number;
  /** Bytes of heap and buffers that are in use at the end and were not after the first blocks; 0 for short runs. */
  readonly growthBytes: number;
  /** Milliseconds of the slowest block: a case that takes too long shows here. */
  readonly slowestBlockMs: number;
  /** Null when every promise was kept. */
  readonly failure: { readonly seed: number; readonly text: string; readonly input: string } | null;
}

/** At least `cases` cases in blocks of the seeds `seed`, `seed + 1`, ... `progress` is told how far it is after each. */
export async function runFuzz(
  target: FuzzTarget,
  cases: number,
  seed: number,
  progress: (done: number) => void = () => undefined,
): Promise<FuzzReport> {
  const startMs = performance.now();
  let done = 0;
  let slowestBlockMs = 0;
  let warmBytes = -1;
  let failure: FuzzReport['failure'] = null;
  for (let block = 0; done < cases && failure === null; block++) {
    if (block === WARM_BLOCKS) warmBytes = bytesInUse();
    const blockMs = performance.now();
    try {
      done += await target.run(new Prng(seed + block), Math.min(BLOCK_CASES, cases - done));
    } catch (error) {
      failure = { seed: seed + block, ...describe(error, target) };
    }
    slowestBlockMs = Math.max(slowestBlockMs, performance.now() - blockMs);
    progress(done);
  }
  const growthBytes = warmBytes < 0 ? 0 : bytesInUse() - warmBytes;
  return { cases: done, seconds: (performance.now() - startMs) / 1000, growthBytes, slowestBlockMs, failure };
}

function describe(error: unknown, target: FuzzTarget): { readonly text: string; readonly input: string } {
  if (error instanceof FuzzFailure) return { text: error.message, input: error.input };
  return {
    text: error instanceof Error ? (error.stack ?? error.message) : String(error),
    input: inputText(target.currentInput()),
  };
}

function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
