// Runs one row on both sides in turn, A B A B, first run of each dropped, and gathers what the kernel says about the
// server, the generator and the rest of the machine. It knows no row by name and prints nothing.

import { BenchServer, type Durability, pause, type Side, type SideName, type StartOptions } from './bench_server.ts';
import type { Generators, LoadRow } from './load_row.ts';
import type { ProcessKeeper } from './process_keeper.ts';
import type { ProcessRow } from './process_rows.ts';
import { cpuSeconds, endedChildrenCpuSeconds, machineCpuSeconds } from './process_usage.ts';

const QUIET_MS_MAX = 5000;
const QUIET_STEP_MS = 100;
const SYNC_DEADLINE_MS = 60_000;

export interface Run {
  readonly value: number;
  readonly p50Micros: number | null;
  readonly p99Micros: number | null;
  /** Null for rows that are no load. */
  readonly serverMicrosPerMessage: number | null;
  /** Cores used during the run, by the server, by its generators, and by everything else on the machine. */
  readonly serverCores: number | null;
  readonly clientCores: number | null;
  readonly othersCores: number | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface RowResult {
  readonly name: string;
  readonly group: string;
  readonly tool: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly storage: string | null;
  readonly durability: Readonly<Record<SideName, Durability>>;
  readonly runs: Readonly<Record<SideName, readonly Run[]>>;
  /** Why a side has no figures, or null. */
  readonly failure: string | null;
}

export interface RunWorld {
  readonly keeper: ProcessKeeper;
  readonly sides: readonly Side[];
  readonly generators: Generators;
  /** Measured runs of each side, after one that is dropped. */
  readonly runs: number;
  readonly folder: string;
  readonly serverCores: string;
}

/** Waits until no server works and nothing dirty is left on the file system: one side must not pay for the other. */
async function settle(world: RunWorld, servers: readonly BenchServer[]): Promise<void> {
  await world.keeper.run(['sync', '-f', world.folder], { name: 'sync', timeoutMs: SYNC_DEADLINE_MS });
  const used = (): number => servers.reduce((sum, server) => sum + cpuSeconds(server.pid), 0);
  for (let waited = 0, before = used(); waited < QUIET_MS_MAX; waited += QUIET_STEP_MS) {
    await pause(QUIET_STEP_MS);
    const now = used();
    if (now - before < 0.015) return;
    before = now;
  }
}

async function runLoad(row: LoadRow, server: BenchServer, world: RunWorld): Promise<Run> {
  const slowness = row.slowSides[server.side.name] ?? 1;
  const begun = performance.now();
  const serverBefore = cpuSeconds(server.pid);
  const clientBefore = endedChildrenCpuSeconds();
  const machineBefore = machineCpuSeconds();
  const measurement = await row.measure(server, world.generators, slowness);
  const serverUsed = cpuSeconds(server.pid) - serverBefore;
  const clientUsed = endedChildrenCpuSeconds() - clientBefore;
  const machineUsed = machineCpuSeconds() - machineBefore;
  const wallSeconds = (performance.now() - begun) / 1000;
  await row.cleanup(server);
  return {
    value: measurement.value,
    p50Micros: measurement.p50Micros,
    p99Micros: measurement.p99Micros,
    serverMicrosPerMessage: (serverUsed / measurement.messages) * 1e6,
    serverCores: serverUsed / measurement.seconds,
    clientCores: clientUsed / measurement.seconds,
    // The generator's start and end count here, so this is over the whole of the run.
    othersCores: Math.max(0, (machineUsed - serverUsed - clientUsed) / wallSeconds),
    details: measurement.details,
  };
}

export async function runLoadRow(row: LoadRow, world: RunWorld): Promise<RowResult> {
  const runs: Record<SideName, Run[]> = { ours: [], reference: [] };
  const servers: BenchServer[] = [];
  let failure: string | null = null;
  try {
    for (const side of world.sides) {
      const start: StartOptions = {
        durability: row.durability[side.name],
        access: row.access,
        folder: world.folder,
        cores: world.serverCores,
      };
      servers.push(await BenchServer.start(world.keeper, side, start));
    }
    for (const server of servers) await row.setup(server, world.generators);
    for (let turn = 0; turn <= world.runs; turn++) {
      for (const server of servers) {
        await settle(world, servers);
        const run = await runLoad(row, server, world).catch((error: unknown) => {
          throw new Error(`${server.side.name}: ${messageOf(error)}`);
        });
        if (turn > 0) runs[server.side.name].push(run);
      }
    }
  } catch (error) {
    failure = messageOf(error);
  }
  await Promise.all(servers.map((server) => server.stop()));
  const { name, group, tool, storage, durability } = row;
  return { name, group, tool, unit: 'msg/s', better: 'higher', storage, durability, runs, failure };
}

export async function runProcessRow(row: ProcessRow, world: RunWorld): Promise<RowResult> {
  const runs: Record<SideName, Run[]> = { ours: [], reference: [] };
  const durability = { ours: 'default', reference: 'default' } as const;
  let failure: string | null = null;
  try {
    for (let turn = row.once ? 1 : 0; turn <= (row.once ? 1 : world.runs); turn++) {
      for (const side of world.sides) {
        const start: StartOptions = {
          durability: 'default',
          access: 'open',
          folder: world.folder,
          cores: world.serverCores,
        };
        const measured = await row.measure(side, {
          keeper: world.keeper,
          blaster: world.generators.blaster,
          divisor: world.generators.divisor,
          start,
        });
        const none = { p50Micros: null, p99Micros: null, serverMicrosPerMessage: null };
        const cores = { serverCores: null, clientCores: null, othersCores: null };
        if (turn > 0) runs[side.name].push({ ...measured, ...none, ...cores });
      }
    }
  } catch (error) {
    failure = messageOf(error);
  }
  const { name, group, unit } = row;
  return { name, group, tool: '/proc', unit, better: 'lower', storage: null, durability, runs, failure };
}

export interface CoresUsed {
  readonly server: number;
  readonly client: number;
  /** Everything else that ran meanwhile. */
  readonly others: number;
}

/** Which side kept the other waiting: a hint, the cores beside it are the fact. */
export function limitingSide(used: CoresUsed, machineCores: number): string {
  if (used.server + used.client + used.others >= 0.9 * machineCores) return 'machine';
  if (used.server >= 0.9) return 'server';
  if (used.client >= 0.9) return 'client';
  return 'waiting';
}

/** In one line, for the table. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().replace(/\s+/g, ' ');
}
