import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT_UNLIMITED } from '../limits.ts';
import { STREAM_CONFIG, type StreamConfig } from '../stream/stream_config.ts';
import { TESTING_LIMITS } from '../testing_bus.ts';
import { type ConsumerConfig, decodeConsumerCreateRequest } from './consumer_config.ts';
import {
  type ConsumerAddress,
  type ConsumerPlan,
  type ConsumerPlanContext,
  planConsumerCreate,
} from './consumer_plan.ts';

// What the reference answers to all of this, and to three thousand requests more, is asked in
// test/compat/js_config_test.ts.

const STREAM: StreamConfig = { ...STREAM_CONFIG.zero(), name: 'S', subjects: ['a.>', 'b'], num_replicas: 1 };
const NAMED: ConsumerAddress = { form: 'named', stream: 'S', name: 'C', filter: '' };

function context(more: Partial<ConsumerPlanContext> = {}): ConsumerPlanContext {
  return {
    server: TESTING_LIMITS,
    account: ACCOUNT_UNLIMITED,
    stream: STREAM,
    consumers: new Map(),
    hasInterest: () => false,
    ...more,
  };
}

function plan(
  config: object,
  more: { readonly context?: ConsumerPlanContext; readonly address?: ConsumerAddress; readonly request?: object } = {},
): ConsumerPlan {
  const body = JSON.stringify({ stream_name: 'S', config, ...more.request });
  const request = decodeConsumerCreateRequest(new TextEncoder().encode(body));
  assert.ok(request.ok, request.ok ? '' : request.text);
  return planConsumerCreate(more.address ?? NAMED, request.value, more.context ?? context());
}

function refusal(result: ConsumerPlan): string {
  return result.kind === 'refuse' ? `${result.error.err_code} ${result.error.description}` : result.kind;
}

function created(config: object): ConsumerConfig {
  const result = plan(config);
  assert.ok(result.kind === 'create', refusal(result));
  return result.config;
}

function withConsumers(consumers: Readonly<Record<string, object>>, stream = STREAM): ConsumerPlanContext {
  const configs = Object.entries(consumers).map(([name, config]) => [name, { ...created(config), name }] as const);
  return context({ stream, consumers: new Map(configs) });
}

test('creation fills in what was left out', () => {
  const { name, ack_wait, max_deliver, max_waiting, max_ack_pending, inactive_threshold } = created({
    ack_policy: 'explicit',
  });
  assert.deepEqual([name, ack_wait, max_deliver, max_waiting, max_ack_pending], ['C', 30e9, -1, 512, 1000]);
  assert.equal(inactive_threshold, 5e9);
  assert.equal(created({ durable_name: 'C' }).inactive_threshold, 0);
});

const REFUSALS: readonly (readonly [object, string])[] = [
  [{ durable_name: 'D' }, '10017 consumer name in subject does not match durable name in request'],
  [{ num_replicas: 3 }, '10074 replicas > 1 not supported in non-clustered mode'],
  [
    { deliver_policy: 'last', opt_start_seq: 1 },
    '10094 consumer delivery policy is deliver last, but optional start sequence is also set',
  ],
  [
    { deliver_policy: 'last_per_subject' },
    '10094 consumer delivery policy is deliver last per subject, but optional filter subject is not set',
  ],
  [{ filter_subjects: ['a.b', 'a.*'] }, '10138 consumer subject filters cannot overlap'],
  [
    { filter_subject: 'a', filter_subjects: ['b'] },
    '10136 consumer cannot have both FilterSubject and FilterSubjects specified',
  ],
  [{ deliver_subject: 'a.x' }, '10081 consumer deliver subject forms a cycle'],
  [{ deliver_subject: 'd.*' }, '10079 consumer deliver subject has wildcards'],
  [{ rate_limit_bps: 5 }, '10086 consumer in pull mode can not have rate limit set'],
  [
    { ack_policy: 'explicit', backoff: [1, 2], max_deliver: 1 },
    '10116 max deliver is required to be > length of backoff values',
  ],
  [
    { sample_freq: 'x' },
    '10095 failed to parse consumer sampling configuration: strconv.Atoi: parsing "x": invalid syntax',
  ],
  [{ priority_groups: ['g'] }, '10196 consumer can not have priority groups when policy is none'],
  [{ sourcing: true }, '10052 sourcing is not supported by this version of Contrail yet'],
];

test('creation is refused in the words of the reference, or by the name of what cannot be done yet', () => {
  for (const [config, text] of REFUSALS) assert.equal(refusal(plan(config)), text, JSON.stringify(config));
});

test('subject and body must name the same', () => {
  const refused = (address: Partial<ConsumerAddress>, config: object, request = {}) =>
    refusal(plan(config, { address: { ...NAMED, ...address }, request }));
  assert.equal(refused({}, {}, { stream_name: 'T' }), '10056 stream name in subject does not match request');
  assert.equal(refused({ name: '../C' }, {}), '10127 Consumer name can not contain path separators');
  assert.match(refused({ form: 'durable' }, {}), /^10018 /);
  assert.match(refused({ form: 'ephemeral', name: '' }, { durable_name: 'C' }), /^10020 /);
  assert.match(refused({ filter: 'a.b' }, { filter_subject: 'a.c' }), /^10131 /);
  assert.match(refused({ filter: 'a.b' }, { filter_subjects: ['a.b'] }), /^10137 /);
});

test('a consumer may be updated, but not in what it is', () => {
  const there = withConsumers({ C: { durable_name: 'C', ack_policy: 'explicit' } });
  const update = plan({ durable_name: 'C', ack_policy: 'explicit', max_deliver: 5 }, { context: there });
  assert.ok(update.kind === 'update' && update.config.max_deliver === 5);
  assert.equal(refusal(plan({ durable_name: 'C' }, { context: there })), '10012 ack policy can not be updated');
  assert.equal(
    refusal(plan({ durable_name: 'C', ack_policy: 'explicit' }, { context: there, request: { action: 'create' } })),
    'update',
  );
  const other = { durable_name: 'C', ack_policy: 'explicit', max_deliver: 5 };
  assert.match(refusal(plan(other, { context: there, request: { action: 'create' } })), /^10148 /);
  assert.match(refusal(plan({ durable_name: 'C' }, { request: { action: 'update' } })), /^10149 /);
});

test('a push consumer that somebody listens to keeps its subject', () => {
  const push = { durable_name: 'C', ack_policy: 'explicit', deliver_subject: 'd' };
  const there = withConsumers({ C: push });
  assert.equal(refusal(plan({ ...push, deliver_subject: 'e' }, { context: there })), 'update');
  const listened = { ...there, hasInterest: () => true };
  assert.match(refusal(plan({ ...push, deliver_subject: 'e' }, { context: listened })), /^10013 /);
});

test('consumers of a work queue take different messages and acknowledge them', () => {
  const queue: StreamConfig = { ...STREAM, retention: 'workqueue' };
  const there = withConsumers({ D: { ack_policy: 'explicit', filter_subject: 'a.b' } }, queue);
  const refused = (config: object) => refusal(plan(config, { context: there }));
  assert.match(refused({ ack_policy: 'all' }), /^10098 /);
  assert.match(refused({ ack_policy: 'explicit', deliver_policy: 'new' }), /^10101 /);
  assert.match(refused({ ack_policy: 'explicit' }), /^10099 /);
  assert.match(refused({ ack_policy: 'explicit', filter_subject: 'a.*' }), /^10100 /);
  assert.equal(refused({ ack_policy: 'explicit', filter_subject: 'b' }), 'create');
});

test('a stream may have so many consumers', () => {
  const full = withConsumers({ D: {} }, { ...STREAM, max_consumers: 1 });
  assert.equal(refusal(plan({}, { context: full })), '10026 maximum consumers limit reached');
});
