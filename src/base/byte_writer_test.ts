import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteError } from './byte_error.ts';
import { ByteReader } from './byte_reader.ts';
import { ByteWriter, uvarintLength } from './byte_writer.ts';

const NUMBERS = [
  0,
  1,
  127,
  128,
  16_383,
  16_384,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 40 + 5,
  2 ** 52,
  Number.MAX_SAFE_INTEGER,
];

test('ByteWriter writes what ByteReader reads, growing from one byte', () => {
  const writer = new ByteWriter(1);
  writer.u8(200);
  writer.u16(60_000);
  writer.u32(4_000_000_000);
  writer.u64(2 ** 53 - 2);
  writer.u64Big(2n ** 64n - 1n);
  writer.i64Big(-5n);
  writer.text('hä');
  writer.bytes(Uint8Array.of(9, 8));
  const reader = new ByteReader(writer.written());
  assert.deepEqual([reader.u8(), reader.u16(), reader.u32(), reader.u64()], [200, 60_000, 4_000_000_000, 2 ** 53 - 2]);
  assert.deepEqual([reader.u64Big(), reader.i64Big(), reader.text(3)], [2n ** 64n - 1n, -5n, 'hä']);
  assert.deepEqual([...reader.bytes(2)], [9, 8]);
  assert.equal(reader.remaining, 0);
});

test('ByteWriter varints of numbers and of bigints are the same bytes', () => {
  for (const value of NUMBERS) {
    const numbers = new ByteWriter();
    numbers.uvarint(value);
    assert.equal(numbers.length, uvarintLength(value));
    numbers.varint(value);
    numbers.varint(-value);
    const bigints = new ByteWriter();
    bigints.uvarintBig(BigInt(value));
    bigints.varintBig(BigInt(value));
    bigints.varintBig(BigInt(-value));
    assert.deepEqual(numbers.written(), bigints.written(), String(value));
    const reader = new ByteReader(numbers.written());
    assert.deepEqual([reader.uvarint(), reader.varint(), reader.varint() + 0], [value, value, -value + 0]);
  }
});

test('ByteWriter throws a ByteError when the limit is reached, not before', () => {
  const writer = new ByteWriter(1, 4);
  writer.u16(1);
  writer.uvarint(300);
  assert.throws(
    () => writer.u8(1),
    (error) => error instanceof ByteError && error.kind === 'overrun',
  );
  assert.equal(writer.length, 4);
});

test('ByteWriter.clear() starts again in the same memory', () => {
  const writer = new ByteWriter();
  writer.u32(7);
  writer.clear();
  writer.u8(1);
  assert.deepEqual([...writer.written()], [1]);
});

test('ByteWriter asserts that a number fits what it is written as', () => {
  const writer = new ByteWriter();
  assert.throws(() => writer.u8(256));
  assert.throws(() => writer.u16(-1));
  assert.throws(() => writer.u64(2 ** 53));
  assert.throws(() => writer.uvarint(-1));
});

test('whatever is written when the room ends is there afterwards', () => {
  const writes: readonly ((to: ByteWriter) => void)[] = [
    (to) => to.u8(0x55),
    (to) => to.u16(0x5555),
    (to) => to.u64Big(0x5555_5555_5555_5555n),
    (to) => to.uvarintBig(0x55n),
    (to) => to.varintBig(-0x5555_5555n),
    (to) => to.uvarint(0x55),
    (to) => to.text('UUU'),
  ];
  for (const write of writes) {
    const alone = new ByteWriter(64);
    write(alone);
    for (let room = 1; room <= 16; room++) {
      const full = new ByteWriter(room);
      full.bytes(new Uint8Array(room));
      write(full);
      assert.deepEqual(full.written().slice(room), alone.written().slice());
    }
  }
});
