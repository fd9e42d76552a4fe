// The official JavaScript client publishes batches to the reference and to our own build, and gets the same from both:
// atomic ones, fast ones with more messages than several flow windows hold, and several at once. [ADR-50]
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { startFastIngest } from '@nats-io/jetstream/internal';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { contrailSide, referenceSide, ServerProcess, type Side } from './server_process.ts';

const FAST_MESSAGES = 3000;

/** What a publisher sees, in order. */
type Seen = string[];

async function atomicBatch(connection: NatsConnection, seen: Seen): Promise<void> {
  const batch = await jetstream(connection).startBatch('b.first', 'one');
  for (let i = 2; i < 100; i++) {
    if (i % 10 === 0) await batch.add(`b.${i}`, `payload ${i}`, { ack: true });
    else batch.add(`b.${i}`, `payload ${i}`);
  }
  const { stream, seq, count } = await batch.commit('b.last', 'the end');
  seen.push(`atomic ${stream} ${seq} ${count}`);
}

async function refusedBatch(connection: NatsConnection, seen: Seen): Promise<void> {
  const batch = await jetstream(connection).startBatch('b.first', 'one', { expect: { lastSequence: 7 } });
  batch.add('b.second', 'two');
  await batch.commit('b.last', 'three').catch((error: Error) => seen.push(`refused: ${error.message}`));
}

async function fastBatch(connection: NatsConnection): Promise<number> {
  const options = { allowGaps: false, ackInterval: 100 };
  const batch = await startFastIngest(connection, 'b.fast', 'one', options);
  for (let i = 2; i < FAST_MESSAGES; i++) await batch.add('b.fast', `payload ${i}`);
  const { count } = await batch.last('b.fast', 'the end');
  return count;
}

async function publishAll(side: Side, storage: StorageType): Promise<Seen> {
  const server = await ServerProcess.start(side, { jetStream: true });
  const connection = await connect({ servers: server.url });
  const seen: Seen = [];
  try {
    const manager = await jetstreamManager(connection);
    const config = { name: 'S', subjects: ['b.>'], storage, allow_atomic: true, allow_batched: true };
    await manager.streams.add(config);
    await atomicBatch(connection, seen);
    await refusedBatch(connection, seen);
    const counts = await Promise.all([fastBatch(connection), fastBatch(connection), fastBatch(connection)]);
    seen.push(`fast ${counts}`);
    const { state } = await manager.streams.info('S');
    seen.push(`${state.messages} messages, last ${state.last_seq}, ${state.num_subjects} subjects`);
  } finally {
    await connection.close();
    await server.stop();
  }
  return seen;
}

for (const storage of [StorageType.Memory, StorageType.File]) {
  test(`the JavaScript client publishes batches alike to both servers (${storage})`, async () => {
    const theirs = await publishAll(referenceSide(), storage);
    assert.equal(theirs.length, 4);
    assert.deepEqual(await publishAll(contrailSide(), storage), theirs);
  });
}
