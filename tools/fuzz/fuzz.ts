// `npm run fuzz -- --target parser --cases 1000000 --seed 1`: tries cases until one breaks a promise, and says what it did.
// Knows the targets and the arguments; fuzz_run.ts runs them.
import { parseArgs } from 'node:util';
import { BLOCK_CASES, type FuzzReport, runFuzz } from './fuzz_run.ts';
import { fuzzTargets } from './fuzz_targets.ts';

const TARGETS = fuzzTargets();

const USAGE = `npm run fuzz -- [--target NAME] [--cases N] [--seed S]
  --target  one of the names below; all of them, one after the other, when it is left out
  --cases   how many cases each target tries (default 1000000)
  --seed    of the first block of ${BLOCK_CASES} cases; the following blocks count on from it (default 1)
${TARGETS.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')}`;

const PROGRESS_MS = 10_000;
/** Of an input that is printed. */
const SHOWN_CHARS_MAX = 4000;

function fail(text: string): never {
  console.error(`fuzz: ${text}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        target: { type: 'string', default: '' },
        cases: { type: 'string', default: '1000000' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

function sayReport(name: string, report: FuzzReport): void {
  const { cases, seconds, growthBytes, slowestBlockMs, failure } = report;
  const speed = `${seconds.toFixed(1)} s, ${Math.round(cases / seconds)}/s, slowest block ${slowestBlockMs.toFixed(0)} ms`;
  console.log(
    `${name}: ${cases} cases, ${failure === null ? 0 : 1} failures (${speed}, growth ${(growthBytes / 1e6).toFixed(2)} MB)`,
  );
  if (failure === null) return;
  console.log(`  ${failure.text}\n  input: ${JSON.stringify(failure.input.slice(0, SHOWN_CHARS_MAX))}`);
  console.log(`  again: npm run fuzz -- --target ${name} --seed ${failure.seed} --cases ${BLOCK_CASES}`);
}

async function main(): Promise<number> {
  const values = readArguments();
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [cases, seed] = [Number(values.cases), Number(values.seed)];
  if (!Number.isSafeInteger(cases) || cases < 1) fail(`--cases must be a number from 1, not '${values.cases}'`);
  if (!Number.isSafeInteger(seed) || seed < 0) fail(`--seed must be a whole number, not '${values.seed}'`);
  const targets = TARGETS.filter(({ name }) => values.target === '' || name === values.target);
  if (targets.length === 0) fail(`there is no target '${values.target}'\n${USAGE}`);
  let code = 0;
  for (const target of targets) {
    const { name } = target;
    let saidMs = performance.now();
    const report = await runFuzz(target, cases, seed, (done) => {
      if (performance.now() - saidMs < PROGRESS_MS) return;
      saidMs = performance.now();
      console.error(`${name}: ${done} cases`);
    });
    sayReport(name, report);
    if (report.failure !== null) code = 1;
  }
  return code;
}

process.exitCode = await main();
