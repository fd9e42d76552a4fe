import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AckMode, AckState } from './ack_state.ts';

/** The same rules over plain collections, slow and obvious. */
class Model {
  readonly mode: AckMode;
  pending = new Map<number, { cseq: number; redeliveries: number }>();
  exhausted = new Map<number, number>();
  dseq = 0;
  sseq = 0;
  floorConsumer = 0;
  floorStream = 0;

  constructor(mode: AckMode) {
    this.mode = mode;
  }

  deliver(sequence: number): void {
    this.dseq++;
    this.sseq = sequence;
    if (this.mode === 'none') [this.floorConsumer, this.floorStream] = [this.dseq, sequence];
    else this.pending.set(sequence, { cseq: this.dseq, redeliveries: 0 });
  }

  redeliver(sequence: number): void {
    const entry = this.pending.get(sequence);
    if (!entry) return;
    this.dseq++;
    entry.redeliveries++;
  }

  remove(sequence: number): boolean {
    this.exhausted.delete(sequence);
    const oldest = Math.min(...this.pending.keys());
    if (!this.pending.delete(sequence)) return false;
    const first = [...this.pending].sort((a, b) => a[0] - b[0])[0];
    if (first === undefined) this.raise(this.dseq, this.sseq);
    else if (sequence === oldest) this.raise(first[1].cseq - 1, first[0] - 1);
    return true;
  }

  ackAll(sequence: number, cseq: number): void {
    if (sequence <= this.floorStream || cseq <= this.floorConsumer) return;
    this.floorStream = Math.min(sequence, this.sseq);
    this.floorConsumer = Math.min(cseq, this.dseq);
    for (const key of [...this.pending.keys()]) if (key <= sequence) this.pending.delete(key);
    for (const key of [...this.exhausted.keys()]) if (key <= sequence) this.exhausted.delete(key);
  }

  exhaust(sequence: number): void {
    const entry = this.pending.get(sequence);
    if (!entry) return;
    this.pending.delete(sequence);
    this.exhausted.set(sequence, entry.redeliveries + 1);
  }

  raise(consumer: number, stream: number): void {
    this.floorConsumer = Math.max(this.floorConsumer, consumer);
    this.floorStream = Math.max(this.floorStream, stream);
  }
}

function compare(state: AckState, model: Model): void {
  const redelivered = [...model.pending.values()].filter((entry) => entry.redeliveries > 0).length;
  assert.deepEqual(
    [state.deliveredConsumer, state.deliveredStream, state.floorConsumer, state.floorStream],
    [model.dseq, model.sseq, model.floorConsumer, model.floorStream],
  );
  assert.deepEqual([state.pending, state.redelivered], [model.pending.size, redelivered + model.exhausted.size]);
  const snapshot = state.snapshot(0, 0);
  const expected = [...model.pending].sort((a, b) => a[0] - b[0]).map(([sequence, entry]) => [sequence, entry.cseq]);
  assert.deepEqual(
    snapshot.pending.map((entry) => [entry.sequence, entry.consumerSequence]),
    expected,
  );
  assert.ok(snapshot.ackFloorStream <= snapshot.deliveredStream);
  assert.ok(snapshot.ackFloorConsumer <= snapshot.deliveredConsumer);
}

type Step = { readonly what: 'deliver' | 'redeliver' | 'ack' | 'exhaust' | 'undo' | 'ackAll'; readonly at: number };

function apply(step: Step, state: AckState, model: Model): void {
  const known = [...Array(model.sseq + 3).keys()];
  const sequence = known[step.at % known.length] as number;
  const slot = state.window.find(sequence);
  assert.equal(slot >= 0, model.pending.has(sequence));
  switch (step.what) {
    case 'deliver':
      state.deliver(model.sseq + 1 + (step.at % 3), step.at);
      model.deliver(model.sseq + 1 + (step.at % 3));
      break;
    case 'undo': {
      const before = state.deliveredStream;
      state.deliver(before + 1 + step.at, 0);
      state.undoDeliver(before);
      break;
    }
    case 'redeliver':
      if (slot >= 0) state.redeliver(slot, step.at);
      model.redeliver(sequence);
      break;
    case 'ack':
      assert.equal(state.acknowledge(sequence), model.remove(sequence));
      break;
    case 'ackAll':
      state.acknowledgeUpTo(sequence, sequence, () => undefined);
      model.ackAll(sequence, sequence);
      break;
    case 'exhaust':
      if (slot >= 0) state.exhaust(slot, (state.window.redeliveries[slot] as number) + 1);
      model.exhaust(sequence);
      break;
  }
}

const EXPLICIT_STEPS = ['deliver', 'deliver', 'deliver', 'redeliver', 'ack', 'ack', 'exhaust', 'undo'] as const;
const ALL_STEPS = ['deliver', 'deliver', 'deliver', 'redeliver', 'ackAll', 'undo'] as const;

function steps(kinds: readonly Step['what'][]): fc.Arbitrary<Step[]> {
  return fc.array(fc.record({ what: fc.constantFrom(...kinds), at: fc.nat(1000) }), { maxLength: 400 });
}

for (const [mode, kinds] of [
  ['explicit', EXPLICIT_STEPS],
  ['all', ALL_STEPS],
  ['none', ['deliver', 'undo']],
] as const) {
  test(`ack state with acknowledgement '${mode}' agrees with a model, and survives saving`, () => {
    fc.assert(
      fc.property(steps(kinds), (list) => {
        const state = new AckState(mode);
        const model = new Model(mode);
        for (const step of list) apply(step, state, model);
        compare(state, model);
        const restored = new AckState(mode);
        restored.restore(state.snapshot(50, 1050), model.sseq, 0, 1000);
        compare(restored, model);
        assert.deepEqual(restored.snapshot(50, 1050), state.snapshot(50, 1050));
      }),
      { numRuns: 150 },
    );
  });
}

test('the ack floor moves past what was acknowledged out of order and past what is missing', () => {
  const state = new AckState('explicit');
  for (const sequence of [3, 7, 8, 20]) state.deliver(sequence, 0);
  state.acknowledge(7);
  assert.deepEqual([state.floorConsumer, state.floorStream], [0, 0]);
  state.acknowledge(3);
  assert.deepEqual([state.floorConsumer, state.floorStream], [2, 7]);
  state.acknowledge(8);
  assert.deepEqual([state.floorConsumer, state.floorStream], [3, 19]);
  state.acknowledge(20);
  assert.deepEqual([state.floorConsumer, state.floorStream], [4, 20]);
});

test('a message that used up its deliveries is no longer pending, yet still needed', () => {
  const state = new AckState('explicit');
  const slot = state.deliver(1, 0);
  state.exhaust(slot, 1);
  assert.deepEqual([state.pending, state.redelivered, state.floorStream], [0, 1, 0]);
  assert.equal(state.needs(1), true);
  state.acknowledge(1);
  assert.equal(state.needs(1), false);
});

test('a state ahead of its stream goes back with it', () => {
  const state = new AckState('explicit');
  for (let sequence = 1; sequence <= 10; sequence++) state.deliver(sequence, 0);
  for (let sequence = 1; sequence <= 5; sequence++) state.acknowledge(sequence);
  const restored = new AckState('explicit');
  restored.restore(state.snapshot(0, 0), 7, 0, 0);
  assert.deepEqual([restored.deliveredStream, restored.floorStream, restored.pending], [7, 5, 2]);
});

test('one message stuck for long does not make the window grow without bound', () => {
  const state = new AckState('explicit');
  state.deliver(1, 0);
  for (let sequence = 2; sequence <= 200_000; sequence++) {
    state.deliver(sequence, 0);
    if (sequence > 12) state.acknowledge(sequence - 10);
  }
  assert.ok(state.window.sequences.length <= 128, `${state.window.sequences.length} slots`);
  assert.equal(state.floorStream, 0);
  state.acknowledge(1);
  assert.equal(state.floorStream, 1);
});
