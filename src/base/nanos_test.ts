import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { asciiText } from './bytes.ts';
import {
  compareNanos,
  NanoTime,
  nanosHigh,
  nanosLow,
  nanosToMs,
  nanosToNs,
  nanosToWholeMs,
  nanosToWholeSeconds,
  parseRfc3339,
  rfc3339Nano,
  rfc3339NanoOfMs,
  rfc3339NanoOrZero,
  writeNanos,
  ZERO_TIME_NS,
  ZERO_TIME_TEXT,
} from './nanos.ts';

const GOLDEN = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/go_texts/golden.json', import.meta.url), 'utf8'),
) as { times: [string, string, string][]; parse_times: [string, string][] };

const SAMPLES = [
  0n,
  1n,
  999_999n,
  4_294_967_295n,
  4_294_967_296n,
  1_000_000_000n,
  999_999_999_999_999_999n,
  1_000_000_000_000_000_000n,
  1_795_456_265_237_530_897n,
  (1n << 63n) - 1n,
];

function nanosOf(ns: bigint): NanoTime {
  const time = new NanoTime();
  time.setNs(ns);
  return time;
}

test('NanoTime.setMs() is exact for every fraction that a double can hold', () => {
  const time = new NanoTime();
  for (const ms of [
    0,
    0.5,
    1,
    1763920265237,
    1763920265237.5,
    1763920265237.531,
    1e12 + 1 / 4096,
    65_535.999,
    -0.5,
    -1e12,
  ]) {
    time.setMs(ms);
    const whole = Math.floor(ms);
    const expected = BigInt(whole) * 1_000_000n + BigInt(Math.floor((ms - whole) * 1e6));
    assert.equal(time.toNs(), expected, String(ms));
  }
});

test('NanoTime.setMs() agrees with BigInt for many times of our days', () => {
  const time = new NanoTime();
  for (let i = 0; i < 20_000; i++) {
    const ms = 1.6e12 + i * 87_654_321.0123;
    time.setMs(ms);
    const whole = Math.floor(ms);
    assert.equal(time.toNs(), BigInt(whole) * 1_000_000n + BigInt(Math.floor((ms - whole) * 1e6)));
  }
});

test('NanoTime.add() and increment() carry into the high half', () => {
  const time = nanosOf(4_294_967_295n);
  time.increment();
  assert.equal(time.toNs(), 4_294_967_296n);
  time.add(-1);
  assert.equal(time.toNs(), 4_294_967_295n);
  time.increment();
  time.increment();
  assert.equal(time.toNs(), 4_294_967_297n);
  time.setNs(1_795_456_265_237_530_897n);
  time.add(86_400_000_000_000);
  assert.equal(time.toNs(), 1_795_542_665_237_530_897n);
  time.add(-Number.MAX_SAFE_INTEGER);
  assert.equal(time.toNs(), 1_795_542_665_237_530_897n - BigInt(Number.MAX_SAFE_INTEGER));
});

test('halves and bigint are each other, before 1970 too', () => {
  for (const ns of [...SAMPLES, -1n, -4_294_967_296n, -(1n << 63n)]) {
    assert.equal(nanosToNs(nanosHigh(ns), nanosLow(ns)), ns);
  }
});

test('compareNanos() orders times across 1970', () => {
  const order = [-(1n << 63n), -4_294_967_297n, -1n, 0n, 1n, 4_294_967_296n, 1_795_456_265_237_530_897n];
  for (const [i, a] of order.entries()) {
    for (const [j, b] of order.entries()) {
      const sign = Math.sign(compareNanos(nanosHigh(a), nanosLow(a), nanosHigh(b), nanosLow(b)));
      assert.equal(sign, Math.sign(i - j));
    }
  }
});

test('nanosToWholeMs() and nanosToWholeSeconds() never round up', () => {
  for (const ns of [...SAMPLES, 1_795_456_265_237_999_999n, 1_795_456_265_238_000_000n, 1_795_456_265_999_999_999n]) {
    const { high, low } = nanosOf(ns);
    assert.equal(nanosToWholeMs(high, low), Number(ns / 1_000_000n));
    assert.equal(nanosToWholeSeconds(high, low), Number(ns / 1_000_000_000n));
  }
  assert.equal(nanosToWholeMs(nanosHigh(-1n), nanosLow(-1n)), -1);
  assert.ok(
    Math.abs(
      nanosToMs(nanosHigh(1_795_456_265_237_530_897n), nanosLow(1_795_456_265_237_530_897n)) - 1795456265237.531,
    ) < 0.0005,
  );
});

test('writeNanos() writes the decimal digits of the unsigned number', () => {
  const to = new Uint8Array(24);
  const samples = [...SAMPLES, (1n << 64n) - 1n];
  for (let power = 1n; power < 1n << 64n; power *= 10n) samples.push(power - 1n, power, power + 7n);
  for (let i = 0n; i < 2_000n; i++) samples.push(1_795_456_265_237_530_897n + i * 987_654_321_987n);
  for (const ns of samples) {
    const end = writeNanos(nanosHigh(ns), nanosLow(ns), to, 2);
    assert.equal(asciiText(to, 2, end), String(ns));
  }
});

test('rfc3339Nano() prints times as Go does', () => {
  for (const [seconds, nanos, text] of GOLDEN.times) {
    assert.equal(rfc3339Nano(BigInt(seconds) * 1_000_000_000n + BigInt(nanos)), text);
  }
  assert.equal(rfc3339Nano(ZERO_TIME_NS), ZERO_TIME_TEXT);
});

test('rfc3339NanoOfMs() shows what a clock said', () => {
  assert.equal(rfc3339NanoOfMs(1_795_456_265_237.5), '2026-11-23T17:51:05.2375Z');
  assert.equal(rfc3339NanoOfMs(-1), '1969-12-31T23:59:59.999Z');
});

test('rfc3339NanoOrZero() shows no time as the zero time', () => {
  assert.equal(rfc3339NanoOrZero(0n), ZERO_TIME_TEXT);
  assert.equal(rfc3339NanoOrZero(1n), '1970-01-01T00:00:00.000000001Z');
});

test('rfc3339Nano() and parseRfc3339() agree with the calendar for every day of four centuries', () => {
  for (let day = -146_097; day <= 146_097; day += 13) {
    const iso = new Date(day * 86_400_000).toISOString();
    const ns = BigInt(day) * 86_400_000_000_000n;
    assert.equal(rfc3339Nano(ns), iso.replace('.000Z', 'Z'));
    assert.deepEqual(parseRfc3339(iso), { ok: true, value: ns });
  }
});

test('parseRfc3339() takes and refuses what Go does, with its texts', () => {
  for (const [text, answer] of GOLDEN.parse_times) {
    const result = parseRfc3339(text);
    if (!result.ok) {
      assert.equal(result.error, answer, text);
      continue;
    }
    const [seconds = '', nanos = ''] = answer.split(' ');
    assert.match(answer, /^-?\d+ \d+$/, text);
    assert.equal(result.value, BigInt(seconds) * 1_000_000_000n + BigInt(nanos), text);
  }
});
