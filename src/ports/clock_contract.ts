// What every body of ports/clock.ts does, as a suite: node/node_clock_test.ts and sim/sim_clock_test.ts run it.
// Test code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from './clock.ts';

export interface ClockUnderTest {
  readonly clock: Clock;
  /** Waits for what a callback of the clock will resolve; the simulator runs its events meanwhile. */
  settle<T>(promise: Promise<T>): Promise<T>;
}

type Chapter = (under: ClockUnderTest) => Promise<void>;

function wait(under: ClockUnderTest, delayMs: number): Promise<void> {
  return under.settle(
    new Promise((resolve) => {
      under.clock.after(delayMs, resolve);
    }),
  );
}

const CHAPTERS: Readonly<Record<string, Chapter>> = {
  'monotonicMs() never goes back and moves with time': async (under) => {
    let last = under.clock.monotonicMs();
    for (let round = 0; round < 20; round++) {
      await wait(under, 1);
      const now = under.clock.monotonicMs();
      assert.ok(now >= last + 1, `${now} after ${last}`);
      last = now;
    }
  },

  'realtimeMs() is a Unix time with a fraction': async (under) => {
    let hasFraction = false;
    for (let round = 0; round < 20; round++) {
      const now = under.clock.realtimeMs();
      assert.ok(now > Date.UTC(2020, 0, 1) && now < Date.UTC(2100, 0, 1));
      hasFraction ||= !Number.isInteger(now);
      await wait(under, 0.3);
    }
    assert.ok(hasFraction);
  },

  'after() is never early': async (under) => {
    for (const delayMs of [0, 0.4, 1, 1.7, 3, 12.5]) {
      const start = under.clock.monotonicMs();
      await wait(under, delayMs);
      assert.ok(under.clock.monotonicMs() - start >= delayMs);
    }
  },

  'after() calls back once it has returned, shorter waits first': async (under) => {
    const order: string[] = [];
    const all = new Promise<void>((resolve) => {
      under.clock.after(25, () => {
        order.push('late');
        resolve();
      });
      under.clock.after(5, () => order.push('early'));
      under.clock.after(0, () => order.push('at once'));
      order.push('returned');
    });
    await under.settle(all);
    assert.deepEqual(order, ['returned', 'at once', 'early', 'late']);
  },

  'a cancelled timer never calls back, and cancelling is harmless later': async (under) => {
    let calls = 0;
    const cancelled = under.clock.after(2, () => calls++);
    const fired = under.clock.after(1, () => calls++);
    cancelled.cancel();
    await wait(under, 10);
    fired.cancel();
    cancelled.cancel();
    assert.equal(calls, 1);
  },

  'a timer may be cancelled by another one of the same moment': async (under) => {
    let calls = 0;
    const timers = [1, 2].map((own) =>
      under.clock.after(3, () => {
        calls++;
        timers[own === 1 ? 1 : 0]?.cancel();
      }),
    );
    await wait(under, 10);
    assert.equal(calls, 1);
  },

  'a delay longer than 2^31 ms does not end early': async (under) => {
    let calls = 0;
    const timer = under.clock.after(2 ** 32, () => calls++);
    await wait(under, 5);
    timer.cancel();
    assert.equal(calls, 0);
  },

  'atTurnEnd() calls back once, later, in the order of the asking': async (under) => {
    const order: string[] = [];
    under.clock.atTurnEnd(() => order.push('first'));
    const all = new Promise<void>((resolve) => {
      under.clock.atTurnEnd(() => {
        order.push('second');
        resolve();
      });
      order.push('returned');
    });
    await under.settle(all);
    await wait(under, 5);
    assert.deepEqual(order, ['returned', 'first', 'second']);
  },

  'atTurnEnd() asked for at a turn end runs in a further round of the same one': async (under) => {
    const order: string[] = [];
    const timer = new Promise<void>((resolve) => {
      under.clock.atTurnEnd(() => {
        order.push('one');
        under.clock.atTurnEnd(() => {
          order.push('three');
          under.clock.atTurnEnd(() => order.push('four'));
        });
        // Whatever else waits runs in a turn of its own, so after every round of this one.
        under.clock.after(0, () => {
          order.push('timer');
          resolve();
        });
      });
    });
    under.clock.atTurnEnd(() => order.push('two'));
    await under.settle(timer);
    assert.deepEqual(order, ['one', 'two', 'three', 'four', 'timer']);
  },

  'atTurnEnd() works again in every turn': async (under) => {
    let calls = 0;
    for (let turn = 1; turn <= 5; turn++) {
      await under.settle(
        new Promise<void>((resolve) => {
          under.clock.atTurnEnd(() => {
            calls++;
            resolve();
          });
        }),
      );
      assert.equal(calls, turn);
    }
  },
};

export function clockContract(body: string, make: () => ClockUnderTest): void {
  for (const [title, chapter] of Object.entries(CHAPTERS)) {
    test(`${body}: ${title}`, () => chapter(make()));
  }
}
