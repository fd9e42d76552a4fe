// o.dat, a consumer's state as bytes: what is delivered, what is acknowledged, what is pending and redelivered. Both
// versions are read, version 2 is written; times in it are whole seconds. A value in, bytes out, and back.
//
//   22 | 2 | uv floor consumer | uv floor stream | uv delivered consumer | uv delivered stream
//   uv pending; when there are any: sv base (Unix seconds), then each
//       uv stream sequence - floor stream | uv consumer sequence - floor consumer | sv base - seconds
//   uv redelivered, each:  uv stream sequence - floor stream | uv deliveries beyond the first
//
// Version 1 has no consumer sequence in a pending entry, adds seconds to the base and counts `delivered` from the floor.
// Compat: store.go, encodeConsumerState; filestore.go, decodeConsumerState.
import { ByteError } from '../../base/byte_error.ts';
import { ByteReader } from '../../base/byte_reader.ts';
import { ByteWriter } from '../../base/byte_writer.ts';
import { type Parsed, parsed, refused } from '../../base/parsed.ts';
import type { ConsumerState, PendingDelivery } from '../consumer_store.ts';

const MAGIC = 22;
const VERSION = 2;
const VERSION_OLD = 1;

export function encodeConsumerState(state: ConsumerState, nowMs: number): Uint8Array {
  const to = new ByteWriter(64 + state.pending.length * 12 + state.redelivered.size * 8);
  to.u8(MAGIC);
  to.u8(VERSION);
  to.uvarint(state.ackFloorConsumer);
  to.uvarint(state.ackFloorStream);
  to.uvarint(state.deliveredConsumer);
  to.uvarint(state.deliveredStream);
  to.uvarint(state.pending.length);
  if (state.pending.length > 0) {
    const base = Math.round(nowMs / 1000);
    to.varint(base);
    for (const { sequence, consumerSequence, deliveredMs } of state.pending) {
      to.uvarint(sequence - state.ackFloorStream);
      to.uvarint(Math.max(0, consumerSequence - state.ackFloorConsumer));
      to.varint(base - Math.floor(deliveredMs / 1000));
    }
  }
  to.uvarint(state.redelivered.size);
  for (const [sequence, count] of state.redelivered) {
    to.uvarint(sequence - state.ackFloorStream);
    to.uvarint(count);
  }
  return to.written();
}

export function decodeConsumerState(bytes: Uint8Array): Parsed<ConsumerState> {
  try {
    return readState(new ByteReader(bytes));
  } catch (error) {
    if (error instanceof ByteError) return refused(`it ends or overflows at byte ${error.position}`);
    throw error;
  }
}

function readState(from: ByteReader): Parsed<ConsumerState> {
  const magic = from.u8();
  const version = from.u8();
  if (magic !== MAGIC || (version !== VERSION && version !== VERSION_OLD))
    return refused('it is of an unknown version');
  const ackFloorConsumer = from.uvarint();
  const ackFloorStream = from.uvarint();
  let deliveredConsumer = from.uvarint();
  let deliveredStream = from.uvarint();
  if (version === VERSION_OLD) {
    if (ackFloorConsumer > 1) deliveredConsumer += ackFloorConsumer - 1;
    if (ackFloorStream > 1) deliveredStream += ackFloorStream - 1;
  }
  const pending = readPending(from, version, ackFloorStream, ackFloorConsumer);
  if (pending.some((delivery) => delivery.sequence === 0)) return refused('a pending message has no sequence');
  const redelivered = readRedelivered(from, ackFloorStream);
  return parsed({ deliveredConsumer, deliveredStream, ackFloorConsumer, ackFloorStream, pending, redelivered });
}

function readPending(from: ByteReader, version: number, floorStream: number, floorConsumer: number): PendingDelivery[] {
  const count = from.uvarint();
  const pending: PendingDelivery[] = [];
  const base = count > 0 ? from.varint() : 0;
  for (let i = 0; i < count; i++) {
    const sequence = from.uvarint() + floorStream;
    const consumerSequence = version === VERSION_OLD ? 0 : from.uvarint() + floorConsumer;
    const seconds = from.varint();
    const deliveredMs = (version === VERSION_OLD ? base + seconds : base - seconds) * 1000;
    pending.push({ sequence, consumerSequence, deliveredMs });
  }
  return pending.sort((a, b) => a.sequence - b.sequence);
}

function readRedelivered(from: ByteReader, floorStream: number): Map<number, number> {
  const redelivered = new Map<number, number>();
  const count = from.uvarint();
  for (let i = 0; i < count; i++) {
    const sequence = from.uvarint();
    const times = from.uvarint();
    if (sequence > 0 && times > 0) redelivered.set(sequence + floorStream, times);
  }
  return redelivered;
}
