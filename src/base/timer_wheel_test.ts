import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ByteError } from './byte_error.ts';
import { ByteReader } from './byte_reader.ts';
import { ByteWriter } from './byte_writer.ts';
import { nanosHigh, nanosLow } from './nanos.ts';
import { Prng } from './prng.ts';
import { NO_DEADLINE, TimerWheel } from './timer_wheel.ts';

const THW = new URL('../../../test/fixtures/filestore_2.15.2/GAPS/msgs/thw.db', import.meta.url);

function expired(wheel: TimerWheel, nowMs: number): number[] {
  const ids: number[] = [];
  wheel.advance(nowMs, (id) => ids.push(id));
  return ids.sort((a, b) => a - b);
}

test('TimerWheel.advance() takes out what is due and nothing else, whatever the order and distance', () => {
  const random = new Prng(21);
  for (const slotMs of [1, 64, 1000]) {
    const wheel = new TimerWheel(slotMs);
    const model = new Map<number, number>();
    let now = 1_795_456_265_237;
    for (let id = 1; id < 5_000; id++) {
      const deadline = now + random.below(random.pick([10, 1_000, 10_000_000])) + random.float();
      wheel.insert(id, deadline);
      model.set(id, deadline);
      if (random.chance(0.3)) {
        const other = 1 + random.below(id);
        assert.equal(wheel.cancel(other, model.get(other) ?? 0), model.delete(other));
      }
      if (!random.chance(0.05)) continue;
      now += random.below(2_000) + random.float();
      const due = [...model].filter(([, at]) => at <= now).map(([due]) => due);
      for (const gone of due) model.delete(gone);
      assert.deepEqual(
        expired(wheel, now),
        due.sort((a, b) => a - b),
      );
      assert.equal(wheel.size, model.size);
      assert.ok(wheel.nextMs <= Math.min(...model.values()));
    }
  }
});

test('TimerWheel tells deadlines apart by a nanosecond', () => {
  const wheel = new TimerWheel();
  const deadline = 1_795_456_265_237_530_897n;
  wheel.insertNanos(1, nanosHigh(deadline), nanosLow(deadline));
  const at = (ns: bigint): number => {
    let count = 0;
    wheel.advanceNanos(nanosHigh(ns), nanosLow(ns), () => count++);
    return count;
  };
  assert.equal(at(deadline - 1n), 0);
  assert.equal(at(deadline), 1);
  assert.equal(wheel.size, 0);
});

test('TimerWheel.nextMs is no later than the first deadline and right after an advance', () => {
  const wheel = new TimerWheel();
  assert.equal(wheel.nextMs, NO_DEADLINE);
  wheel.insert(1, 5_000.5);
  wheel.insert(2, 9_000_000.5);
  assert.equal(wheel.nextMs, 5_000);
  assert.deepEqual(expired(wheel, 5_000.4), []);
  assert.deepEqual(expired(wheel, 5_001), [1]);
  assert.equal(wheel.nextMs, 9_000_000);
  assert.ok(wheel.cancel(2, 9_000_000.5));
  assert.equal(wheel.nextMs, NO_DEADLINE);
});

test('TimerWheel.advance() lets the handler insert and cancel, and does not come back to it', () => {
  const wheel = new TimerWheel();
  wheel.insert(1, 100);
  wheel.insert(2, 100);
  const calls: number[] = [];
  wheel.advance(150, (id) => {
    calls.push(id);
    wheel.insert(id, 120);
  });
  assert.deepEqual(calls, [1, 2]);
  assert.equal(wheel.size, 2);
  assert.deepEqual(expired(wheel, 150), [1, 2]);
});

test('TimerWheel.cancel() is false for what is not there', () => {
  const wheel = new TimerWheel();
  wheel.insert(1, 100);
  assert.ok(!wheel.cancel(2, 100));
  assert.ok(!wheel.cancel(1, 5_000));
  assert.ok(wheel.cancel(1, 100));
  assert.ok(!wheel.cancel(1, 100));
  assert.equal(wheel.size, 0);
});

test('TimerWheel.decode() reads a thw.db that nats-server wrote, and encode() writes the same bytes', () => {
  const bytes = readFileSync(THW);
  const wheel = new TimerWheel();
  assert.deepEqual(wheel.decode(new ByteReader(bytes)), { ok: true, value: 75 });
  // 24 h and 1000 h for the sequences 11 and 12.
  const published = Date.parse('2026-11-23T17:50:43Z');
  assert.deepEqual(expired(wheel, published + 24 * 3_600_000 - 1_000), []);
  const writer = new ByteWriter();
  wheel.encode(writer, 75);
  assert.deepEqual(writer.written(), new Uint8Array(bytes));
  assert.deepEqual(expired(wheel, published + 24 * 3_600_000 + 1_000), [11]);
  assert.deepEqual(expired(wheel, published + 1_000 * 3_600_000 + 1_000), [12]);
});

test('TimerWheel.encode() and decode() keep every deadline to the nanosecond', () => {
  const wheel = new TimerWheel(64);
  const deadlines = [0n, 1n, 999_999n, 1_795_456_265_237_530_897n, 9_223_372_036_854_775_807n];
  for (const [id, ns] of deadlines.entries()) wheel.insertNanos(id, nanosHigh(ns), nanosLow(ns));
  const writer = new ByteWriter();
  wheel.encode(writer, 0);
  const reader = new ByteReader(writer.written());
  reader.skip(17);
  const read = new Map<number, bigint>();
  for (let i = 0; i < deadlines.length; i++) {
    const ns = reader.varintBig();
    read.set(reader.uvarint(), ns);
  }
  assert.deepEqual(
    [...read].sort((a, b) => a[0] - b[0]),
    [...deadlines.entries()],
  );
});

test('TimerWheel.decode() refuses another version and throws where the bytes end', () => {
  const bytes = readFileSync(THW);
  assert.ok(!new TimerWheel().decode(new ByteReader(Uint8Array.of(2))).ok);
  for (const cut of [0, 5, 20, bytes.length - 1]) {
    assert.throws(() => new TimerWheel().decode(new ByteReader(bytes.subarray(0, cut))), ByteError);
  }
});
