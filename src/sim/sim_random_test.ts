import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimRandom } from './sim_random.ts';

function draws(random: SimRandom): number[] {
  return Array.from({ length: 5 }, () => random.u32());
}

test('SimRandom gives the same numbers for the same seed, others for another one, also beyond 32 bits', () => {
  assert.deepEqual(draws(new SimRandom(42)), draws(new SimRandom(42)));
  const seeds = [0, 1, 42, 2 ** 32, 2 ** 32 + 42, 2 ** 52];
  assert.equal(new Set(seeds.map((seed) => draws(new SimRandom(seed)).join())).size, seeds.length);
});

test('SimRandom.fork() gives a stream that depends on the name alone', () => {
  const first = new SimRandom(1);
  const second = new SimRandom(1);
  second.u32();
  assert.deepEqual(draws(first.fork('disk')), draws(second.fork('disk')));
  assert.notDeepEqual(draws(first.fork('disk')), draws(first.fork('clock')));
  assert.notDeepEqual(draws(first.fork('a').fork('b')), draws(first.fork('ab')));
});

test('SimRandom draws evenly and within bounds', () => {
  const random = new SimRandom(9);
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 100_000; draw++) {
    const value = random.between(3, 12);
    assert.ok(value >= 3 && value <= 12);
    counts[value - 3] = (counts[value - 3] ?? 0) + 1;
  }
  for (const count of counts) assert.ok(count > 9_500 && count < 10_500);
  let heads = 0;
  for (let draw = 0; draw < 10_000; draw++) if (random.chance(0.2)) heads++;
  assert.ok(heads > 1_850 && heads < 2_150);
  for (let draw = 0; draw < 100; draw++) {
    const value = random.within([2, 3]);
    assert.ok(value >= 2 && value < 3);
  }
  assert.equal(random.chance(0), false);
  assert.equal(random.pick(['only']), 'only');
});
