import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Message } from '../../ports/message.ts';
import { RecordArena } from '../commit/record_arena.ts';
import { blockKey } from './block.ts';
import {
  encodeErased,
  encodeMessage,
  encodeSkip,
  encodeTombstone,
  isRecordSane,
  isSubjectSane,
  pointAtRecord,
  RECORD_ERASED,
  RECORD_MESSAGE,
  RECORD_TOMBSTONE,
  recordBytes,
  recordKind,
  recordLength,
  recordSequence,
  recordTimeHigh,
  recordTimeLow,
} from './record.ts';

const SMALL = { segmentBytes: 4096, segmentCount: 1, windowBytes: 4096, windowCount: 1 };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function messageOf(subject: string, header: string, payload: string): Message {
  const message = new Message();
  message.subject = encoder.encode(subject);
  message.subjectEnd = message.subject.length;
  message.body = encoder.encode(header + payload);
  message.payloadStart = encoder.encode(header).length;
  message.payloadEnd = message.body.length;
  return message;
}

function encoded(message: Message, sequence: number, timeHigh = 1, timeLow = 2): Uint8Array {
  const length = recordBytes(
    message.subjectEnd,
    message.payloadStart - message.headerStart,
    message.payloadEnd - message.payloadStart,
  );
  const bytes = new Uint8Array(length);
  encodeMessage(bytes, new DataView(bytes.buffer), 0, length, sequence, timeHigh, timeLow, message);
  return bytes;
}

test('a record is laid out as the reference lays it out', () => {
  // Sequence 10 of stream PURGED in test/fixtures/stores, block 2.
  const expected = '260000000a000000000000003dd5237a52c3ea1806007075726765643130' + '25d4f255f96d4bbc';
  const bytes = encoded(messageOf('purged', '', '10'), 10, 0x18eac352, 0x7a23d53d);
  new RecordArena(SMALL).seal(blockKey('PURGED', 2), bytes, 0, bytes.length);
  assert.equal(Buffer.from(bytes).toString('hex'), expected);
});

test('what goes into a record comes out of it', () => {
  const text = fc.string({ maxLength: 300 });
  const sequences = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 40 }),
      text,
      text,
      sequences,
      (subject, header, payload, sequence) => {
        const bytes = encoded(messageOf(subject, header, payload), sequence, 0xfedcba98, 0x76543210);
        const view = new DataView(bytes.buffer);
        assert.equal(isRecordSane(view, 0, bytes.length), true);
        assert.equal(recordLength(view, 0), bytes.length);
        assert.equal(recordKind(view, 0), RECORD_MESSAGE);
        assert.equal(recordSequence(view, 0), sequence);
        assert.equal(recordTimeHigh(view, 0), 0xfedcba98);
        assert.equal(recordTimeLow(view, 0), 0x76543210);
        const back = new Message();
        pointAtRecord(back, bytes, view, 0, bytes.length);
        assert.equal(decoder.decode(back.subject.subarray(back.subjectStart, back.subjectEnd)), subject);
        assert.equal(decoder.decode(back.body.subarray(back.headerStart, back.payloadStart)), header);
        assert.equal(decoder.decode(back.body.subarray(back.payloadStart, back.payloadEnd)), payload);
      },
    ),
  );
});

test('tombstones, skips and erasures are told by their flags', () => {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  encodeTombstone(view, 0, 2 ** 40 + 7, 3, 4);
  assert.deepEqual(
    [recordKind(view, 0), recordSequence(view, 0), recordLength(view, 0)],
    [RECORD_TOMBSTONE, 2 ** 40 + 7, 30],
  );
  encodeSkip(view, 0, 99, 3, 4);
  assert.deepEqual([recordKind(view, 0), recordSequence(view, 0), recordTimeLow(view, 0)], [RECORD_ERASED, 99, 4]);
  encodeErased(view, 0, 64, 5);
  assert.deepEqual([recordKind(view, 0), recordLength(view, 0), recordTimeLow(view, 0)], [RECORD_ERASED, 64, 0]);
});

test('lengths that do not fit each other are no record', () => {
  const bytes = encoded(messageOf('a', 'NATS/1.0\r\n\r\n', 'payload'), 1);
  const view = new DataView(bytes.buffer);
  assert.equal(isRecordSane(view, 0, bytes.length - 1), false);
  view.setUint16(20, 60, true);
  assert.equal(isRecordSane(view, 0, bytes.length), false);
  view.setUint16(20, 1, true);
  view.setUint32(23, 1000, true);
  assert.equal(isRecordSane(view, 0, bytes.length), false);
});

test('isSubjectSane() knows what no subject looks like', () => {
  const sane = (text: string): boolean => isSubjectSane(encoder.encode(text), 0, encoder.encode(text).length);
  for (const subject of ['a', 'a.b', '$KV.bucket.key', 'ü.*', '_INBOX.x']) assert.equal(sane(subject), true, subject);
  for (const subject of ['', '.', 'a.', '.a', 'a..b', 'a b', 'a\r\n']) assert.equal(sane(subject), false, subject);
});

test('a record outside the arena, whatever its size, gets the digest that it gets inside', () => {
  const arena = new RecordArena(SMALL);
  const key = blockKey('S', 1);
  for (const size of [0, 100, 4000, 5000, 200_000]) {
    for (const header of ['', 'NATS/1.0\r\nA: b\r\n\r\n']) {
      const large = new RecordArena({ ...SMALL, segmentBytes: 300_000 });
      const outside = encoded(messageOf('subject', header, 'x'.repeat(size)), 3);
      const inside = outside.slice();
      arena.seal(key, outside, 0, outside.length);
      large.bytes.set(inside, large.scratchStart);
      large.seal(key, large.bytes, large.scratchStart, inside.length);
      inside.set(large.bytes.subarray(large.scratchStart, large.scratchStart + inside.length));
      assert.deepEqual(outside, inside, `${size} ${header.length}`);
      assert.equal(arena.check(key, outside, 0, outside.length), true);
      // In the subject: the lengths inside are what no digest covers.
      outside[24] = outside[24]! ^ 1;
      assert.equal(arena.check(key, outside, 0, outside.length), false);
    }
  }
});
