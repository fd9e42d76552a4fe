// Whatever clients, disk and stream do in whatever order: consumer sequences have no gap, nothing is delivered that is
// not durable, nothing acknowledged comes again, and in the end everything is delivered: no consumer is ever stuck.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BusSubscription } from '../../ports/bus.ts';
import type { Message } from '../../ports/message.ts';
import type { ConsumerConfig } from './consumer_config.ts';
import { type Arrival, makeConfig, TestConsumerStore, TestStream } from './consumer_world.ts';

const KINDS = [
  'add',
  'add',
  'add',
  'pull',
  'pull',
  'pull',
  'leave',
  'ack',
  'ack',
  'nak',
  'delay',
  'term',
  'progress',
  'time',
  'remove',
  'purge',
  'congest',
  'relieve',
  'disk',
  'load',
  'lazy',
  'durable',
  'leave',
  'limit',
  'restart',
] as const;

interface Step {
  readonly what: (typeof KINDS)[number];
  readonly at: number;
}

const BODIES = [
  '',
  '3',
  '{"batch":2,"no_wait":true}',
  '{"batch":5,"expires":2000000000}',
  '{"batch":4,"expires":1000000000,"idle_heartbeat":300000000,"no_wait":true}',
  '{"batch":9,"max_bytes":120}',
  '100000',
];
/** Number of a body that asks for everything, for ever. */
const STANDING = BODIES.length - 1;
const SUBJECTS = ['a', 'b', 'c'];

/** Plays steps on a consumer and checks what must hold after each. */
class Play {
  readonly world = new TestStream();
  readonly config: Partial<ConsumerConfig>;
  readonly arrivals: Arrival[] = [];
  readonly seen = new Map<number, number>();
  readonly acked = new Set<number>();
  #inboxes: BusSubscription[] = [];
  #lastConsumerSequence = 0;
  #pulls = 0;

  constructor(config: Partial<ConsumerConfig>) {
    this.config = config;
  }

  async step({ what, at }: Step): Promise<void> {
    const { world } = this;
    switch (what) {
      case 'add':
        return world.add(SUBJECTS[at % 3] as string);
      case 'pull':
        return this.#pull(at);
      case 'ack':
        return this.#answer(at, '+ACK', true);
      case 'nak':
        return this.#answer(at, '-NAK', false);
      case 'delay':
        return this.#answer(at, `-NAK {"delay":${at * 1e7}}`, false);
      case 'term':
        return this.#answer(at, '+TERM', true);
      case 'progress':
        return this.#answer(at, '+WPI', false);
      case 'time':
        return world.clock.advance(at * 20);
      case 'remove':
        world.store.remove(1 + (at % Math.max(1, world.store.state.sequenceLast)));
        return;
      case 'purge':
        if (at % 5 === 0) world.store.purge({ filter: at % 2 === 0 ? null : 'a', sequence: 0, keep: 0 });
        return;
      case 'congest':
        world.bus.congested.add(`in.${Math.max(1, this.#pulls)}`);
        return;
      case 'disk':
        world.store.onDiskFrom = at;
        return;
      case 'lazy':
        world.store.isLazy = true;
        return;
      case 'leave':
        this.#inboxes.pop()?.close();
        return;
      case 'limit':
        world.consumer?.update(makeConfig({ ...this.config, max_ack_pending: 1 + (at % 5) }));
        return;
      default:
        return this.#relax(what);
    }
  }

  async #relax(what: Step['what']): Promise<void> {
    const { world } = this;
    if (what === 'relieve') this.#relieve();
    if (what === 'load') world.store.finishLoads();
    if (what === 'durable') this.#makeDurable();
    if (what === 'restart') await this.#restart();
  }

  /** Everything flows again, and clients take and acknowledge whatever comes. */
  finish(): void {
    const { world } = this;
    const before = this.arrivals.length;
    this.#pull(STANDING);
    this.#relieve();
    world.store.finishLoads();
    this.#makeDurable();
    // One request stands, and what came before is forgotten: from here on only acknowledgements and time move things.
    let answered = before;
    for (let round = 0; round < 50; round++) {
      world.clock.advance(3000);
      while (answered < this.arrivals.length) this.#answer(answered++, '+ACK', true);
    }
  }

  check(): void {
    const numbers = this.world.consumer?.numbers();
    assert.ok(numbers);
    const { store } = this.world;
    const filters = this.config.filter_subject === undefined ? null : [this.config.filter_subject];
    const filter = filters === null ? null : store.filter(filters);
    let undelivered = 0;
    for (let i = 1; i <= store.state.sequenceLast; i++) {
      const isThere = store.subjectIdOf(i) >= 0 && (filter?.has(store.subjectIdOf(i)) ?? true);
      if (isThere && !this.seen.has(i)) undelivered++;
    }
    assert.equal(numbers.pending, undelivered, 'num_pending');
    assert.ok(numbers.ackFloor.streamSequence <= numbers.delivered.streamSequence);
    assert.equal(this.world.fence, '');
  }

  #pull(at: number): void {
    const inbox = `in.${++this.#pulls}`;
    const note = (message: Message) => this.#note(message.reply.subarray(0, message.replyEnd));
    this.#inboxes.push(this.world.bus.subscribe(inbox, null, note));
    this.world.bus.send('$JS.API.CONSUMER.MSG.NEXT.S.C', BODIES[at % BODIES.length] as string, inbox);
  }

  #note(replyBytes: Uint8Array): void {
    const reply = new TextDecoder().decode(replyBytes);
    if (!reply.startsWith('$JS.ACK')) return;
    const [, , , , deliveries = 0, sequence = 0, consumerSequence = 0] = reply.split('.').map(Number);
    assert.equal(consumerSequence, this.#lastConsumerSequence + 1, 'consumer sequences have no gap');
    this.#lastConsumerSequence = consumerSequence;
    assert.ok(sequence <= this.world.store.sequenceDurable, 'only what is durable is delivered');
    assert.ok(!this.acked.has(sequence), 'what is acknowledged does not come again');
    assert.equal(deliveries, (this.seen.get(sequence) ?? 0) + 1, 'deliveries are counted');
    this.seen.set(sequence, deliveries);
    this.arrivals.push({ subject: '', reply, header: '', payload: '' });
  }

  #answer(at: number, payload: string, isFinal: boolean): void {
    const arrival = this.arrivals[at % Math.max(1, this.arrivals.length)];
    if (arrival === undefined) return;
    if (isFinal) this.acked.add(Number(arrival.reply.split('.')[5]));
    this.world.bus.send(arrival.reply, payload);
  }

  #relieve(): void {
    for (const subject of [...this.world.bus.congested]) this.world.bus.relieve(subject);
    // Those that were congested without being in the set any more have nothing to wait for.
    for (let i = 1; i <= this.#pulls; i++) this.world.bus.relieve(`in.${i}`);
  }

  #makeDurable(): void {
    this.world.store.isLazy = false;
    this.world.store.makeDurable();
  }

  async #restart(): Promise<void> {
    const saved = this.world.consumerStore.state();
    this.world.consumer?.shutDown();
    this.world.consumer = null;
    this.world.consumerStore = new TestConsumerStore(saved);
    await this.world.open(this.config);
  }
}

function property(config: Partial<ConsumerConfig>): fc.IAsyncPropertyWithHooks<[Step[]]> {
  const step = fc.record({ what: fc.constantFrom(...KINDS), at: fc.nat(100) });
  return fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
    const play = new Play(config);
    await play.world.open(config);
    for (const one of steps) {
      await play.step(one);
      // Not always: asking for the numbers drops requests that nobody waits for.
      if (one.at % 4 === 0) play.check();
    }
    play.finish();
    play.check();
    const numbers = play.world.consumer?.numbers();
    assert.deepEqual([numbers?.pending, numbers?.ackPending], [0, 0], 'everything was delivered and acknowledged');
    assert.equal(numbers?.ackFloor.streamSequence, numbers?.delivered.streamSequence);
  });
}

const RUNS = { numRuns: 150 };
const ACK_WAIT = { ack_wait: 1e9 };

test('a pull consumer is never stuck', async () => {
  await fc.assert(property(ACK_WAIT), RUNS);
});

test('a filtered pull consumer with few pending acknowledgements is never stuck', async () => {
  await fc.assert(property({ ...ACK_WAIT, filter_subject: 'a', max_ack_pending: 2 }), RUNS);
});

test('a pull consumer with backoff is never stuck', async () => {
  await fc.assert(property({ ...ACK_WAIT, backoff: [1e9, 2e9], max_ack_pending: 3 }), RUNS);
});
