import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteError } from './byte_error.ts';
import { ByteReader } from './byte_reader.ts';

function reader(...bytes: number[]): ByteReader {
  return new ByteReader(Uint8Array.from(bytes));
}

test('ByteReader reads little endian numbers of every width', () => {
  const bytes = reader(1, 2, 1, 4, 3, 2, 0x81, 8, 7, 6, 5, 4, 3, 2, 0, ...new Array<number>(16).fill(0xff));
  assert.equal(bytes.u8(), 1);
  assert.equal(bytes.u16(), 0x0102);
  assert.equal(bytes.u32(), 0x81020304);
  assert.equal(bytes.u64(), 0x2030405060708);
  assert.equal(bytes.u64Big(), 2n ** 64n - 1n);
  assert.equal(bytes.i64Big(), -1n);
  assert.equal(bytes.remaining, 0);
});

test('ByteReader reads varints as Go writes them', () => {
  const bytes = reader(0, 0x7f, 0x80, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 0x80, 0x01);
  assert.deepEqual([bytes.uvarint(), bytes.uvarint(), bytes.uvarint()], [0, 127, 128]);
  assert.equal(bytes.uvarint(), Number.MAX_SAFE_INTEGER);
  assert.deepEqual([bytes.varint(), bytes.varint(), bytes.varint()], [-1, 1, 64]);
  assert.equal(reader(...new Array<number>(9).fill(0xff), 1).uvarintBig(), 2n ** 64n - 1n);
  assert.equal(reader(...new Array<number>(9).fill(0xff), 1).varintBig(), -(2n ** 63n));
});

test('ByteReader throws a ByteError of kind overrun at the end, and stays where it was', () => {
  const bytes = reader(1, 2, 3);
  for (const read of [
    () => bytes.u32(),
    () => bytes.u64(),
    () => bytes.bytes(4),
    () => bytes.skip(4),
    () => bytes.skip(-1),
  ]) {
    assert.throws(read, (error) => error instanceof ByteError && error.kind === 'overrun');
  }
  assert.equal(bytes.position, 0);
  assert.throws(() => reader(0x80, 0x80).uvarint(), ByteError);
});

test('ByteReader throws a ByteError of kind range for what is beyond the type asked for', () => {
  const isRange = (error: unknown): boolean => error instanceof ByteError && error.kind === 'range';
  assert.throws(() => reader(0, 0, 0, 0, 0, 0, 0x20, 0).u64(), isRange);
  assert.throws(() => reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10).uvarint(), isRange);
  assert.throws(() => reader(...new Array<number>(9).fill(0xff), 1).varint(), isRange);
  assert.throws(() => reader(...new Array<number>(9).fill(0xff), 2).uvarintBig(), isRange);
  assert.throws(() => reader(...new Array<number>(10).fill(0x80), 0).uvarintBig(), isRange);
});

test('ByteReader stays within the range that it was given', () => {
  const bytes = new ByteReader(Buffer.from('xhello wörldx'), 1, 13);
  assert.equal(bytes.text(6), 'hello ');
  assert.deepEqual([...bytes.bytes(1)], [0x77]);
  bytes.skip(2);
  assert.equal(bytes.text(3), 'rld');
  assert.throws(() => bytes.u8(), ByteError);
});
