// S2Length against streams whose lengths are known, whole and in pieces of every size.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S2Length } from './s2_length.ts';

function chunk(type: number, body: readonly number[], bytes = body.length): number[] {
  return [type, bytes & 0xff, (bytes >> 8) & 0xff, (bytes >> 16) & 0xff, ...body];
}

const NAME = chunk(0xff, [...Buffer.from('S2sTwO')]);
const SUM = [1, 2, 3, 4];
/** 300 bytes unpacked, of which only the length matters. */
const COMPRESSED = chunk(0x00, [...SUM, 0xac, 0x02, 9, 9, 9]);
const PLAIN = chunk(0x01, [...SUM, 7, 7, 7, 7, 7]);
const PADDING = chunk(0xfe, [0, 0, 0]);
const INDEX = chunk(0x99, [1, 2]);
const TINY = chunk(0x00, [...SUM, 0x01]);
const EMPTY = chunk(0xfe, []);

const STREAM = Uint8Array.from([NAME, COMPRESSED, PADDING, PLAIN, INDEX, EMPTY, TINY, COMPRESSED].flat());
const UNPACKED = 300 + 5 + 1 + 300;

test('the length is the sum of what each chunk says, names, padding and indexes not counted', () => {
  const length = new S2Length();
  length.add(STREAM);
  assert.equal(length.bytes, UNPACKED);
});

test('it does not matter where the pieces end', () => {
  for (let size = 1; size < STREAM.length; size++) {
    const length = new S2Length();
    for (let at = 0; at < STREAM.length; at += size) length.add(STREAM.subarray(at, at + size));
    assert.equal(length.bytes, UNPACKED, `pieces of ${size}`);
  }
});

test('a chunk counts when its head is there', () => {
  const length = new S2Length();
  length.add(STREAM.subarray(0, NAME.length + 9));
  assert.equal(length.bytes, 0);
  length.add(STREAM.subarray(NAME.length + 9, NAME.length + 13));
  assert.equal(length.bytes, 300);
});
