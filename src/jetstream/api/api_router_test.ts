import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JetStreamEngine } from '../engine.ts';
import { TestingBus, TestingClock, TestingStores, testingParts } from '../testing_bus.ts';

async function makeBus(): Promise<TestingBus> {
  const clock = new TestingClock();
  const bus = new TestingBus();
  await new JetStreamEngine(testingParts(clock, new TestingStores(clock))).enable(bus);
  return bus;
}

test('an unknown endpoint is a bad request', async () => {
  const bus = await makeBus();
  for (const endpoint of ['NOPE', 'STREAM.NOPE', 'STREAM.CREATE', 'STREAM.INFO.A.B', 'META.LEADER.STEPDOWN']) {
    const { payload } = await bus.ask(`$JS.API.${endpoint}`, '');
    assert.equal(
      payload,
      '{"type":"io.nats.jetstream.api.v1.system_response","error":{"code":400,"err_code":10003,"description":"bad request"}}',
      endpoint,
    );
  }
});

test('nobody listens for pull requests and direct gets of what is not there', async () => {
  const bus = await makeBus();
  for (const endpoint of ['CONSUMER.MSG.NEXT.S.C', 'CONSUMER.MSG.NEXT.S', 'DIRECT.GET.S', 'DIRECT.GET.S.a']) {
    assert.ok(!bus.hasInterest(`$JS.API.${endpoint}`), endpoint);
  }
});

test('a request without reply is done all the same', async () => {
  const bus = await makeBus();
  bus.send('$JS.API.STREAM.CREATE.S', '{"name":"S","storage":"memory"}');
  const { payload } = await bus.ask('$JS.API.STREAM.INFO.S', '');
  assert.match(payload, /"name":"S"|stream not found/);
  assert.match((await bus.ask('$JS.API.STREAM.CREATE.S', '{"name":"S","storage":"memory"}')).payload, /did_create/);
});

test('a request whose reply is the API itself ends', async () => {
  const bus = await makeBus();
  bus.send('$JS.API.INFO', '', '$JS.API.INFO');
  assert.match((await bus.ask('$JS.API.INFO', '')).payload, /"total":2/);
});

test('bytes that are no text at all are refused in words', async () => {
  const bus = await makeBus();
  for (const bytes of [Uint8Array.of(0xff, 0xfe), Uint8Array.of(0), new Uint8Array(70_000).fill(0x5b)]) {
    const { payload } = await bus.ask('$JS.API.STREAM.CREATE.S', bytes);
    assert.match(payload, /"err_code":10025,"description":"invalid JSON: invalid character/);
  }
});

test('a bug inside a request is answered and logged, and nothing else', async () => {
  const clock = new TestingClock();
  const stores = new TestingStores(clock);
  const errors: string[] = [];
  const parts = testingParts(clock, stores);
  const log = { ...parts.log, error: (text: string) => errors.push(text) };
  const engine = new JetStreamEngine({ ...parts, log });
  const bus = new TestingBus();
  const account = await engine.enable(bus);
  account.stream = () => {
    throw new TypeError('nobody saw this coming');
  };
  for (const endpoint of ['STREAM.INFO.S', 'STREAM.PURGE.S', 'STREAM.DELETE.S']) {
    const { payload } = await bus.ask(`$JS.API.${endpoint}`, '');
    assert.match(payload, /"error":{"code":500,"err_code":10051,"description":"internal error"}/);
  }
  assert.equal(errors.length, 3);
  assert.match(errors[0] ?? '', /^JetStream request '\$JS\.API\.STREAM\.INFO\.S' failed: nobody saw this coming$/);
});

test('every counted call is told to who listens, with request and answer', async () => {
  const bus = await makeBus();
  const calls = bus.collect('$JS.EVENT.ADVISORY.API');
  const { payload } = await bus.ask('$JS.API.STREAM.INFO.S', '{}');
  const call = JSON.parse(calls[0]?.payload ?? '{}');
  assert.equal(call.type, 'io.nats.jetstream.advisory.v1.api_audit');
  assert.deepEqual([call.server, call.subject, call.request], ['SERVER', '$JS.API.STREAM.INFO.S', '{}']);
  assert.equal(call.response, payload);
  assert.equal(call.timestamp, '2024-01-01T00:00:00Z');
});

test('an acknowledgement to a consumer that is gone is answered as by nobody', async () => {
  const bus = await makeBus();
  await bus.ask('$JS.API.STREAM.CREATE.S', '{"name":"S","storage":"memory"}');
  await bus.ask('$JS.API.CONSUMER.CREATE.S.C', '{"stream_name":"S","config":{"ack_policy":"explicit"}}');
  await bus.ask('$JS.API.CONSUMER.DELETE.S.C', '');
  const { header } = await bus.ask('$JS.ACK.S.C.1.1.1.1.0', '');
  assert.equal(header, 'NATS/1.0 503\r\nNats-Subject: $JS.ACK.S.C.1.1.1.1.0\r\n\r\n');
});

test('requests beyond the limit are dropped, and that is said once', async () => {
  const bus = await makeBus();
  const events = bus.collect('$JS.EVENT.ADVISORY.API.LIMIT_REACHED');
  let answers = 0;
  const allAnswered = new Promise<void>((resolve) => {
    bus.subscribe('answers', null, () => {
      answers++;
      if (answers === 10_000) resolve();
    });
  });
  for (let i = 0; i < 10_005; i++) bus.send('$JS.API.STREAM.DELETE.S', '', 'answers');
  await allAnswered;
  assert.equal(events.length, 1);
  assert.match((await bus.ask('$JS.API.STREAM.DELETE.S', '')).payload, /stream not found/);
});
