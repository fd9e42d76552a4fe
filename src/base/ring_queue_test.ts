import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RingQueue } from './ring_queue.ts';

test('RingQueue gives back in the order it took, growing on the way', () => {
  const queue = new RingQueue<number>(1_000);
  let next = 0;
  let expected = 0;
  for (let round = 0; round < 300; round++) {
    for (let i = 0; i < 5; i++) assert.ok(queue.push(next++) || queue.length === 1_000);
    for (let i = 0; i < 3; i++) assert.equal(queue.shift(), expected++);
  }
  assert.equal(queue.at(0), expected);
  assert.equal(queue.at(1), expected + 1);
});

test('RingQueue.push() says no when the limit is reached and keeps what is there', () => {
  const queue = new RingQueue<string>(2);
  assert.ok(queue.push('a'));
  assert.ok(queue.push('b'));
  assert.ok(queue.isFull);
  assert.ok(!queue.push('c'));
  assert.equal(queue.shift(), 'a');
  assert.ok(queue.push('c'));
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], ['b', 'c', undefined]);
});

test('RingQueue.at() is undefined outside, and clear() empties', () => {
  const queue = new RingQueue<number>(4);
  queue.push(1);
  assert.equal(queue.at(1), undefined);
  assert.equal(queue.at(-1), undefined);
  queue.clear();
  assert.equal(queue.length, 0);
  assert.equal(queue.shift(), undefined);
});
