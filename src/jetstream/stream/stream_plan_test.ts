import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT_UNLIMITED } from '../limits.ts';
import { TESTING_LIMITS } from '../testing_bus.ts';
import type { StreamConfig } from './stream_config.ts';
import { planStreamCreate, planStreamUpdate, type StreamPlan, type StreamPlanContext } from './stream_plan.ts';

// What the reference answers to all of this, and to a thousand requests more, is asked in test/compat/js_config_test.ts.

function context(streams: readonly StreamConfig[] = [], more: Partial<StreamPlanContext> = {}): StreamPlanContext {
  return {
    server: TESTING_LIMITS,
    account: ACCOUNT_UNLIMITED,
    streams: new Map(streams.map((config) => [config.name, config])),
    serverReserved: { memory: 0, file: 0 },
    ...more,
  };
}

function bytes(fields: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ name: 'S', ...fields }));
}

function created(fields: object): StreamConfig {
  const plan = planStreamCreate('S', bytes(fields), context());
  assert.ok(plan.kind === 'create', JSON.stringify(plan));
  return plan.config;
}

function refusal(plan: StreamPlan): string {
  return plan.kind === 'refuse' ? `${plan.error.err_code} ${plan.error.description}` : plan.kind;
}

test('creation fills in what was left out', () => {
  const config = created({ max_msgs: 0, max_age: 60e9 });
  const { subjects, storage, num_replicas, max_msgs, max_bytes, duplicate_window, metadata } = config;
  assert.deepEqual([subjects, storage, num_replicas, max_msgs, max_bytes], [['S'], 'file', 1, -1, -1]);
  assert.equal(duplicate_window, 60e9);
  assert.deepEqual([...metadata], [['_nats.req.level', '0']]);
});

const CREATE_REFUSALS: readonly (readonly [object, string])[] = [
  [{ name: 'T' }, '10056 stream name in subject does not match request'],
  [
    { max_msgs: 'x' },
    '10025 invalid JSON: json: cannot unmarshal string into Go struct field StreamConfigRequest.StreamConfig.max_msgs of type int64',
  ],
  [{ nope: 1 }, '10025 invalid JSON: json: unknown field "nope"'],
  [{ retention: 'x' }, '10025 invalid JSON: can not unmarshal "\\"x\\""'],
  [{ sealed: true }, '10052 stream configuration for create can not be sealed'],
  [{ max_age: 1 }, '10052 max age needs to be >= 100ms'],
  [{ num_replicas: 3 }, '10074 replicas > 1 not supported in non-clustered mode'],
  [{ num_replicas: -1 }, '10133 replicas count cannot be negative'],
  [{ subjects: ['a.*', 'a.b'] }, '10052 subject "a.*" overlaps with "a.b"'],
  [{ subjects: ['$JS.API.x'] }, '10052 subjects that overlap with jetstream api require no-ack to be true'],
  [{ subjects: ['>'] }, '10052 capturing all subjects requires no-ack to be true'],
  [{ max_msgs: -2, pedantic: true }, '10157 pedantic mode: max_msgs must be set to -1'],
  [{ discard_new_per_subject: true }, '10052 discard new per subject requires discard new policy to be set'],
  [{ deny_purge: true, allow_rollup_hdrs: true }, '10052 roll-ups require the purge permission'],
  [{ mirror: { name: 'O' }, subjects: ['a'] }, '10034 stream mirrors can not contain subjects'],
  [{ sources: [{ name: 'O' }, { name: 'O' }] }, '10140 duplicate source configuration detected'],
  [
    { republish: { src: 'S', dest: 'R y' } },
    "10052 stream configuration for republish with transform from 'S' to 'R y' not valid",
  ],
  [{ republish: { src: '>', dest: 'S' } }, '10052 stream configuration for republish destination forms a cycle'],
  [{ mirror: { name: 'O' } }, '10052 mirror is not supported by this version of Contrail yet'],
  [{ first_seq: 2 ** 60 }, '10052 first_seq above 9007199253692416 is not supported by this version of Contrail yet'],
  [{ compression: 's2' }, '10052 compression s2 is not supported by this version of Contrail yet'],
];

test('creation is refused in the words of the reference, or by the name of what cannot be done yet', () => {
  for (const [fields, text] of CREATE_REFUSALS) {
    assert.equal(refusal(planStreamCreate('S', bytes(fields), context())), text, JSON.stringify(fields));
  }
});

test('names that are paths are refused before anything else is looked at', () => {
  const body = new TextEncoder().encode('{"name":"../S","max_age":1}');
  assert.equal(refusal(planStreamCreate('../S', body, context())), '10128 Stream name can not contain path separators');
});

test('the same stream again is the one that is there, a different one is a conflict', () => {
  const there = context([created({ max_msgs: 5 })]);
  assert.equal(planStreamCreate('S', bytes({ max_msgs: 5, metadata: { '_nats.ver': '9' } }), there).kind, 'exists');
  assert.equal(
    refusal(planStreamCreate('S', bytes({ max_msgs: 6 }), there)),
    '10058 stream name already in use with a different configuration',
  );
});

test('subjects belong to one stream of an account', () => {
  const other = { ...created({ subjects: ['a.*'] }), name: 'T' };
  const text = '10065 subjects overlap with an existing stream';
  assert.equal(refusal(planStreamCreate('S', bytes({ subjects: ['a.b'] }), context([other]))), text);
  const both = context([other, created({ subjects: ['b'] })]);
  assert.equal(refusal(planStreamUpdate('S', bytes({ subjects: ['a.>'] }), both)), text);
});

test('an account may have so many streams', () => {
  const account = { ...ACCOUNT_UNLIMITED, max_streams: 1 };
  const other = { ...created({ subjects: ['a.*'] }), name: 'T' };
  const plan = planStreamCreate('S', bytes({}), context([other], { account }));
  assert.equal(refusal(plan), '10027 maximum number of streams reached');
});

const UPDATE_REFUSALS: readonly (readonly [object, object, string])[] = [
  [{}, { storage: 'memory' }, '10052 stream configuration update can not change storage type'],
  [
    {},
    { retention: 'workqueue' },
    '10052 stream configuration update can not change retention policy to/from workqueue',
  ],
  [{ deny_delete: true }, {}, '10052 stream configuration update can not cancel deny message deletes'],
  [{}, { mirror: { name: 'O' } }, '10055 stream mirror configuration can not be updated'],
];

test('an update is refused where it would change what stays', () => {
  for (const [old, next, text] of UPDATE_REFUSALS) {
    assert.equal(refusal(planStreamUpdate('S', bytes(next), context([created(old)]))), text, JSON.stringify(next));
  }
  assert.equal(refusal(planStreamUpdate('S', bytes({}), context())), '10059 stream not found');
});

test('an update of no stream says what such a stream would be refused for', () => {
  const full = context([], { serverReserved: { memory: 0, file: TESTING_LIMITS.storeBytesMax } });
  const rows: [object, string][] = [
    [{ num_replicas: 3 }, '10074 replicas > 1 not supported in non-clustered mode'],
    [{ compression: 's2' }, '10052 compression s2 is not supported by this version of Contrail yet'],
  ];
  for (const [fields, text] of rows) assert.equal(refusal(planStreamUpdate('S', bytes(fields), context())), text);
  assert.match(refusal(planStreamUpdate('S', bytes({ max_bytes: 1 }), full)), /^10047 insufficient storage resources/);
});

test('sealing a stream closes it for good', () => {
  const plan = planStreamUpdate('S', bytes({ sealed: true, max_age: 60e9 }), context([created({})]));
  assert.ok(plan.kind === 'update');
  const { max_age, discard, deny_delete, deny_purge } = plan.config;
  assert.deepEqual([max_age, discard, deny_delete, deny_purge], [0, 'new', true, true]);
});
