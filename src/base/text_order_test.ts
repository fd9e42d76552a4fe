import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareText } from './text_order.ts';

test('compareText() sorts as the UTF-8 bytes do', () => {
  const texts = ['', '10', '9', 'a', 'aa', 'ab', 'b', 'é', '\ud7ff', '\ue000', '\uff5e', '😀', '😀a', '😁'];
  for (const a of texts) {
    for (const b of texts) {
      assert.equal(
        Math.sign(compareText(a, b)),
        Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))),
        `${a} ${b}`,
      );
    }
  }
});
