import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Prng } from '../../src/base/prng.ts';
import { Parser } from '../../src/wire/parser.ts';
import { BLOCK_CASES, runFuzz } from './fuzz_run.ts';
import { type FuzzTarget, promise } from './fuzz_target.ts';
import { fuzzTargets } from './fuzz_targets.ts';
import { ParserTarget } from './parser_target.ts';

/** Cases of each target in `npm test`: some seconds all together. */
const SHORT_CASES: Readonly<Record<string, number>> = {
  parser: 400_000,
  headers: 60_000,
  json: 60_000,
  'api-json': 30_000,
  api: 8_000,
  config: 20_000,
  sublist: 60_000,
  nkeys: 20_000,
};
const SEED = 20_260_901;

for (const target of fuzzTargets()) {
  test(`fuzzing '${target.name}' breaks no promise: ${target.about}`, async () => {
    const report = await runFuzz(target, SHORT_CASES[target.name] ?? 0, SEED);
    assert.equal(report.failure, null);
    assert.ok(report.cases >= (SHORT_CASES[target.name] ?? Number.POSITIVE_INFINITY), `${report.cases} cases`);
  });
}

/** A parser that takes the first byte of a chunk for read when the chunk before ended in the middle of a line. */
function forgetfulParser(parser: Parser): Pick<Parser, 'run' | 'stop'> {
  let last = 10;
  return {
    run: (chunk) => {
      parser.run(last === 32 && chunk.length > 1 ? chunk.subarray(1) : chunk);
      last = chunk.at(-1) ?? last;
    },
    stop: () => parser.stop(),
  };
}

test('the parser fuzzer finds a parser that loses a byte where a chunk ends', async () => {
  const target = new ParserTarget((handler) => forgetfulParser(new Parser(handler)));
  const report = await runFuzz(target, 100_000, 1);
  assert.match(report.failure?.text ?? '', /calls whole/);
  assert.notEqual(report.failure?.input, '');
});

test('the parser fuzzer finds a parser that keeps slices of chunks that are filled again', async () => {
  const target = new ParserTarget((handler) => {
    const parser = new Parser(handler);
    let kept: Uint8Array | null = null;
    return {
      // Puts every second chunk off, without a copy.
      run: (chunk) => {
        if (kept === null) kept = chunk;
        else {
          parser.run(kept);
          parser.run(chunk);
          kept = null;
        }
      },
      stop: () => parser.stop(),
    };
  });
  assert.notEqual((await runFuzz(target, 100_000, 1)).failure, null);
});

class Breaking implements FuzzTarget {
  readonly name = 'breaking';
  readonly about = 'breaks its promise at one number in many';
  #last = 0;

  run(random: Prng, cases: number): number {
    for (let i = 0; i < cases; i++) {
      this.#last = random.below(100_000);
      promise(this.#last !== 77, 'seventy-seven came', String(this.#last));
    }
    return cases;
  }

  currentInput(): string {
    return String(this.#last);
  }
}

test('a broken promise is reported with the seed of its block, which breaks it again', async () => {
  const report = await runFuzz(new Breaking(), 10_000_000, 5);
  assert.equal(report.failure?.input, '77');
  assert.ok((report.failure?.seed ?? 0) >= 5 && report.cases % BLOCK_CASES === 0);
  const again = await runFuzz(new Breaking(), BLOCK_CASES, report.failure?.seed ?? 0);
  assert.equal(again.failure?.text, 'seventy-seven came');
});

test('the same seed tries the same cases, whatever was tried before', async () => {
  const seen: string[] = [];
  const target: FuzzTarget = {
    name: 'seen',
    about: '',
    run: (random, cases) => {
      seen.push(String(random.u32()));
      return cases;
    },
    currentInput: () => '',
  };
  await runFuzz(target, 3 * BLOCK_CASES, 1);
  await runFuzz(target, 2 * BLOCK_CASES, 2);
  assert.deepEqual(seen.slice(3), seen.slice(1, 3));
});

test('a fuzzer that throws is a failure, with what it was trying', async () => {
  const target: FuzzTarget = {
    name: 'throwing',
    about: '',
    run: () => {
      throw new RangeError('too far');
    },
    currentInput: () => Buffer.from('\xff'),
  };
  const { failure } = await runFuzz(target, 1, 1);
  assert.match(failure?.text ?? '', /RangeError: too far/);
  assert.equal(failure?.input, Buffer.from('\xff').toString('latin1'));
});
