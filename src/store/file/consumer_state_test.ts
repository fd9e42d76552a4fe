import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../base/byte_writer.ts';
import type { ConsumerState } from '../consumer_store.ts';
import { decodeConsumerState, encodeConsumerState } from './consumer_state.ts';

const NOW_MS = 1_790_000_000_400;

const anyState: fc.Arbitrary<ConsumerState> = fc
  .record({
    floorConsumer: fc.nat(1_000_000),
    floorStream: fc.nat({ max: 2 ** 31 - 1 }),
    pending: fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { maxLength: 20 }),
    redelivered: fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { maxLength: 5 }),
  })
  .map(({ floorConsumer, floorStream, pending, redelivered }) => ({
    deliveredConsumer: floorConsumer + pending.length,
    deliveredStream: floorStream + 5000,
    ackFloorConsumer: floorConsumer,
    ackFloorStream: floorStream,
    pending: pending
      .sort((a, b) => a - b)
      .map((distance, i) => ({
        sequence: floorStream + distance,
        consumerSequence: floorConsumer + i + 1,
        deliveredMs: 1_790_000_000_000 - i * 1000,
      })),
    redelivered: new Map(redelivered.map((distance) => [floorStream + distance, 3])),
  }));

test('a state comes back as it was, times to the second', () => {
  fc.assert(
    fc.property(anyState, (state) => {
      const back = decodeConsumerState(encodeConsumerState(state, NOW_MS));
      assert.ok(back.ok);
      assert.deepEqual(back.value, state);
    }),
  );
});

test('the first version counts from the floor, adds times and knows no consumer sequences', () => {
  const to = new ByteWriter();
  to.u8(22);
  to.u8(1);
  for (const value of [10, 20, 5, 7, 1]) to.uvarint(value);
  to.varint(1_700_000_000);
  to.uvarint(3);
  to.varint(9);
  to.uvarint(0);
  const state = decodeConsumerState(to.written());
  assert.ok(state.ok);
  assert.deepEqual(state.value, {
    deliveredConsumer: 14,
    deliveredStream: 26,
    ackFloorConsumer: 10,
    ackFloorStream: 20,
    pending: [{ sequence: 23, consumerSequence: 0, deliveredMs: 1_700_000_009_000 }],
    redelivered: new Map(),
  });
});

test('whatever bytes are given, decoding ends in a state or a sentence', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      decodeConsumerState(noise);
      decodeConsumerState(Uint8Array.of(22, 2, ...noise));
      decodeConsumerState(Uint8Array.of(22, 1, ...noise));
    }),
    { numRuns: 2000 },
  );
});

test('every cut of a state is refused or was nothing but the counts at its end', () => {
  const state = { ...EMPTY, ackFloorStream: 300, deliveredStream: 400 };
  const bytes = encodeConsumerState(
    { ...state, pending: [{ sequence: 350, consumerSequence: 1, deliveredMs: 0 }] },
    NOW_MS,
  );
  for (let length = 0; length < bytes.length; length++)
    assert.equal(decodeConsumerState(bytes.subarray(0, length)).ok, false);
});

const EMPTY: ConsumerState = {
  deliveredConsumer: 0,
  deliveredStream: 0,
  ackFloorConsumer: 0,
  ackFloorStream: 0,
  pending: [],
  redelivered: new Map(),
};
