// The rows that measure the process itself: resident memory when idle, time from start to ready, and memory per stored
// message. Each run starts a server of its own. Run by bench_run.ts.

import { BenchServer, pause, type Side, type StartOptions } from './bench_server.ts';
import type { Blaster } from './blaster.ts';
import type { ProcessKeeper } from './process_keeper.ts';
import { residentMemory } from './process_usage.ts';

export interface ProcessRowWorld {
  readonly keeper: ProcessKeeper;
  readonly blaster: Blaster | null;
  readonly start: StartOptions;
  readonly divisor: number;
}

export interface ProcessMeasurement {
  readonly value: number;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface ProcessRow {
  readonly name: string;
  readonly group: 'process' | 'memory' | 'connections';
  readonly unit: 'MB' | 'ms' | 'B/msg' | 'KB/conn' | 'x calm' | 'x flood elsewhere';
  /** Runs only when asked for by name. */
  readonly slow: boolean;
  /** One run says it all, and there is nothing to warm up. */
  readonly once: boolean;
  measure(side: Side, world: ProcessRowWorld): Promise<ProcessMeasurement>;
}

/** Long enough for start-up garbage to be collected and for timers of the first second to have run. */
const IDLE_MS = 3000;

async function withServer<Result>(
  side: Side,
  world: ProcessRowWorld,
  use: (server: BenchServer) => Promise<Result>,
): Promise<Result> {
  const server = await BenchServer.start(world.keeper, side, world.start);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

const idleRow: ProcessRow = {
  name: 'idle RSS',
  group: 'process',
  unit: 'MB',
  slow: false,
  once: false,
  measure: (side, world) =>
    withServer(side, world, async (server) => {
      await pause(IDLE_MS);
      const memory = residentMemory(server.pid);
      return { value: memory.totalBytes / 1e6, details: { ...memory } };
    }),
};

const readyRow: ProcessRow = {
  name: 'start to ready ms',
  group: 'process',
  unit: 'ms',
  slow: false,
  once: false,
  measure: (side, world) =>
    withServer(side, world, async (server) => ({
      value: server.firstPongMs,
      details: { ready_line_ms: server.readyLineMs },
    })),
};

const readyLineRow: ProcessRow = {
  name: 'start to ready line ms',
  group: 'process',
  unit: 'ms',
  slow: false,
  once: false,
  measure: (side, world) =>
    withServer(side, world, async (server) => {
      if (server.readyLineMs === null) throw new Error("the line 'Server is ready' was not seen");
      return { value: server.readyLineMs, details: {} };
    }),
};

const STORED_COUNT = 10_000_000;
/** nats-server drops its block caches ten seconds after the last use. */
const CACHES_EXPIRE_MS = 30_000;
const STORE_DEADLINE_MS = 900_000;

/** Publishes into a file stream that keeps messagesMax messages (-1: all) and returns the memory once it is quiet. */
function storeAndRest(side: Side, world: ProcessRowWorld, messagesMax: number): Promise<number> {
  return withServer(side, world, async (server) => {
    if (world.blaster === null) throw new Error('needs Go to build the load generator');
    await server.askApi('STREAM.CREATE.benchstream', {
      name: 'benchstream',
      subjects: ['bench.js'],
      storage: 'file',
      num_replicas: 1,
      max_msgs: messagesMax,
    });
    const messages = Math.round(STORED_COUNT / world.divisor);
    const load = { mode: 'js', subject: 'bench.js', size: 128, window: 10_000, messages } as const;
    await world.blaster.run(server, { ...load, timeoutMs: STORE_DEADLINE_MS });
    await pause(CACHES_EXPIRE_MS);
    return residentMemory(server.pid).totalBytes;
  });
}

/**
 * Resident memory with 10 million messages stored, less that of another server that took the same 10 million through
 * the same path but keeps one: buffers, heap slack and compiled code are in both, the index is the difference.
 */
const memoryRow: ProcessRow = {
  name: '10M messages memory per message',
  group: 'memory',
  unit: 'B/msg',
  slow: true,
  once: true,
  async measure(side, world) {
    const stored = await storeAndRest(side, world, -1);
    const empty = await storeAndRest(side, world, 1);
    const messages = Math.round(STORED_COUNT / world.divisor);
    return { value: (stored - empty) / messages, details: { stored_bytes: stored, empty_bytes: empty, messages } };
  },
};

export const PROCESS_ROWS: readonly ProcessRow[] = [idleRow, readyRow, readyLineRow, memoryRow];
