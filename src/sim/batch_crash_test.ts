// Atomic batches on disk, with the power cut or the process killed at every disk operation of their commits: whatever was
// acknowledged is there, and every batch is there whole or not at all. The commits are larger than a segment of the
// store's memory, so that each takes several writes, and single messages follow in the same turn.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnomalyRun } from './anomaly_loop.ts';
import { anomalyLoop } from './anomaly_loop.ts';
import { startSimJetStream } from './sim_jetstream.ts';

const BATCHES = ['A', 'B'];
const MESSAGES = 3;
/** Different outcomes of each power cut; CONTRAIL_CRASH_OUTCOMES widens the sweep. */
const OUTCOMES = Number(process.env.CONTRAIL_CRASH_OUTCOMES ?? 1);
const PAYLOAD = 'x'.repeat(60_000);

interface Facts {
  readonly acknowledged: Set<string>;
}

function header(id: string, sequence: number): string {
  const commit = sequence === MESSAGES ? 'Nats-Batch-Commit: 1\r\n' : '';
  return `NATS/1.0\r\nNats-Batch-Id: ${id}\r\nNats-Batch-Sequence: ${sequence}\r\n${commit}\r\n`;
}

async function script(run: AnomalyRun, facts: Facts): Promise<void> {
  const { bus } = await startSimJetStream(run, 'always', { answersWhenDurable: true });
  const stream = { name: 'S', subjects: ['b.*'], storage: 'file', allow_atomic: true };
  await bus.ask('$JS.API.STREAM.CREATE.S', JSON.stringify(stream));
  for (const id of BATCHES) {
    for (let i = 1; i < MESSAGES; i++) bus.send(`b.${i}`, PAYLOAD, '', header(id, i));
    const committed = bus.ask(`b.${MESSAGES}`, PAYLOAD, header(id, MESSAGES));
    for (let i = 0; i < 3; i++) bus.send('b.single', 'x'.repeat(5000));
    const { payload } = await committed;
    assert.match(payload, new RegExp(`"batch":"${id}","count":${MESSAGES}`));
    facts.acknowledged.add(id);
  }
}

/** How many messages of each batch are stored. */
async function storedMessages(run: AnomalyRun): Promise<Map<string, number>> {
  const { engine, bus } = await startSimJetStream(run, 'always', { answersWhenDurable: true });
  const stream = engine.account('$G')?.stream('S');
  const found = new Map<string, number>();
  for (let sequence = 1; sequence <= (stream?.store.state.sequenceLast ?? 0); sequence++) {
    const { payload } = await bus.ask('$JS.API.STREAM.MSG.GET.S', `{"seq":${sequence}}`);
    const block = /"hdrs":"([^"]*)"/.exec(payload)?.[1] ?? '';
    const id = /Nats-Batch-Id: (\w)/.exec(Buffer.from(block, 'base64').toString())?.[1];
    if (id !== undefined) found.set(id, (found.get(id) ?? 0) + 1);
  }
  return found;
}

async function check(run: AnomalyRun, { acknowledged }: Facts): Promise<void> {
  const found = await storedMessages(run);
  for (const id of acknowledged) assert.equal(found.get(id), MESSAGES, `batch ${id} was acknowledged`);
  for (const [id, messages] of found) assert.equal(messages, MESSAGES, `batch ${id} is in parts`);
}

const makeFacts = (): Facts => ({ acknowledged: new Set() });

test('an atomic batch survives a crash at any disk operation whole or not at all', async () => {
  const anomalies = ['power cut', 'kill'] as const;
  assert.ok((await anomalyLoop({ anomalies, script, makeFacts, check, outcomes: OUTCOMES })) > 50);
});
