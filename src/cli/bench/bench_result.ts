// What a measurement has found: the samples of its clients and what they are together. Numbers only; how they are shown
// is bench_report.ts.
// Compat: natscli internal/bench: the rate of all is that of the time from the first start to the last end.
import { Latency } from './latency.ts';
import type { Sample } from './tally.ts';

export interface ClientResult {
  readonly messages: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Messages and bytes a second. */
  readonly rate: number;
  readonly throughput: number;
  readonly latency: Latency;
}

export interface BenchResult {
  readonly clients: readonly ClientResult[];
  readonly all: ClientResult;
  readonly rates: RateStatistics;
  readonly warnings: readonly string[];
}

export interface RateStatistics {
  readonly min: number;
  readonly avg: number;
  readonly max: number;
  readonly stddev: number;
}

/** Null where no client has measured anything. */
export function benchResult(samples: readonly (Sample | null)[], sizeBytes: number): BenchResult | null {
  const there = samples.filter((sample) => sample !== null);
  if (there.length === 0) return null;
  const clients = there.map((sample) => {
    const latency = new Latency();
    latency.add(sample.latency);
    return clientResult(sample.done, { sizeBytes, ms: sample.endMs - sample.startMs, latency });
  });
  const latency = new Latency();
  for (const sample of there) latency.add(sample.latency);
  const startMs = Math.min(...there.map((sample) => sample.startMs));
  const endMs = Math.max(...there.map((sample) => sample.endMs));
  const done = there.reduce((sum, sample) => sum + sample.done, 0);
  return {
    clients,
    all: clientResult(done, { sizeBytes, ms: endMs - startMs, latency }),
    rates: rateStatistics(clients.map(({ rate }) => rate)),
    warnings: [...new Set(there.flatMap(({ warnings }) => warnings))],
  };
}

/** Clocks tell microseconds; what took less took one. */
const SHORTEST_MS = 0.001;

function clientResult(
  messages: number,
  { sizeBytes, ms, latency }: { sizeBytes: number; ms: number; latency: Latency },
): ClientResult {
  const seconds = Math.max(ms, SHORTEST_MS) / 1000;
  const bytes = messages * sizeBytes;
  return { messages, bytes, seconds, rate: Math.trunc(messages / seconds), throughput: bytes / seconds, latency };
}

function rateStatistics(rates: readonly number[]): RateStatistics {
  const avg = Math.trunc(rates.reduce((sum, rate) => sum + rate, 0) / rates.length);
  const variance = rates.reduce((sum, rate) => sum + (rate - avg) ** 2, 0) / rates.length;
  return { min: Math.min(...rates), avg, max: Math.max(...rates), stddev: Math.trunc(Math.sqrt(variance)) };
}
