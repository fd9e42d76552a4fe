import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pacing } from './pacing.ts';

test('a rate limit lets a burst through and then holds the rate', () => {
  // 8000 bits a second are one byte a millisecond.
  const pacing = new Pacing(8000, 100, 0, 0);
  let nowMs = 0;
  let sent = 0;
  for (let i = 0; i < 100; i++) {
    nowMs += pacing.waitMs(nowMs, i, 0, 50);
    pacing.delivered(nowMs, 0, 50);
    sent += 50;
  }
  assert.equal(sent, 5000);
  assert.ok(Math.abs(nowMs - 4900) < 1, `${nowMs}`);
});

test('a message larger than the burst waits for a full burst, not for ever', () => {
  const pacing = new Pacing(8000, 100, 0, 0);
  assert.equal(pacing.waitMs(0, 1, 0, 150), 0);
  pacing.delivered(0, 0, 150);
  assert.equal(pacing.waitMs(0, 2, 0, 150), 150);
});

test('replay keeps the gaps between messages, up to the end of what was stored', () => {
  const pacing = new Pacing(0, 0, 3, 0);
  assert.equal(pacing.isFree, false);
  assert.equal(pacing.waitMs(1000, 1, 50_000, 1), 0);
  pacing.delivered(1000, 50_000, 1);
  assert.equal(pacing.waitMs(1000, 2, 50_200, 1), 200);
  assert.equal(pacing.waitMs(1150, 2, 50_200, 1), 50);
  pacing.delivered(1200, 50_200, 1);
  assert.equal(pacing.waitMs(1200, 3, 50_201, 1), 0);
  pacing.delivered(1200, 50_201, 1);
  assert.equal(pacing.waitMs(1200, 4, 99_000, 1), 0);
  assert.equal(pacing.isFree, true);
});
