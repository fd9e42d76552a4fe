import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SLAB_BYTES_LARGE, SLAB_BYTES_SMALL, SlabPool } from './slab_pool.ts';

test('slabs that come back are lent again, each size to who wants it', () => {
  const pool = new SlabPool();
  const [small, large] = [pool.take(false), pool.take(true)];
  assert.deepEqual([small.length, large.length], [SLAB_BYTES_SMALL, SLAB_BYTES_LARGE]);
  pool.give(large);
  pool.give(small);
  assert.equal(pool.take(true), large);
  assert.equal(pool.take(false), small);
});

test('trim() lets go of the slabs that nobody needed since the last one, and of no other', () => {
  const pool = new SlabPool();
  const lent = [1, 2, 3].map(() => pool.take(true));
  for (const slab of lent) pool.give(slab);
  pool.trim();
  const used = pool.take(true);
  pool.give(used);
  pool.trim();
  assert.equal(pool.take(true), used);
  assert.ok(!lent.includes(pool.take(true)));
});
