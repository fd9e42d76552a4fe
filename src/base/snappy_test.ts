import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32c, snappyFramed } from './snappy.ts';

/** Reads what snappyFramed() writes, by the description of the format. */
function unpack(stream: Uint8Array): Buffer {
  assert.equal(Buffer.from(stream.subarray(4, 10)).toString(), 'sNaPpY');
  const out: Buffer[] = [];
  let at = 10;
  while (at < stream.length) {
    const length = (stream[at + 1] ?? 0) | ((stream[at + 2] ?? 0) << 8) | ((stream[at + 3] ?? 0) << 16);
    const data = stream.subarray(at + 8, at + 4 + length);
    out.push(stream[at] === 0 ? unpackBlock(data) : Buffer.from(data));
    at += 4 + length;
  }
  return Buffer.concat(out);
}

function unpackBlock(data: Uint8Array): Buffer {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = data[at++] ?? 0;
    size |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  const out: number[] = [];
  while (at < data.length) {
    const tag = data[at++] ?? 0;
    if ((tag & 3) === 0) {
      let length = tag >> 2;
      if (length === 60) length = data[at++] ?? 0;
      else if (length === 61) {
        length = (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8);
        at += 2;
      }
      out.push(...data.subarray(at, at + length + 1));
      at += length + 1;
      continue;
    }
    const isShort = (tag & 3) === 1;
    const length = isShort ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const offset = isShort ? ((tag >> 5) << 8) | (data[at] ?? 0) : (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8);
    at += isShort ? 1 : 2;
    for (let i = 0; i < length; i++) out.push(out[out.length - offset] ?? 0);
  }
  assert.equal(out.length, size);
  return Buffer.from(out);
}

test('the checksum is CRC-32C', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
});

test('what is packed comes out as it was, whatever it is', () => {
  const repetitive = fc.array(fc.constantFrom('{"name":', '"stream"', ',', '0', 'x'.repeat(70)), { maxLength: 400 });
  fc.assert(
    fc.property(repetitive, fc.uint8Array({ maxLength: 300 }), (words, tail) => {
      const bytes = Buffer.concat([Buffer.from(words.join('')), tail]);
      assert.deepEqual(unpack(snappyFramed(bytes)), bytes);
    }),
  );
});

test('long inputs are cut into chunks, and repetition is made small', () => {
  const bytes = Buffer.from('{"account":"A","subject":"orders.eu.created"},'.repeat(5000));
  const stream = snappyFramed(bytes);
  assert.deepEqual(unpack(stream), bytes);
  assert.ok(stream.length < bytes.length / 10, `${stream.length} of ${bytes.length}`);
});

test('noise is not made larger than its framing', () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
  const stream = snappyFramed(bytes);
  assert.deepEqual(unpack(stream), Buffer.from(bytes));
  assert.ok(stream.length <= bytes.length + 10 + 2 * 8);
  assert.equal(snappyFramed(new Uint8Array(0)).length, 10);
});
