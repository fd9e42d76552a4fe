// `contrail apply` against the reference server and ours, and beside `nats`: what the server fills in by itself is no
// difference, what `nats` has made is adopted as it is, what a server would refuse is refused before, documents of NACK
// need no change.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Ran, run } from './command_pair.ts';
import { ReferenceCluster } from './reference_cluster.ts';
import { contrailSide, endWithServers, referenceSide, ServerProcess, type Side } from './server_process.ts';

endWithServers();

const PATIENCE_MS = 60_000;

/** Both servers have all of it. */
const COMMON: readonly string[] = [
  '{name: PLAIN, subjects: [plain.>]}',
  '{name: NOSUBJECTS}',
  '{name: AGED, subjects: [aged], max_age: 30s, retention: workqueue, discard: new, max_msgs_per_subject: 1, discard_new_per_subject: true}',
  '{name: FIXED, subjects: [fixed], deny_delete: true, deny_purge: true, storage: memory, first_seq: 100, max_bytes: 1GiB}',
  '{name: BATCHES, subjects: [batches.*], allow_msg_ttl: true, allow_atomic: true, allow_batched: true, allow_direct: true}',
  '{name: LIMITS, subjects: [limits], consumer_limits: {max_ack_pending: 20, inactive_threshold: 2h}, no_ack: true}',
  '{stream: LIMITS, name: limited, ack_policy: explicit}',
  '{stream: PLAIN, name: none}',
  '{stream: PLAIN, name: pull, ack_policy: explicit, max_waiting: 10, headers_only: true, filter_subject: ">"}',
  '{stream: PLAIN, name: push, deliver_subject: out.push, ack_policy: none}',
  '{stream: PLAIN, name: paced, deliver_subject: out.paced, ack_policy: explicit, idle_heartbeat: 5s, flow_control: true, rate_limit_bps: 1000, deliver_group: crew}',
  '{stream: PLAIN, name: pinned, ack_policy: explicit, priority_policy: pinned_client, priority_groups: [x], filter_subjects: [plain.b, plain.a]}',
  '{stream: PLAIN, name: last, ack_policy: all, deliver_policy: last_per_subject, filter_subjects: [plain.c], inactive_threshold: 1h, max_expires: 30s, max_bytes: 1MB, max_batch: 5}',
  '{stream: PLAIN, name: again, ack_policy: explicit, backoff: [1s, 5s], max_deliver: 3, num_replicas: 1, mem_storage: true, sample_freq: "50%"}',
  '{stream: PLAIN, name: seq, ack_policy: explicit, deliver_policy: by_start_sequence, opt_start_seq: 5}',
  '{stream: PLAIN, name: time, ack_policy: explicit, deliver_policy: byStartTime, opt_start_time: 2026-01-31T18:00:00.500+01:00, replay_policy: original}',
  '{stream: PLAIN, name: flow, ack_policy: flow_control, deliver_subject: out.flow, max_ack_pending: 50}',
  '{name: TOLD, subjects: [told.*], republish: {dest: "told.again.>"}}',
  '{name: RENAMED, subjects: [renamed.*], subject_transform: {src: renamed.*, dest: "new.{{wildcard(1)}}"}, republish: {src: new.>, dest: out.>, headers_only: true}}',
  '{name: MARKED, subjects: [marked.*], subject_delete_marker_ttl: 1h, max_age: 2h}',
  '{kind: KeyValue, bucket: marked, limit_marker_ttl: 1m, ttl: 1m}',
  '{kind: KeyValue, bucket: told, republish: {src: ">", dest: "kv.told.>"}}',
  '{kind: KeyValue, bucket: plain}',
  '{kind: KeyValue, bucket: aged, ttl: 1m, history: 64, max_value_size: 1K, storage: memory, description: old}',
  '{kind: ObjectStore, bucket: plain, max_bytes: 1GB, ttl: 1d}',
];

/** What our server has not yet. */
const REFERENCE_ONLY: readonly string[] = [
  '{name: MIRROR, mirror: {name: PLAIN, filter_subject: plain.a}}',
  '{name: DIRECT_MIRROR, mirror: {name: BATCHES}}',
  '{name: SOURCED, sources: [{name: PLAIN, subject_transforms: [{src: plain.>, dest: copy.>}]}, {name: AGED}], subject_transform: {src: ">", dest: "all.>"}}',
  '{name: COMPRESSED, subjects: [compressed.*], compression: s2}',
  '{name: SCHEDULED, subjects: [scheduled.*], allow_msg_schedules: true, placement: {tags: []}}',
  '{name: COUNTED, subjects: [counted], allow_msg_counter: true}',
  '{name: LAZY, subjects: [lazy], persist_mode: async}',
  '{kind: KeyValue, bucket: compressed, compression: true}',
  '{kind: KeyValue, bucket: mirror, mirror: {name: plain}}',
  '{kind: KeyValue, bucket: sourced, sources: [{name: plain}, {name: KV_aged}], republish: {src: ">", dest: "kv.>"}}',
  '{kind: ObjectStore, bucket: small, compression: true}',
];

/** As NACK's own pages show them. */
const NACK = `
---
apiVersion: jetstream.nats.io/v1beta2
kind: Stream
metadata:
  name: mystream
spec:
  name: mystream
  subjects: ["orders.*"]
  storage: file
  maxAge: 1h
  replicas: 1
---
apiVersion: jetstream.nats.io/v1beta2
kind: Consumer
metadata:
  name: my-push-consumer
spec:
  streamName: mystream
  durableName: my-push-consumer
  deliverSubject: my-push-consumer.orders
  deliverPolicy: last
  ackPolicy: none
  replayPolicy: instant
  description: my consumer description
  flowControl: true
  heartbeatInterval: 1s
---
apiVersion: jetstream.nats.io/v1beta2
kind: Consumer
metadata:
  name: my-pull-consumer
spec:
  streamName: mystream
  durableName: my-pull-consumer
  deliverPolicy: all
  filterSubject: orders.received
  maxDeliver: 20
  ackPolicy: explicit
---
apiVersion: jetstream.nats.io/v1beta2
kind: KeyValue
metadata:
  name: my-key-value
spec:
  bucket: my-key-value
  history: 20
  storage: file
  maxBytes: 2048
---
apiVersion: jetstream.nats.io/v1beta2
kind: ObjectStore
metadata:
  name: my-object-store
spec:
  bucket: my-object-store
  storage: file
  replicas: 1
  maxBytes: 536870912 # 512 MB
---
apiVersion: jetstream.nats.io/v1beta2
kind: Account
metadata:
  name: a
spec:
  name: a
  servers:
  - nats://nats:4222
`;

/** Changes that both a server and a plan refuse: before, after, and what both say. */
const IMMUTABLE: readonly (readonly [string, string, RegExp])[] = [
  ['storage: file', 'storage: memory', /can not change storage type/],
  ['retention: limits', 'retention: workqueue', /can not change retention policy to\/from workqueue/],
  ['deny_delete: true', 'deny_delete: false', /can not cancel deny message deletes/],
  ['deny_purge: true', 'deny_purge: false', /can not cancel deny purge/],
  ['allow_msg_ttl: true', 'allow_msg_ttl: false', /message TTL status can not be disabled/],
];

const IMMUTABLE_CONSUMER: readonly (readonly [string, string, RegExp])[] = [
  [
    'ack_policy: explicit, deliver_policy: all',
    'ack_policy: explicit, deliver_policy: new',
    /deliver policy can not be updated/,
  ],
  ['ack_policy: explicit', 'ack_policy: all', /ack policy can not be updated/],
  [
    'ack_policy: explicit, replay_policy: instant',
    'ack_policy: explicit, replay_policy: original',
    /replay policy can not be updated/,
  ],
  ['ack_policy: explicit, max_waiting: 5', 'ack_policy: explicit, max_waiting: 6', /max waiting can not be updated/],
  [
    'ack_policy: explicit, mem_storage: false',
    'ack_policy: explicit, mem_storage: true',
    /storage type can not be updated/,
  ],
  ['ack_policy: explicit', 'ack_policy: explicit, deliver_subject: out', /can not update pull consumer to push based/],
];

interface PlanJson {
  readonly steps: readonly {
    readonly action: string;
    readonly name: string;
    readonly changes: readonly { readonly key: string; readonly origin: string }[];
  }[];
}

function commandsAt(url: () => string) {
  function apply(text: string, ...words: string[]): Promise<Ran> {
    return run('contrail', url(), ['apply', '-f', '-', ...words], text);
  }

  async function applied(text: string, ...words: string[]): Promise<string> {
    const { code, output, error } = await apply(text, ...words);
    assert.equal(code, 0, error + output);
    return output;
  }

  async function plan(text: string, ...words: string[]): Promise<PlanJson> {
    return JSON.parse(await applied(text, '--dry-run', '--json', ...words));
  }

  async function nats(...words: string[]): Promise<string> {
    const { code, output, error } = await run('nats', url(), words);
    assert.equal(code, 0, error);
    return output;
  }

  return { apply, applied, plan, nats };
}

function documents(lines: readonly string[]): string {
  return lines.join('\n---\n');
}

function against(side: Side): void {
  describe(`against the ${side.name} server`, () => {
    let server: ServerProcess;
    const { apply, applied, plan, nats } = commandsAt(() => server.url);

    before(async () => {
      server = await ServerProcess.start(side, { jetStream: true });
    });

    after(async () => {
      await server.stop();
    });

    test('what the server fills in by itself is no difference, and what is exported makes the same again', async () => {
      const all = side.name === 'reference' ? [...COMMON, ...REFERENCE_ONLY] : COMMON;
      await applied(documents(all), '--set', 'wide');
      assert.equal(await applied(documents(all), '--set', 'wide'), `${all.length} unchanged\n`);
      const exported = await run('contrail', server.url, ['export', '--set', 'wide']);
      assert.equal(await applied(exported.output, '--set', 'wide'), `${all.length} unchanged\n`);
    });

    test('[NACK README] documents of NACK need no change, and make what its controller makes', async () => {
      const output = await applied(NACK);
      assert.match(output, /Note: standard input:\d+: document 6: Account is left out/);
      assert.match(await applied(NACK), /\n5 unchanged\n$/);
      const { config: stream } = JSON.parse(await nats('stream', 'info', 'mystream', '--json'));
      assert.deepEqual([stream.subjects, stream.max_age, stream.storage], [['orders.*'], 3_600_000_000_000, 'file']);
      const { config: push } = JSON.parse(await nats('consumer', 'info', 'mystream', 'my-push-consumer', '--json'));
      assert.deepEqual(
        [push.deliver_policy, push.ack_policy, push.flow_control, push.idle_heartbeat, push.deliver_subject],
        ['last', 'none', true, 1_000_000_000, 'my-push-consumer.orders'],
      );
      const { config: pull } = JSON.parse(await nats('consumer', 'info', 'mystream', 'my-pull-consumer', '--json'));
      // NACK's schema says one nanosecond where nothing is said; see docs/apply.md.
      assert.deepEqual([pull.ack_wait, pull.max_deliver, pull.filter_subject], [30_000_000_000, 20, 'orders.received']);
      assert.match(await nats('kv', 'info', 'my-key-value'), /History Kept: 20/);
      assert.match(await nats('object', 'info', 'my-object-store'), /Maximum Bucket Size: 512 MiB/);
    });

    test('[natscli 0.5.1] what nats has made is adopted as it is', async () => {
      await nats('stream', 'add', 'BYNATS', '--subjects', 'bynats.>', '--max-age', '1d', '--defaults');
      await nats('consumer', 'add', 'BYNATS', 'pull', '--pull', '--defaults');
      await nats('consumer', 'add', 'BYNATS', 'push', '--target', 'out.bynats', '--defaults');
      await nats('kv', 'add', 'bynats', '--history', '3', '--ttl', '1h');
      await nats('object', 'add', 'bynats', '--max-bucket-size', '1GB');
      const text = documents([
        '{name: BYNATS, subjects: [bynats.>], max_age: 1d, allow_direct: true}',
        '{stream: BYNATS, name: pull, ack_policy: explicit}',
        '{stream: BYNATS, name: push, deliver_subject: out.bynats}',
        '{kind: KeyValue, bucket: bynats, history: 3, ttl: 1h}',
        '{kind: ObjectStore, bucket: bynats, max_bytes: 1GB}',
      ]);
      const { steps } = await plan(text);
      assert.deepEqual(
        steps.map(({ name, action, changes }) => [name, action, changes]),
        ['BYNATS', 'bynats', 'bynats', 'pull', 'push'].map((name) => [name, 'adopt', []]),
      );
      await applied(text);
      assert.equal(await applied(text), '5 unchanged\n');
      await nats('kv', 'put', 'bynats', 'key', 'value');
      assert.equal(await nats('kv', 'get', 'bynats', 'key', '--raw'), 'value');
    });

    test('[natscli 0.5.1] what nats has changed is drift, and whose it is stays known', async () => {
      const text = '{name: DRIFT, subjects: [drift], consumers: [{name: c, ack_policy: explicit}]}';
      await applied(text, '--set', 'drift');
      await nats('stream', 'edit', 'DRIFT', '--max-msgs', '10', '--force');
      await nats('consumer', 'edit', 'DRIFT', 'c', '--max-pending', '7', '--force');
      const { steps } = await plan(text, '--set', 'drift');
      assert.deepEqual(
        steps.flatMap(({ changes }) => changes).map(({ key, origin }) => [key, origin]),
        [
          ['max_msgs', 'server'],
          ['max_ack_pending', 'server'],
        ],
      );
      await applied(text, '--set', 'drift', '--yes');
      assert.equal(await applied(text, '--set', 'drift'), '2 unchanged\n');
      assert.match(await nats('stream', 'info', 'DRIFT'), /Maximum Messages: unlimited/);
    });

    test('what is pruned is gone for nats as well, what holds messages stays', async () => {
      const text = documents([
        '{name: STAYS, subjects: [stays]}',
        '{name: GOES, subjects: [goes]}',
        '{name: HOLDS, subjects: [holds]}',
      ]);
      await applied(text, '--set', 'prune');
      await nats('pub', 'holds', 'x');
      const words = ['--set', 'prune', '--prune', '--yes'];
      const refused = await apply('{name: STAYS, subjects: [stays]}', ...words);
      assert.equal(refused.code, 1);
      assert.match(refused.error, /Stream HOLDS: it is to be pruned, but it holds 1 message/);
      await applied('{name: STAYS, subjects: [stays]}', ...words, '--prune-nonempty');
      const names = (await nats('stream', 'ls', '--names')).split('\n').filter((name) => /STAYS|GOES|HOLDS/.test(name));
      assert.deepEqual(names, ['STAYS']);
    });

    test('a plan refuses at once what the server would refuse of each stream and each consumer', async () => {
      const text = (version: 0 | 1): string => {
        const streams = IMMUTABLE.map((row, i) => `{name: STREAM${i}, subjects: [stream${i}], ${row[version]}}`);
        const consumers = IMMUTABLE_CONSUMER.map((row, i) => `{stream: STREAM0, name: c${i}, ${row[version]}}`);
        return documents([...streams, ...consumers]);
      };
      await applied(text(0));
      const refused = await apply(text(1), '--yes');
      assert.equal(refused.code, 1);
      for (const [i, [, next, reason]] of IMMUTABLE.entries()) {
        assert.match(lineWith(refused.error, `Stream STREAM${i}:`), reason);
        const { config } = JSON.parse(await nats('stream', 'info', `STREAM${i}`, '--json'));
        const asked = JSON.stringify({ ...config, ...fieldsOf(next) });
        assert.match(await nats('request', `$JS.API.STREAM.UPDATE.STREAM${i}`, asked, '--raw'), reason);
      }
      for (const [i, [, next, reason]] of IMMUTABLE_CONSUMER.entries()) {
        assert.match(lineWith(refused.error, `Consumer STREAM0 > c${i}:`), reason);
        const { config } = JSON.parse(await nats('consumer', 'info', 'STREAM0', `c${i}`, '--json'));
        const asked = { ...config, max_waiting: undefined, ...fieldsOf(next) };
        const body = JSON.stringify({ stream_name: 'STREAM0', config: asked });
        assert.match(await nats('request', `$JS.API.CONSUMER.CREATE.STREAM0.c${i}`, body, '--raw'), reason);
      }
    });
  });

  describe(`against the ${side.name} server with limits of its own`, () => {
    let server: ServerProcess;
    const { apply, applied, nats } = commandsAt(() => server.url);

    before(async () => {
      const limits = 'max_ack_pending: 100, duplicate_window: "1m", max_request_batch: 50';
      server = await ServerProcess.start(side, { jetStream: true, config: `jetstream { limits { ${limits} } }` });
    });

    after(async () => {
      await server.stop();
    });

    test('what only this server would refuse is refused before anything is sent', async () => {
      const rows: [string, RegExp][] = [
        [
          'duplicate_window: 5m',
          /Stream LATER: .*duplicates window can not be larger then server limit of 1m0s \(10052\)/,
        ],
        ['replicas: 3', /Stream LATER: num_replicas: replicas > 1 not supported in non-clustered mode \(10074\)/],
      ];
      for (const [field, reason] of rows) {
        const text = documents(['{name: SOONER, subjects: [sooner]}', `{name: LATER, subjects: [later], ${field}}`]);
        const { code, error } = await apply(text);
        assert.equal(code, 1);
        assert.match(error, reason);
        assert.match(error, /\nNothing was sent\n$/);
      }
      assert.doesNotMatch(await nats('stream', 'ls', '--names', '--all'), /SOONER|LATER|CONTRAIL/);
    });

    test('what the server chooses against its usual defaults is no drift', async () => {
      const text = '{name: CHOSEN, subjects: [chosen], consumers: [{name: c, ack_policy: explicit}]}';
      await applied(text);
      assert.equal(await applied(text), '2 unchanged\n');
      // What was said and is not said any more is the server's again.
      const said = text.replace('explicit', 'explicit, max_ack_pending: 5');
      await applied(said, '--yes');
      await applied(text, '--yes');
      assert.equal(await applied(text), '2 unchanged\n');
    });
  });
}

function lineWith(text: string, words: string): string {
  return text.split('\n').find((line) => line.includes(words)) ?? `nothing about ${words} in ${text}`;
}

/** `a: b, c: 5` as an object. */
function fieldsOf(text: string): Record<string, unknown> {
  const pairs = text.split(', ').map((pair) => pair.split(': '));
  return Object.fromEntries(pairs.map(([key = '', value = '']) => [key, valueOf(value)]));
}

function valueOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d+$/.test(text) ? Number(text) : text;
}

against(referenceSide());
against(contrailSide());

test('in a cluster, replicas and placement are applied and changed', async () => {
  const cluster = await ReferenceCluster.start({ config: 'server_tags: [tagged]' });
  try {
    const { apply, applied } = commandsAt(() => cluster.url);
    const until = performance.now() + PATIENCE_MS;
    const text = documents([
      '{name: TRIO, subjects: [trio], num_replicas: 3, placement: {cluster: trio, tags: [tagged]}}',
      '{stream: TRIO, name: c, ack_policy: explicit}',
      '{stream: TRIO, name: one, ack_policy: explicit, num_replicas: 1, mem_storage: true}',
      '{kind: KeyValue, bucket: trio, replicas: 3}',
    ]);
    // The servers have to choose a leader first.
    for (let done = false; !done; ) {
      const { code, error } = await apply(text);
      done = code === 0;
      assert.ok(done || performance.now() < until, error);
    }
    assert.equal(await applied(text), '4 unchanged\n');
    const single = text.replaceAll('num_replicas: 3', 'num_replicas: 1');
    assert.match(await applied(single, '--yes'), /num_replicas: 3 → 1\n[\s\S]*Updated Stream TRIO\n$/);
    assert.equal(await applied(single), '4 unchanged\n');
  } finally {
    await cluster.stop();
  }
});
