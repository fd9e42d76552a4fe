// A consumer as a backup holds it: its configuration and what it has delivered, as JSON. Values and text; who may come
// back as what is stream_restore.ts's and consumer_plan.ts's business.
// Compat: nats-server 2.15, stream_backup.go, SnapshotConsumerState; store.go, ConsumerState.
import { NanoTime } from '../../base/nanos.ts';
import type { ConsumerState, PendingDelivery } from '../../store/consumer_store.ts';
import { CONSUMER_CONFIG, type ConsumerConfig } from '../consumer/consumer_config.ts';
import { decodeSingle, type JsonResult } from '../json/json_decode.ts';
import { field, INT64, map, optional, pointer, struct, UINT64 } from '../json/json_type.ts';
import type { ArchivedConsumer } from '../stream/stream_consumers.ts';

interface SequencePair {
  readonly consumer_seq: number;
  readonly stream_seq: number;
}

interface Pending {
  readonly Sequence: number;
  /** Unix nanoseconds, as near as a double comes. */
  readonly Timestamp: number;
}

interface ArchivedState {
  readonly delivered: SequencePair;
  readonly ack_floor: SequencePair;
  readonly pending: ReadonlyMap<string, Pending>;
  readonly redelivered: ReadonlyMap<string, number>;
}

const PAIR = struct<SequencePair>('SequencePair', { consumer_seq: field(UINT64), stream_seq: field(UINT64) });
const PENDING = struct<Pending>('Pending', { Sequence: field(UINT64), Timestamp: field(INT64) });

const STATE = struct<ArchivedState>('ConsumerState', {
  delivered: field(PAIR),
  ack_floor: field(PAIR),
  pending: optional(map(PENDING)),
  redelivered: optional(map(UINT64)),
});

const CONSUMER = struct<{ readonly config: ConsumerConfig | null; readonly state: ArchivedState | null }>(
  'SnapshotConsumerState',
  { config: field(pointer(CONSUMER_CONFIG)), state: field(pointer(STATE)) },
);

export function encodeArchivedConsumer({ config, state }: ArchivedConsumer): string {
  return `{"config":${CONSUMER_CONFIG.encode(config)},"state":${encodeState(state)}}`;
}

function encodeState(state: ConsumerState): string {
  const parts = [
    `"delivered":${pair(state.deliveredConsumer, state.deliveredStream)}`,
    `"ack_floor":${pair(state.ackFloorConsumer, state.ackFloorStream)}`,
  ];
  const time = new NanoTime();
  const pending = state.pending.map(({ sequence, consumerSequence, deliveredMs }) => {
    time.setMs(deliveredMs);
    return `"${sequence}":{"Sequence":${consumerSequence},"Timestamp":${time.toNs()}}`;
  });
  const redelivered = [...state.redelivered].map(([sequence, times]) => `"${sequence}":${times}`);
  if (pending.length > 0) parts.push(`"pending":{${pending.join(',')}}`);
  if (redelivered.length > 0) parts.push(`"redelivered":{${redelivered.join(',')}}`);
  return `{${parts.join(',')}}`;
}

function pair(consumer: number, stream: number): string {
  return PAIR.encode({ consumer_seq: consumer, stream_seq: stream });
}

/** `name` is the one that the archive gives it, for what is said of it. */
export function decodeArchivedConsumer(name: string, text: Uint8Array): JsonResult<ArchivedConsumer> {
  const decoded = decodeSingle(text, CONSUMER);
  if (!decoded.ok) return { ok: false, text: `failed to decode consumer "${name}" state: ${decoded.text}` };
  const { config, state } = decoded.value;
  if (config === null) return { ok: false, text: `consumer "${name}" is missing config` };
  if (state === null) return { ok: false, text: `consumer "${name}" is missing state` };
  const decodedState = stateOf(state);
  if (decodedState === null)
    return { ok: false, text: `failed to set consumer "${name}" state: it contradicts itself` };
  return { ok: true, value: { config, state: decodedState } };
}

/** Null where its numbers cannot be those of a consumer. Counts of messages that it is done with mean nothing. */
function stateOf({ delivered, ack_floor: floor, pending, redelivered }: ArchivedState): ConsumerState | null {
  const counts = [...redelivered].map(([sequence, times]): [number, number] => [Number(sequence), times]);
  const state: ConsumerState = {
    deliveredConsumer: delivered.consumer_seq,
    deliveredStream: delivered.stream_seq,
    ackFloorConsumer: floor.consumer_seq,
    ackFloorStream: floor.stream_seq,
    pending: [...pending].map(pendingOf).sort((a, b) => a.sequence - b.sequence),
    redelivered: new Map(counts.filter(([sequence]) => sequence > floor.stream_seq)),
  };
  const { deliveredStream, deliveredConsumer, ackFloorStream, ackFloorConsumer } = state;
  const isDelivered = (sequence: number) => sequence > ackFloorStream && sequence <= deliveredStream;
  const isSound =
    Number.isSafeInteger(deliveredStream) &&
    Number.isSafeInteger(deliveredConsumer) &&
    ackFloorStream <= deliveredStream &&
    ackFloorConsumer <= deliveredConsumer &&
    counts.every(([sequence, times]) => Number.isSafeInteger(sequence) && times <= 0xffff_ffff) &&
    state.pending.every((one) => isDelivered(one.sequence) && Number.isSafeInteger(one.consumerSequence));
  return isSound ? state : null;
}

function pendingOf([sequence, { Sequence, Timestamp }]: [string, Pending]): PendingDelivery {
  return { sequence: Number(sequence), consumerSequence: Sequence, deliveredMs: Timestamp / 1e6 };
}
