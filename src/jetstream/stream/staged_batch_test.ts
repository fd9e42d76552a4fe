import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Message } from '../../ports/message.ts';
import { makeMessage } from '../testing_bus.ts';
import { PublishHeaders } from './publish_headers.ts';
import { StagedBatch } from './staged_batch.ts';
import { StagedChanges } from './staged_changes.ts';

function add(batch: StagedBatch, subject: string, payload: Uint8Array | string, header = ''): void {
  const message = makeMessage(subject, payload, '', header);
  const headers = new PublishHeaders();
  if (header !== '') headers.read(message.body, message.headerStart, message.payloadStart);
  batch.add(message, headers);
}

function textOf(batch: StagedBatch, index: number): string[] {
  const view = new Message();
  batch.read(index, view);
  const slice = (bytes: Uint8Array, start: number, end: number) =>
    Buffer.from(bytes.subarray(start, end)).toString('latin1');
  return [
    slice(view.subject, view.subjectStart, view.subjectEnd),
    slice(view.body, view.headerStart, view.payloadStart),
    slice(view.body, view.payloadStart, view.payloadEnd),
  ];
}

test('staged messages come out as they went in, whatever their sizes', () => {
  const message = fc.record({
    subject: fc.stringMatching(/^[a-z.]{1,20}$/),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.integer({ min: 0, max: 9000 }).map((n) => new Uint8Array(n)),
    ),
    hasHeader: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 60 }), (messages) => {
      const batch = new StagedBatch('A');
      const header = 'NATS/1.0\r\nA: b\r\n\r\n';
      let bytes = 0;
      for (const { subject, payload, hasHeader } of messages) {
        add(batch, subject, payload, hasHeader ? header : '');
        bytes += subject.length + payload.length + (hasHeader ? header.length : 0);
      }
      assert.equal(batch.count, messages.length);
      assert.equal(batch.bytes, bytes);
      for (const [i, { subject, payload, hasHeader }] of messages.entries()) {
        const body = Buffer.from(payload).toString('latin1');
        assert.deepEqual(textOf(batch, i), [subject, hasHeader ? header : '', body]);
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('a batch knows which of its messages have headers beyond its own', () => {
  const batch = new StagedBatch('A');
  for (let i = 0; i < 100; i++) {
    const special = i % 33 === 32 ? 'Nats-Rollup: sub\r\n' : '';
    add(batch, 'b', '', `NATS/1.0\r\nNats-Batch-Id: A\r\n${special}Other: x\r\n\r\n`);
  }
  const special = Array.from({ length: 100 }, (_, i) => i).filter((i) => batch.isSpecial(i));
  assert.deepEqual(special, [32, 65, 98]);
});

test('staged changes count subjects of the messages that passed', () => {
  const batch = new StagedBatch('A');
  for (const subject of ['b.1', 'b.2', 'b.1', 'b.1']) add(batch, subject, '');
  const changes = new StagedChanges(batch);
  assert.equal(changes.messagesOf('b.1'), 0);
  changes.add(10);
  assert.equal(changes.messagesOf('b.1'), 1);
  changes.add(10);
  changes.add(10);
  assert.equal(changes.messagesOf('b.1'), 2);
  assert.equal(changes.messagesOf('b.2'), 1);
  assert.equal(changes.bytes, 30);
});
