// What a row of the benchmark is, and the two ways of running its load. It knows no row. Used by core_rows.ts and
// jetstream_rows.ts, run by bench_run.ts.
import type { Access, BenchServer, Durability, SideName } from './bench_server.ts';
import type { Blaster, BlasterLoad } from './blaster.ts';
import type { NatsBench, NatsBenchReport } from './nats_bench.ts';

export interface Generators {
  readonly blaster: Blaster | null;
  readonly natsBench: NatsBench;
  /** Divides every message count: 1, or more for --quick. */
  readonly divisor: number;
}

/** One run on one server, as its generator reports it. */
export interface Measurement {
  readonly value: number;
  /** What the value counts per second, and the server's CPU time is divided by: published, delivered or acknowledged. */
  readonly messages: number;
  readonly seconds: number;
  readonly p50Micros: number | null;
  readonly p99Micros: number | null;
  /** Whatever else is worth keeping in the JSON. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface LoadRow {
  readonly name: string;
  readonly group: 'core' | 'service' | 'js' | 'kv' | 'permissions' | 'tls';
  readonly tool: 'blaster' | 'nats bench';
  readonly storage: 'file' | 'memory' | null;
  readonly durability: Readonly<Record<SideName, Durability>>;
  readonly access: Access;
  /** A side that syncs for every single message here: its message count is divided by this, to end in time. */
  readonly slowSides: Readonly<Partial<Record<SideName, number>>>;
  /** Once per server, before the first run. */
  setup(server: BenchServer, generators: Generators): Promise<void>;
  measure(server: BenchServer, generators: Generators, slowness: number): Promise<Measurement>;
  /** After each run. */
  cleanup(server: BenchServer): Promise<void>;
}

export const RUN_DEADLINE_MS = 60_000;
export const DEFAULT_DURABILITY = { ours: 'default', reference: 'default' } as const;

export async function nothing(): Promise<void> {}

export function scaled(count: number, generators: Generators, slowness = 1): number {
  return Math.max(100, Math.round(count / generators.divisor / slowness));
}

export function fromNatsBench(report: NatsBenchReport, messages: number): Measurement {
  return {
    value: report.perSecond,
    messages,
    seconds: messages / report.perSecond,
    p50Micros: report.p50Micros,
    p99Micros: report.p99Micros,
    details: report.warnings.length === 0 ? {} : { warnings: report.warnings },
  };
}

export async function blast(server: BenchServer, generators: Generators, load: Omit<BlasterLoad, 'timeoutMs'>) {
  if (generators.blaster === null) throw new Error('needs Go to build the load generator');
  const report = await generators.blaster.run(server, { ...load, timeoutMs: RUN_DEADLINE_MS });
  return {
    value: report.delivered_per_second,
    messages: report.delivered,
    seconds: report.seconds,
    p50Micros: report.ack_p50_micros ?? null,
    p99Micros: report.ack_p99_micros ?? null,
    details: { ...report },
  };
}

/** A row that stores nothing and needs no preparation. */
export const PLAIN = {
  storage: null,
  durability: DEFAULT_DURABILITY,
  access: 'open',
  slowSides: {},
  setup: nothing,
  cleanup: nothing,
} as const;
