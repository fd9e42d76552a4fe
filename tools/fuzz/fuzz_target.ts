// What a fuzzer is: a name, and a way to try a number of cases that come from one generator of random numbers. A target
// throws FuzzFailure where a promise is broken; any other exception is taken for a broken promise too. Run by fuzz_run.ts.
import type { Prng } from '../../src/base/prng.ts';

export interface FuzzTarget {
  readonly name: string;
  /** What is tried, one sentence for the list. */
  readonly about: string;
  /** Tries at least one case and at most about `cases`; returns how many. The same numbers give the same cases. */
  run(random: Prng, cases: number): number | Promise<number>;
  /** What is being tried, for the report of an exception. */
  currentInput(): Uint8Array | string;
}

/** A promise that was broken, with the input that broke it. */
export class FuzzFailure extends Error {
  readonly input: string;

  constructor(text: string, input: Uint8Array | string) {
    super(text);
    this.input = inputText(input);
  }
}

/** Bytes as text, a character a byte. */
export function inputText(input: Uint8Array | string): string {
  return typeof input === 'string' ? input : Buffer.from(input).toString('latin1');
}

/** Fails unless `condition` holds. The input is copied only then. */
export function promise(condition: boolean, text: string, input: Uint8Array | string): asserts condition {
  if (!condition) throw new FuzzFailure(text, input);
}
