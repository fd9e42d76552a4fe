import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockBytes } from './block_size.ts';

test('blocks are a quarter of the byte limit, in three sizes, and by retention without one', () => {
  const sizes = [-1, 0, 1, 127_600, 127_900, 128_000, 1 << 20, 33_554_000, 33_554_432, 2 ** 40];
  assert.deepEqual(
    sizes.map((bytesMax) => blockBytes(true, bytesMax)),
    [8_388_608, 8_388_608, 32_000, 32_000, 32_000, 4_194_304, 4_194_304, 4_194_304, 8_388_608, 8_388_608],
  );
  assert.equal(blockBytes(false, -1), 4_194_304);
});
