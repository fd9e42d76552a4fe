// Backups and restores as a client sees them: an engine on a bus in memory, a clock that moves when told. Against
// nats-server: test/compat/snapshot_test.ts; on a disk that fails: src/sim/restore_crash_test.ts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ByteWriter } from '../../base/byte_writer.ts';
import { snappyFramed } from '../../base/snappy.ts';
import type { BusSubscription } from '../../ports/bus.ts';
import { apiError } from '../api/api_error.ts';
import { JetStreamEngine } from '../engine.ts';
import type { AccountLimits } from '../limits.ts';
import { ACCOUNT_UNLIMITED } from '../limits.ts';
import { type Arrival, TestingBus, TestingClock, TestingStores, testingParts } from '../testing_bus.ts';
import { ARCHIVE_MAGIC, writeDocument, writeEnd, writeEntryHead } from './archive_writer.ts';

const FIXTURE = new URL('../../../../test/fixtures/backup_2.15.2/', import.meta.url);
const S = { name: 'S', subjects: ['s.>'], storage: 'memory' };

type Answer = Record<string, unknown>;

class World {
  readonly bus = new TestingBus();
  readonly clock = new TestingClock();
  readonly engine: JetStreamEngine;
  readonly advisories: Arrival[];
  /** Chunks and the end of the backup that is under way. */
  readonly chunks: { readonly header: string; readonly bytes: Uint8Array; readonly reply: string }[] = [];
  acknowledges = true;
  #inbox: BusSubscription | null = null;

  private constructor() {
    this.engine = new JetStreamEngine(testingParts(this.clock, new TestingStores(this.clock)));
    this.advisories = this.bus.collect('$JS.EVENT.ADVISORY.STREAM.>');
  }

  static async make(limits: AccountLimits = ACCOUNT_UNLIMITED): Promise<World> {
    const world = new World();
    await world.engine.enable(world.bus, { limits, payloadBytesMax: -1 });
    return world;
  }

  async api(endpoint: string, body: unknown = ''): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return JSON.parse((await this.bus.ask(`$JS.API.${endpoint}`, text)).payload);
  }

  listen(): void {
    this.#inbox = this.bus.subscribe(
      'chunks',
      null,
      ({ body, headerStart, payloadStart, payloadEnd, reply, replyEnd }) => {
        const header = Buffer.from(body.subarray(headerStart, payloadStart)).toString();
        const to = Buffer.from(reply.subarray(0, replyEnd)).toString();
        this.chunks.push({ header, bytes: body.slice(payloadStart, payloadEnd), reply: to });
        if (to !== '' && this.acknowledges) this.bus.send(to, '');
      },
    );
  }

  leave(): void {
    this.#inbox?.close();
  }

  /** Lets turns pass, and with them some time. */
  async pass(ms = 0): Promise<void> {
    for (const step of [0, ms]) {
      this.clock.advance(step);
      for (let i = 0; i < 1000; i++) {
        this.clock.advance(0);
        await Promise.resolve();
      }
    }
  }

  async backup(options: object = {}): Promise<Uint8Array> {
    this.listen();
    const answer = await this.api('STREAM.SNAPSHOT.S', { deliver_subject: 'chunks', ...options });
    assert.equal(answer['error'], undefined);
    await this.pass();
    this.leave();
    return Buffer.concat(this.chunks.map(({ bytes }) => bytes));
  }

  /** The answer to the end, or to the chunk that was refused. */
  async restore(archive: Uint8Array, config: object = S, chunkBytes = 1000): Promise<Answer> {
    const begun = await this.api(`STREAM.RESTORE.${(config as { name: string }).name}`, { config, state: {} });
    const subject = begun['deliver_subject'];
    if (typeof subject !== 'string' || subject === '') return begun;
    for (let at = 0; at < archive.length; at += chunkBytes) {
      const answer = await this.chunk(subject, archive.subarray(at, at + chunkBytes));
      if (answer !== '') return JSON.parse(answer);
    }
    return JSON.parse(await this.chunk(subject, new Uint8Array(0)));
  }

  async chunk(subject: string, bytes: Uint8Array): Promise<string> {
    const answer = this.bus.ask(subject, bytes);
    await this.pass();
    return (await answer).payload;
  }

  streams(): readonly string[] {
    return [...(this.engine.account(this.bus.account)?.configs().keys() ?? [])];
  }

  told(): readonly string[] {
    return this.advisories.map(({ subject }) => subject.slice('$JS.EVENT.ADVISORY.STREAM.'.length));
  }
}

/** With `messages` on s.a, the third deleted, and a consumer that has acknowledged one of three. */
async function withStream(messages: number, noiseBytes = 0): Promise<World> {
  const world = await World.make();
  await world.api('STREAM.CREATE.S', S);
  for (let i = 0; i < messages; i++)
    await world.bus.ask('s.a', `${noise(noiseBytes, i)}${i}`, 'NATS/1.0\r\nA: b\r\n\r\n');
  await world.api('STREAM.MSG.DELETE.S', { seq: 3 });
  return world;
}

/** What cannot be packed well. */
function noise(length: number, seed: number): string {
  const bytes = Uint8Array.from({ length }, (_, i) => 0x21 + ((Math.imul(i + seed * 977 + 1, 0x9e3779b1) >>> 20) % 90));
  return Buffer.from(bytes).toString();
}

async function stored(world: World): Promise<readonly unknown[]> {
  const info = await world.api('STREAM.INFO.S', { deleted_details: true });
  const messages: unknown[] = [];
  const { last_seq: last } = info['state'] as { last_seq: number };
  for (let seq = 1; seq <= last; seq++) messages.push(await world.api('STREAM.MSG.GET.S', { seq }));
  return [info['state'], messages];
}

/** When it was last active a consumer does not know after a restart either. */
function withoutTimes(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner) => (key === 'last_active' ? undefined : inner)));
}

function errorOf(answer: Answer): unknown {
  return answer['error'];
}

function refusal(err: string): unknown {
  return apiError('JSStreamRestoreErrF', { err });
}

interface Parts {
  readonly state?: object | string;
  readonly consumers?: readonly (readonly [name: string, value: unknown])[];
  readonly messages?: readonly (readonly [sequence: number, subject: string, body?: string, headerBytes?: number])[];
  readonly hasEnd?: boolean;
}

function archiveOf({ state = {}, consumers = [], messages = [], hasEnd = true }: Parts): Uint8Array {
  const to = new ByteWriter();
  to.text(ARCHIVE_MAGIC);
  const last = messages.at(-1)?.[0] ?? 0;
  const usual = { messages: messages.length, bytes: 0, first_seq: last === 0 ? 0 : 1, last_seq: last };
  const text =
    typeof state === 'string' ? state : JSON.stringify({ ...usual, consumer_count: consumers.length, ...state });
  writeDocument(to, 'state.json', 1n, text);
  for (const [name, value] of consumers) writeDocument(to, `consumers/${name}`, 1n, JSON.stringify(value));
  for (const [sequence, subject, body = 'x', headerBytes = 0] of messages) {
    const payloadBytes = Buffer.byteLength(body) - headerBytes;
    writeEntryHead(to, { name: Buffer.from(subject), timeNs: 1_700_000_000n, sequence, headerBytes, payloadBytes });
    to.text(body);
  }
  if (hasEnd) writeEnd(to);
  return snappyFramed(to.written());
}

const PAIR = { consumer_seq: 0, stream_seq: 0 };
const CONSUMER = {
  config: { durable_name: 'C', name: 'C', ack_policy: 'explicit', deliver_policy: 'all', replay_policy: 'instant' },
  state: { delivered: PAIR, ack_floor: PAIR },
};

// --- there and back --------------------------------------------------------------------------------------------------

test('a stream that is restored has the messages, sequences and gaps that it had', async () => {
  const world = await withStream(40);
  const before = await stored(world);
  const archive = await world.backup();
  await world.api('STREAM.DELETE.S');
  const answer = await world.restore(archive);
  assert.equal(answer['type'], 'io.nats.jetstream.api.v1.stream_create_response');
  assert.equal(answer['did_create'], undefined);
  assert.deepEqual(await stored(world), before);
  assert.equal((await world.bus.ask('s.a', 'next')).payload, '{"stream":"S","seq":41}');
});

test('a consumer comes back with what it had delivered and what it waits for', async () => {
  const world = await withStream(10);
  const config = { ack_policy: 'explicit', durable_name: 'C', max_deliver: 5 };
  await world.api('CONSUMER.DURABLE.CREATE.S.C', { stream_name: 'S', config });
  const arrivals = world.bus.collect('mine');
  world.bus.send('$JS.API.CONSUMER.MSG.NEXT.S.C', '{"batch":4}', 'mine');
  world.bus.send(arrivals[0]?.reply ?? '', '+ACK');
  const archive = await world.backup();
  const before = await world.api('CONSUMER.INFO.S.C');
  await world.api('STREAM.DELETE.S');
  await world.restore(archive);
  const after = await world.api('CONSUMER.INFO.S.C');
  for (const key of ['config', 'delivered', 'ack_floor', 'num_ack_pending', 'num_pending', 'num_redelivered']) {
    assert.deepEqual(withoutTimes(after[key]), withoutTimes(before[key]), key);
  }
  assert.deepEqual([(after['ack_floor'] as Answer)['stream_seq'], after['num_ack_pending']], [1, 3]);
});

test('a backup without consumers has none', async () => {
  const world = await withStream(3);
  await world.api('CONSUMER.DURABLE.CREATE.S.C', {
    stream_name: 'S',
    config: { durable_name: 'C', ack_policy: 'none' },
  });
  const archive = await world.backup({ no_consumers: true });
  await world.api('STREAM.DELETE.S');
  await world.restore(archive);
  assert.equal((await world.api('CONSUMER.LIST.S'))['total'], 0);
});

test('what is published while a backup is sent is not in it', async () => {
  const world = await withStream(300, 500);
  world.acknowledges = false;
  world.listen();
  await world.api('STREAM.SNAPSHOT.S', { deliver_subject: 'chunks', chunk_size: 1024, window_size: 1024 });
  await world.pass();
  for (let i = 0; i < 5; i++) await world.bus.ask('s.late', 'late');
  world.acknowledges = true;
  world.bus.send(world.chunks.at(-1)?.reply ?? '', '');
  await world.pass();
  world.leave();
  assert.match(world.chunks.at(-1)?.header ?? '', /^NATS\/1.0 204\r\n/);
  await world.api('STREAM.DELETE.S');
  await world.restore(Buffer.concat(world.chunks.map(({ bytes }) => bytes)));
  const { state } = await world.api('STREAM.INFO.S');
  assert.equal((state as Answer)['last_seq'], 300);
});

test('a backup of nats-server 2.15.2 is restored', async () => {
  const world = await World.make();
  const { config } = JSON.parse(readFileSync(new URL('backup.json', FIXTURE), 'utf8'));
  await world.restore(readFileSync(new URL('stream.arc.s2', FIXTURE)), { ...config, storage: 'memory' });
  const { state } = await world.api('STREAM.INFO.EVENTS', { deleted_details: true });
  const { messages, first_seq, last_seq, num_deleted } = state as Answer;
  assert.deepEqual([messages, first_seq, last_seq, num_deleted], [48, 1, 50, 2]);
  const { message } = await world.api('STREAM.MSG.GET.EVENTS', { seq: 16 });
  const { hdrs, time, subject } = message as Record<string, string>;
  assert.deepEqual(
    [Buffer.from(hdrs ?? '', 'base64').toString(), subject],
    ['NATS/1.0\r\nKind: one\r\n\r\n', 'events.a'],
  );
  assert.match(time ?? '', /^2026-11-27T20:22:39\.11\d{7}Z$/);
  const consumer = await world.api('CONSUMER.INFO.EVENTS.C');
  const {
    delivered,
    ack_floor: floor,
    num_ack_pending: pending,
    num_pending: left,
  } = consumer as Record<string, Answer>;
  assert.deepEqual([delivered?.['stream_seq'], floor?.['stream_seq'], pending, left], [7, 5, 2, 41]);
});

test('messages whose own time is over are not restored, their sequences are', async () => {
  const world = await World.make();
  const ttl = 'NATS/1.0\r\nNats-TTL: 5\r\n\r\n';
  const archive = archiveOf({
    messages: [
      [1, 's.a'],
      [2, 's.a', `${ttl}x`, ttl.length],
      [3, 's.a', `${ttl}x`, ttl.length],
    ],
  });
  const answer = await world.restore(archive, { ...S, allow_msg_ttl: true });
  const { messages, last_seq } = answer['state'] as Answer;
  assert.deepEqual([messages, last_seq], [1, 3]);
});

// --- sending ---------------------------------------------------------------------------------------------------------

test('chunks are of the size that was asked for, name themselves in their replies, and an empty one ends them', async () => {
  const world = await withStream(200, 300);
  await world.backup({ chunk_size: 2048 });
  const full = world.chunks.filter(({ reply }) => reply !== '');
  assert.ok(full.length > 1 && full.every(({ bytes }) => bytes.length === 2048));
  const [first] = full;
  assert.match(first?.reply ?? '', /^\$JS\.SNAPSHOT\.ACK\.S\.\w+\.2048\.1$/);
  const [rest, end] = world.chunks.slice(-2);
  assert.ok((rest?.bytes.length ?? 0) < 2048 && rest?.reply === '');
  assert.deepEqual([end?.bytes.length, end?.reply, end?.header], [0, '', 'NATS/1.0 204\r\n\r\n']);
  assert.deepEqual(world.told().slice(-2), ['SNAPSHOT_CREATE.S', 'SNAPSHOT_COMPLETE.S']);
  assert.equal(JSON.parse(world.advisories.at(-1)?.payload ?? '')['error'], undefined);
});

test('a backup without a full chunk ends without a status', async () => {
  const world = await withStream(3);
  await world.backup();
  assert.deepEqual(
    world.chunks.map(({ header }) => header),
    ['', ''],
  );
});

test('only as many chunks as the window holds are sent without acknowledgements, for five seconds', async () => {
  const world = await withStream(300, 500);
  world.acknowledges = false;
  world.listen();
  await world.api('STREAM.SNAPSHOT.S', { deliver_subject: 'chunks', chunk_size: 1024, window_size: 3 * 1024 });
  await world.pass(4900);
  assert.equal(world.chunks.length, 3);
  await world.pass(200);
  assert.deepEqual([world.chunks.length, world.chunks[3]?.header], [4, 'NATS/1.0 408 No Flow Response\r\n\r\n']);
  assert.equal(JSON.parse(world.advisories.at(-1)?.payload ?? '')['error'], 'no flow response');
  assert.ok(!world.bus.subjects().some((subject) => subject.startsWith('$JS.SNAPSHOT')));
});

test('who leaves in the middle ends the backup', async () => {
  const world = await withStream(300, 500);
  world.acknowledges = false;
  world.listen();
  const late = world.bus.collect('chunk*');
  await world.api('STREAM.SNAPSHOT.S', { deliver_subject: 'chunks', chunk_size: 1024, window_size: 1024 });
  await world.pass();
  world.leave();
  await world.pass();
  assert.equal(late.length, 0);
  assert.equal(JSON.parse(world.advisories.at(-1)?.payload ?? '')['error'], 'no interest');
});

test('who listens a little late gets the whole backup', async () => {
  const world = await withStream(3);
  await world.api('STREAM.SNAPSHOT.S', { deliver_subject: 'chunks' });
  await world.pass(1000);
  world.listen();
  await world.pass();
  assert.equal(world.chunks.length, 2);
});

test('the backup of a stream that is deleted ends with the reason', async () => {
  const world = await withStream(300, 500);
  world.acknowledges = false;
  world.listen();
  await world.api('STREAM.SNAPSHOT.S', { deliver_subject: 'chunks', chunk_size: 1024, window_size: 1024 });
  await world.pass();
  await world.api('STREAM.DELETE.S');
  await world.pass();
  assert.equal(world.chunks.at(-1)?.header, 'NATS/1.0 500 stream closed\r\n\r\n');
});

// --- taking ----------------------------------------------------------------------------------------------------------

test('a backup that is not whole or says what cannot be is refused, and leaves nothing', async () => {
  const good = { messages: [[1, 's.a']] } as const;
  const header = 'NATS/1.0\r\n\r\n';
  const cases: readonly (readonly [archive: Uint8Array, err: string])[] = [
    [archiveOf({ ...good, hasEnd: false }), 'backup was truncated'],
    [archiveOf(good).subarray(0, -4), 'backup was truncated'],
    [Buffer.from('no archive at all'), 's2: corrupt input'],
    [snappyFramed(Buffer.from('NATSARC1')), 'backup was truncated'],
    [archiveOf({ state: '{' }), 'error in state.json: unexpected end of JSON input'],
    [archiveOf({ state: { consumer_count: -1 } }), 'invalid stream state: negative consumer count'],
    [
      archiveOf({ state: { first_seq: 9, last_seq: 3 } }),
      'invalid stream state: inconsistent message count or sequence range',
    ],
    [
      archiveOf({ state: { first_seq: 1, last_seq: 3, messages: 4 } }),
      'invalid stream state: message count exceeds sequence range',
    ],
    [archiveOf({ state: { last_seq: 2 ** 60, first_seq: 1 } }), 'sequences above 9007199253692416 are not supported'],
    [archiveOf({ ...good, state: { consumer_count: 1 } }), 'expected consumer, found "s.a"'],
    [
      archiveOf({
        messages: [
          [2, 's.a'],
          [1, 's.a'],
        ],
        state: { last_seq: 2 },
      }),
      'message sequence 1 out of order',
    ],
    [
      archiveOf({
        messages: [
          [1, 's.a'],
          [1, 's.a'],
        ],
        state: { last_seq: 2 },
      }),
      'message sequence 1 out of order',
    ],
    [
      archiveOf({
        messages: [
          [1, 's.a', `${header}x`, header.length],
          [2, 's.*'],
        ],
      }),
      'message sequence 2 has no valid subject',
    ],
    [archiveOf({ messages: [[1, '']] }), 'message sequence 1 has no valid subject'],
    [archiveOf({ messages: [[0, 's.a']], state: { messages: 0 } }), 'expected message sequence'],
    [archiveOf({ messages: [[1, 's.a', 'x'.repeat(2 ** 20 + 1)]] }), 'message sequence 1 exceeds maximum payload size'],
  ];
  for (const [archive, err] of cases) {
    const world = await World.make();
    assert.deepEqual(errorOf(await world.restore(archive, S, 1 << 20)), refusal(err));
    assert.deepEqual(world.streams(), []);
    assert.ok(!world.bus.subjects().some((subject) => subject.startsWith('$JS.SNAPSHOT')));
    assert.deepEqual(world.told(), ['RESTORE_CREATE.S', 'RESTORE_COMPLETE.S']);
    assert.equal(errorOf(await world.api('STREAM.CREATE.S', S)), undefined);
  }
});

test('consumers of a backup must be ones that could be made', async () => {
  const of = (name: string, change: object = {}, state: object = CONSUMER.state) =>
    archiveOf({ consumers: [[name, { config: { ...CONSUMER.config, ...change }, state }]] });
  const pending = { '5': { Sequence: 5, Timestamp: 1 } };
  const cases: readonly (readonly [archive: Uint8Array, err: RegExp])[] = [
    [
      of('../../x', { durable_name: '', name: '' }),
      /^failed to add consumer "..\/..\/x": Consumer name can not contain path/,
    ],
    [of('..', { durable_name: '', name: '' }), /^failed to add consumer "..": /],
    [of('', { durable_name: '', name: '' }), /^failed to add consumer "": /],
    [of('D'), /^failed to add consumer "D": Consumer Durable and Name have to be equal/],
    [of('C', { filter_subject: 's.' }), /^failed to add consumer "C": invalid subject/],
    [of('C', {}, { ...CONSUMER.state, pending }), /^failed to set consumer "C" state: it contradicts itself/],
    [archiveOf({ consumers: [['C', { config: CONSUMER.config }]] }), /^consumer "C" is missing state/],
    [archiveOf({ consumers: [['C', { state: CONSUMER.state }]] }), /^consumer "C" is missing config/],
    [
      archiveOf({
        consumers: [
          ['C', CONSUMER],
          ['C', CONSUMER],
        ],
      }),
      /^failed to add consumer "C": consumer already exists/,
    ],
    [archiveOf({ consumers: [['C', 5]] }), /^failed to decode consumer "C" state: /],
  ];
  for (const [archive, err] of cases) {
    const world = await World.make();
    const { description } = errorOf(await world.restore(archive)) as { description: string };
    assert.match(description.replace(/^restore failed: /, ''), err);
    assert.deepEqual(world.streams(), []);
  }
});

test('a restore into a name that is taken, also while it comes, is refused', async () => {
  const world = await World.make();
  const archive = archiveOf({ messages: [[1, 's.a']] });
  const { deliver_subject: subject } = await world.api('STREAM.RESTORE.S', { config: S, state: {} });
  assert.equal(await world.chunk(String(subject), archive), '');
  assert.deepEqual(world.streams(), []);
  await world.api('STREAM.CREATE.S', S);
  const answer = JSON.parse(await world.chunk(String(subject), new Uint8Array(0)));
  assert.deepEqual(errorOf(answer), apiError('JSStreamNameExistRestoreFailedErr'));
  assert.deepEqual(errorOf(await world.restore(archive)), apiError('JSStreamNameExistRestoreFailedErr'));
  assert.deepEqual(errorOf(await world.restore(archive, { ...S, name: 'T' })), apiError('JSStreamSubjectOverlapErr'));
});

test('a restore is of the stream that its subject names, and of no other', async () => {
  const world = await World.make();
  const answer = await world.api('STREAM.RESTORE.S', { config: { ...S, name: 'T' }, state: {} });
  assert.deepEqual(errorOf(answer), apiError('JSStreamMismatchErr'));
  const { name: _name, ...nameless } = S;
  const { deliver_subject: subject } = await world.api('STREAM.RESTORE.S', { config: nameless, state: {} });
  assert.equal(await world.chunk(String(subject), archiveOf({})), '');
  assert.equal(errorOf(JSON.parse(await world.chunk(String(subject), new Uint8Array(0)))), undefined);
  assert.deepEqual(world.streams(), ['S']);
});

test('a restore that gets no more for five seconds is given up in silence', async () => {
  const world = await World.make();
  const { deliver_subject: subject } = await world.api('STREAM.RESTORE.S', { config: S, state: {} });
  await world.chunk(String(subject), archiveOf({ messages: [[1, 's.a']], hasEnd: false }));
  await world.pass(4900);
  assert.ok(world.bus.hasInterest(String(subject)));
  await world.pass(200);
  assert.ok(!world.bus.hasInterest(String(subject)));
  assert.deepEqual(world.told(), ['RESTORE_CREATE.S']);
});

test('a chunk without a reply ends the restore', async () => {
  const world = await World.make();
  const { deliver_subject: subject } = await world.api('STREAM.RESTORE.S', { config: S, state: {} });
  world.bus.send(String(subject), 'x');
  await world.pass();
  assert.ok(!world.bus.hasInterest(String(subject)));
  assert.deepEqual(world.told(), ['RESTORE_CREATE.S', 'RESTORE_COMPLETE.S']);
});

test('a server that stops gives up what is under way', async () => {
  const world = await withStream(300, 500);
  world.acknowledges = false;
  world.listen();
  await world.api('STREAM.SNAPSHOT.S', { deliver_subject: 'chunks', chunk_size: 1024, window_size: 1024 });
  const { deliver_subject: subject } = await world.api('STREAM.RESTORE.T', {
    config: { name: 'T', storage: 'memory' },
    state: {},
  });
  await world.pass();
  const closed = world.engine.close();
  await world.pass();
  await closed;
  assert.equal(world.chunks.at(-1)?.header, 'NATS/1.0 500 server shutting down\r\n\r\n');
  assert.ok(!world.bus.hasInterest(String(subject)));
});

test('a backup that is larger than the account may have is refused before it is stored', async () => {
  const world = await World.make({ ...ACCOUNT_UNLIMITED, max_memory: 1000 });
  const full = apiError('JSMemoryResourcesExceededErr');
  const messages = [
    [1, 's.a', 'x'.repeat(900)],
    [2, 's.a', 'x'.repeat(900)],
  ] as const;
  assert.deepEqual(errorOf(await world.restore(archiveOf({ messages, state: { bytes: 2000 } }))), full);
  assert.deepEqual(errorOf(await world.restore(archiveOf({ messages }))), full);
  assert.deepEqual(world.streams(), []);
});
