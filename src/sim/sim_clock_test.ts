import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockContract } from '../ports/clock_contract.ts';
import { Life } from './life.ts';
import { Scheduler } from './scheduler.ts';
import { SIM_EPOCH_MS, SimClock, WallClock } from './sim_clock.ts';

for (const ties of ['insertion', 'seed'] as const) {
  clockContract(`SimClock with ties by ${ties}`, () => {
    const scheduler = new Scheduler({ seed: 3, ties });
    return {
      clock: new SimClock({ scheduler, life: new Life('a') }),
      settle: (promise) => scheduler.settle(promise),
    };
  });
}

test('SimClock.realtimeMs() jumps with the wall clock, and no timer notices', async () => {
  const scheduler = new Scheduler({ seed: 1 });
  const wall = new WallClock();
  const clock = new SimClock({ scheduler, life: new Life('a'), wall });
  let calls = 0;
  clock.after(10, () => calls++);
  const start = clock.monotonicMs();
  wall.jump(3_600_000);
  await scheduler.advance(9);
  assert.equal(calls, 0);
  assert.equal(clock.realtimeMs(), SIM_EPOCH_MS + 3_600_009);
  wall.jump(-86_400_000);
  await scheduler.advance(1);
  assert.equal(calls, 1);
  assert.equal(clock.monotonicMs(), start + 10);
});

test('SimClock is silent once its life is over, also in the middle of a turn end', async () => {
  const scheduler = new Scheduler({ seed: 1 });
  const life = new Life('a');
  const clock = new SimClock({ scheduler, life });
  const calls: string[] = [];
  clock.after(5, () => calls.push('timer'));
  clock.atTurnEnd(() => {
    calls.push('turn end');
    life.end();
  });
  clock.atTurnEnd(() => calls.push('after death'));
  await scheduler.advance(10);
  assert.deepEqual(calls, ['turn end']);
});

test('SimClock finds a turn end that never ends', async () => {
  const scheduler = new Scheduler({ seed: 1 });
  const clock = new SimClock({ scheduler, life: new Life('a') });
  const again = () => clock.atTurnEnd(again);
  again();
  await assert.rejects(scheduler.advance(1), /stop asking for further rounds/);
});

test('SimClock has another zero in every life', () => {
  const scheduler = new Scheduler({ seed: 1 });
  const first = new SimClock({ scheduler, life: new Life('a', 1) });
  const second = new SimClock({ scheduler, life: new Life('a', 2) });
  assert.notEqual(first.monotonicMs(), second.monotonicMs());
});
