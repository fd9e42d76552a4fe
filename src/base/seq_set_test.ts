import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ByteError } from './byte_error.ts';
import { ByteReader } from './byte_reader.ts';
import { ByteWriter } from './byte_writer.ts';
import { Prng } from './prng.ts';
import { NO_SEQUENCE, SeqSet } from './seq_set.ts';

const FIXTURES = new URL('../../../test/fixtures/filestore_2.15.2/', import.meta.url);

function setOf(...sequences: number[]): SeqSet {
  const set = new SeqSet();
  for (const sequence of sequences) set.insert(sequence);
  return set;
}

function encoded(set: SeqSet): Uint8Array {
  const writer = new ByteWriter();
  set.encode(writer);
  assert.equal(writer.length, set.encodedBytes);
  return writer.written();
}

function decoded(bytes: Uint8Array): SeqSet {
  const result = SeqSet.decode(new ByteReader(bytes));
  assert.ok(result.ok);
  return result.value;
}

/** Steps over what stands before the deletes of the only block in an index.db. */
function readerAtDeletes(bytes: Uint8Array): { reader: ByteReader; deleted: number } {
  const reader = new ByteReader(bytes);
  reader.skip(2);
  for (let i = 0; i < 3; i++) reader.uvarintBig();
  reader.varintBig();
  reader.uvarint();
  reader.varintBig();
  for (let subjects = reader.uvarint(); subjects > 0; subjects--) {
    reader.skip(reader.uvarint());
    reader.uvarint();
    reader.uvarint();
    reader.uvarint();
  }
  assert.equal(reader.uvarint(), 1);
  for (let i = 0; i < 3; i++) reader.uvarint();
  reader.varintBig();
  reader.uvarint();
  reader.varintBig();
  const deleted = reader.uvarint();
  reader.uvarint();
  reader.uvarint();
  return { reader, deleted };
}

test('SeqSet does what a Set does, for many mixed inserts and deletes', () => {
  const random = new Prng(11);
  const set = new SeqSet();
  const model = new Set<number>();
  for (let i = 0; i < 20_000; i++) {
    const sequence = random.below(3) * 1e12 + random.below(6_000);
    if (random.chance(0.6)) {
      assert.equal(set.insert(sequence), !model.has(sequence));
      model.add(sequence);
    } else {
      assert.equal(set.delete(sequence), model.delete(sequence));
    }
    assert.equal(set.size, model.size);
  }
  const ascending = [...model].sort((a, b) => a - b);
  assert.deepEqual([...set], ascending);
  assert.equal(set.first, ascending[0]);
  assert.equal(set.last, ascending.at(-1));
  for (let i = 0; i < 6_000; i++) assert.equal(set.has(i), model.has(i));
});

test('SeqSet.nextOf() finds the next one across words and nodes', () => {
  const set = setOf(0, 31, 32, 2047, 2048, 70_000);
  const walk: number[] = [];
  for (let s = set.nextOf(1); s !== NO_SEQUENCE; s = set.nextOf(s + 1)) walk.push(s);
  assert.deepEqual(walk, [31, 32, 2047, 2048, 70_000]);
  assert.equal(set.nextOf(70_001), NO_SEQUENCE);
  assert.equal(new SeqSet().first, NO_SEQUENCE);
  assert.equal(new SeqSet().last, NO_SEQUENCE);
});

test('SeqSet.insertRange() inserts what insert() one by one would', () => {
  for (const [first, last] of [
    [5, 5],
    [5, 4],
    [0, 2047],
    [2040, 9_000],
    [1, 4_096],
  ] as const) {
    const set = setOf(3_000);
    const model = setOf(3_000);
    set.insertRange(first, last);
    for (let s = first; s <= last; s++) model.insert(s);
    assert.deepEqual([...set], [...model]);
    assert.equal(set.size, model.size);
  }
});

test('SeqSet.deleteBelow() removes whole nodes and the rest one by one', () => {
  const set = new SeqSet();
  set.insertRange(1, 10_000);
  set.deleteBelow(5_001);
  assert.equal(set.size, 5_000);
  assert.equal(set.first, 5_001);
  set.deleteBelow(20_000);
  assert.equal(set.size, 0);
  assert.equal(set.first, NO_SEQUENCE);
});

test('SeqSet.encode() gives a search tree in pre-order with true heights, balanced', () => {
  for (const nodes of [0, 1, 2, 3, 4, 7, 8, 100]) {
    const set = new SeqSet();
    for (let i = 0; i < nodes; i++) set.insert(i * 2048 * 3 + i);
    const reader = new ByteReader(encoded(set));
    reader.skip(10);
    const bases: number[] = [];
    const heights: number[] = [];
    for (let i = 0; i < nodes; i++) {
      bases.push(reader.u64());
      reader.skip(256);
      heights.push(reader.u16());
    }
    assert.equal(checkTree(bases, heights), nodes);
    assert.deepEqual([...decoded(encoded(set))], [...set]);
  }
});

/** Builds the tree as the reference does, without balancing, and compares heights; returns how many nodes it has. */
function checkTree(bases: readonly number[], heights: readonly number[]): number {
  const heightOf = (low: number, high: number, at: { i: number }): number => {
    const base = bases[at.i];
    if (base === undefined || base < low || base >= high) return 0;
    const height = heights[at.i++];
    const left = heightOf(low, base, at);
    const right = heightOf(base + 1, high, at);
    assert.ok(Math.abs(left - right) <= 1);
    assert.equal(height, Math.max(left, right) + 1);
    return Math.max(left, right) + 1;
  };
  const at = { i: 0 };
  heightOf(0, Number.MAX_SAFE_INTEGER, at);
  return at.i;
}

test('SeqSet.decode() reads the deletes in an index.db that nats-server wrote', () => {
  const gaps = readerAtDeletes(readFileSync(new URL('GAPS/msgs/index.db', FIXTURES)));
  const result = SeqSet.decode(gaps.reader);
  assert.ok(result.ok);
  assert.deepEqual([...result.value], [3, 4, 7, 20, 33, 50]);
  assert.equal(gaps.deleted, 6);
  // What follows is the last block's index and its last record's hash, then the file's own hash.
  assert.equal(gaps.reader.uvarint(), 1);
  assert.equal(gaps.reader.remaining, 16);
});

test('SeqSet.encode() of deletes in five nodes has the size that nats-server wrote, and the same sequences', () => {
  const bytes = readFileSync(new URL('WIDE/msgs/index.db', FIXTURES));
  const { reader, deleted } = readerAtDeletes(bytes);
  const start = reader.position;
  const result = SeqSet.decode(reader);
  assert.ok(result.ok);
  const expected: number[] = [];
  for (let i = 2; i < 9000; i++) {
    if (i % 97 === 0 || (i > 2040 && i < 2060) || (i >= 6100 && i < 6200)) expected.push(i);
  }
  assert.deepEqual([...result.value], expected);
  assert.equal(deleted, expected.length);
  assert.equal(encoded(result.value).length, reader.position - start);
  assert.deepEqual([...decoded(encoded(result.value))], expected);
});

test('SeqSet.decode() reads version 1, whose nodes are twice as wide', () => {
  const writer = new ByteWriter();
  writer.u8(22);
  writer.u8(1);
  writer.u32(1);
  writer.u32(3);
  writer.u64(4096);
  for (let word = 0; word < 64; word++) writer.u64Big(word === 0 ? 3n : word === 63 ? 1n << 63n : 0n);
  writer.u16(1);
  const set = decoded(writer.written());
  assert.deepEqual([...set], [4096, 4097, 8191]);
  assert.equal(set.size, 3);
});

test('SeqSet.decode() refuses what is no set and throws where the bytes end', () => {
  assert.ok(!SeqSet.decode(new ByteReader(Uint8Array.of(21, 2))).ok);
  assert.ok(!SeqSet.decode(new ByteReader(Uint8Array.of(22, 3, 0, 0, 0, 0, 0, 0, 0, 0))).ok);
  const bytes = encoded(setOf(1, 5000));
  for (const cut of [1, 9, 100, bytes.length - 1]) {
    assert.throws(() => SeqSet.decode(new ByteReader(bytes.subarray(0, cut))), ByteError);
  }
  bytes[10] = 1;
  assert.ok(!SeqSet.decode(new ByteReader(bytes)).ok);
});
