// kill -9 at every storage system call of a scripted workload: the server runs under strace, dies when it enters the
// chosen call, is started again, and must know everything that it had answered. Needs strace.
//   CONTRAIL_SWEEP=N        how many kills (default 500)
//   CONTRAIL_SWEEP_SEED=N   which ones (default 1; the same seed, the same points)
//   CONTRAIL_SWEEP_POINT=x  only this one, as a failure names it; its directory is kept as the kill left it
//   CONTRAIL_SWEEP_DIR=x    where store directories are made (default: /dev/shm, else the temporary directory)
//   CONTRAIL_TARGET         contrail (default) or reference
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { contrailSide, referenceSide } from './server_process.ts';
import { World } from './sweep_model.ts';
import { countCalls, type Life, type PointResult, runPoint, runWhole, type SweepOptions } from './sweep_point.ts';
import { choosePoints, type LifeCounts, type Point } from './sweep_points.ts';
import { firstScript, secondScript } from './sweep_script.ts';

const SERVERS_AT_ONCE = 2;
const FAILURES_SHOWN = 10;
const TORN_LIVES = 4;
/** A call that did not come often enough is looked for earlier. */
const EARLIER = 0.7;

const wanted = Number(process.env['CONTRAIL_SWEEP'] ?? 500);
const seed = Number(process.env['CONTRAIL_SWEEP_SEED'] ?? 1);
const onlyPoint = process.env['CONTRAIL_SWEEP_POINT'] ?? '';
const target = process.env['CONTRAIL_TARGET'] ?? 'contrail';

/** A life, and what may be killed in it. */
interface PreparedLife {
  readonly life: Life;
  readonly counts: LifeCounts;
  readonly paths: readonly string[];
}

interface Finished {
  readonly point: Point;
  readonly result: PointResult;
}

test(`kill -9 at any storage call loses nothing that was answered (${target})`, async (t) => {
  const strace = spawnSync('strace', ['--version']);
  assert.equal(strace.status, 0, 'strace is missing: install the package strace (apt-get install strace)');
  const base = mkdtempSync(join(baseDirectory(), 'contrail-sweep-'));
  const options: SweepOptions = {
    side: target === 'reference' ? referenceSide() : contrailSide(),
    base,
    isLenient: target === 'reference',
  };
  try {
    const startMs = performance.now();
    const lives = await prepareLives(options);
    const finished = onlyPoint === '' ? await sweep(options, lives) : [await replay(options, lives)];
    for (const line of summary(finished, (performance.now() - startMs) / 1000)) t.diagnostic(line);
    assert.equal(failures(finished).length, 0, failureText(finished));
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});

/** Memory where there is some: a killed process leaves the system's memory alone, so no disk is needed to see what stays. */
function baseDirectory(): string {
  const chosen = process.env['CONTRAIL_SWEEP_DIR'];
  if (chosen !== undefined) return chosen;
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
}

async function prepareLives(options: SweepOptions): Promise<Map<string, PreparedLife>> {
  const empty: Life = {
    name: 'fresh',
    template: null,
    memory: { world: new World(), inFlight: [] },
    steps: firstScript(),
  };
  const lives = new Map<string, PreparedLife>();
  const add = async (life: Life, weight: number): Promise<PreparedLife> => {
    const prepared = await prepare(options, life, weight);
    lives.set(life.name, prepared);
    return prepared;
  };
  const fresh = await add(empty, 50);
  // What the reference forgets in a kill no script can go on with.
  if (options.isLenient) return lives;
  for (const [name, end] of [
    ['stopped', 'terminate'],
    ['killed', 'kill'],
  ] as const) {
    const template = join(options.base, name);
    const memory = await runWhole(options, empty, end, template);
    await add({ name, template, memory, steps: secondScript() }, 15);
  }
  for (let i = 1; i <= TORN_LIVES; i++) {
    const torn = await tear(options, fresh, i);
    if (torn !== null) await add(torn, 5);
  }
  return lives;
}

/** The calls of two runs: what both have can be hit. */
async function prepare(options: SweepOptions, life: Life, weight: number): Promise<PreparedLife> {
  const [first, second] = [await countCalls(options, life), await countCalls(options, life)];
  const byCall = new Map<string, number>();
  for (const [call, count] of first.byCall) {
    const both = Math.min(count, second.byCall.get(call) ?? 0);
    if (both > 0) byCall.set(call, both);
  }
  const paths = [...first.paths].filter((path) => second.paths.has(path));
  return { life, paths, counts: { life: life.name, weight, byCall } };
}

/** A directory that a kill left, to be killed again while it is recovered. */
async function tear(options: SweepOptions, { life, counts, paths }: PreparedLife, index: number): Promise<Life | null> {
  const name = `torn${index}`;
  const template = join(options.base, name);
  const call = index % 2 === 0 ? 'fdatasync' : 'pwrite64';
  const count = counts.byCall.get(call) ?? counts.byCall.get('write') ?? 0;
  const nth = Math.ceil((count * index) / (TORN_LIVES + 1));
  if (nth === 0) return null;
  const point = { life: life.name, call: counts.byCall.has(call) ? call : 'write', nth };
  const result = await runPoint(options, { life, point, paths, keep: template });
  return { name, template, memory: result.memory, steps: [] };
}

async function sweep(options: SweepOptions, lives: ReadonlyMap<string, PreparedLife>): Promise<Finished[]> {
  const counts = [...lives.values()].map((prepared) => prepared.counts);
  const points = choosePoints(counts, wanted, seed);
  const finished: Finished[] = [];
  const waiting = [...points];
  const worker = async (): Promise<void> => {
    for (let point = waiting.shift(); point !== undefined; point = waiting.shift())
      finished.push(await killOnce(options, lives, point));
  };
  await Promise.all(Array.from({ length: SERVERS_AT_ONCE }, worker));
  return finished;
}

/** Batches fall differently in every run, so the last calls of a life may not come: then an earlier one. */
async function killOnce(
  options: SweepOptions,
  lives: ReadonlyMap<string, PreparedLife>,
  wantedPoint: Point,
): Promise<Finished> {
  let point = wantedPoint;
  for (;;) {
    const result = await runNamed(options, lives, point, null);
    if (result.isKilled || result.faults.length > 0 || point.nth === 1) return { point, result };
    point = { ...point, nth: Math.max(1, Math.floor(point.nth * EARLIER)) };
  }
}

async function runNamed(
  options: SweepOptions,
  lives: ReadonlyMap<string, PreparedLife>,
  point: Point,
  keep: string | null,
): Promise<PointResult> {
  const prepared = lives.get(point.life);
  assert.ok(prepared !== undefined, `There is no life '${point.life}', only ${[...lives.keys()].join(' ')}`);
  try {
    return await runPoint(options, { life: prepared.life, point, paths: prepared.paths, keep });
  } catch (error) {
    const faults = [error instanceof Error ? error.message : String(error)];
    return { faults, isKilled: false, stepsDone: 0, memory: prepared.life.memory, log: '' };
  }
}

/** `life/call/nth` */
async function replay(options: SweepOptions, lives: ReadonlyMap<string, PreparedLife>): Promise<Finished> {
  const [life = '', call = '', nth = ''] = onlyPoint.split('/');
  const point = { life, call, nth: Number(nth) };
  const keep = join(mkdtempSync(join(tmpdir(), 'contrail-sweep-kept-')), 'store');
  const result = await runNamed(options, lives, point, keep);
  process.stderr.write(`${result.log}\nThe directory as the kill left it: ${keep}\n`);
  return { point, result };
}

function failures(finished: readonly Finished[]): readonly Finished[] {
  return finished.filter(({ result }) => result.faults.length > 0);
}

function failureText(finished: readonly Finished[]): string {
  const failed = failures(finished);
  const shown = failed.slice(0, FAILURES_SHOWN).map(({ point, result }) => {
    const name = `${point.life}/${point.call}/${point.nth}`;
    const step = result.isKilled ? `killed in step ${result.stepsDone + 1}` : 'not killed';
    return `${name} (${step})\n  ${result.faults.join('\n  ')}\n  again: CONTRAIL_TARGET=${target} CONTRAIL_SWEEP_POINT=${name} node --test dist/test/compat/kill_sweep_test.js`;
  });
  return `${failed.length} of ${finished.length} points failed (seed ${seed})\n${shown.join('\n')}`;
}

function summary(finished: readonly Finished[], seconds: number): string[] {
  const killed = finished.filter(({ result }) => result.isKilled);
  const steps = new Set(killed.filter(({ point }) => point.life === 'fresh').map(({ result }) => result.stepsDone));
  const tally = (key: (point: Point) => string): string => {
    const counts = new Map<string, number>();
    for (const { point } of killed) counts.set(key(point), (counts.get(key(point)) ?? 0) + 1);
    return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
  };
  return [
    `${killed.length} kills of ${finished.length} points in ${seconds.toFixed(0)} s, seed ${seed}`,
    `by call: ${tally((point) => point.call)}`,
    `by life: ${tally((point) => point.life)}; ${steps.size} of ${firstScript().length} steps of the first script`,
  ];
}
