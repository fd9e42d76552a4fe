import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestingClock } from '../testing_bus.ts';
import { IdleWatch } from './idle_watch.ts';

test('an idle watch calls once, when nothing touched it for its time', () => {
  const clock = new TestingClock();
  const calls: number[] = [];
  const watch = new IdleWatch(clock, 100, () => calls.push(clock.monotonicMs()));
  clock.advance(60);
  watch.touch();
  clock.advance(60);
  watch.touch();
  clock.advance(500);
  assert.deepEqual(calls, [220]);
});

test('a stopped watch is silent', () => {
  const clock = new TestingClock();
  let calls = 0;
  const watch = new IdleWatch(clock, 100, () => calls++);
  watch.touch();
  watch.stop();
  clock.advance(500);
  assert.equal(calls, 0);
});
