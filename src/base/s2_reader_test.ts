import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { unpackS2Block } from './s2_block.ts';
import { S2Reader } from './s2_reader.ts';
import { maskedChecksum, snappyFramed } from './snappy.ts';

const FIXTURES = new URL('../../../test/fixtures/s2/', import.meta.url);
const fixture = (name: string): Uint8Array => readFileSync(new URL(name, FIXTURES));

const text = fixture('text.bin');
const head = text.subarray(0, 3000);
/** What each stream of the reference holds: see the README there. */
const STREAMS: readonly (readonly [name: string, holds: Uint8Array])[] = [
  ['text.s2', text],
  ['text-best.s2', text],
  ['small-blocks.s2', text],
  ['random.s2', fixture('random.bin')],
  ['long.s2', Buffer.from('abcdefghijklmnopqrstuvwxyz0123456789'.repeat(9000))],
  ['far.s2', Buffer.concat([head, new Uint8Array(100_000), head])],
  ['zeros.s2', new Uint8Array(300_000)],
];
const NAME = Buffer.from('\xff\x06\x00\x00S2sTwO', 'latin1');

interface Unpacked {
  readonly bytes: Uint8Array;
  readonly error: string | null;
  readonly isAtEnd: boolean;
}

function unpack(stream: Uint8Array, pieceBytes = stream.length): Unpacked {
  const reader = new S2Reader();
  const blocks: Uint8Array[] = [];
  let error: string | null = null;
  for (let at = 0; at < stream.length && error === null; at += pieceBytes) {
    reader.push(stream.subarray(at, at + pieceBytes));
    for (;;) {
      const block = reader.next();
      if (!block.ok) error = block.error;
      if (!block.ok || block.value === null) break;
      blocks.push(block.value);
    }
  }
  return { bytes: Buffer.concat(blocks), error, isAtEnd: reader.isAtEnd };
}

function chunk(type: number, body: Uint8Array): Uint8Array {
  const length = body.length;
  return Buffer.concat([Uint8Array.of(type, length & 0xff, (length >> 8) & 0xff, length >> 16), body]);
}

function summed(bytes: Uint8Array, packed: Uint8Array): Uint8Array {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(maskedChecksum(bytes));
  return Buffer.concat([sum, packed]);
}

for (const [name, holds] of STREAMS) {
  test(`${name} of the reference's packer comes out as it was, in whatever pieces it comes`, () => {
    const stream = fixture(name);
    for (const pieceBytes of [stream.length, 1, 5, 4096]) {
      const { bytes, error, isAtEnd } = unpack(stream, pieceBytes);
      assert.equal(error, null);
      assert.ok(isAtEnd && Buffer.compare(bytes, holds) === 0, `in pieces of ${pieceBytes}`);
    }
  });
}

test('what our own packer writes is read, too', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 60 }), (bytes, times) => {
      const all = Buffer.concat(Array.from({ length: times }, () => bytes));
      assert.equal(Buffer.compare(unpack(snappyFramed(all)).bytes, all), 0);
    }),
  );
});

test('a stream that is cut short gives what is whole, and is not at its end', () => {
  const stream = fixture('small-blocks.s2');
  for (let length = 0; length < stream.length; length += 7) {
    const { bytes, error } = unpack(stream.subarray(0, length));
    assert.equal(error, null);
    assert.equal(Buffer.compare(bytes, text.subarray(0, bytes.length)), 0);
    if (length < 700) assert.ok(!unpack(stream.subarray(0, length)).isAtEnd);
  }
});

test('a changed byte is found, or changes nothing', () => {
  const stream = fixture('text-best.s2');
  for (let at = 0; at < stream.length; at++) {
    const changed = Uint8Array.from(stream);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    const { bytes, error, isAtEnd } = unpack(changed);
    if (error === null && isAtEnd) assert.ok(bytes.length === 0 || Buffer.compare(bytes, text) === 0, `byte ${at}`);
  }
});

test('noise is refused or waited for, and comes to an end', () => {
  const pieces = fc.array(fc.tuple(fc.constantFrom(0, 0, 0, 1, 2, 0x80, 0xfe, 0xff), fc.uint8Array({ maxLength: 90 })));
  fc.assert(
    fc.property(pieces, fc.uint8Array({ maxLength: 9 }), (chunks, tail) => {
      unpack(Buffer.concat([NAME, ...chunks.map(([type, body]) => chunk(type, body)), tail]));
    }),
    { numRuns: 2000 },
  );
});

test('a block of noise writes nothing behind its length and reads nothing behind its end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.integer({ min: 0, max: 70_000 }), (noise, length) => {
      const size = Uint8Array.of((length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14);
      const block = Buffer.concat([size, noise]);
      const unpacked = unpackS2Block(block, 0, block.length);
      if (unpacked.ok) assert.equal(unpacked.value.length, length);
    }),
    { numRuns: 5000 },
  );
});

test('copies from before the beginning, from nowhere and beyond the length are refused', () => {
  const blocks = [
    [4, 0x01, 0x01], // a copy of what is not there
    [8, 0x00, 0x61, 0x01, 0x00], // a repeat before any copy
    [8, 0x00, 0x61, 0x05, 0x02, 0x05, 0x01], // two bytes back, where there is one
    [4, 0x00, 0x61, 0x05, 0x01], // longer than it says
    [9, 0x00, 0x61, 0x05, 0x01], // shorter than it says
    [2, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x61], // a literal of 4 GiB
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // a length without an end
    [],
  ];
  for (const block of blocks) {
    assert.deepEqual(unpackS2Block(Uint8Array.from(block), 0, block.length), { ok: false, error: 's2: corrupt input' });
  }
  const good = Uint8Array.from([6, 0x00, 0x61, 0x05, 0x01]);
  assert.deepEqual(unpackS2Block(good, 0, good.length), { ok: true, value: Uint8Array.from(Buffer.from('aaaaaa')) });
});

test('what no reader of the format takes is refused', () => {
  const bytes = Buffer.from('hello');
  const good = chunk(1, summed(bytes, bytes));
  const refused = (...parts: Uint8Array[]) => unpack(Buffer.concat(parts)).error;
  assert.equal(refused(NAME, good), null);
  assert.equal(refused(good), 's2: corrupt input');
  assert.equal(refused(Buffer.from('\xff\x06\x00\x00Snappy', 'latin1')), 's2: corrupt input');
  assert.equal(refused(NAME, chunk(2, bytes)), 's2: unsupported input');
  assert.equal(refused(NAME, chunk(0x80, bytes), good), null);
  assert.equal(refused(NAME, chunk(1, Uint8Array.of(1, 2))), 's2: corrupt input');
  assert.equal(refused(NAME, chunk(1, summed(Buffer.from('hullo'), bytes))), 's2: corrupt input, crc mismatch');
  // Larger than any block, which is said before it has come.
  assert.equal(refused(NAME, Uint8Array.of(0, 0xff, 0xff, 0xff)), 's2: unsupported input');
  assert.equal(refused(NAME, chunk(0, summed(bytes, Uint8Array.of(0x80, 0x80, 0x80, 0x04)))), 's2: unsupported input');
});
