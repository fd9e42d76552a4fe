import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDatetime, parseFloat64, parseInteger } from './units.ts';

test('parseInteger() knows every unit in both bases', () => {
  [...'kmgtpe'].forEach((letter, i) => {
    const power = BigInt(i + 1);
    assert.deepEqual(parseInteger(`3${letter}`), { ok: true, value: 3n * 1000n ** power });
    for (const rest of ['b', 'i', 'ib', 'B', 'iB']) {
      assert.deepEqual(parseInteger(`-3${letter.toUpperCase()}${rest}`), { ok: true, value: -3n * 1024n ** power });
    }
  });
});

test('parseInteger() refuses what does not fit, what is no number, and units that are none', () => {
  assert.deepEqual(parseInteger('9223372036854775808'), {
    ok: false,
    error: "integer '9223372036854775808' is out of the range",
  });
  assert.equal(parseInteger('-9223372036854775808').ok, true);
  for (const text of ['', '-', '--1', '1-', '٣']) assert.equal(parseInteger(text).ok, false, text);
  for (const text of ['1kk', '1kbb', '1bi', '1x', '1ik']) assert.equal(parseInteger(text).ok, false, text);
});

test('parseInteger() wraps a product beyond 64 bits as the reference does', () => {
  assert.deepEqual(parseInteger('9223372036854775807k'), { ok: true, value: -1000n });
});

test('parseFloat64() refuses what is infinite', () => {
  assert.deepEqual(parseFloat64('-1.25'), { ok: true, value: -1.25 });
  assert.match(String(Object.values(parseFloat64(`1${'0'.repeat(400)}.0`))), /is out of the range/);
});

test('parseDatetime() knows the calendar', () => {
  for (const day of ['2024-02-29', '2000-02-29', '2026-12-31', '0000-01-01']) {
    assert.equal(parseDatetime(`${day}T23:59:59Z`).ok, true, day);
  }
  for (const day of ['2026-02-29', '1900-02-29', '2026-04-31', '2026-00-01', '2026-13-01', '2026-01-00']) {
    assert.equal(parseDatetime(`${day}T00:00:00Z`).ok, false, day);
  }
  for (const time of ['24:00:00', '00:60:00', '00:00:60']) assert.equal(parseDatetime(`2026-01-01T${time}Z`).ok, false);
});
