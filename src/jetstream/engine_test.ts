import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiError } from './api/api_error.ts';
import { JetStreamEngine } from './engine.ts';
import { type Arrival, TESTING_LIMITS, TestingBus, TestingClock, TestingStores, testingParts } from './testing_bus.ts';

interface World {
  readonly bus: TestingBus;
  readonly clock: TestingClock;
  readonly stores: TestingStores;
  readonly engine: JetStreamEngine;
  api(endpoint: string, body?: unknown): Promise<Record<string, unknown>>;
}

async function makeWorld(overrides: Partial<ReturnType<typeof testingParts>> = {}): Promise<World> {
  const clock = new TestingClock();
  const stores = new TestingStores(clock);
  const engine = new JetStreamEngine({ ...testingParts(clock, stores), ...overrides });
  const bus = new TestingBus();
  await engine.enable(bus);
  const api = async (endpoint: string, body: unknown = '') => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const { payload } = await bus.ask(`$JS.API.${endpoint}`, text);
    return JSON.parse(payload) as Record<string, unknown>;
  };
  return { bus, clock, stores, engine, api };
}

const S = { name: 'S', subjects: ['a.*'], storage: 'memory' };

function errorOf(answer: Record<string, unknown>): unknown {
  return answer['error'];
}

test('a stream takes messages on its subjects from the moment it is created', async () => {
  const { api, bus } = await makeWorld();
  assert.equal((await api('STREAM.CREATE.S', S))['did_create'], true);
  assert.equal((await bus.ask('a.1', 'x')).payload, '{"stream":"S","seq":1}');
  assert.equal((await bus.ask('a.2', 'y')).payload, '{"stream":"S","seq":2}');
});

test('a stream listens on the subjects of its updated configuration only', async () => {
  const { api, bus } = await makeWorld();
  await api('STREAM.CREATE.S', S);
  await api('STREAM.UPDATE.S', { ...S, subjects: ['b', 'a.*'] });
  assert.ok(bus.hasInterest('b') && bus.hasInterest('a.1'));
  await api('STREAM.UPDATE.S', { ...S, subjects: ['b'] });
  assert.ok(bus.hasInterest('b') && !bus.hasInterest('a.1'));
});

test('a deleted stream leaves no subscription behind', async () => {
  const { api, bus } = await makeWorld();
  const before = bus.subjects().length;
  await api('STREAM.CREATE.S', { ...S, allow_direct: true });
  await api('CONSUMER.CREATE.S.C', { stream_name: 'S', config: { ack_policy: 'explicit' } });
  await api('STREAM.DELETE.S');
  const ackSubjects = 2;
  assert.equal(bus.subjects().length, before + ackSubjects);
});

test('requests that change the same account run one after the other', async () => {
  const { api } = await makeWorld();
  const answers = await Promise.all([
    api('STREAM.CREATE.S', S),
    api('STREAM.CREATE.S', { ...S, max_msgs: 5 }),
    api('STREAM.DELETE.S'),
    api('STREAM.CREATE.S', { ...S, max_msgs: 5 }),
  ]);
  assert.equal(errorOf(answers[0] ?? {}), undefined);
  assert.deepEqual(errorOf(answers[1] ?? {}), apiError('JSStreamNameExistErr'));
  assert.equal(answers[2]?.['success'], true);
  assert.equal(answers[3]?.['did_create'], true);
});

test('a stream whose sequences come to an end refuses messages, and goes on in everything else', async () => {
  const last = 2 ** 53 - 2 ** 20;
  const { api, bus } = await makeWorld();
  await api('STREAM.CREATE.S', S);
  assert.deepEqual(
    errorOf(await api('STREAM.PURGE.S', `{"seq":${last + 1}}`)),
    apiError('JSStreamPurgeFailedF', { err: `sequences above ${last} are not supported` }),
  );
  for (const huge of ['9007199254740993', '18446744073709551615']) {
    assert.notEqual(errorOf(await api('STREAM.PURGE.S', `{"seq":${huge}}`)), undefined);
    assert.equal((await api('STREAM.PURGE.S', `{"seq":${huge},"filter":"a.1"}`))['success'], true);
  }
  assert.equal((await bus.ask('a.1', 'x')).payload, '{"stream":"S","seq":1}');
  assert.equal((await api('STREAM.PURGE.S', `{"seq":${last}}`))['purged'], 1);
  assert.equal((await bus.ask('a.1', 'x')).payload, `{"stream":"S","seq":${last}}`);
  const { payload } = await bus.ask('a.1', 'y');
  assert.deepEqual(errorOf(JSON.parse(payload)), apiError('JSStreamStoreFailedF', { err: 'no sequences are left' }));
  assert.equal((await api('STREAM.MSG.GET.S', `{"seq":${last}}`))['error'], undefined);
  assert.deepEqual(
    errorOf(await api('STREAM.CREATE.T', { ...S, name: 'T', subjects: ['t'], first_seq: last + 1 })),
    apiError('JSStreamInvalidConfigF', {
      err: `first_seq above ${last} is not supported by this version of Contrail yet`,
    }),
  );
});

test('a store that cannot be made is answered, and leaves nothing behind', async () => {
  const { api, stores } = await makeWorld();
  stores.failure = new Error('disk on fire');
  const refused = await api('STREAM.CREATE.S', S);
  assert.deepEqual(errorOf(refused), apiError('JSStreamCreateErrF', { err: 'error creating store for stream' }));
  assert.equal((await api('STREAM.CREATE.S', S))['did_create'], true);
});

test('what a stream reserves counts against the server at once', async () => {
  const { api } = await makeWorld({ limits: { ...TESTING_LIMITS, memoryBytesMax: 1000 } });
  assert.equal(errorOf(await api('STREAM.CREATE.S', { ...S, max_bytes: 600 })), undefined);
  const second = await api('STREAM.CREATE.T', { name: 'T', storage: 'memory', max_bytes: 600 });
  assert.deepEqual(errorOf(second), apiError('JSMemoryResourcesExceededErr'));
  const bigger = await api('STREAM.UPDATE.S', { ...S, max_bytes: 900 });
  assert.equal(errorOf(bigger), undefined);
  const tooBig = await api('STREAM.UPDATE.S', { ...S, max_bytes: 1100 });
  assert.deepEqual(errorOf(tooBig), apiError('JSMemoryResourcesExceededErr'));
});

test('messages beyond what the server may keep are refused until there is room', async () => {
  const { api, bus } = await makeWorld({ limits: { ...TESTING_LIMITS, memoryBytesMax: 50 } });
  await api('STREAM.CREATE.S', S);
  assert.match((await bus.ask('a.1', 'x'.repeat(10))).payload, /"seq":1/);
  assert.match((await bus.ask('a.1', 'x'.repeat(10))).payload, /"seq":2/);
  assert.match((await bus.ask('a.1', 'x'.repeat(10))).payload, /"err_code":10023/);
  await api('STREAM.PURGE.S');
  assert.match((await bus.ask('a.1', 'x'.repeat(10))).payload, /"seq":3/);
});

test('a stream that may have all that the server keeps discards its oldest messages and goes on', async () => {
  const { api, bus } = await makeWorld({ limits: { ...TESTING_LIMITS, memoryBytesMax: 100 } });
  await api('STREAM.CREATE.S', { ...S, max_bytes: 100 });
  for (let i = 1; i <= 20; i++) {
    assert.match((await bus.ask('a.1', 'x'.repeat(10))).payload, new RegExp(`"seq":${i}\\b`));
  }
});

test('what an account had is there again after a restart, with its consumers', async () => {
  const first = await makeWorld();
  await first.api('STREAM.CREATE.S', { ...S, allow_direct: true });
  await first.bus.ask('a.1', 'x');
  await first.api('CONSUMER.CREATE.S.C', { stream_name: 'S', config: { durable_name: 'C', ack_policy: 'explicit' } });
  const engine = new JetStreamEngine(testingParts(first.clock, first.stores));
  const bus = new TestingBus();
  await engine.enable(bus);
  const names = JSON.parse((await bus.ask('$JS.API.CONSUMER.NAMES.S', '')).payload);
  assert.deepEqual(names.consumers, ['C']);
  assert.equal((await bus.ask('a.1', 'x')).payload, '{"stream":"S","seq":2}');
  assert.match((await bus.ask('$JS.API.DIRECT.GET.S.a.1', '')).header, /Nats-Sequence: 2/);
});

test('a recovered stream that needs what this version cannot do stays offline, by name', async () => {
  const first = await makeWorld();
  await first.api('STREAM.CREATE.S', S);
  const [stream] = await first.stores.recover('A');
  assert.ok(stream !== undefined);
  await stream.storage.saveConfig({ ...stream.config, allow_msg_counter: true });
  const engine = new JetStreamEngine(testingParts(first.clock, first.stores));
  const bus = new TestingBus();
  await engine.enable(bus);
  const reason = 'allow_msg_counter is not supported by this version of Contrail yet';
  const info = JSON.parse((await bus.ask('$JS.API.STREAM.INFO.S', '')).payload);
  assert.deepEqual(info.error, apiError('JSStreamOfflineReasonErrF', { err: reason }));
  const list = JSON.parse((await bus.ask('$JS.API.STREAM.LIST', '')).payload);
  assert.deepEqual([list.total, list.streams, list.missing, list.offline], [1, [], ['S'], { S: reason }]);
  assert.ok(!bus.hasInterest('a.1'));
  assert.deepEqual([...engine.faults().keys()], ['A > S']);
});

test('close() ends subscriptions and tells who waits', async () => {
  const { api, bus, engine } = await makeWorld();
  await api('STREAM.CREATE.S', { ...S, allow_direct: true });
  await api('CONSUMER.CREATE.S.C', { stream_name: 'S', config: { ack_policy: 'explicit' } });
  const waiting = bus.collect('waiting');
  bus.send('$JS.API.CONSUMER.MSG.NEXT.S.C', '{"batch":1,"expires":60000000000}', 'waiting');
  await engine.close();
  assert.match(waiting[0]?.header ?? '', /409 Server Shutdown/);
  assert.deepEqual(bus.subjects(), ['waiting']);
});

test('totals count what all accounts have', async () => {
  const { api, bus, engine } = await makeWorld();
  await api('STREAM.CREATE.S', { ...S, max_bytes: 500 });
  await api('CONSUMER.CREATE.S.C', { stream_name: 'S', config: { durable_name: 'C' } });
  await bus.ask('a.1', 'x');
  await api('STREAM.INFO.X');
  const { streams, consumers, messages, apiTotal, apiErrors, apiInflight, reserved } = engine.totals();
  assert.deepEqual(
    { streams, consumers, messages, apiTotal, apiErrors, apiInflight, reserved },
    {
      streams: 1,
      consumers: 1,
      messages: 1,
      apiTotal: 3,
      apiErrors: 1,
      apiInflight: 0,
      reserved: { memory: 500, file: 0 },
    },
  );
});

async function published(world: World, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await world.bus.ask(`a.${i % 2}`, `m${i}`);
}

async function messagesLeft(world: World): Promise<unknown> {
  const { state } = await world.api('STREAM.INFO.S');
  return (state as { messages: number }).messages;
}

/** Fetches everything there is and acknowledges it. */
async function consume(world: World, consumer: string): Promise<readonly Arrival[]> {
  const inbox = world.bus.newInbox();
  const arrivals = world.bus.collect(inbox);
  world.bus.send(`$JS.API.CONSUMER.MSG.NEXT.S.${consumer}`, '{"batch":100,"no_wait":true}', inbox);
  const messages = arrivals.filter(({ reply }) => reply !== '');
  for (const { reply } of messages) world.bus.send(reply, '');
  return messages;
}

test('a work queue lets a message go when its consumer acknowledged it', async () => {
  const world = await makeWorld();
  await world.api('STREAM.CREATE.S', { ...S, retention: 'workqueue' });
  await world.api('CONSUMER.CREATE.S.C', {
    stream_name: 'S',
    config: { durable_name: 'C', ack_policy: 'explicit', filter_subject: 'a.0' },
  });
  await published(world, 4);
  assert.equal((await consume(world, 'C')).length, 2);
  assert.equal(await messagesLeft(world), 2);
});

test('kept by interest, a message goes when all interested consumers acknowledged it', async () => {
  const world = await makeWorld();
  await world.api('STREAM.CREATE.S', { ...S, retention: 'interest' });
  for (const name of ['C', 'D']) {
    await world.api(`CONSUMER.CREATE.S.${name}`, {
      stream_name: 'S',
      config: { durable_name: name, ack_policy: 'explicit' },
    });
  }
  await published(world, 3);
  assert.equal((await consume(world, 'C')).length, 3);
  assert.equal(await messagesLeft(world), 3);
  assert.equal((await consume(world, 'D')).length, 3);
  assert.equal(await messagesLeft(world), 0);
});

test('kept by interest, messages go with the last consumer that needed them', async () => {
  const world = await makeWorld();
  await world.api('STREAM.CREATE.S', { ...S, retention: 'interest' });
  for (const name of ['C', 'D']) {
    await world.api(`CONSUMER.CREATE.S.${name}`, {
      stream_name: 'S',
      config: { durable_name: name, ack_policy: 'explicit' },
    });
  }
  await published(world, 3);
  await consume(world, 'C');
  await world.api('CONSUMER.DELETE.S.D');
  assert.equal(await messagesLeft(world), 0);
  await published(world, 2);
  await world.api('CONSUMER.DELETE.S.C');
  assert.equal(await messagesLeft(world), 0);
});

test('a stream that becomes one kept by interest drops what nobody needs', async () => {
  const world = await makeWorld();
  await world.api('STREAM.CREATE.S', S);
  await published(world, 4);
  await world.api('CONSUMER.CREATE.S.C', {
    stream_name: 'S',
    config: { durable_name: 'C', ack_policy: 'explicit', filter_subject: 'a.0' },
  });
  await world.api('STREAM.UPDATE.S', { ...S, retention: 'interest' });
  assert.equal(await messagesLeft(world), 2);
});

test('an ephemeral consumer that nobody uses goes by itself', async () => {
  const { api, clock, bus } = await makeWorld();
  await api('STREAM.CREATE.S', S);
  const events = bus.collect('$JS.EVENT.ADVISORY.CONSUMER.>');
  await api('CONSUMER.CREATE.S.C', { stream_name: 'S', config: { inactive_threshold: 1_000_000_000 } });
  clock.advance(5000);
  assert.deepEqual((await api('CONSUMER.NAMES.S'))['consumers'], []);
  assert.deepEqual(
    events.map(({ subject }) => subject),
    ['$JS.EVENT.ADVISORY.CONSUMER.CREATED.S.C', '$JS.EVENT.ADVISORY.CONSUMER.DELETED.S.C'],
  );
});

test('what the API was asked is counted on when an account has no JetStream any more', async () => {
  const { api, engine } = await makeWorld();
  await api('STREAM.CREATE.S', S);
  await api('STREAM.INFO.none');
  await engine.disable('A');
  const { accounts, apiTotal, apiErrors } = engine.totals();
  assert.deepEqual({ accounts, apiTotal, apiErrors }, { accounts: 0, apiTotal: 2, apiErrors: 1 });
});

test('the burst of a rate limit is the largest message of the stream, else of the account, else of the server', async () => {
  const { api, bus, engine } = await makeWorld({ payloadBytesMax: 150 });
  const account = engine.account('A');
  assert.ok(account !== undefined);
  const burst = async (name: string, max_msg_size: number) => {
    await api(`STREAM.CREATE.${name}`, { ...S, name, subjects: [`${name}.*`], max_msg_size });
    for (let i = 0; i < 5; i++) await bus.ask(`${name}.1`, 'x'.repeat(90));
    const inbox = bus.collect(`to.${name}`);
    const config = { name, deliver_subject: `to.${name}`, deliver_policy: 'all', rate_limit_bps: 8000 };
    await api(`CONSUMER.CREATE.${name}.${name}`, { stream_name: name, config });
    return inbox.length;
  };
  assert.equal(await burst('a', -1), 1);
  account.payloadBytesMax = 1000;
  assert.equal(await burst('b', -1), 5);
  assert.equal(await burst('c', 150), 1);
  account.payloadBytesMax = 0;
  assert.equal(await burst('d', -1), 1);
});

test('reconfigure() changes the burst of consumers that are made or get another rate afterwards', async () => {
  const { api, bus, clock, engine } = await makeWorld();
  await api('STREAM.CREATE.S', S);
  for (let i = 0; i < 5; i++) await bus.ask('a.1', 'x'.repeat(90));
  const paced = async (name: string, rate: number) => {
    const config = { name, deliver_subject: name, deliver_policy: 'all', rate_limit_bps: rate };
    assert.equal(errorOf(await api(`CONSUMER.CREATE.S.${name}`, { stream_name: 'S', config })), undefined);
  };
  const old = bus.collect('old');
  await paced('old', 8000);
  assert.equal(old.length, 5);
  engine.reconfigure(TESTING_LIMITS, 150);
  const made = bus.collect('made');
  await paced('made', 8000);
  assert.equal(made.length, 1);
  await paced('old', 8001);
  for (let i = 0; i < 3; i++) await bus.ask('a.1', 'x'.repeat(90));
  clock.advance(0);
  assert.equal(old.length, 6);
});
