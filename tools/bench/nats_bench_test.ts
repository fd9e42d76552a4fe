// What `nats bench` 0.5.1 printed, word for word, and what the bench reads from it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNatsBench } from './nats_bench.ts';

test('parseNatsBench() reads the rate and the percentiles of a single client', () => {
  const report = parseNatsBench(
    '17:45:05 Starting JetStream asynchronous publisher benchmark [batch=500, clients=1]\n\n' +
      'NATS JetStream asynchronous publisher stats: 89,430 msgs/sec ~ 11 MiB/sec ~ min: 3,068.65us ~ avg: 5,582.90us ~ ' +
      'max: 20,910.68us ~ P50: 4,866.95us ~ P90: 7,781.37us ~ P99: 9,327.63us ~ P99.9: 20,910.68us\n\n',
  );
  assert.deepEqual(report, { perSecond: 89430, p50Micros: 4866.95, p99Micros: 9327.63, warnings: [] });
});

test('parseNatsBench() reads the aggregate when several clients took part', () => {
  const report = parseNatsBench(
    ' [1] 9,221 msgs/sec ~ 1.1 MiB/sec ~ min: 40us ~ P50: 100us ~ P99: 200us (500 msgs)\n' +
      '\n  NATS Core NATS subscriber aggregated stats: 1,018,443 msgs/sec ~ 124 MiB/sec\n' +
      '  message rates min 1 | avg 2 | max 3 | stddev 4 msgs\n' +
      '  latencies per operation min 1us | avg 2us | max 3us | stddev 4us | P50 98.5us | P90 110us | P99 1,200us | P99.9: 5us\n',
  );
  assert.deepEqual(report, { perSecond: 1018443, p50Micros: 98.5, p99Micros: 1200, warnings: [] });
});

test('parseNatsBench() has no percentiles where natscli prints none, and keeps its warnings', () => {
  const report = parseNatsBench(
    '17:45:06 WARNING: at least one of the pull consumer Fetch operation timed out. These results are not optimal!\n' +
      'NATS JetStream ordered ephemeral consumer stats: 313,445 msgs/sec ~ 38 MiB/sec\n',
  );
  assert.equal(report.p50Micros, null);
  assert.equal(report.perSecond, 313445);
  assert.equal(report.warnings.length, 1);
});

test('parseNatsBench() throws when the output holds no rate', () => {
  assert.throws(() => parseNatsBench('nats: error: no responders'), /printed no rate/);
});
