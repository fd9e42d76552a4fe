// Store directories both ways: what the reference wrote opens here with every message, sequence, time and consumer state,
// after an orderly stop and after kill -9; what this store wrote opens there.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { SILENT_LOGGER } from '../../src/base/log.ts';
import { rfc3339Nano } from '../../src/base/nanos.ts';
import { NodeClock } from '../../src/node/node_clock.ts';
import { NodeDisk } from '../../src/node/node_disk.ts';
import { NodeEntropy } from '../../src/node/node_entropy.ts';
import { Message } from '../../src/ports/message.ts';
import { blockBytes } from '../../src/store/file/block_size.ts';
import { openConsumerStore } from '../../src/store/file/file_consumer_store.ts';
import type { FileStreamStore } from '../../src/store/file/file_stream_store.ts';
import { FileStorage } from '../../src/store/file/storage.ts';
import { StoreDirectory } from '../../src/store/file/store_directory.ts';
import { NO_LIMITS } from '../../src/store/retention.ts';
import { READ_FOUND, StoredMessage, type StoreLimits } from '../../src/store/stream_store.ts';
import { contrailSide, endWithServers, referenceSide } from './server_process.ts';

endWithServers();

const READY_DEADLINE_MS = 20_000;

interface StreamConfigJson {
  readonly name: string;
  readonly subjects?: readonly string[];
  readonly retention?: string;
  readonly max_msgs?: number;
  readonly max_bytes?: number;
  readonly max_msgs_per_subject?: number;
  readonly first_seq?: number;
}

/** What somebody sees of a message, whoever shows it. */
interface Seen {
  readonly sequence: number;
  readonly subject: string;
  readonly header: string;
  readonly payload: string;
  readonly time: string;
}

interface SeenStream {
  readonly messages: readonly Seen[];
  readonly state: Record<string, unknown>;
}

// --- a server on a directory ------------------------------------------------------------------------------------------

class Server {
  readonly connection: NatsConnection;
  readonly #child: ChildProcess;
  readonly #log: () => string;

  private constructor(connection: NatsConnection, child: ChildProcess, log: () => string) {
    this.connection = connection;
    this.#child = child;
    this.#log = log;
  }

  get log(): string {
    return this.#log();
  }

  static async start(directory: string, side = referenceSide()): Promise<Server> {
    const [program = '', ...words] = side.command;
    const child = spawn(program, [...words, '-js', '-a', '127.0.0.1', '-p', '-1', '-sd', directory], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    const port = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`The ${side.name} server did not start:\n${log}`)),
        READY_DEADLINE_MS,
      );
      child.stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        const found = /client connections on [^\s]*:(\d+)/.exec(log)?.[1];
        if (found === undefined || !log.includes('Server is ready')) return;
        clearTimeout(timer);
        resolve(Number(found));
      });
    });
    return new Server(await connect({ servers: `127.0.0.1:${port}` }), child, () => log);
  }

  async ask(endpoint: string, body: unknown): Promise<Record<string, never>> {
    const text = body === null ? '' : JSON.stringify(body);
    const answer = await this.connection.request(`$JS.API.${endpoint}`, text, { timeout: 10_000 });
    const value = answer.json<Record<string, never>>();
    assert.equal(value['error'], undefined, `${endpoint}: ${answer.string()}`);
    return value;
  }

  async publish(subject: string, payload: string, headerValue = ''): Promise<void> {
    const own = headers();
    if (headerValue !== '') own.set('X-Test', headerValue);
    const options = headerValue === '' ? { timeout: 10_000 } : { timeout: 10_000, headers: own };
    const ack = await this.connection.request(subject, payload, options);
    assert.match(ack.string(), /"seq":/);
  }

  async see(stream: string): Promise<SeenStream> {
    const { state } = (await this.ask(`STREAM.INFO.${stream}`, { deleted_details: true })) as unknown as {
      state: Record<string, number>;
    };
    const messages: Seen[] = [];
    for (let sequence = state['first_seq'] ?? 0; sequence <= (state['last_seq'] ?? 0); sequence++) {
      const answer = await this.connection.request(
        `$JS.API.STREAM.MSG.GET.${stream}`,
        JSON.stringify({ seq: sequence }),
      );
      const { message } = answer.json<{ message?: Record<string, string> }>();
      if (message === undefined) continue;
      messages.push({
        sequence: Number(message['seq']),
        subject: message['subject'] ?? '',
        header: Buffer.from(message['hdrs'] ?? '', 'base64').toString(),
        payload: Buffer.from(message['data'] ?? '', 'base64').toString(),
        time: message['time'] ?? '',
      });
    }
    return { messages, state };
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.connection.close();
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill(signal);
    await ended;
  }
}

// --- our store on a directory ----------------------------------------------------------------------------------------

function openStorage(): FileStorage {
  return new FileStorage({
    disk: new NodeDisk(),
    clock: new NodeClock(),
    entropy: new NodeEntropy(),
    log: SILENT_LOGGER,
    sync: 'always',
  });
}

function limitsOf(config: StreamConfigJson): StoreLimits {
  return {
    ...NO_LIMITS,
    messagesMax: config.max_msgs ?? -1,
    bytesMax: config.max_bytes ?? -1,
    messagesPerSubjectMax: config.max_msgs_per_subject ?? -1,
  };
}

function openOurs(root: string, config: StreamConfigJson): Promise<FileStreamStore> {
  const directory = join(root, 'jetstream', '$G', 'streams', config.name);
  const isLimits = (config.retention ?? 'limits') === 'limits';
  const blockBytesMax = blockBytes(isLimits, config.max_bytes ?? -1);
  return openStorage().openStream({ name: config.name, directory, limits: limitsOf(config), blockBytesMax });
}

async function seeOurs(store: FileStreamStore): Promise<SeenStream> {
  const into = new StoredMessage();
  const messages: Seen[] = [];
  const { state } = store;
  for (let sequence = store.nextSequence(null, 1); sequence > 0; sequence = store.nextSequence(null, sequence + 1)) {
    let result = store.read(sequence, into);
    if (result !== READ_FOUND) {
      await new Promise<void>((resolve) => store.load(sequence, resolve));
      result = store.read(sequence, into);
    }
    assert.equal(result, READ_FOUND, `message ${sequence}`);
    const { message } = into;
    const text = (bytes: Uint8Array, from: number, to: number): string =>
      Buffer.from(bytes.subarray(from, to)).toString();
    messages.push({
      sequence,
      subject: text(message.subject, message.subjectStart, message.subjectEnd),
      header: text(message.body, message.headerStart, message.payloadStart),
      payload: text(message.body, message.payloadStart, message.payloadEnd),
      time: rfc3339Nano((BigInt(into.timeHigh) << 32n) | BigInt(into.timeLow)),
    });
  }
  const time = (ns: bigint): string => (ns === 0n ? '0001-01-01T00:00:00Z' : rfc3339Nano(ns));
  const deleted = store.deletedSequences();
  return {
    messages,
    state: {
      messages: state.messages,
      bytes: state.bytes,
      first_seq: state.sequenceFirst,
      first_ts: time(state.timeFirst),
      last_seq: state.sequenceLast,
      last_ts: time(state.timeLast),
      ...(state.subjects > 0 ? { num_subjects: state.subjects } : {}),
      ...(deleted.length > 0 ? { num_deleted: deleted.length, deleted } : {}),
    },
  };
}

function withoutConsumers(state: Record<string, unknown>): Record<string, unknown> {
  const { consumer_count: _, ...rest } = state;
  return rest;
}

function assertSame(ours: SeenStream, reference: SeenStream, name: string): void {
  assert.deepEqual(ours.messages, reference.messages, name);
  assert.deepEqual(ours.state, withoutConsumers(reference.state), name);
}

// --- one script, played to either ------------------------------------------------------------------------------------

const CONFIGS: readonly StreamConfigJson[] = [
  { name: 'PLAIN', subjects: ['plain.>'] },
  { name: 'LIMITED', subjects: ['limited'], max_bytes: 100_000 },
  { name: 'KEYS', subjects: ['keys.*'], max_msgs_per_subject: 2, max_bytes: 120_000 },
  { name: 'PURGED', subjects: ['purged.*'] },
  { name: 'EMPTY', subjects: ['empty'] },
  { name: 'LATE', subjects: ['late'], first_seq: 1000 },
  { name: 'WORK', subjects: ['work.*'], retention: 'workqueue', max_bytes: 100_000 },
];

interface Player {
  publish(subject: string, payload: string, headerValue?: string): Promise<void>;
  remove(stream: string, sequence: number, isErased: boolean): Promise<void>;
  purge(stream: string, request: { filter?: string; seq?: number; keep?: number }): Promise<void>;
}

async function play(player: Player): Promise<void> {
  for (let i = 1; i <= 120; i++) {
    await player.publish(`plain.${i % 7}`, `message ${i} ${'x'.repeat(i)}`, i % 3 === 0 ? `value ${i}` : '');
  }
  await player.publish('plain.large', 'L'.repeat(900_000), 'large');
  await player.publish('plain.none', '');
  for (const sequence of [1, 2, 10, 50, 51, 121]) await player.remove('PLAIN', sequence, sequence % 2 === 0);
  await player.purge('PLAIN', { filter: 'plain.3' });
  await player.purge('PLAIN', { filter: 'plain.4', keep: 2 });
  for (let i = 1; i <= 900; i++) await player.publish('limited', `${i} ${'y'.repeat(150)}`);
  await player.remove('LIMITED', 700, false);
  for (let i = 1; i <= 800; i++) await player.publish(`keys.${(i * i) % 61}`, `${i} ${'z'.repeat(i % 200)}`);
  await player.purge('KEYS', { filter: 'keys.1' });
  for (let i = 1; i <= 40; i++) await player.publish(`purged.${i % 2}`, `${i}`);
  await player.purge('PURGED', {});
  for (let i = 41; i <= 60; i++) await player.publish(`purged.${i % 2}`, `${i}`);
  await player.purge('PURGED', { seq: 50 });
  for (let i = 1; i <= 5; i++) await player.publish('empty', `${i}`);
  for (let i = 5; i >= 1; i--) await player.remove('EMPTY', i, false);
  for (let i = 1; i <= 5; i++) await player.publish('late', `${i}`);
  for (let i = 1; i <= 600; i++) await player.publish(`work.${i % 3}`, `${i} ${'w'.repeat(120)}`);
  for (let i = 1; i <= 600; i++) if (i % 10 !== 0 || i < 200) await player.remove('WORK', i, false);
}

class ReferencePlayer implements Player {
  readonly #reference: Server;

  constructor(reference: Server) {
    this.#reference = reference;
  }

  publish(subject: string, payload: string, headerValue = ''): Promise<void> {
    return this.#reference.publish(subject, payload, headerValue);
  }

  async remove(stream: string, sequence: number, isErased: boolean): Promise<void> {
    await this.#reference.ask(`STREAM.MSG.DELETE.${stream}`, { seq: sequence, no_erase: !isErased });
  }

  async purge(stream: string, request: object): Promise<void> {
    await this.#reference.ask(`STREAM.PURGE.${stream}`, request);
  }
}

class StorePlayer implements Player {
  readonly #stores: ReadonlyMap<string, FileStreamStore>;
  #timeNs = 1_700_000_000_000_000_001n;

  constructor(stores: ReadonlyMap<string, FileStreamStore>) {
    this.#stores = stores;
  }

  async publish(subject: string, payload: string, headerValue = ''): Promise<void> {
    const name = (subject.split('.')[0] ?? '').toUpperCase();
    const store = this.#stores.get(name);
    assert.ok(store !== undefined, name);
    const message = new Message();
    message.subject = Buffer.from(subject);
    message.subjectEnd = message.subject.length;
    const header = headerValue === '' ? '' : `NATS/1.0\r\nX-Test: ${headerValue}\r\n\r\n`;
    message.body = Buffer.from(header + payload);
    message.payloadStart = header.length;
    message.payloadEnd = message.body.length;
    this.#timeNs += 1_000_003n;
    store.append(message, Number(this.#timeNs >> 32n), Number(this.#timeNs & 0xffff_ffffn));
    if (this.#timeNs % 64n === 0n) await store.flush();
  }

  async remove(stream: string, sequence: number, isErased: boolean): Promise<void> {
    assert.equal(this.#stores.get(stream)?.remove(sequence, isErased), true);
  }

  async purge(stream: string, request: { filter?: string; seq?: number; keep?: number }): Promise<void> {
    const { filter = null, seq: sequence = 0, keep = 0 } = request;
    const store = this.#stores.get(stream);
    store?.purge({ filter, sequence, keep });
    await store?.flush();
  }
}

// --- tests -----------------------------------------------------------------------------------------------------------

describe('directories that the reference wrote', () => {
  let folder = '';
  let cleanly = '';
  let killed = '';
  const seen = new Map<string, SeenStream>();
  /** What the reference itself makes of its directory after kill -9. */
  const seenAfterKill = new Map<string, SeenStream>();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'contrail-directories-'));
    const live = join(folder, 'live');
    killed = join(folder, 'killed');
    cleanly = join(folder, 'cleanly');
    const reference = await Server.start(live);
    for (const config of CONFIGS) await reference.ask(`STREAM.CREATE.${config.name}`, { storage: 'file', ...config });
    await play(new ReferencePlayer(reference));
    await makeConsumers(reference);
    for (const { name } of CONFIGS) seen.set(name, await reference.see(name));
    // As after kill -9: its writes are in the files, its state file is not.
    cpSync(live, killed, { recursive: true });
    cpSync(live, join(folder, 'judged'), { recursive: true });
    await reference.stop('SIGTERM');
    cpSync(live, cleanly, { recursive: true });
    const judge = await Server.start(join(folder, 'judged'));
    for (const { name } of CONFIGS) seenAfterKill.set(name, await judge.see(name));
    await judge.stop('SIGTERM');
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const config of CONFIGS) {
    for (const how of ['an orderly stop', 'kill -9'] as const) {
      test(`${config.name} opens after ${how} as the reference showed it`, async () => {
        const store = await openOurs(how === 'kill -9' ? killed : cleanly, config);
        try {
          const reference = (how === 'kill -9' ? seenAfterKill : seen).get(config.name);
          assert.ok(reference !== undefined);
          assertSame(await seeOurs(store), reference, config.name);
          assert.equal(store.state.lost, null);
        } finally {
          await store.close();
        }
      });
    }
  }

  test('streams and consumers are found with configurations that carry their names', async () => {
    const tree = new StoreDirectory(new NodeDisk(), join(cleanly, 'jetstream'), true);
    const { streams, problems } = await tree.streams('$G');
    assert.deepEqual(problems, []);
    assert.deepEqual(streams.map(({ name }) => name).sort(), CONFIGS.map(({ name }) => name).sort());
    const plain = streams.find(({ name }) => name === 'PLAIN');
    assert.equal(JSON.parse(Buffer.from(plain?.meta ?? []).toString()).name, 'PLAIN');
    assert.deepEqual(
      plain?.consumers.map(({ name }) => name),
      ['pulled'],
    );
  });

  test('the state of a consumer is what the reference showed of it', async () => {
    const tree = new StoreDirectory(new NodeDisk(), join(cleanly, 'jetstream'), true);
    const directory = tree.consumerDirectory('$G', 'PLAIN', 'pulled');
    const parts = { disk: new NodeDisk(), clock: new NodeClock(), log: SILENT_LOGGER, sync: true };
    const store = await openConsumerStore(parts, directory);
    const state = store.recovered;
    assert.ok(state !== null);
    // Twelve were delivered; 2 of them acknowledged, one of the others twice given back.
    assert.equal(state.deliveredConsumer, 14);
    assert.equal(state.pending.length, 10);
    assert.equal(state.redelivered.size, 1);
    assert.deepEqual([...state.redelivered.values()], [2]);
    await store.close();
  });

  test('what this store does to such a directory is seen by the reference', async () => {
    const config = CONFIGS[0] as StreamConfigJson;
    const store = await openOurs(cleanly, config);
    const player = new StorePlayer(new Map([['PLAIN', store]]));
    for (let i = 0; i < 30; i++) await player.publish('plain.ours', `ours ${i}`);
    await player.remove('PLAIN', 62, true);
    await player.purge('PLAIN', { filter: 'plain.5' });
    const ours = await seeOurs(store);
    await store.close();
    const reference = await Server.start(cleanly);
    const theirs = await reference.see('PLAIN');
    await reference.stop('SIGTERM');
    assertSame(ours, theirs, 'PLAIN');
  });
});

async function makeConsumers(reference: Server): Promise<void> {
  await reference.ask('CONSUMER.DURABLE.CREATE.PLAIN.pulled', {
    stream_name: 'PLAIN',
    config: { durable_name: 'pulled', ack_policy: 'explicit', deliver_policy: 'all', ack_wait: 60_000_000_000 },
  });
  const { connection } = reference;
  const given: { reply: string }[] = [];
  const inbox = 'test.inbox';
  const subscription = connection.subscribe(inbox, {
    callback: (_, message) => {
      given.push({ reply: message.reply ?? '' });
    },
  });
  const pull = async (batch: number): Promise<void> => {
    const wanted = given.length + batch;
    connection.publish('$JS.API.CONSUMER.MSG.NEXT.PLAIN.pulled', JSON.stringify({ batch }), { reply: inbox });
    while (given.length < wanted) await connection.flush();
  };
  await pull(12);
  for (const at of [0, 1]) await connection.request(given[at]?.reply ?? '', '+ACK');
  for (let again = 0; again < 2; again++) {
    await connection.request(given.at(-1)?.reply ?? '', '-NAK');
    await pull(1);
  }
  subscription.unsubscribe();
  // Its state is written ten times a second.
  await reference.ask('CONSUMER.INFO.PLAIN.pulled', null);
}

describe('directories that this store wrote', () => {
  for (const how of ['closed', 'left open'] as const) {
    test(`every stream opens in the reference as it was here, ${how}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'contrail-directories-'));
      try {
        const ours = await writeOurs(folder, how === 'closed');
        const reference = await Server.start(folder);
        try {
          for (const { name } of CONFIGS) assertSame(ours.get(name) as SeenStream, await reference.see(name), name);
          // It has nothing to say about what it found, least of all about the state files.
          if (how === 'closed') assert.doesNotMatch(reference.log, /\[(?:WRN|ERR)\]/);
        } finally {
          await reference.stop('SIGTERM');
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});

/** A stream that stores under other subjects than it takes, and publishes again what it has stored. */
const RENAMING = {
  name: 'RENAMING',
  subjects: ['in.*'],
  storage: 'file',
  subject_transform: { src: 'in.*', dest: 'kept.{{wildcard(1)}}.{{partition(7,1)}}' },
  republish: { src: 'kept.>', dest: 'out.>', headers_only: true },
};

for (const [first, second] of [
  [referenceSide(), contrailSide()],
  [contrailSide(), referenceSide()],
] as const) {
  test(`a stream with subject_transform and republish goes on with both from ${first.name} to ${second.name}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'contrail-directories-'));
    try {
      const writer = await Server.start(folder, first);
      await writer.ask('STREAM.CREATE.RENAMING', RENAMING);
      const made = (await writer.ask('STREAM.INFO.RENAMING', null))['config'];
      await writer.publish('in.a', 'one');
      await writer.stop('SIGTERM');

      const reader = await Server.start(folder, second);
      const heard: string[] = [];
      reader.connection.subscribe('out.>', {
        callback: (_, { subject, headers: own }) => {
          heard.push(`${subject} ${own?.get('Nats-Sequence')} ${own?.get('Nats-Last-Sequence')}`);
        },
      });
      await reader.publish('in.a', 'two');
      await reader.connection.flush();
      const found = (await reader.ask('STREAM.INFO.RENAMING', null))['config'];
      const { messages } = await reader.see('RENAMING');
      await reader.stop('SIGTERM');
      assert.deepEqual(found, made);
      const subject = messages[0]?.subject ?? '';
      assert.match(subject, /^kept\.a\.[0-6]$/);
      assert.deepEqual(
        messages.map((message) => [message.subject, message.payload]),
        [
          [subject, 'one'],
          [subject, 'two'],
        ],
      );
      assert.deepEqual(heard, [`${subject.replace('kept', 'out')} 2 1`]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

async function writeOurs(folder: string, isClosed: boolean): Promise<Map<string, SeenStream>> {
  // The configurations are the reference's own: here it is about messages.
  const reference = await Server.start(folder);
  for (const config of CONFIGS) await reference.ask(`STREAM.CREATE.${config.name}`, { storage: 'file', ...config });
  await reference.stop('SIGTERM');
  const stores = new Map<string, FileStreamStore>();
  for (const config of CONFIGS) {
    const store = await openOurs(folder, config);
    stores.set(config.name, store);
  }
  await play(new StorePlayer(stores));
  const seen = new Map<string, SeenStream>();
  for (const [name, store] of stores) {
    await store.flush();
    seen.set(name, await seeOurs(store));
    if (isClosed) await store.close();
  }
  return seen;
}
