// What every benchmark does with its plan: run it, or run it in turns against two servers, and show what came of it.
import { histogramText, reportCsv, reportText, resultJson } from '../../bench/bench_report.ts';
import type { BenchResult } from '../../bench/bench_result.ts';
import { type BenchPlan, runBench } from '../../bench/bench_run.ts';
import { secondSettings } from '../../bench/second_server.ts';
import { runSideBySide, type SideBySide, sideBySideJson, sideBySideTable } from '../../bench/side_by_side.ts';
import { UsageError } from '../../errors.ts';
import type { Session } from '../../session.ts';
import type { CommonFlags } from './bench_flags.ts';

/** The shape of every benchmark's --json. */
export const BENCH_JSON =
  'One object: benchmark, run_id, parameters, messages, bytes, seconds, msgs_per_sec, bytes_per_sec, latency_us (min, ' +
  'avg, max, stddev, p50, p90, p99, p99_9, histogram of up_to and count; null where nothing was timed), rates (min, ' +
  'avg, max, stddev over the clients), clients (each as the whole), warnings, interrupted. With --against: benchmark, ' +
  'parameters, servers (two of url, msgs_per_sec, latency_p50_us, latency_p99_us, rounds), ratio, interrupted.';

export async function showBench(session: Session, plan: BenchPlan, flags: CommonFlags): Promise<void> {
  const second = secondSettings(session, flags);
  if (second !== null) {
    const { rounds } = flags;
    if (flags.csv !== undefined) throw new UsageError('--csv is for one server: leave it out, or --against');
    showCompared(session, plan, await runSideBySide(session, plan, { second, rounds }));
    return;
  }
  const result = await runBench(session, plan, session.settings);
  showResult(session, plan, { result, flags });
}

function showCompared(session: Session, plan: BenchPlan, compared: SideBySide): void {
  if (session.isInterrupted) session.log('WARNING: interrupted, only whole rounds count');
  const { label: benchmark, facts: parameters } = plan;
  if (session.isJson) {
    session.json({ benchmark, parameters, ...sideBySideJson(compared), interrupted: session.isInterrupted });
  } else if (compared.second.results.length > 0) session.table(sideBySideTable(plan.label, compared));
}

interface Shown {
  readonly result: BenchResult | null;
  readonly flags: CommonFlags;
}

function showResult(session: Session, plan: BenchPlan, { result, flags }: Shown): void {
  if (result === null) {
    session.log('Interrupted before anything was measured');
    return;
  }
  for (const warning of result.warnings) session.log(`WARNING: ${warning}`);
  if (session.isInterrupted) session.log('WARNING: interrupted, this is what was measured until then');
  const title = { label: plan.label, prefix: plan.prefix, runId: runId(session) };
  if (session.isJson) {
    const { label: benchmark, runId: run_id } = title;
    session.json({
      benchmark,
      run_id,
      parameters: plan.facts,
      ...resultJson(result),
      interrupted: session.isInterrupted,
    });
  } else {
    session.print();
    session.print(reportText(result, title));
    if (flags.histogram && result.all.latency.count > 0) session.print(histogramText(result.all.latency));
  }
  if (flags.csv !== undefined) {
    session.doors.files.writeWhole(flags.csv, reportCsv(result, title));
    if (!session.isJson) session.print(`Saved metric data in csv file ${flags.csv}`);
  }
}

function runId(session: Session): string {
  const id = new Uint8Array(11);
  session.doors.entropy.fill(id);
  return Buffer.from(id).toString('hex');
}
