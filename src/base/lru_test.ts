import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lru } from './lru.ts';

test('Lru forgets what was not used longest when it is full', () => {
  const cache = new Lru<string, number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  assert.equal(cache.get('a'), 1);
  cache.set('c', 3);
  assert.equal(cache.get('b'), undefined);
  assert.equal(cache.get('a'), 1);
  assert.equal(cache.get('c'), 3);
  assert.equal(cache.size, 2);
});

test('Lru.set() of a known key replaces it and forgets nothing', () => {
  const cache = new Lru<string, number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.set('a', 3);
  assert.equal(cache.get('a'), 3);
  assert.equal(cache.get('b'), 2);
});

test('Lru.delete() and clear() forget', () => {
  const cache = new Lru<string, number>(2);
  cache.set('a', 1);
  assert.ok(cache.delete('a'));
  assert.ok(!cache.delete('a'));
  cache.set('b', 1);
  cache.clear();
  assert.equal(cache.size, 0);
});
