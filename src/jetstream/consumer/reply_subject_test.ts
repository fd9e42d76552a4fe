import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeReplySubject, ReplySubject, ReplySubjectWriter } from './reply_subject.ts';

function decode(subject: string): ReplySubject | null {
  const bytes = new TextEncoder().encode(`xx${subject}yy`);
  const reply = new ReplySubject();
  return decodeReplySubject(bytes, 2, bytes.length - 2, reply) ? reply : null;
}

function names(subject: string, reply: ReplySubject): string {
  return new TextDecoder().decode(
    new TextEncoder().encode(`xx${subject}yy`).subarray(reply.namesStart, reply.namesEnd),
  );
}

test('a reply subject is written in the form of nats-server', () => {
  const writer = new ReplySubjectWriter('ORDERS', 'worker');
  const ns = 1_700_000_000_123_456_789n;
  const end = writer.write(1, 22, 333, Number(ns >> 32n), Number(ns & 0xffffffffn), 4444);
  const text = new TextDecoder().decode(writer.bytes.subarray(0, end));
  assert.equal(text, '$JS.ACK.ORDERS.worker.1.22.333.1700000000123456789.4444');
});

test('what is written is read back, for all numbers and times', () => {
  const sequence = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(sequence, sequence, fc.nat(), fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), (seq, cseq, pending, ns) => {
      const writer = new ReplySubjectWriter('S', 'C');
      const end = writer.write(3, seq, cseq, Number(ns >> 32n), Number(ns & 0xffffffffn), pending);
      const text = new TextDecoder().decode(writer.bytes.subarray(0, end));
      assert.equal(text, `$JS.ACK.S.C.3.${seq}.${cseq}.${ns}.${pending}`);
      const reply = decode(text);
      assert.deepEqual([reply?.deliveries, reply?.sequence, reply?.consumerSequence], [3, seq, cseq]);
    }),
    { numRuns: 200 },
  );
});

test('the names are found in a reply subject', () => {
  const subject = '$JS.ACK.ORDERS.worker.1.22.333.1700000000123456789.4';
  const reply = decode(subject);
  assert.ok(reply);
  assert.equal(names(subject, reply), 'ORDERS.worker');
  assert.deepEqual([reply.deliveries, reply.sequence, reply.consumerSequence], [1, 22, 333]);
});

test('a subject of another stream with the names further behind is no acknowledgement', () => {
  const long = '$JS.ACK.MINE.x.ORDERS.worker.1.22.333.1700000000123456789.4';
  for (const subject of [long, `${long}.random`, `${long}.more.and.more`]) assert.equal(decode(subject), null, subject);
});

test('other numbers of tokens are no acknowledgement, and no number is -1', () => {
  assert.equal(decode('$JS.ACK.S.C.1.2.3.4'), null);
  assert.equal(decode('$JS.ACK.S.C.1.2.3.4.5.6'), null);
  assert.equal(decode('$JS.ACK'), null);
  const reply = decode('$JS.ACK.S.C.x.-2.99999999999999999999.4.5');
  assert.deepEqual([reply?.deliveries, reply?.sequence, reply?.consumerSequence], [-1, -1, -1]);
});
