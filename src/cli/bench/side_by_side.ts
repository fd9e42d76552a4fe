// One measurement against two servers in turns, so that what else the machine does meets both alike: medians of the rounds
// and their ratio.

import { withoutSecrets } from '../../base/url_secrets.ts';
import type { ConnectionSettings } from '../client/connection_settings.ts';
import { countText, decimalText } from '../output/human.ts';
import { TextTable } from '../output/table.ts';
import type { Session } from '../session.ts';
import { microsText } from './bench_report.ts';
import type { BenchResult } from './bench_result.ts';
import { type BenchPlan, runBench } from './bench_run.ts';

export interface Compared {
  readonly url: string;
  readonly results: BenchResult[];
}

export interface SideBySide {
  readonly first: Compared;
  readonly second: Compared;
}

/** What was measured; rounds that were interrupted do not count. */
export async function runSideBySide(
  session: Session,
  plan: BenchPlan,
  { second: other, rounds }: { readonly second: ConnectionSettings; readonly rounds: number },
): Promise<SideBySide> {
  const sides = [session.settings, other].map((one) => ({
    settings: one,
    results: [] as BenchResult[],
  }));
  for (let round = 1; round <= rounds && !session.isInterrupted; round++) {
    for (const side of sides) {
      if (session.isInterrupted) break;
      await runRound(session, plan, { ...side, name: `Round ${round} of ${rounds}` });
    }
  }
  const [first, second] = sides.map((side) => ({ url: withoutSecrets(side.settings.url), results: side.results }));
  return { first, second } as SideBySide;
}

interface Round {
  readonly settings: ConnectionSettings;
  readonly results: BenchResult[];
  readonly name: string;
}

async function runRound(session: Session, plan: BenchPlan, { settings, results, name }: Round): Promise<void> {
  session.log(`${name}, ${withoutSecrets(settings.url)}`);
  const result = await runBench(session, plan, settings);
  if (result === null || session.isInterrupted) return;
  results.push(result);
  for (const warning of result.warnings) session.log(`WARNING: ${warning}`);
}

export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] as number;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] as number) + high) / 2;
}

interface Row {
  readonly title: string;
  readonly of: (result: BenchResult) => number | null;
  readonly text: (value: number) => string;
}

const ROWS: readonly Row[] = [
  { title: 'Messages/s', of: ({ all }) => all.rate, text: countText },
  { title: 'Latency P50', of: latencyAt(50), text: microsText },
  { title: 'Latency P99', of: latencyAt(99), text: microsText },
];

function latencyAt(percent: number): (result: BenchResult) => number | null {
  return ({ all }) => (all.latency.count === 0 ? null : all.latency.percentileNs(percent));
}

function medianOf({ results }: Compared, { of }: Row): number | null {
  return median(results.map(of).filter((value) => value !== null));
}

export function sideBySideTable(label: string, { first, second }: SideBySide): TextTable {
  const rounds = Math.min(first.results.length, second.results.length);
  const table = new TextTable(`${label}: medians of ${rounds} rounds`, ['', first.url, second.url, 'First / Second']);
  for (const row of ROWS) {
    const [a, b] = [medianOf(first, row), medianOf(second, row)];
    if (a === null || b === null) continue;
    table.row(row.title, row.text(a), row.text(b), b === 0 ? '-' : decimalText(a / b));
  }
  return table;
}

export function sideBySideJson({ first, second }: SideBySide) {
  const sides = [first, second].map((side) => ({
    url: side.url,
    msgs_per_sec: medianOf(side, ROWS[0] as Row),
    latency_p50_us: micros(medianOf(side, ROWS[1] as Row)),
    latency_p99_us: micros(medianOf(side, ROWS[2] as Row)),
    rounds: side.results.map(({ all }) => ({ msgs_per_sec: all.rate, seconds: all.seconds })),
  }));
  const [a, b] = sides.map(({ msgs_per_sec }) => msgs_per_sec);
  return { servers: sides, ratio: typeof a === 'number' && typeof b === 'number' && b > 0 ? a / b : null };
}

function micros(ns: number | null): number | null {
  return ns === null ? null : ns / 1000;
}
