import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockContract } from '../ports/clock_contract.ts';
import { NodeClock } from './node_clock.ts';

clockContract('NodeClock', () => ({ clock: new NodeClock(), settle: (promise) => promise }));

test('NodeClock.realtimeMs() stays within the millisecond that the system tells', () => {
  const clock = new NodeClock();
  for (let round = 0; round < 10_000; round++) {
    const before = Date.now();
    const told = clock.realtimeMs();
    assert.ok(told >= before && told < Date.now() + 1);
  }
});

test('NodeClock.realtimeMs() follows a jump of the system clock', (context) => {
  const clock = new NodeClock();
  const real = Date.now();
  for (const jumpMs of [3_600_000, -86_400_000, 0]) {
    context.mock.method(Date, 'now', () => real + jumpMs);
    const told = clock.realtimeMs();
    assert.ok(told >= real + jumpMs && told < real + jumpMs + 1);
  }
});

test('NodeClock.atTurnEnd() runs after the input that was waiting', async () => {
  const clock = new NodeClock();
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    // A timer turn: what a microtask or nextTick adds belongs to it still.
    setTimeout(() => {
      clock.atTurnEnd(() => {
        order.push('turn end');
        resolve();
      });
      process.nextTick(() => order.push('tick'));
      queueMicrotask(() => order.push('microtask'));
    }, 1);
  });
  assert.deepEqual(order, ['tick', 'microtask', 'turn end']);
});

test('NodeClock.atTurnEnd() loses no callback when one throws', async () => {
  const clock = new NodeClock();
  const order: string[] = [];
  const uncaught = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  await new Promise<void>((resolve) => {
    process.once('uncaughtException', (error) => order.push(error.message));
    clock.atTurnEnd(() => order.push('first'));
    clock.atTurnEnd(() => {
      clock.atTurnEnd(resolve);
      throw new Error('a bug');
    });
    clock.atTurnEnd(() => order.push('third'));
  });
  for (const listener of uncaught) process.on('uncaughtException', listener);
  assert.deepEqual(order, ['first', 'a bug', 'third']);
});

test('NodeClock.atTurnEnd() that never stops asking leaves room for input', async () => {
  const clock = new NodeClock();
  let isStopped = false;
  const again = () => {
    if (!isStopped) clock.atTurnEnd(again);
  };
  again();
  await new Promise<void>((resolve) => setTimeout(resolve, 1));
  isStopped = true;
});
