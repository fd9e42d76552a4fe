import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesText } from './bytes_text.ts';

test('bytesText() says bytes in units of 1024, with two digits', () => {
  const bytes = [0, 1023, 1024, 20_000_000, 1024 ** 3, 57.06 * 1024 ** 3, 3 * 1024 ** 5];
  assert.deepEqual(bytes.map(bytesText), ['0 B', '1023 B', '1.00 KB', '19.07 MB', '1.00 GB', '57.06 GB', '3.00 PB']);
});
