import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nanosHigh, nanosLow, rfc3339Nano } from './nanos.ts';
import { TIME_TEXT_BYTES_MAX, TimeText } from './time_text.ts';

function written(text: TimeText, ns: bigint): string {
  const bytes = new Uint8Array(TIME_TEXT_BYTES_MAX + 8);
  const end = text.write(nanosHigh(ns), nanosLow(ns), bytes, 3);
  assert.ok(end - 3 <= TIME_TEXT_BYTES_MAX);
  return Buffer.from(bytes.subarray(3, end)).toString();
}

test('write() gives the text of rfc3339Nano() for any time, in any order', () => {
  const text = new TimeText();
  const time = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  fc.assert(fc.property(time, (ns) => assert.equal(written(text, ns), rfc3339Nano(ns))));
});

test('write() keeps digits of the second as far as needed, at the ends of a second too', () => {
  const text = new TimeText();
  const second = 1_700_000_000_000_000_000n;
  for (const ns of [0n, 1n, 10n, 999_999_999n, 1_000_000_000n, 500_000_000n, -1n, 120n])
    assert.equal(written(text, second + ns), rfc3339Nano(second + ns));
  assert.equal(written(text, 1_500_000_000n), '1970-01-01T00:00:01.5Z');
});
