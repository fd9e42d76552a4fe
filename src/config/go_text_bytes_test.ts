import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goQuoteBytes } from './go_text_bytes.ts';

test('goQuoteBytes() quotes text, and names bytes that are none', () => {
  // What Go prints with %q.
  const cases: readonly (readonly [bytes: readonly number[], quoted: string])[] = [
    [[], '""'],
    [[0xff, 0x61], '"\\xffa"'],
    [[0xc3, 0xa9], '"é"'],
    [[0xe2, 0x82], '"\\xe2\\x82"'],
    [[0xef, 0xbf, 0xbd], '"\ufffd"'],
    [[0xf0, 0x9f, 0x98, 0x80], '"😀"'],
    [[0xed, 0xa0, 0x80], '"\\xed\\xa0\\x80"'],
    [[0x00, 0x7f, 0x22, 0x5c, 0x0d, 0x0a], '"\\x00\\x7f\\"\\\\\\r\\n"'],
    [[0xe2, 0x80, 0xa8, 0xef, 0xbb, 0xbf], '"\\u2028\\ufeff"'],
    [[0xc0, 0x80], '"\\xc0\\x80"'],
    [[0xf5, 0x80, 0x80, 0x80], '"\\xf5\\x80\\x80\\x80"'],
    [[0xc3], '"\\xc3"'],
    [[0x61, 0xc3, 0x62], '"a\\xc3b"'],
  ];
  for (const [bytes, quoted] of cases) assert.equal(goQuoteBytes(Uint8Array.from(bytes)), quoted);
});
