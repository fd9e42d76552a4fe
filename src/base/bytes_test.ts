import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asciiText,
  compareBytes,
  copyBytes,
  decimalLength,
  equalBytes,
  equalsAscii,
  equalsAsciiFold,
  hashBytes,
  indexOfByte,
  isAscii,
  parseDecimal,
  runeLength,
  utf8Text,
  writeAscii,
  writeDecimal,
  writeDigits,
} from './bytes.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

test('indexOfByte() finds the first one inside the range only', () => {
  assert.equal(indexOfByte(bytes('a.b.c'), 0x2e, 0, 5), 1);
  assert.equal(indexOfByte(bytes('a.b.c'), 0x2e, 2, 5), 3);
  assert.equal(indexOfByte(bytes('a.b.c'), 0x2e, 2, 3), -1);
});

test('equalBytes() compares ranges at different places', () => {
  assert.ok(equalBytes(bytes('xabc'), 1, 4, bytes('abcx'), 0, 3));
  assert.ok(!equalBytes(bytes('xabc'), 1, 4, bytes('abdx'), 0, 3));
  assert.ok(!equalBytes(bytes('xabc'), 1, 4, bytes('abcx'), 0, 2));
});

test('compareBytes() sorts by byte and a prefix first', () => {
  const order = (a: string, b: string) => Math.sign(compareBytes(bytes(a), 0, a.length, bytes(b), 0, b.length));
  assert.equal(order('a', 'b'), -1);
  assert.equal(order('b', 'a'), 1);
  assert.equal(order('ab', 'a'), 1);
  assert.equal(order('', 'a'), -1);
  assert.equal(order('\xff', 'z'), 1);
  assert.equal(order('ab', 'ab'), 0);
});

test('equalsAscii() and equalsAsciiFold() differ in the case of letters alone', () => {
  assert.ok(equalsAscii(bytes(' PING'), 1, 5, 'PING'));
  assert.ok(!equalsAscii(bytes(' PiNG'), 1, 5, 'PING'));
  assert.ok(equalsAsciiFold(bytes(' PiNG'), 1, 5, 'pInG'));
  assert.ok(!equalsAsciiFold(bytes('[{'), 0, 2, '{['));
  assert.ok(!equalsAsciiFold(bytes('PING'), 0, 4, 'PIN'));
});

test('parseDecimal() takes digits alone, within the count and the safe integers', () => {
  const parse = (text: string, max?: number) => parseDecimal(bytes(text), 0, text.length, max);
  assert.equal(parse('0'), 0);
  assert.equal(parse('007'), 7);
  assert.equal(parse('9007199254740991'), Number.MAX_SAFE_INTEGER);
  for (const text of ['', '-1', '+1', ' 1', '1 ', '1.0', 'x', '1e3', '9007199254740992', '00000000000000001']) {
    assert.equal(parse(text), -1, text);
  }
  assert.equal(parse('123456789', 9), 123456789);
  assert.equal(parse('1234567890', 9), -1);
});

test('writeDecimal() writes what parseDecimal() reads', () => {
  const to = new Uint8Array(32);
  const values = [0, 5, 9, 10, 4_294_967_296, 1_000_000_000_000_000, Number.MAX_SAFE_INTEGER];
  for (let power = 1; power < 1e16; power *= 10) values.push(power - 1, power, power + 1);
  for (const value of values) {
    const end = writeDecimal(value, to, 3);
    assert.equal(asciiText(to, 3, end), String(value));
    assert.equal(decimalLength(value), end - 3);
    assert.equal(parseDecimal(to, 3, end), value);
  }
});

test('writeDigits() pads with zeros and writes nothing else', () => {
  const to = new Uint8Array(11).fill(0x2d);
  writeDigits(4050, to, 1, 9);
  assert.equal(asciiText(to, 0, 11), '-000004050-');
  for (let count = 0; count <= 9; count++) {
    to.fill(0x2d);
    writeDigits(987_654_321 % 10 ** count, to, 1, count);
    assert.equal(asciiText(to, 0, 11), `-${'987654321'.slice(9 - count)}`.padEnd(11, '-'));
  }
});

test('writeAscii() returns the position behind the text', () => {
  const to = new Uint8Array(8);
  assert.equal(writeAscii('+OK\r\n', to, 2), 7);
  assert.equal(asciiText(to, 2, 7), '+OK\r\n');
});

test('asciiText() gives short and long ranges alike', () => {
  const text = 'abcdefghijklmnopqrstuvwxyz0123456789\xe9';
  for (let end = 0; end <= text.length; end++) assert.equal(asciiText(bytes(text), 0, end), text.slice(0, end));
});

test('utf8Text() turns each wrong byte into one U+FFFD as Go does', () => {
  const text = (...values: number[]) => utf8Text(Uint8Array.from(values), 0, values.length);
  assert.equal(text(0x61, 0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80), 'aé😀');
  assert.equal(text(0x61, 0xff, 0x62, 0xe2, 0x80, 0x7a), 'a\ufffdb\ufffd\ufffdz');
  assert.equal(text(0xed, 0xa0, 0x80), '\ufffd\ufffd\ufffd');
  assert.equal(text(0xc0, 0xaf, 0xf4, 0x90, 0x80, 0x80), '\ufffd'.repeat(6));
  assert.equal(text(0xef, 0xbf, 0xbd, 0xe2), '\ufffd\ufffd');
  assert.equal(text(0xef, 0xbb, 0xbf, 0x61), '\ufeffa');
});

test('isAscii() looks at the range alone', () => {
  assert.ok(isAscii(bytes('\xe9abc\xe9'), 1, 4));
  assert.ok(!isAscii(bytes('\xe9abc\xe9'), 1, 5));
});

test('runeLength() is 0 for a sequence that the range cuts', () => {
  assert.equal(runeLength(Uint8Array.of(0xe2, 0x82, 0xac), 0, 3), 3);
  assert.equal(runeLength(Uint8Array.of(0xe2, 0x82, 0xac), 0, 2), 0);
});

test('hashBytes() depends on every byte and only on the range', () => {
  assert.equal(hashBytes(bytes('xorders'), 1, 7), hashBytes(bytes('orders'), 0, 6));
  const seen = new Set<number>();
  for (let i = 0; i < 10_000; i++) seen.add(hashBytes(bytes(`orders.${i}`), 0, `orders.${i}`.length) & 0xfffff);
  // Of 10000 among 2^20 places some 48 collisions are expected.
  assert.ok(seen.size > 9_900, `${seen.size} of 10000`);
});

test('copyBytes() copies exactly the range for every length', () => {
  const from = Uint8Array.from({ length: 400 }, (_, i) => (i * 7 + 1) & 0xff);
  for (let length = 0; length <= 300; length++) {
    const to = new Uint8Array(310);
    copyBytes(from, 5, 5 + length, to, 3);
    const expected = new Uint8Array(310);
    expected.set(from.subarray(5, 5 + length), 3);
    assert.deepEqual(to, expected);
  }
});
