import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairQueue } from './fair_queue.ts';

const MANY = { itemsMax: 1000, itemsPerOwnerMax: 1000 };

function filled(limits: typeof MANY, items: readonly string[]): FairQueue<string> {
  const queue = new FairQueue<string>(limits);
  for (const item of items) assert.equal(queue.add(ownerOf(item), item), null);
  return queue;
}

/** `a1` is the first of `a`. */
function ownerOf(item: string): string {
  return item.slice(0, 1);
}

function takeAll(queue: FairQueue<string>): string[] {
  const taken: string[] = [];
  for (let item = queue.take(); item !== null; item = queue.take()) taken.push(item);
  assert.equal(queue.size, 0);
  return taken;
}

test('owners take turns, and what one of them wants is done in its order', () => {
  const queue = filled(MANY, ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']);
  assert.equal(queue.size, 6);
  assert.deepEqual(takeAll(queue), ['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
});

test('who comes back with more waits for those who have waited meanwhile', () => {
  const queue = filled(MANY, ['a1', 'a2', 'b1']);
  assert.equal(queue.take(), 'a1');
  queue.add('c', 'c1');
  queue.add('a', 'a3');
  assert.deepEqual(takeAll(queue), ['b1', 'a2', 'c1', 'a3']);
});

test('what is taken out is not done, and an owner that wants nothing any more has no turn', () => {
  const queue = filled(MANY, ['a1', 'a2', 'b1', 'c1']);
  for (const item of ['a1', 'b1', 'b1', 'x1']) queue.remove(ownerOf(item), item);
  assert.deepEqual(takeAll(queue), ['a2', 'c1']);
});

test('one owner has no more than so many, and the others still have room', () => {
  const queue = filled({ itemsMax: 10, itemsPerOwnerMax: 2 }, ['a1', 'a2']);
  assert.equal(queue.add('a', 'a3'), 'a3');
  assert.equal(queue.add('b', 'b1'), null);
  assert.deepEqual(takeAll(queue), ['a1', 'b1', 'a2']);
});

test('where all are too many, the last one of who wants most makes room for who wants less', () => {
  const queue = filled({ itemsMax: 5, itemsPerOwnerMax: 3 }, ['a1', 'a2', 'a3', 'b1', 'b2']);
  assert.equal(queue.add('c', 'c1'), 'a3');
  assert.equal(queue.add('c', 'c2'), 'c2');
  assert.equal(queue.add('d', 'd1'), 'a2');
  assert.equal(queue.size, 5);
  assert.deepEqual(takeAll(queue), ['a1', 'b1', 'c1', 'd1', 'b2']);
});
