// Turns row results into the printed tables, the JSON document and the warnings a reader needs. Pure: text in, text
// out. Called by bench.ts.
import { limitingSide, type RowResult, type Run } from './bench_run.ts';
import type { Durability, SideName } from './bench_server.ts';
import { type DiskProbe, SYNC_MICROS_PLAUSIBLE } from './disk_probe.ts';
import type { MachineFacts } from './machine_facts.ts';
import { median } from './statistics.ts';

/** Above this a row is called disturbed. */
const OTHERS_CORES_MAX = 0.25;

const SIDES: readonly SideName[] = ['ours', 'reference'];

export interface BenchDocument {
  readonly startedAt: string;
  readonly machine: MachineFacts;
  readonly disk: readonly DiskProbe[];
  readonly runs: number;
  /** Message counts were divided by this. */
  readonly divisor: number;
  readonly pinned: boolean;
  /** CONTRAIL_SERVER, when it replaced our own server. */
  readonly serverOverride: string | null;
  readonly rows: readonly RowResult[];
}

export interface SideSummary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly p50Micros: number | null;
  readonly p99Micros: number | null;
  readonly serverMicrosPerMessage: number | null;
  readonly serverCores: number | null;
  readonly clientCores: number | null;
  readonly othersCores: number | null;
  readonly othersCoresMax: number | null;
}

type NumberKey = 'p50Micros' | 'p99Micros' | 'serverMicrosPerMessage' | 'serverCores' | 'clientCores' | 'othersCores';

function column(runs: readonly Run[], key: NumberKey): number[] {
  return runs.map((run) => run[key]).filter((value) => value !== null);
}

function medianOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : median(values);
}

export function summarize(runs: readonly Run[]): SideSummary | null {
  if (runs.length === 0) return null;
  const values = runs.map((run) => run.value);
  const others = column(runs, 'othersCores');
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    p50Micros: medianOrNull(column(runs, 'p50Micros')),
    p99Micros: medianOrNull(column(runs, 'p99Micros')),
    serverMicrosPerMessage: medianOrNull(column(runs, 'serverMicrosPerMessage')),
    serverCores: medianOrNull(column(runs, 'serverCores')),
    clientCores: medianOrNull(column(runs, 'clientCores')),
    othersCores: medianOrNull(others),
    othersCoresMax: others.length === 0 ? null : Math.max(...others),
  };
}

/** Ours divided by the reference; null when one has no figures. */
export function ratioOf(row: RowResult): number | null {
  const [ours, reference] = SIDES.map((side) => summarize(row.runs[side]));
  return ours == null || reference == null ? null : ours.median / reference.median;
}

/** The ratio of each run to its neighbour on the other side: how far the machine's noise moves it. */
export function pairRatios(row: RowResult): number[] {
  const { ours, reference } = row.runs;
  return ours.slice(0, reference.length).map((run, at) => run.value / (reference[at]?.value ?? Number.NaN));
}

function ratioText(row: RowResult): string {
  const ratio = ratioOf(row);
  if (ratio === null) return '-';
  const pairs = pairRatios(row);
  const arrow = row.better === 'lower' ? ', less is better' : '';
  return `${ratio.toFixed(2)}x (${Math.min(...pairs).toFixed(2)} - ${Math.max(...pairs).toFixed(2)}${arrow})`;
}

/** When a side acknowledges; empty where nothing is stored. */
export function durabilityText(row: RowResult, side: SideName, serverOverride: string | null): string {
  if (row.storage === null) return '';
  if (row.storage === 'memory') return 'memory';
  const durability: Durability = row.durability[side];
  if (durability === 'lazy') return 'page cache';
  if (durability === 'always') return 'fsync before ack';
  if (side === 'reference') return 'page cache';
  return serverOverride === null ? 'fdatasync before ack' : 'as CONTRAIL_SERVER does';
}

export function formatNumber(value: number): string {
  if (Math.abs(value) < 10) return value.toFixed(2);
  if (Math.abs(value) < 1000) return value.toFixed(1);
  return Math.round(value).toLocaleString('en-US');
}

function orDash(value: number | null | undefined): string {
  return value == null ? '-' : formatNumber(value);
}

function spread(summary: SideSummary | null): string {
  if (summary === null) return '-';
  return `${formatNumber(summary.median)} (${formatNumber(summary.min)} - ${formatNumber(summary.max)})`;
}

/** A Markdown table with aligned columns: the first to the left, the others to the right. */
export function formatTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) => Math.max(title.length, ...body.map((line) => line[at]?.length ?? 0)));
  const pad = (text: string, at: number): string =>
    at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0);
  const line = (cells: readonly string[]): string => `| ${cells.map(pad).join(' | ')} |`;
  const rule = `|${widths.map((width, at) => (at === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function resultTable(document: BenchDocument): string {
  const head = [
    'row',
    'unit',
    'ours: median (min - max)',
    'reference: median (min - max)',
    'ratio',
    'ours acks',
    'reference acks',
  ];
  const body = document.rows.map((row) => {
    const [ours = '-', reference = '-'] = SIDES.map((side) => spread(summarize(row.runs[side])));
    const [oursAcks = '', referenceAcks = ''] = SIDES.map((side) => durabilityText(row, side, document.serverOverride));
    return [row.name, row.unit, ours, reference, ratioText(row), oursAcks, referenceAcks];
  });
  return formatTable(head, body);
}

/** Ours and reference in one cell. */
function pair(row: RowResult, read: (summary: SideSummary) => string): string {
  const cells = SIDES.map((side) => {
    const summary = summarize(row.runs[side]);
    return summary === null ? '-' : read(summary);
  });
  return cells.join(' / ');
}

function limitOf(summary: SideSummary, machineCores: number): string {
  const { serverCores, clientCores, othersCores } = summary;
  return limitingSide({ server: serverCores ?? 0, client: clientCores ?? 0, others: othersCores ?? 0 }, machineCores);
}

/** Null when no row is a load. */
function loadTable(document: BenchDocument): string | null {
  const head = [
    'ours / reference',
    'server us/msg',
    'server cores',
    'client cores',
    'limit',
    'p50 us',
    'p99 us',
    'load by',
  ];
  const rows = document.rows.filter((row) =>
    row.runs.ours.concat(row.runs.reference).some((run) => run.serverCores !== null),
  );
  if (rows.length === 0) return null;
  const body = rows.map((row) => [
    row.name,
    pair(row, (summary) => orDash(summary.serverMicrosPerMessage)),
    pair(row, (summary) => orDash(summary.serverCores)),
    pair(row, (summary) => orDash(summary.clientCores)),
    pair(row, (summary) => limitOf(summary, document.machine.cores)),
    pair(row, (summary) => orDash(summary.p50Micros)),
    pair(row, (summary) => orDash(summary.p99Micros)),
    row.tool,
  ]);
  return formatTable(head, body);
}

/** What a reader must know before believing a figure. */
export function warningsOf(document: BenchDocument): string[] {
  const warnings: string[] = [];
  const busyRows: { name: string; busy: number }[] = [];
  const small = document.disk[0];
  if (small !== undefined && small.p50Micros < SYNC_MICROS_PLAUSIBLE) {
    warnings.push(`fdatasync takes ${formatNumber(small.p50Micros)} us: this disk most likely does not sync`);
  }
  for (const row of document.rows) {
    if (row.failure !== null) warnings.push(`${row.name}: not measured: ${row.failure}`);
    const busy = Math.max(...SIDES.map((side) => summarize(row.runs[side])?.othersCoresMax ?? 0));
    if (busy > OTHERS_CORES_MAX) busyRows.push({ name: row.name, busy });
    const ours = summarize(row.runs.ours);
    // One at a time, acknowledged after a sync of its own, cannot be faster than the disk syncs.
    const durable = row.storage === 'file' && row.durability.ours !== 'lazy';
    if (
      row.name.startsWith('js pub sync') &&
      durable &&
      ours !== null &&
      small !== undefined &&
      ours.max > small.perSecond * 1.2
    ) {
      warnings.push(`${row.name}: ours acknowledges faster than this disk syncs: it does not sync before each ack`);
    }
  }
  if (busyRows.length > 0) {
    const most = formatNumber(Math.max(...busyRows.map((row) => row.busy)));
    const names = busyRows.map((row) => row.name).join(', ');
    warnings.push(`other programs used up to ${most} cores in ${busyRows.length} rows: ${names}`);
  }
  return warnings;
}

export function renderReport(document: BenchDocument): string {
  const { machine } = document;
  const disk = document.disk.map((probe) => {
    const times = `p50 ${formatNumber(probe.p50Micros)} us, p99 ${formatNumber(probe.p99Micros)} us`;
    return `${probe.bytes} B ${formatNumber(probe.perSecond)}/s (${times})`;
  });
  const scale = document.divisor === 1 ? '' : `, message counts divided by ${document.divisor}: for a first look only`;
  const lines = [
    `machine    ${machine.cpu}, ${machine.cores} cores, ${formatNumber(machine.memoryBytes / 2 ** 30)} GiB, Linux ${machine.kernel}, ${machine.fileSystem}`,
    `versions   ours ${machine.versions.ours}; reference ${machine.versions.reference}; nats ${machine.versions.nats}; Node ${machine.versions.node}`,
    `disk       append + fdatasync: ${disk.join('; ')}`,
    `method     ${document.runs} runs of each, alternating, after one dropped${document.pinned ? ', pinned' : ''}${scale}; load average at start ${machine.loadAverage}`,
    '',
    resultTable(document),
  ];
  const loads = loadTable(document);
  if (loads !== null) lines.push('', loads);
  const warnings = warningsOf(document);
  if (warnings.length > 0) lines.push('', ...warnings.map((warning) => `! ${warning}`));
  return lines.join('\n');
}

/** The document with medians and ratios added, as it is written to disk. */
export function encodeDocument(document: BenchDocument): string {
  const rows = document.rows.map((row) => {
    const summary = Object.fromEntries(SIDES.map((side) => [side, summarize(row.runs[side])]));
    const acks = Object.fromEntries(SIDES.map((side) => [side, durabilityText(row, side, document.serverOverride)]));
    return { ...row, acks, summary, ratio: ratioOf(row), pairRatios: pairRatios(row) };
  });
  return `${JSON.stringify({ ...document, warnings: warningsOf(document), rows }, null, 2)}\n`;
}
