import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeEntropy } from './node_entropy.ts';

test('NodeEntropy.fill() fills all of the bytes, differently each time', () => {
  const entropy = new NodeEntropy();
  const first = new Uint8Array(4096);
  const second = new Uint8Array(4096);
  entropy.fill(first);
  entropy.fill(second);
  assert.notDeepEqual(first, second);
  assert.equal(new Set(first).size > 200, true);
  assert.ok(first.subarray(4000).some((byte) => byte !== 0));
  entropy.fill(new Uint8Array(0));
});
