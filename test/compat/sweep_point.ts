// One kill of the sweep: a server on a directory of its own plays a script under strace, dies at the chosen call, is
// started again and held against what its client was told; then it is killed once more, or stopped, and read again.
// Also runs a life without a kill, to count its calls and to leave its directory. Called by kill_sweep_test.ts.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Ending, LoggedProcess } from './logged_process.ts';
import type { Side } from './server_process.ts';
import { checkPublishing, checkWorld } from './sweep_check.ts';
import { SweepClient } from './sweep_client.ts';
import type { CheckOptions } from './sweep_consumer_check.ts';
import type { World } from './sweep_model.ts';
import type { Point } from './sweep_points.ts';
import { type RunEnd, runSteps, type Sent, type Step } from './sweep_run.ts';
import { type CallCounts, readCounts, startSweepServer, type Tracing } from './sweep_server.ts';

/** What the clients of a directory know. */
export interface Memory {
  readonly world: World;
  /** Asked for when the server died, and not yet resolved. */
  readonly inFlight: readonly Sent[];
}

/** A directory to begin with, and what is then done. */
export interface Life {
  readonly name: string;
  /** Null: an empty one. */
  readonly template: string | null;
  readonly memory: Memory;
  /** Empty where something is still in flight. */
  readonly steps: readonly Step[];
}

export interface SweepOptions extends CheckOptions {
  readonly side: Side;
  /** Where store directories are made; best in memory. */
  readonly base: string;
}

export interface PointResult {
  readonly faults: readonly string[];
  /** False: the life went by without that many calls. */
  readonly isKilled: boolean;
  readonly stepsDone: number;
  readonly memory: Memory;
  /** What the servers said, for those who look into a fault. */
  readonly log: string;
}

const NOT_TRACED: Tracing = { kind: 'none' };
const LIFE_DEADLINE_MS = 90_000;
const CHECK_DEADLINE_MS = 60_000;
/** How many kills it takes until one of the checked directories is killed and read once more. */
const EVERY_SECOND_READING = 4;

/** A store directory of its own, and no process or file of it afterwards. */
async function inFolder<T>(
  options: SweepOptions,
  life: Life,
  body: (store: string, start: (tracing: Tracing) => LoggedProcess) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(options.base, `${life.name}-`));
  const store = join(folder, 'store');
  const servers: LoggedProcess[] = [];
  const start = (tracing: Tracing): LoggedProcess => {
    const server = startSweepServer(options.side, store, tracing);
    servers.push(server);
    return server;
  };
  try {
    if (life.template !== null) cpSync(life.template, store, { recursive: true });
    return await body(store, start);
  } finally {
    for (const server of servers) await server.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a life to its end without a kill; `end` decides how, and the directory is kept as `keep`. */
export function runWhole(
  options: SweepOptions,
  life: Life,
  end: 'terminate' | 'kill',
  keep: string | null,
): Promise<Memory> {
  return inFolder(options, life, async (store, start) => {
    const world = life.memory.world.clone();
    const server = start(NOT_TRACED);
    const lived = await live(server, life, world, end);
    if (lived.end.stepsDone < life.steps.length || (end === 'terminate' && lived.ending.code !== 0))
      throw new Error(`The server did not live through '${life.name}' (${textOf(lived.ending)}):\n${server.log}`);
    if (keep !== null) cpSync(store, keep, { recursive: true });
    return { world, inFlight: life.memory.inFlight };
  });
}

/** The calls of a life into its store directory, with paths from there. */
export function countCalls(options: SweepOptions, life: Life): Promise<CallCounts> {
  return inFolder(options, life, async (store, start) => {
    const output = join(dirname(store), 'calls');
    const server = start({ kind: 'count', output });
    const { ending } = await live(server, life, life.memory.world.clone(), 'terminate');
    if (ending.code !== 0) throw new Error(`The traced server ended with ${textOf(ending)}:\n${server.log}`);
    // Lock files have names of their own in every run.
    const counts = readCounts(output, store, (path) => !/[0-9a-f]{16}/.test(path.slice(store.length)));
    return { byCall: counts.byCall, paths: new Set([...counts.paths].map((path) => path.slice(store.length))) };
  });
}

export interface PointRun {
  readonly life: Life;
  readonly point: Point;
  /** From countCalls(). */
  readonly paths: readonly string[];
  /** The directory as the kill left it is copied here. */
  readonly keep: string | null;
}

export function runPoint(options: SweepOptions, { life, point, paths, keep }: PointRun): Promise<PointResult> {
  return inFolder(options, life, async (store, start) => {
    const rooted = paths.map((path) => store + path);
    const world = life.memory.world.clone();
    const server = start({ kind: 'kill', call: point.call, nth: point.nth, paths: rooted });
    const { end, ending } = await live(server, life, world, 'terminate');
    const isKilled = ending.signal === 'SIGKILL';
    if (keep !== null) cpSync(store, keep, { recursive: true });
    const memory = { world: world.clone(), inFlight: [...life.memory.inFlight, ...end.inFlight] };
    const faults = isKilled || ending.code === 0 ? [] : [`The server ended by itself: ${textOf(ending)}`];
    const after: LoggedProcess[] = [];
    const startAgain = (): LoggedProcess => {
      const next = start(NOT_TRACED);
      after.push(next);
      return next;
    };
    const isReadTwice = point.nth % EVERY_SECOND_READING === 0;
    faults.push(...(await checkDirectory(options, startAgain, { world, inFlight: memory.inFlight }, isReadTwice)));
    const complaints = after.flatMap((each) => each.log.split('\n').filter((line) => line.includes('[ERR]')));
    if (!options.isLenient)
      faults.push(...complaints.map((line) => `A kill damages nothing, and the server says: ${line}`));
    const log = [server, ...after].map((each) => each.log).join('--- started again\n');
    return { faults, isKilled, stepsDone: end.stepsDone, memory, log };
  });
}

/** Plays the script until its end, where the server is stopped, or until the server dies. */
async function live(
  server: LoggedProcess,
  life: Life,
  world: World,
  how: 'terminate' | 'kill',
): Promise<{ end: RunEnd; ending: Ending }> {
  const nothing: RunEnd = { stepsDone: 0, inFlight: [] };
  const port = await server.ready();
  if (port === null) return { end: nothing, ending: await server.ended };
  const client = SweepClient.connect(port);
  try {
    const end = await within(LIFE_DEADLINE_MS, runSteps(client, world, life.steps), () => server.log);
    const isWhole = end.stepsDone === life.steps.length;
    return { end, ending: isWhole ? await server[how]() : await server.ended };
  } finally {
    client.close();
  }
}

/** Starts a server on what is there and holds it against the memory of its clients; then once more after a kill. */
async function checkDirectory(
  options: SweepOptions,
  start: () => LoggedProcess,
  memory: Memory,
  isReadTwice: boolean,
): Promise<readonly string[]> {
  const first = start();
  const faults = [...(await checkServer(options, first, memory))];
  if (isReadTwice && faults.length === 0) {
    await first.kill();
    const later = await checkServer(options, start(), { world: memory.world, inFlight: [] });
    return later.map((fault) => `Killed and started once more: ${fault}`);
  }
  const ending = await first.terminate();
  if (ending.code !== 0) faults.push(`After recovery the server does not stop in order: ${textOf(ending)}`);
  return faults;
}

async function checkServer(options: SweepOptions, server: LoggedProcess, memory: Memory): Promise<readonly string[]> {
  const port = await server.ready();
  if (port === null) return [`The server does not start again: ${textOf(await server.ended)}`];
  const client = SweepClient.connect(port);
  const check = async (): Promise<string[]> => {
    const faults = await checkWorld(client, memory.world, memory.inFlight, options);
    return faults.length > 0 || options.isLenient ? faults : checkPublishing(client, memory.world, memory.inFlight);
  };
  try {
    return await within(CHECK_DEADLINE_MS, check(), () => server.log);
  } finally {
    client.close();
  }
}

function textOf({ code, signal }: Ending): string {
  return signal === null ? `exit code ${code}` : signal;
}

function within<T>(limitMs: number, promise: Promise<T>, log: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`Nothing happens any more after ${limitMs} ms:\n${log()}`)),
      limitMs,
    );
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
