// The JetStream API of a whole engine in memory: requests of every kind with bodies that nobody expects, in any order, with
// messages, acknowledgements and pull requests in between. Every request that is to be answered is, in JSON, and nothing
// ends in the log as a bug.
import type { Prng } from '../../src/base/prng.ts';
import { apiBody, BODY_NAMES, type BodyName } from './api_bodies.ts';
import { ApiWorld } from './api_world.ts';
import { FuzzFailure, type FuzzTarget, promise } from './fuzz_target.ts';
import { JSON_WORDS } from './json_text.ts';
import { InputBuffer } from './mutations.ts';

/** Requests to one engine, before a new one is made. */
const ENGINE_CASES = 256;
const NAMES = [
  'S',
  'T',
  'C',
  'D',
  'a.b',
  '*',
  '>',
  ' ',
  '',
  '..',
  '__proto__',
  'S\0',
  'ü',
  'x'.repeat(300),
  '../S',
  'S/T',
];
const WORDS = [...JSON_WORDS, '"S"', '"a.1"', '-1', '"config":', '"name":"S"'];
const HEADERS = [
  ...[
    'Nats-Msg-Id: 1',
    'Nats-Expected-Last-Sequence: -1',
    'Nats-Expected-Last-Sequence: 99999999999999999999',
    'Nats-TTL: x',
  ],
  ...[
    'Nats-Rollup: all',
    'Nats-Rollup: sub',
    'Nats-Batch-Id: b',
    'Nats-Batch-Sequence: 1',
    'Nats-Batch-Commit: 1',
    'Nats-Incr: +1',
  ],
  ...[
    'Nats-Expected-Stream: S',
    'Nats-Required-Api-Level: 9',
    'Nats-Expected-Last-Subject-Sequence: 1',
    'Nats-Schedule: @every 1s',
  ],
];

interface Endpoint {
  readonly words: string;
  /** Names that follow. */
  readonly names: number;
  readonly body: BodyName | null;
}

/** Those whose answer leaves only once; a snapshot or restore is a conversation. */
const ENDPOINTS: readonly Endpoint[] = [
  { words: 'INFO', names: 0, body: null },
  { words: 'STREAM.CREATE', names: 1, body: 'STREAM' },
  { words: 'STREAM.UPDATE', names: 1, body: 'STREAM' },
  { words: 'STREAM.NAMES', names: 0, body: 'STREAM_PAGE' },
  { words: 'STREAM.LIST', names: 0, body: 'STREAM_PAGE' },
  { words: 'STREAM.INFO', names: 1, body: 'STREAM_INFO' },
  { words: 'STREAM.DELETE', names: 1, body: null },
  { words: 'STREAM.PURGE', names: 1, body: 'PURGE' },
  { words: 'STREAM.SNAPSHOT', names: 1, body: 'SNAPSHOT' },
  { words: 'STREAM.RESTORE', names: 1, body: 'RESTORE' },
  { words: 'STREAM.MSG.GET', names: 1, body: 'MESSAGE' },
  { words: 'STREAM.MSG.DELETE', names: 1, body: 'MESSAGE_DELETE' },
  { words: 'CONSUMER.CREATE', names: 1, body: 'CREATE_CONSUMER' },
  { words: 'CONSUMER.CREATE', names: 2, body: 'CREATE_CONSUMER' },
  { words: 'CONSUMER.CREATE', names: 3, body: 'CREATE_CONSUMER' },
  { words: 'CONSUMER.DURABLE.CREATE', names: 2, body: 'CREATE_CONSUMER' },
  { words: 'CONSUMER.NAMES', names: 1, body: 'PAGE' },
  { words: 'CONSUMER.LIST', names: 1, body: 'PAGE' },
  { words: 'CONSUMER.INFO', names: 2, body: null },
  { words: 'CONSUMER.DELETE', names: 2, body: null },
  { words: 'CONSUMER.PAUSE', names: 2, body: 'PAUSE' },
  { words: 'CONSUMER.RESET', names: 2, body: 'RESET' },
  { words: 'CONSUMER.UNPIN', names: 2, body: 'UNPIN' },
  { words: 'META.LEADER.STEPDOWN', names: 0, body: null },
];

export class ApiTarget implements FuzzTarget {
  readonly name = 'api';
  readonly about = 'JetStream API requests to a whole engine: each is answered, none is a bug';
  readonly #input = new InputBuffer(64 * 1024);
  /** Since the engine began, the latest last. */
  #history: string[] = [];

  currentInput(): string {
    return this.#history.join('\n');
  }

  async run(random: Prng, cases: number): Promise<number> {
    for (let done = 0; done < cases; done += ENGINE_CASES)
      await this.#engine(random, Math.min(ENGINE_CASES, cases - done));
    return cases;
  }

  async #engine(random: Prng, cases: number): Promise<void> {
    const world = await ApiWorld.start();
    this.#history = [];
    await world.bus.ask(
      '$JS.API.STREAM.CREATE.S',
      '{"name":"S","subjects":["a.*"],"storage":"memory","allow_direct":true}',
    );
    await world.bus.ask(
      '$JS.API.CONSUMER.CREATE.S.C',
      '{"stream_name":"S","config":{"name":"C","ack_policy":"explicit"}}',
    );
    for (let i = 0; i < cases; i++) {
      const kind = random.below(10);
      if (kind < 6) await this.#request(random, world);
      else if (kind === 6) this.#publish(random, world);
      else if (kind === 7)
        this.#say(world, `$JS.API.CONSUMER.MSG.NEXT.S.${random.pick(['C', 'D'])}`, this.#body(random, 'PULL'));
      else if (kind === 8)
        this.#say(world, `$JS.API.DIRECT.GET.${random.pick(['S', 'S.a.1', 'T'])}`, this.#body(random, 'MESSAGE'));
      else
        this.#say(
          world,
          this.#ackSubject(random),
          random.pick(['+ACK', '-NAK', '-NAK {"delay":-1}', '+WPI', '+TERM x', '+NXT', 'x', '']),
        );
      world.clock.advance(random.pick([0, 1, 100, 31_000]));
      if (world.bug !== null) throw new FuzzFailure(world.bug, this.currentInput());
    }
    await world.engine.close();
  }

  async #request(random: Prng, world: ApiWorld): Promise<void> {
    const { words, names, body } = this.#endpoint(random);
    const name = (index: number): string => {
      if (random.chance(0.04)) return random.pick(NAMES);
      if (index === 2) return random.pick(['a.1', 'a.2', 'b']);
      return index === 0 ? random.pick(['S', 'S', 'S', 'S', 'S', 'T']) : random.pick(['C', 'C', 'D']);
    };
    const subject = ['$JS.API', words, ...Array.from({ length: names }, (_, i) => name(i))].join('.');
    const text = body === null ? random.pick(['', '', '{}', 'x', '[]']) : this.#body(random, body);
    this.#history.push(`${subject} ${text}`);
    const answer = await world.ask(subject, text);
    promise(answer !== null, 'a request is not answered', this.currentInput());
    const { type } = JSON.parse(answer) as { type?: unknown };
    promise(typeof type === 'string', `the answer has no type: ${answer}`, this.currentInput());
  }

  /** What ends streams and consumers is rare, or there would be none to ask about. */
  #endpoint(random: Prng): Endpoint {
    const endpoint = random.pick(ENDPOINTS);
    return endpoint.words.endsWith('.DELETE') && random.chance(0.8) ? this.#endpoint(random) : endpoint;
  }

  #publish(random: Prng, world: ApiWorld): void {
    const headers = Array.from({ length: random.below(3) }, () => `${random.pick(HEADERS)}\r\n`);
    const header = headers.length === 0 ? '' : `NATS/1.0\r\n${headers.join('')}\r\n`;
    const subject = random.pick(['a.1', 'a.2', 'b', 'c']);
    this.#history.push(`${subject} ${JSON.stringify(header)}`);
    world.bus.send(subject, 'x', random.chance(0.5) ? world.bus.newInbox() : '', header);
  }

  #say(world: ApiWorld, subject: string, text: string): void {
    this.#history.push(`${subject} ${text}`);
    world.bus.send(subject, text, world.bus.newInbox());
  }

  #ackSubject(random: Prng): string {
    const number = (): string => random.pick(['1', '2', '3', '0', '-1', '99999999999999999999', 'x', '']);
    return `$JS.ACK.S.${random.pick(['C', 'D'])}.${number()}.${number()}.${number()}.1700000000000000000.${number()}`;
  }

  #body(random: Prng, name: BodyName): string {
    const other = random.chance(0.05) ? random.pick(BODY_NAMES) : name;
    const missing = random.pick([0.5, 0.9, 0.97]);
    const text = apiBody(random, other, missing, random.pick([0, 0, 0.1, 0.5]));
    if (random.chance(0.9)) return withName(random, text, other);
    const input = this.#input;
    input.clear();
    input.text(text);
    input.mutate(random, 1, WORDS);
    return input.view.length === 0 ? '' : Buffer.from(input.view).toString('latin1');
  }
}

/** Most streams and consumers must come to be, or nothing behind the first check is ever tried. */
function withName(random: Prng, text: string, name: BodyName): string {
  if (random.chance(0.1)) return text;
  const rest = text === '{}' ? '}' : `,${text.slice(1)}`;
  if (name === 'STREAM') return `{"name":"${random.pick(['S', 'S', 'T'])}","storage":"memory"${rest}`;
  if (name === 'CREATE_CONSUMER')
    return `{"stream_name":"S","config":{"name":"${random.pick(['C', 'D'])}","ack_policy":"explicit"}${rest}`;
  return text;
}
