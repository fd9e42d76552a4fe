// Restores on disk, with the power cut, the process killed or the disk failing at every operation: a restore that was
// answered is there whole, any other whole or not at all, and nothing of it is left in the directory after a start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter } from '../base/byte_writer.ts';
import { snappyFramed } from '../base/snappy.ts';
import { ARCHIVE_MAGIC, writeDocument, writeEnd, writeEntryHead } from '../jetstream/backup/archive_writer.ts';
import type { Anomaly, AnomalyRun } from './anomaly_loop.ts';
import { anomalyLoop } from './anomaly_loop.ts';
import { startSimJetStream } from './sim_jetstream.ts';

/** Different outcomes of each power cut; CONTRAIL_CRASH_OUTCOMES widens the sweep. */
const OUTCOMES = Number(process.env.CONTRAIL_CRASH_OUTCOMES ?? 1);
const STREAMS = '/data/jetstream/$G/streams';
const CONFIG = { name: 'S', subjects: ['s'], storage: 'file' };
const LAST = 12;
const GAP = 5;

function archive(): Uint8Array {
  const to = new ByteWriter();
  to.text(ARCHIVE_MAGIC);
  const state = { messages: LAST - 1, bytes: 0, first_seq: 1, last_seq: LAST, consumer_count: 1 };
  writeDocument(to, 'state.json', 1n, JSON.stringify(state));
  const consumer = {
    config: { durable_name: 'C', name: 'C', ack_policy: 'explicit', deliver_policy: 'all', replay_policy: 'instant' },
    state: { delivered: { consumer_seq: 3, stream_seq: 3 }, ack_floor: { consumer_seq: 3, stream_seq: 3 } },
  };
  writeDocument(to, 'consumers/C', 1n, JSON.stringify(consumer));
  for (let sequence = 1; sequence <= LAST; sequence++) {
    if (sequence === GAP) continue;
    const payload = Buffer.from(`message ${sequence}`);
    const head = { name: Buffer.from('s'), timeNs: 5n, sequence, headerBytes: 0, payloadBytes: payload.length };
    writeEntryHead(to, head);
    to.bytes(payload);
  }
  writeEnd(to);
  return snappyFramed(to.written());
}

interface Facts {
  answer: string | null;
}

async function script(run: AnomalyRun, facts: Facts): Promise<void> {
  const { bus } = await startSimJetStream(run, 60_000);
  const begun = await bus.ask('$JS.API.STREAM.RESTORE.S', JSON.stringify({ config: CONFIG, state: {} }));
  const { deliver_subject: subject } = JSON.parse(begun.payload);
  if (subject === '') {
    facts.answer = begun.payload;
    return;
  }
  const bytes = archive();
  const middle = bytes.length >> 1;
  for (const chunk of [bytes.subarray(0, middle), bytes.subarray(middle), new Uint8Array(0)]) {
    const { payload } = await bus.ask(subject, chunk);
    if (payload === '') continue;
    facts.answer = payload;
    return;
  }
}

async function check(run: AnomalyRun, { answer }: Facts, thrown: unknown): Promise<void> {
  const { engine, bus } = await startSimJetStream(run, 60_000);
  const entries = (await run.disk.stat(STREAMS)) === null ? [] : await run.disk.list(STREAMS);
  const names = entries.map(({ name }) => name);
  const isRestored = answer !== null && !answer.includes('"error"');
  const stream = engine.account('$G')?.stream('S');
  if (stream === undefined) {
    assert.ok(!isRestored, `an answered restore is gone: ${String(thrown)}`);
    assert.deepEqual(names, []);
    return;
  }
  assert.deepEqual(names, ['S']);
  if (answer !== null) assert.ok(isRestored, `a restore was refused and is there: ${answer}`);
  const { messages, sequenceFirst, sequenceLast } = stream.store.state;
  assert.deepEqual([messages, sequenceFirst, sequenceLast], [LAST - 1, 1, LAST]);
  for (let sequence = 1; sequence <= LAST; sequence++) {
    const { payload } = await bus.ask('$JS.API.STREAM.MSG.GET.S', `{"seq":${sequence}}`);
    const data = /"data":"([^"]*)"/.exec(payload)?.[1] ?? null;
    const text = data === null ? null : Buffer.from(data, 'base64').toString();
    assert.equal(text, sequence === GAP ? null : `message ${sequence}`);
  }
  assert.equal(stream.consumers.info('C')?.ack_floor.stream_seq, 3);
}

const makeFacts = (): Facts => ({ answer: null });

/** Returns how many of the runs were answered with the stream. */
async function sweep(anomalies: readonly Anomaly[]): Promise<number> {
  let restored = 0;
  const checkAndCount = async (run: AnomalyRun, facts: Facts, thrown: unknown) => {
    await check(run, facts, thrown);
    if (facts.answer?.includes('"messages":11') === true) restored++;
  };
  const checks = await anomalyLoop({ anomalies, script, makeFacts, check: checkAndCount, outcomes: OUTCOMES });
  assert.ok(checks > 50 && restored < checks);
  return restored;
}

test('a restore survives a crash at any disk operation whole or not at all', async () => {
  assert.ok((await sweep(['power cut', 'kill'])) > 0);
});

test('a restore that the disk fails is refused and leaves nothing, or is there whole', async () => {
  assert.ok((await sweep(['DISK_IO', 'DISK_NO_SPACE'])) > 0);
});
