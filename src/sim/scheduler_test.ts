import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Life } from './life.ts';
import { Scheduler } from './scheduler.ts';
import { Trace } from './trace.ts';

test('Scheduler runs events by time, and by insertion where that is the rule', async () => {
  const scheduler = new Scheduler({ seed: 1, ties: 'insertion' });
  const order: string[] = [];
  const delays = [5, 1, 3, 1, 4, 0, 3, 9, 1];
  delays.forEach((delay, index) => {
    scheduler.after(delay, null, 'x', () => order.push(`${delay}.${index}@${scheduler.nowMs}`));
  });
  await scheduler.advance(8);
  assert.deepEqual(order, ['0.5@0', '1.1@1', '1.3@1', '1.8@1', '3.2@3', '3.6@3', '4.4@4', '5.0@5']);
  assert.equal(scheduler.nowMs, 8);
  assert.equal(scheduler.eventsRun, 8);
});

async function tieOrder(seed: number): Promise<string> {
  const scheduler = new Scheduler({ seed });
  let order = '';
  for (const letter of 'abcdef') scheduler.after(1, null, letter, () => (order += letter));
  await scheduler.advance(1);
  return order;
}

test('Scheduler breaks ties by the seed where that is the rule', async () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 20; seed++) orders.add(await tieOrder(seed));
  assert.ok(orders.size > 15);
  assert.equal(await tieOrder(5), await tieOrder(5));
});

test('Scheduler runs everything that follows from a promise before the next event', async () => {
  const scheduler = new Scheduler({ seed: 1, ties: 'insertion' });
  const order: string[] = [];
  const promise = new Promise<void>((resolve) => {
    scheduler.after(1, null, 'resolve', () => {
      resolve();
      order.push('event');
    });
  });
  const follow = async () => {
    await promise;
    for (let index = 0; index < 5; index++) {
      await null;
      order.push(`await ${index}`);
    }
    scheduler.after(0, null, 'asked for', () => order.push('asked for'));
  };
  follow();
  scheduler.after(1, null, 'next', () => order.push('next'));
  await scheduler.advance(1);
  assert.deepEqual(order, ['event', 'await 0', 'await 1', 'await 2', 'await 3', 'await 4', 'next', 'asked for']);
});

test('Scheduler drops events that were cancelled or whose life is over, without moving the time', async () => {
  const scheduler = new Scheduler({ seed: 1 });
  const life = new Life('a');
  let calls = 0;
  scheduler.after(1, null, 'cancelled', () => calls++).cancel();
  scheduler.after(2, life, 'dead', () => calls++);
  life.end();
  assert.equal(await scheduler.step(), false);
  assert.equal(calls, 0);
  assert.equal(scheduler.nowMs, 0);
});

test('Scheduler.settle() gives the value or the reason', async () => {
  const scheduler = new Scheduler({ seed: 1 });
  const later = <T>(settle: (resolve: (value: T) => void, reject: (reason: Error) => void) => void) =>
    new Promise<T>((resolve, reject) => {
      scheduler.after(5, null, 'settle', () => settle(resolve, reject));
    });
  assert.equal(await scheduler.settle(later<number>((resolve) => resolve(7))), 7);
  await assert.rejects(scheduler.settle(later((_, reject) => reject(new Error('no')))), /^Error: no$/);
});

test('Scheduler.runUntil() fails with the last events when nothing is left, or when the deadline passes', async () => {
  const scheduler = new Scheduler({ seed: 42 });
  scheduler.after(1, null, 'the last thing', () => {});
  await assert.rejects(
    scheduler.runUntil(() => false),
    /seed 42 is stuck at 1.000 ms: nothing is left to happen. Last:\n {2}1.000000 - the last thing$/,
  );
  const tick = () => {
    scheduler.after(10, null, 'tick', tick);
  };
  tick();
  await assert.rejects(
    scheduler.runUntil(() => false, { deadlineMs: 100 }),
    /stuck at 101.000 ms: the deadline has passed/,
  );
});

test('Scheduler: a sum of delays is exact', async () => {
  const scheduler = new Scheduler({ seed: 1 });
  await scheduler.advance(0.3);
  const start = scheduler.nowMs;
  let took = 0;
  scheduler.after(0.1, null, 'x', () => (took = scheduler.nowMs - start));
  await scheduler.advance(1);
  assert.ok(took >= 0.1 && took < 0.1 + 2e-6);
});

test('Trace keeps the newest lines and a digest of all', () => {
  const long = new Trace(3);
  const short = new Trace(100);
  for (let index = 0; index < 10; index++) for (const trace of [long, short]) trace.add(index, 'a', `line ${index}`);
  assert.deepEqual(long.lines(), ['7.000000 a line 7', '8.000000 a line 8', '9.000000 a line 9']);
  assert.equal(short.lines().length, 10);
  assert.equal(long.digest(), short.digest());
  long.add(10, 'a', 'x');
  short.add(10, 'a', 'y');
  assert.notEqual(long.digest(), short.digest());
  assert.match(long.digest(), /^[0-9a-f]{16}-11$/);
});
