import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HighwayHash as Oracle } from 'highwayhasher';
import { createHighwayHash, highwayHash64 } from './highwayhash.ts';

const FIXTURES = new URL('../../../test/fixtures/filestore_2.15.2/', import.meta.url);
const oracle = await Oracle.loadModule();
const KEY = Uint8Array.from({ length: 32 }, (_, i) => (i * 37 + 5) & 0xff);

function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let x = 0x1234567;
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    bytes[i] = x >>> 16;
  }
  return bytes;
}

function nameKey(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

interface Record {
  subjectBytes: number;
  headerBytes: number;
  payloadBytes: number;
}

/** A record with a noisy subject, headers and payload, and room for the digest. */
function record(shape: Record): Uint8Array {
  const { subjectBytes, headerBytes, payloadBytes } = shape;
  const length = 30 + subjectBytes + (headerBytes > 0 ? 4 + headerBytes : 0) + payloadBytes;
  const bytes = noise(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, headerBytes > 0 ? (length | 0x80000000) >>> 0 : length, true);
  view.setUint16(20, subjectBytes, true);
  if (headerBytes > 0) view.setUint32(22 + subjectBytes, headerBytes, true);
  return bytes;
}

function hashedPieces(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const subjectEnd = 22 + view.getUint16(20, true);
  const bodyStart = subjectEnd + (view.getUint32(0, true) >= 0x80000000 ? 4 : 0);
  return Buffer.concat([bytes.subarray(4, 20), bytes.subarray(22, subjectEnd), bytes.subarray(bodyStart, -8)]);
}

function hasher(pages = 1) {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(KEY, 0);
  return { bytes, hash: createHighwayHash(memory) };
}

test('HighwayHash.hash() gives the digest of the reference implementation for every length from 0 to 300', () => {
  const { bytes, hash } = hasher();
  const data = noise(300);
  bytes.fill(0xee, 32);
  bytes.set(data, 101);
  for (let length = 0; length <= 300; length++) {
    hash.hash(0, 101, length, 64);
    assert.deepEqual(
      bytes.slice(64, 72),
      new Uint8Array(oracle.hash64(KEY, data.subarray(0, length))),
      `length ${length}`,
    );
  }
});

test('HighwayHash.hash() reads nothing behind the memory when the data ends with it', () => {
  const { bytes, hash } = hasher();
  const data = noise(100);
  for (let length = 0; length <= 100; length++) {
    bytes.set(data.subarray(0, length), 65536 - length);
    hash.hash(0, 65536 - length, length, 64);
    assert.deepEqual(
      bytes.slice(64, 72),
      new Uint8Array(oracle.hash64(KEY, data.subarray(0, length))),
      `length ${length}`,
    );
  }
});

test('HighwayHash.hashRecord() skips the lengths in the record and changes only the last eight bytes', () => {
  const { bytes, hash } = hasher();
  for (let subjectBytes = 0; subjectBytes <= 70; subjectBytes++) {
    for (const headerBytes of [0, 1, 2, 11, 15, 16, 17, 29, 64]) {
      for (const payloadBytes of [0, 1, 3, 15, 16, 18, 31, 100]) {
        const made = record({ subjectBytes, headerBytes, payloadBytes });
        bytes.fill(0xdd, 100, 600);
        bytes.set(made, 100);
        hash.hashRecord(0, 100, made.length);
        made.set(oracle.hash64(KEY, hashedPieces(made)), made.length - 8);
        assert.deepEqual(bytes.slice(100, 100 + made.length), made, `${subjectBytes} ${headerBytes} ${payloadBytes}`);
        assert.equal(bytes[100 + made.length], 0xdd);
        assert.ok(hash.checkRecord(0, 100, made.length));
      }
    }
  }
});

test('HighwayHash.checkRecord() reads nothing behind the memory when the record ends with it', () => {
  const { bytes, hash } = hasher();
  for (const headerBytes of [0, 1, 5]) {
    for (let payloadBytes = 0; payloadBytes < 70; payloadBytes++) {
      const made = record({ subjectBytes: 9, headerBytes, payloadBytes });
      made.set(oracle.hash64(KEY, hashedPieces(made)), made.length - 8);
      bytes.set(made, 65536 - made.length);
      assert.ok(hash.checkRecord(0, 65536 - made.length, made.length), `${headerBytes} ${payloadBytes}`);
    }
  }
});

test('HighwayHash.checkRecord() refuses a record with any one byte changed, but for those not hashed', () => {
  const { bytes, hash } = hasher();
  const made = record({ subjectBytes: 9, headerBytes: 20, payloadBytes: 33 });
  bytes.set(made, 100);
  hash.hashRecord(0, 100, made.length);
  for (let i = 4; i < made.length; i++) {
    if (i >= 31 && i < 35) continue; // the header length
    bytes[100 + i] = (bytes[100 + i] ?? 0) ^ 0x10;
    // A changed subject length moves the bytes that are skipped, or does not fit at all.
    assert.ok(!hash.checkRecord(0, 100, made.length), `byte ${i}`);
    bytes[100 + i] = (bytes[100 + i] ?? 0) ^ 0x10;
  }
  assert.ok(hash.checkRecord(0, 100, made.length));
});

test('HighwayHash.checkRecord() refuses lengths that do not fit the record', () => {
  const { bytes, hash } = hasher();
  const made = record({ subjectBytes: 9, headerBytes: 0, payloadBytes: 0 });
  bytes.set(made, 100);
  for (let length = 0; length < 30; length++) assert.ok(!hash.checkRecord(0, 100, length));
  assert.ok(!hash.checkRecord(0, 100, 38));
  new DataView(bytes.buffer).setUint32(100, 0x80000000 + 39, true);
  assert.ok(!hash.checkRecord(0, 100, 39));
});

test('HighwayHash.checkRecord() accepts every record of a block that nats-server wrote', () => {
  const block = readFileSync(new URL('GAPS/msgs/1.blk', FIXTURES));
  const { bytes, hash } = hasher();
  bytes.set(nameKey('GAPS-1'), 0);
  bytes.set(block, 100);
  let records = 0;
  let offset = 0;
  while (offset < block.length) {
    const length = block.readUInt32LE(offset) & 0x7fffffff;
    assert.ok(hash.checkRecord(0, 100 + offset, length), `record at ${offset}`);
    const digest = bytes.slice(100 + offset + length - 8, 100 + offset + length);
    bytes.fill(0, 100 + offset + length - 8, 100 + offset + length);
    hash.hashRecord(0, 100 + offset, length);
    assert.deepEqual(bytes.slice(100 + offset + length - 8, 100 + offset + length), digest);
    records++;
    offset += length;
  }
  assert.equal(records, 74 + 6); // six tombstones
});

test('highwayHash64() gives the digests in meta.sum and index.db that nats-server wrote', () => {
  for (const stream of ['GAPS', 'WIDE']) {
    const meta = readFileSync(new URL(`${stream}/meta.inf`, FIXTURES));
    const sum = readFileSync(new URL(`${stream}/meta.sum`, FIXTURES), 'latin1');
    assert.equal(Buffer.from(highwayHash64(nameKey(stream), meta)).toString('hex'), sum);
    const index = readFileSync(new URL(`${stream}/msgs/index.db`, FIXTURES));
    assert.deepEqual(highwayHash64(nameKey(stream), index.subarray(0, -8)), new Uint8Array(index.subarray(-8)));
  }
});

test('highwayHash64() gives the digest of bytes of any length, in parts where they are many', () => {
  const part = 65536 - 256;
  const data = noise(4 * part + 100);
  for (const length of [
    0,
    1,
    31,
    32,
    1000,
    part - 1,
    part,
    part + 1,
    part + 32,
    2 * part,
    2 * part + 77,
    4 * part + 100,
  ]) {
    const expected = new Uint8Array(oracle.hash64(KEY, data.subarray(0, length)));
    assert.deepEqual(highwayHash64(KEY, data.subarray(0, length)), expected, `length ${length}`);
  }
});

test('highwayHash64() refuses a key of another length than 32', () => {
  assert.throws(() => highwayHash64(new Uint8Array(31), new Uint8Array(0)), RangeError);
});
