// Results as people, spreadsheets and programs read them: the reference's lines and CSV columns, and a JSON of our own.
// Compat: natscli internal/bench/stats.go.
import { countText, sizeText } from '../output/human.ts';
import type { BenchResult, ClientResult } from './bench_result.ts';
import type { Latency } from './latency.ts';

const PERCENTILES = [50, 90, 99, 99.9] as const;

export interface ReportTitle {
  /** `Core NATS publisher`. */
  readonly label: string;
  /** `P` for those who send, `S` for those who receive. */
  readonly prefix: 'P' | 'S';
  readonly runId: string;
}

export function reportText(result: BenchResult, { label }: ReportTitle): string {
  const { clients, all, rates } = result;
  if (clients.length === 1) return `NATS ${label} stats: ${clientText(clients[0] as ClientResult)}\n`;
  const lines = clients.map((client, i) => {
    return `  [${i + 1}] ${clientText(client)} (${countText(client.messages)} msgs)`;
  });
  lines.push('', ` NATS ${label} aggregated stats: ${rateText(all)}`);
  lines.push(
    ` message rates min ${countText(rates.min)} | avg ${countText(rates.avg)} | max ${countText(rates.max)} | ` +
      `stddev ${countText(rates.stddev)} msgs`,
  );
  if (all.latency.count > 0) lines.push(` latencies per operation ${latenciesText(all.latency)}`);
  return `${lines.join('\n')}\n`;
}

function rateText({ rate, throughput }: ClientResult): string {
  return `${countText(rate)} msgs/sec ~ ${sizeText(throughput)}/sec`;
}

function clientText(client: ClientResult): string {
  const { latency } = client;
  if (latency.count === 0) return rateText(client);
  const facts = [['min', latency.minNs] as const, ['avg', latency.averageNs] as const, ['max', latency.maxNs] as const]
    .concat(PERCENTILES.map((percent) => [`P${percent}`, latency.percentileNs(percent)] as never))
    .map(([name, ns]) => `${name}: ${microsText(ns)}`);
  return [rateText(client), ...facts].join(' ~ ');
}

function latenciesText(latency: Latency): string {
  const [p50, p90, p99, p999] = PERCENTILES.map((percent) => microsText(latency.percentileNs(percent)));
  const { minNs, averageNs, maxNs, deviationNs } = latency;
  return (
    `min ${microsText(minNs)} | avg ${microsText(averageNs)} | max ${microsText(maxNs)} | ` +
    `stddev ${microsText(deviationNs)} | P50 ${p50} | P90 ${p90} | P99 ${p99} | P99.9: ${p999}`
  );
}

/** `1,234.56us`, cut behind two digits. */
export function microsText(ns: number): string {
  const [whole = '0', fraction = ''] = (ns / 1000).toFixed(3).split('.');
  const digits = fraction.replace(/0+$/, '').slice(0, 2);
  return `${countText(Number(whole))}${digits === '' ? '' : `.${digits}`}us`;
}

const BAR_COLUMNS = 40;

/** How many operations took how long, in powers of two. */
export function histogramText(latency: Latency): string {
  const buckets = latency.doublings();
  const most = Math.max(1, ...buckets.map(({ count }) => count));
  const labels = buckets.map(({ toNs }) => `<= ${spanText(toNs)}`);
  const width = Math.max(0, ...labels.map((label) => label.length));
  const lines = buckets.map(({ count }, i) => {
    const bar = '█'.repeat(Math.ceil((count / most) * BAR_COLUMNS));
    const share = ((count / latency.count) * 100).toFixed(2);
    return `  ${(labels[i] as string).padStart(width)} ${share.padStart(6)}% ${bar.padEnd(BAR_COLUMNS)} ${countText(count)}`;
  });
  return ['Latency distribution', '', ...lines, ''].join('\n');
}

function spanText(ns: number): string {
  if (ns < 1e3) return `${ns}ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)}µs`;
  return ns < 1e9 ? `${(ns / 1e6).toFixed(1)}ms` : `${(ns / 1e9).toFixed(1)}s`;
}

const CSV_COLUMNS = ['#RunID', 'ClientID', 'MsgCount', 'MsgBytes', 'MsgsPerSec', 'BytesPerSec', 'DurationSecs'];
const CSV_LATENCY_COLUMNS = [
  ...['Min', 'Avg', 'Max', 'P50', 'P90', 'P99', 'P99.9', 'StdDev'].map((name) => `${name}LatencyMicroSecs`),
];

export function reportCsv({ clients, all }: BenchResult, { prefix, runId }: ReportTitle): string {
  const hasLatency = all.latency.count > 0;
  const rows = clients.map((client, i) => {
    const { messages, bytes, rate, throughput, seconds, latency } = client;
    const row = [runId, `${prefix}${i}`, messages, bytes, rate, throughput.toFixed(6), seconds.toFixed(6)];
    return hasLatency ? [...row, ...latencyColumns(latency)] : row;
  });
  const columns = hasLatency ? [...CSV_COLUMNS, ...CSV_LATENCY_COLUMNS] : CSV_COLUMNS;
  return [columns, ...rows].map((row) => `${row.join(',')}\n`).join('');
}

function latencyColumns(latency: Latency): string[] {
  const percentiles = PERCENTILES.map((percent) => latency.percentileNs(percent));
  return [latency.minNs, latency.averageNs, latency.maxNs, ...percentiles, latency.deviationNs].map((ns) =>
    (ns / 1000).toFixed(6),
  );
}

export function resultJson({ clients, all, rates, warnings }: BenchResult) {
  return {
    ...clientJson(all),
    rates: { min: rates.min, avg: rates.avg, max: rates.max, stddev: rates.stddev },
    clients: clients.map(clientJson),
    warnings,
  };
}

function clientJson({ messages, bytes, seconds, rate, throughput, latency }: ClientResult) {
  return {
    messages,
    bytes,
    seconds,
    msgs_per_sec: rate,
    bytes_per_sec: Math.round(throughput),
    latency_us: latency.count === 0 ? null : latencyJson(latency),
  };
}

function latencyJson(latency: Latency) {
  const [p50, p90, p99, p999] = PERCENTILES.map((percent) => latency.percentileNs(percent) / 1000);
  return {
    min: latency.minNs / 1000,
    avg: latency.averageNs / 1000,
    max: latency.maxNs / 1000,
    stddev: latency.deviationNs / 1000,
    p50,
    p90,
    p99,
    p99_9: p999,
    histogram: latency.doublings().map(({ toNs, count }) => ({ up_to: toNs / 1000, count })),
  };
}
