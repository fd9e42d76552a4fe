import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heap } from './heap.ts';
import { Prng } from './prng.ts';

test('Heap.pop() gives the elements in order whatever the order of push()', () => {
  const random = new Prng(7);
  const heap = new Heap<number>((a, b) => a < b);
  const values: number[] = [];
  for (let i = 0; i < 500; i++) {
    const value = random.below(100);
    values.push(value);
    heap.push(value);
  }
  assert.equal(heap.size, 500);
  values.sort((a, b) => a - b);
  for (const value of values) {
    assert.equal(heap.peek(), value);
    assert.equal(heap.pop(), value);
  }
  assert.equal(heap.size, 0);
});

test('Heap stays in order when push() and pop() mix', () => {
  const random = new Prng(8);
  const heap = new Heap<number>((a, b) => a > b);
  const model: number[] = [];
  for (let i = 0; i < 3_000; i++) {
    if (random.below(3) > 0) {
      const value = random.below(1_000);
      heap.push(value);
      model.push(value);
      model.sort((a, b) => b - a);
    } else {
      assert.equal(heap.pop(), model.shift());
    }
  }
});

test('Heap.pop() of an empty heap is undefined', () => {
  const heap = new Heap<number>((a, b) => a < b);
  assert.equal(heap.pop(), undefined);
  heap.push(1);
  heap.clear();
  assert.equal(heap.peek(), undefined);
});
