import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../base/byte_writer.ts';
import { type ArchiveEntry, ArchiveReader } from './archive_reader.ts';
import { ARCHIVE_MAGIC, writeDocument, writeEnd, writeEntryHead } from './archive_writer.ts';

const INVALID = 'archive: invalid archive stream';

interface Written {
  readonly name: string;
  readonly timeNs: bigint;
  readonly sequence: number;
  readonly headerBytes: number;
  readonly body: Uint8Array;
}

function archiveOf(entries: readonly Written[]): Uint8Array {
  const to = new ByteWriter();
  to.text(ARCHIVE_MAGIC);
  for (const { name, timeNs, sequence, headerBytes, body } of entries) {
    const payloadBytes = body.length - headerBytes;
    writeEntryHead(to, { name: Buffer.from(name), timeNs, sequence, headerBytes, payloadBytes });
    to.bytes(body);
  }
  writeEnd(to);
  return to.written();
}

function readAll(archive: Uint8Array, blockBytes: number): { entries: ArchiveEntry[]; error: string | null } {
  const reader = new ArchiveReader(1 << 20);
  const entries: ArchiveEntry[] = [];
  for (let at = 0; at < archive.length; at += blockBytes) {
    reader.push(archive.subarray(at, at + blockBytes));
    for (;;) {
      const entry = reader.next();
      if (!entry.ok) return { entries, error: entry.error };
      if (entry.value === null) break;
      entries.push(entry.value);
    }
  }
  return { entries, error: null };
}

const entry = fc
  .record({
    name: fc.string({ maxLength: 30 }),
    timeNs: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
    sequence: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    body: fc.uint8Array({ maxLength: 200 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ share, ...rest }) => ({ ...rest, headerBytes: Math.floor(rest.body.length * share) }));

test('what is written to an archive is read from it, in blocks of any size', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 20 }), fc.integer({ min: 1, max: 500 }), (entries, blockBytes) => {
      const { entries: found, error } = readAll(archiveOf(entries), blockBytes);
      assert.equal(error, null);
      const end = found.pop();
      assert.deepEqual([end?.name, end?.sequence, end?.timeNs, end?.body.length], ['', 0, 0n, 0]);
      const plain = found.map(({ nameBytes: _bytes, body, ...rest }) => ({ ...rest, body: Uint8Array.from(body) }));
      assert.deepEqual(plain, entries);
    }),
  );
});

test('a document is an entry without a sequence', () => {
  const to = new ByteWriter();
  to.text(ARCHIVE_MAGIC);
  writeDocument(to, 'state.json', 5n, '{}');
  const { entries } = readAll(to.written(), 1000);
  assert.equal(entries[0]?.name, 'state.json');
  assert.equal(Buffer.from(entries[0]?.body ?? []).toString(), '{}');
});

test('an archive that is none, or holds what no archive can, is refused before it is waited for', () => {
  const head = (name: number, sequence: number, header: number, payload: number) => {
    const to = new ByteWriter();
    to.text(ARCHIVE_MAGIC);
    for (const value of [name, 0, sequence, header, payload]) to.uvarint(value);
    return to.written();
  };
  assert.equal(readAll(Buffer.from('NATSARC2....'), 100).error, INVALID);
  assert.equal(readAll(head(70_000, 1, 0, 0), 100).error, INVALID);
  assert.equal(readAll(head(1, 0, 0, 2 ** 27), 100).error, INVALID);
  assert.equal(readAll(head(1, 7, 2 ** 19, 2 ** 20), 100).error, 'message sequence 7 exceeds maximum payload size');
  assert.equal(readAll(head(1, 7, 2 ** 52, 2 ** 52), 100).error, 'message sequence 7 exceeds maximum payload size');
  const endless = Buffer.concat([Buffer.from(ARCHIVE_MAGIC), new Uint8Array(60).fill(0xff)]);
  assert.equal(readAll(endless, 100).error, INVALID);
  assert.equal(readAll(endless, 1).error, INVALID);
});

test('noise behind the magic is refused or waited for', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 40 }), (noise, blockBytes) => {
      readAll(Buffer.concat([Buffer.from(ARCHIVE_MAGIC), noise]), blockBytes);
    }),
    { numRuns: 2000 },
  );
});
