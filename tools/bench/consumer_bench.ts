// What the consumer engine itself costs per message: a store and a bus that do next to nothing around it.
// `node dist/tools/bench/consumer_bench.js [messages]`; prints messages per second, best of three.

import { AckRouter } from '../../src/jetstream/consumer/ack_router.ts';
import { openConsumer } from '../../src/jetstream/consumer/consumer.ts';
import type { ConsumerConfig } from '../../src/jetstream/consumer/consumer_config.ts';
import {
  arrivalOf,
  makeConfig,
  makeMessage,
  TestStore,
  TestStream,
} from '../../src/jetstream/consumer/consumer_world.ts';
import type { Bus, BusHandler, BusSubscription } from '../../src/ports/bus.ts';
import { DELIVERED, DELIVERED_NONE, type DeliveryResult } from '../../src/ports/bus.ts';
import { Message } from '../../src/ports/message.ts';
import { READ_FOUND, type ReadResult, type StoredMessage } from '../../src/store/stream_store.ts';

const MESSAGES = Number(process.argv[2] ?? 1_000_000);
const PAYLOAD = 'x'.repeat(128);

/** As many messages as asked for, all the same. */
class FlatStore extends TestStore {
  readonly #message = makeMessage('bench.subject', PAYLOAD);
  readonly #state = { ...super.state, messages: MESSAGES, sequenceLast: MESSAGES };
  override sequenceDurable = MESSAGES;

  override get state() {
    return this.#state;
  }

  override count(): number {
    return MESSAGES;
  }

  override read(sequence: number, into: StoredMessage): ReadResult {
    const message = into.message;
    message.subject = this.#message.subject;
    message.subjectEnd = this.#message.subjectEnd;
    message.body = this.#message.body;
    message.payloadEnd = this.#message.payloadEnd;
    into.sequence = sequence;
    into.timeHigh = 395_812_361;
    into.timeLow = sequence;
    return READ_FOUND;
  }
}

/** Hands everything to one receiver. */
class FlatBus implements Bus {
  readonly account = 'A';
  receiver: (message: Message) => void = () => {};
  readonly #handlers = new Map<string, BusHandler>();

  subscribe(subject: string, _queue: string | null, handler: BusHandler): BusSubscription {
    this.#handlers.set(subject, handler);
    return { subject, close: () => this.#handlers.delete(subject) };
  }

  handlerOf(subject: string): BusHandler {
    return this.#handlers.get(subject) ?? (() => {});
  }

  publish(message: Message): DeliveryResult {
    return this.#handlers.size > 0 && message.payloadEnd > 0 ? DELIVERED : DELIVERED_NONE;
  }

  deliver(_target: Uint8Array, _start: number, _end: number, message: Message): DeliveryResult {
    this.receiver(message);
    return DELIVERED;
  }

  hasInterest(): boolean {
    return true;
  }

  hasExactInterest(): boolean {
    return true;
  }

  onExactInterestChange(): () => void {
    return () => {};
  }

  whenRelieved(_target: Uint8Array, _start: number, _end: number, callback: () => void): void {
    callback();
  }
}

async function run(name: string, config: Partial<ConsumerConfig>, withAcks: boolean): Promise<void> {
  let best = 0;
  for (let round = 0; round < 3; round++) {
    const world = new TestStream();
    const bus = new FlatBus();
    const acks = new AckRouter(bus, () => {});
    const environment = Object.assign(Object.create(world), { bus, acks, store: new FlatStore(world.clock) });
    let received = 0;
    const ack = new Message();
    const onAck = () => bus.handlerOf('$JS.ACK.>');
    bus.receiver = (message) => {
      received++;
      if (!withAcks) return;
      ack.subject = message.reply;
      ack.subjectStart = message.replyStart;
      ack.subjectEnd = message.replyEnd;
      onAck()(ack);
    };
    const consumer = await openConsumer(environment, 'bench', makeConfig(config));
    const start = performance.now();
    consumer.start();
    if (config.deliver_subject === undefined) {
      bus.handlerOf('$JS.API.CONSUMER.MSG.NEXT.S.bench')(
        makeMessage('$JS.API.CONSUMER.MSG.NEXT.S.bench', String(MESSAGES), 'inbox'),
      );
    }
    while (received < MESSAGES) world.clock.advance(1);
    best = Math.max(best, MESSAGES / (performance.now() - start));
  }
  process.stdout.write(`${name.padEnd(28)} ${Math.round(best).toLocaleString('en')} k/s\n`);
}

void arrivalOf;
await run('push, ack none (ordered)', { deliver_subject: 'to', ack_policy: 'none', max_waiting: 0 }, false);
await run('pull, ack none', { ack_policy: 'none' }, false);
await run('pull, ack explicit', { max_ack_pending: 10_000 }, true);
