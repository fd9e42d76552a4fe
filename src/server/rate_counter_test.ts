import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateCounter } from './rate_counter.ts';

test('RateCounter allows so many in a second, counts the others, and starts anew in the next', () => {
  const counter = new RateCounter(2);
  assert.deepEqual(
    [0, 500, 999, 1000].map((ms) => counter.allows(ms)),
    [true, true, false, false],
  );
  assert.equal(counter.takeRefused(), 2);
  assert.equal(counter.takeRefused(), 0);
  assert.deepEqual(
    [1001, 1002, 2001].map((ms) => counter.allows(ms)),
    [true, true, false],
  );
  assert.equal(counter.takeRefused(), 1);
});
