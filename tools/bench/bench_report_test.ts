// The report's arithmetic and its warnings, on made-up runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BenchDocument,
  durabilityText,
  encodeDocument,
  formatTable,
  ratioOf,
  renderReport,
  summarize,
  warningsOf,
} from './bench_report.ts';
import { limitingSide, type RowResult, type Run } from './bench_run.ts';
import { median, percentile } from './statistics.ts';

function run(value: number, othersCores = 0): Run {
  return {
    value,
    p50Micros: 10,
    p99Micros: 20,
    serverMicrosPerMessage: 1.5,
    serverCores: 1,
    clientCores: 0.5,
    othersCores,
    details: {},
  };
}

function row(changes: Partial<RowResult> = {}): RowResult {
  return {
    name: 'js pub async batch 500',
    group: 'js',
    tool: 'nats bench',
    unit: 'msg/s',
    better: 'higher',
    storage: 'file',
    durability: { ours: 'default', reference: 'default' },
    runs: { ours: [run(300), run(100), run(200)], reference: [run(100), run(50)] },
    failure: null,
    ...changes,
  };
}

function document(rows: RowResult[], changes: Partial<BenchDocument> = {}): BenchDocument {
  const versions = { ours: 'o', reference: 'r', nats: 'n', node: 'v20' };
  const machine = {
    cpu: 'CPU',
    cores: 2,
    memoryBytes: 1 << 30,
    kernel: '6',
    fileSystem: 'ext4',
    loadAverage: '0.00',
    versions,
  };
  const disk = [{ bytes: 200, perSecond: 5000, p50Micros: 180, p99Micros: 800 }];
  return { startedAt: '', machine, disk, runs: 3, divisor: 1, pinned: false, serverOverride: null, rows, ...changes };
}

test('median() and percentile() take the middle of odd and even counts', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(percentile([5, 1, 4, 2, 3], 0.5), 3);
  assert.equal(percentile([1, 2], 0.99), 2);
  assert.ok(Number.isNaN(median([])));
});

test('ratioOf() divides the medians, and is null when a side was not measured', () => {
  assert.equal(ratioOf(row()), 200 / 75);
  assert.equal(ratioOf(row({ runs: { ours: [], reference: [run(1)] } })), null);
  assert.deepEqual([summarize([run(2), run(8)])?.min, summarize([run(2), run(8)])?.max], [2, 8]);
});

test('durabilityText() names what each side does before it acknowledges', () => {
  assert.equal(durabilityText(row(), 'ours', null), 'fdatasync before ack');
  assert.equal(durabilityText(row(), 'reference', null), 'page cache');
  assert.equal(durabilityText(row(), 'ours', '/bin/nats-server'), 'as CONTRAIL_SERVER does');
  const lazy = row({ durability: { ours: 'lazy', reference: 'always' } });
  assert.equal(durabilityText(lazy, 'ours', null), 'page cache');
  assert.equal(durabilityText(lazy, 'reference', null), 'fsync before ack');
  assert.equal(durabilityText(row({ storage: null }), 'ours', null), '');
});

test('warningsOf() tells of failures, of a busy machine, of a lying disk and of acks faster than the disk syncs', () => {
  assert.deepEqual(warningsOf(document([row()])), []);
  assert.match(warningsOf(document([row({ failure: 'ours: broke' })])).join(), /not measured: ours: broke/);
  assert.match(
    warningsOf(document([row({ runs: { ours: [run(1, 0.7)], reference: [] } })])).join(),
    /up to 0\.70 cores in 1 rows: js pub async/,
  );
  const quick = row({ name: 'js pub sync', runs: { ours: [run(9000)], reference: [run(1)] } });
  assert.match(warningsOf(document([quick])).join(), /does not sync before each ack/);
  const lying = [{ bytes: 200, perSecond: 1e5, p50Micros: 10, p99Micros: 20 }];
  assert.match(warningsOf(document([], { disk: lying })).join(), /does not sync/);
});

test('renderReport() and encodeDocument() hold every row with its ratio', () => {
  const made = document([row(), row({ name: 'idle RSS', better: 'lower', unit: 'MB', storage: null })]);
  const text = renderReport(made);
  assert.match(
    text,
    /js pub async batch 500 .*200\.0 \(100\.0 - 300\.0\).*2\.67x \(2\.00 - 3\.00\) .*fdatasync before ack .*page cache/,
  );
  assert.match(text, /idle RSS .*2\.67x \(2\.00 - 3\.00, less is better\)/);
  const decoded = JSON.parse(encodeDocument(made)) as { rows: { ratio: number; acks: { ours: string } }[] };
  assert.equal(decoded.rows[0]?.acks.ours, 'fdatasync before ack');
  assert.equal(decoded.rows.length, 2);
});

test('formatTable() aligns its columns', () => {
  assert.equal(formatTable(['a', 'bb'], [['xxx', '1']]), '| a   | bb |\n|-----|---:|\n| xxx |  1 |');
});

test('limitingSide() names the side that has no core left', () => {
  assert.equal(limitingSide({ server: 1, client: 0.5, others: 0.4 }, 2), 'machine');
  assert.equal(limitingSide({ server: 1.1, client: 0.2, others: 0 }, 2), 'server');
  assert.equal(limitingSide({ server: 0.5, client: 1, others: 0.1 }, 4), 'client');
  assert.equal(limitingSide({ server: 0.3, client: 0.3, others: 0.1 }, 2), 'waiting');
});
