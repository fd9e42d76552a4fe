import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAssets, type WantedAsset } from './asset_document.ts';
import { durationWord } from './duration_word.ts';
import { parseDocuments } from './yaml_text.ts';

const HOUR_NS = 3_600_000_000_000;

async function assetsOf(text: string): Promise<readonly WantedAsset[]> {
  return readAssets(await parseDocuments(text, 'x.yaml')).assets;
}

async function only(text: string): Promise<WantedAsset> {
  const [asset, ...more] = await assetsOf(text);
  assert.ok(asset !== undefined && more.length === 0, text);
  return asset;
}

async function faults(text: string): Promise<string> {
  try {
    await assetsOf(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error(`nothing was refused in ${text}`);
}

test("a stream may be written in the server's names, with durations and sizes as people write them", async () => {
  const { config, kind, name } = await only(
    'name: A\nsubjects: [a.>]\nmax_age: 7d\nmax_bytes: 1GiB\nnum_replicas: 3\n',
  );
  assert.deepEqual(
    [kind, name, config],
    [
      'Stream',
      'A',
      { name: 'A', subjects: ['a.>'], max_age: 168 * HOUR_NS, max_bytes: 1_073_741_824, num_replicas: 3 },
    ],
  );
});

test("nanoseconds are taken under the server's names, but not under those of NACK, where durations are texts", async () => {
  assert.equal((await only('name: A\nmax_age: 3600000000000')).config['max_age'], HOUR_NS);
  const text = await faults('name: A\nmaxAge: 3600');
  assert.match(text, /^x.yaml:2: document 1: maxAge: must be a text with a unit, like "5m" or "7d", not 3600$/);
});

test('a bare number that can be no time in nanoseconds is told to have a unit', async () => {
  const unit = 'must be a text with a unit, like "5m" or "7d", not 5 \\(a number is nanoseconds\\)';
  assert.match(await faults('name: A\nmax_age: 5'), new RegExp(`^x.yaml:2: document 1: max_age: ${unit}$`));
  assert.match(
    await faults('kind: Consumer\nstream: A\nname: c\nack_wait: 5\nbackoff: [5]'),
    new RegExp(`ack_wait: ${unit}\n.*backoff\\[0\\]: ${unit}$`),
  );
  assert.equal((await only('name: A\nmax_age: 0')).config['max_age'], 0);
});

test('JSON is read as well, one object or a list of them, and what kubectl prints', async () => {
  assert.equal((await only('{"kind": "Stream", "name": "A", "subjects": ["a"]}')).name, 'A');
  const list = await assetsOf('[\n\t{"name": "A"},\n\t{"name": "B"}]');
  assert.deepEqual(
    list.map(({ name, place }) => [name, place.line]),
    [
      ['A', 2],
      ['B', 3],
    ],
  );
  const items = await assetsOf('apiVersion: v1\nkind: List\nitems:\n- name: A\n- name: B\n');
  assert.deepEqual(
    items.map(({ name }) => name),
    ['A', 'B'],
  );
});

test('empty documents are nothing', async () => {
  assert.deepEqual(await assetsOf('---\n---\n# only a comment\n---\n'), []);
});

test('a document without kind is a consumer where it names a stream, a stream otherwise; buckets say which', async () => {
  assert.equal((await only('stream: A\nname: worker')).kind, 'Consumer');
  assert.equal((await only('name: worker')).kind, 'Stream');
  assert.match(await faults('bucket: b'), /what kind of bucket\? Say kind: KeyValue or kind: ObjectStore/);
});

test('consumers may stand within their stream', async () => {
  const [stream, worker] = await assetsOf('name: A\nconsumers:\n- name: worker\n  ack_policy: explicit\n');
  assert.deepEqual(stream?.config, { name: 'A' });
  assert.deepEqual([worker?.kind, worker?.stream, worker?.name, worker?.place.line], ['Consumer', 'A', 'worker', 3]);
  assert.deepEqual(worker?.config, { ack_policy: 'explicit', name: 'worker', durable_name: 'worker' });
  const text = await faults('name: A\nconsumers:\n- name: worker\n  ack_polcy: explicit\n');
  assert.match(text, /x.yaml:4: document 1: consumers\[0\].ack_polcy: unknown field \(did you mean 'ack_policy'\?\)/);
});

test('unknown fields are refused, naming file, line, document, path and the nearest spelling, all of them at once', async () => {
  const text = await faults(
    [
      'apiVersion: jetstream.nats.io/v1beta2',
      'kind: Stream',
      'metadata: {name: a}',
      'spec:',
      '  name: a',
      '  subjcts: [a]',
      '  mirror: {name: b, filterSubjet: c}',
      '---',
      'kind: Consumer',
      'stream: a',
      'name: w',
      'ackPolicy: explict',
    ].join('\n'),
  );
  assert.equal(
    text,
    [
      '3 faults in the documents, nothing was sent:',
      "  x.yaml:6: document 1: spec.subjcts: unknown field (did you mean 'subjects'?)",
      "  x.yaml:7: document 1: spec.mirror.filterSubjet: unknown field (did you mean 'filterSubject'?)",
      "  x.yaml:12: document 2: ackPolicy: must be one of none, all, explicit, flow_control, not 'explict' (did you mean 'explicit'?)",
    ].join('\n'),
  );
});

test('what is no YAML is refused with its place', async () => {
  assert.match(await faults('name: [a\nb: c'), /^x.yaml:\d+:\d+: this is neither YAML nor JSON: /);
  assert.match(await faults('name: a\nname: b'), /^x.yaml:2:1: this is neither YAML nor JSON: Map keys must be unique/);
  assert.match(await faults('just words'), /^x.yaml:1: document 1 is no object/);
});

test('values of the wrong kind say what there is to write', async () => {
  const rows: [string, RegExp][] = [
    ['name: 12', /name: must be a text in quotes, not 12/],
    ['name: n', /name: must be a text in quotes \(without them YAML takes y, n, .* for booleans\), not false/],
    ['name: a\nsubjects: a', /subjects: must be a list, not 'a'/],
    ['name: a\nmax_msgs: "5"', /max_msgs: must be a whole number, not '5'/],
    ['name: a\nmax_msgs: 1.5', /max_msgs: must be a whole number, not 1.5/],
    ['name: a\nmax_bytes: 5X', /max_bytes: '5X' is no size/],
    ['name: a\nmax_age: 5 fortnights', /max_age: '5 fortnights' is no duration/],
    ['name: a\nno_ack: "yes"', /no_ack: must be true or false, not 'yes'/],
    ['name: a\nmetadata: {a: 1}', /metadata.a: must be a text in quotes, not 1/],
    ['name: a\nplacement: here', /placement: must be an object of cluster, tags, not 'here'/],
    ['name: a\nmirror: {filter_subject: x}', /mirror: 'name' is missing/],
    ['name: a\nsources: [{name: b, opt_start_time: tomorrow}]', /sources\[0\].opt_start_time: must be a time like/],
    ['name: a\nmax_age: 1h\nmaxAge: 2h', /maxAge: says again what 'max_age' says/],
    ['name: a.b', /name: 'a.b' is no name/],
    ['subjects: [a]', /'name' is missing/],
    ['kind: Consumer\nname: w', /'stream' is missing/],
    ['kind: Consumer\nstream: s', /'name' is missing/],
    ['kind: Consumer\nstream: s\nname: w\ndurable_name: v', /name: is 'w', but the durable name is 'v'/],
    ['kind: KeyValue\nbucket: a b', /bucket: 'a b' is no name of a bucket/],
    ['kind: KeyValue\nbucket: a\nhistory: 65', /history: must be from 1 to 64, not 65/],
    ['kind: KeyValue\nbucket: a\nttl: 60', /ttl: must be a text with a unit/],
    [
      'kind: Straem\nname: a',
      /kind: must be Stream, Consumer, KeyValue, ObjectStore, not Straem \(did you mean 'Stream'\?\)/,
    ],
    ['apiVersion: jetstream.nats.io/v1beta1\nkind: Stream', /apiVersion: must be jetstream.nats.io\/v1beta2/],
    [
      'apiVersion: apps/v1\nkind: Deployment',
      /apiVersion: must be jetstream.nats.io\/v1beta2, contrail\/v1 or left out, not apps\/v1/,
    ],
    ['kind: Stream\nspec: {name: a}\nsubjects: [a]', /subjects: unknown field; settings stand under spec/],
  ];
  for (const [text, pattern] of rows) assert.match(await faults(text), pattern, text);
});

test("YAML is read as Kubernetes reads it: 'on' is true, times stay texts", async () => {
  const { config } = await only('name: a\nno_ack: on\nmirror: {name: b, opt_start_time: 2026-01-31T18:00:00Z}');
  assert.deepEqual(config, { name: 'a', no_ack: true, mirror: { name: 'b', opt_start_time: '2026-01-31T18:00:00Z' } });
});

test("subjects may look like YAML 1.1's numbers to the base of 60", async () => {
  assert.deepEqual((await only('name: a\nsubjects: [12:30, 1:2:3]')).config['subjects'], ['12:30', '1:2:3']);
});

test('keys without a value say nothing', async () => {
  assert.deepEqual((await only('name: a\nsubjects:\nmax_age: ~\n')).config, { name: 'a' });
});

test('[NACK crds.yml] every field of a Stream becomes what its controller makes of it', async () => {
  const { config, notes, account, domain, preventDelete, preventUpdate } = await only(`
apiVersion: jetstream.nats.io/v1beta2
kind: Stream
metadata: {name: other, labels: {a: b}}
spec:
  name: s
  description: d
  subjects: [a, b]
  retention: interest
  maxConsumers: 1
  maxMsgs: 2
  maxBytes: 3
  discard: new
  discardPerSubject: true
  maxAge: 1h
  maxMsgsPerSubject: 4
  maxMsgSize: 5
  storage: file
  replicas: 3
  noAck: true
  duplicateWindow: 1m
  placement: {cluster: c, tags: [t]}
  mirror:
    name: m
    optStartSeq: 6
    optStartTime: "2026-01-01T00:00:00Z"
    filterSubject: f
    externalApiPrefix: P.API
    externalDeliverPrefix: P.D
    subjectTransforms: [{source: x, dest: z}]
  sources: [{name: o, externalApiPrefix: Q.API}]
  sealed: true
  denyDelete: true
  denyPurge: true
  allowRollup: true
  compression: s2
  firstSequence: 7
  subjectTransform: {source: x, dest: z}
  republish: {source: r, destination: q}
  allowDirect: true
  mirrorDirect: true
  allowMsgTtl: true
  subjectDeleteMarkerTtl: 2h
  allowMsgCounter: true
  allowAtomicPublish: true
  allowMsgSchedules: true
  persistMode: async
  consumerLimits: {inactiveThreshold: 3h, maxAckPending: 8}
  metadata: {k: v}
  account: acc
  creds: /c
  nkey: ""
  preventDelete: true
  preventUpdate: true
  servers: [nats://a:4222]
  tls: {clientCert: x, rootCas: [y]}
  tlsFirst: false
  jsDomain: hub
status: {observedGeneration: 1}
`);
  assert.deepEqual(config, {
    name: 's',
    description: 'd',
    subjects: ['a', 'b'],
    retention: 'interest',
    max_consumers: 1,
    max_msgs: 2,
    max_bytes: 3,
    discard: 'new',
    discard_new_per_subject: true,
    max_age: HOUR_NS,
    max_msgs_per_subject: 4,
    max_msg_size: 5,
    storage: 'file',
    num_replicas: 3,
    no_ack: true,
    duplicate_window: HOUR_NS / 60,
    placement: { cluster: 'c', tags: ['t'] },
    mirror: {
      name: 'm',
      opt_start_seq: 6,
      opt_start_time: '2026-01-01T00:00:00Z',
      filter_subject: 'f',
      external: { api: 'P.API', deliver: 'P.D' },
      subject_transforms: [{ src: 'x', dest: 'z' }],
    },
    sources: [{ name: 'o', external: { api: 'Q.API' } }],
    sealed: true,
    deny_delete: true,
    deny_purge: true,
    allow_rollup_hdrs: true,
    compression: 's2',
    first_seq: 7,
    subject_transform: { src: 'x', dest: 'z' },
    republish: { src: 'r', dest: 'q' },
    allow_direct: true,
    mirror_direct: true,
    allow_msg_ttl: true,
    subject_delete_marker_ttl: 2 * HOUR_NS,
    allow_msg_counter: true,
    allow_atomic: true,
    allow_msg_schedules: true,
    persist_mode: 'async',
    consumer_limits: { inactive_threshold: 3 * HOUR_NS, max_ack_pending: 8 },
    metadata: { k: 'v' },
  });
  assert.deepEqual([account, domain, preventDelete, preventUpdate], ['acc', 'hub', true, true]);
  assert.deepEqual(
    notes.map((note) => note.split(' ')[0]),
    ['spec.servers', 'spec.creds', 'spec.tls'],
  );
});

test('[NACK crds.yml] every field of a Consumer becomes what its controller makes of it', async () => {
  const { config, stream, name } = await only(`
apiVersion: jetstream.nats.io/v1beta2
kind: Consumer
metadata: {name: other}
spec:
  streamName: s
  durableName: c
  deliverPolicy: byStartSequence
  optStartSeq: 5
  optStartTime: ""
  deliverSubject: out
  ackPolicy: explicit
  ackWait: 10s
  maxDeliver: 3
  backoff: [1s, 2s]
  filterSubject: f
  filterSubjects: [g, h]
  replayPolicy: original
  sampleFreq: "50%"
  maxWaiting: 1
  rateLimitBps: 2
  maxAckPending: 4
  deliverGroup: g
  description: d
  flowControl: true
  headersOnly: true
  heartbeatInterval: 1s
  maxRequestBatch: 6
  maxRequestExpires: 3s
  maxRequestMaxBytes: 7
  inactiveThreshold: 4s
  pauseUntil: "2030-01-01T00:00:00Z"
  priorityPolicy: pinned_client
  pinnedTtl: 5s
  priorityGroups: [a]
  replicas: 1
  memStorage: true
  metadata: {k: v}
`);
  assert.deepEqual([stream, name], ['s', 'c']);
  assert.deepEqual(config, {
    name: 'c',
    durable_name: 'c',
    deliver_policy: 'by_start_sequence',
    opt_start_seq: 5,
    deliver_subject: 'out',
    ack_policy: 'explicit',
    ack_wait: 10e9,
    max_deliver: 3,
    backoff: [1e9, 2e9],
    filter_subject: 'f',
    filter_subjects: ['g', 'h'],
    replay_policy: 'original',
    sample_freq: '50%',
    max_waiting: 1,
    rate_limit_bps: 2,
    max_ack_pending: 4,
    deliver_group: 'g',
    description: 'd',
    flow_control: true,
    headers_only: true,
    idle_heartbeat: 1e9,
    max_batch: 6,
    max_expires: 3e9,
    max_bytes: 7,
    inactive_threshold: 4e9,
    pause_until: '2030-01-01T00:00:00Z',
    priority_policy: 'pinned_client',
    priority_timeout: 5e9,
    priority_groups: ['a'],
    num_replicas: 1,
    mem_storage: true,
    metadata: { k: 'v' },
  });
});

test('[NACK crds.yml] every field of a KeyValue becomes the stream that clients would make', async () => {
  const { config, name, stream } = await only(`
apiVersion: jetstream.nats.io/v1beta2
kind: KeyValue
metadata: {name: other}
spec:
  bucket: b
  description: d
  maxValueSize: 1
  history: 2
  ttl: 1h
  limitMarkerTtl: 3600000000000
  maxBytes: 3
  storage: memory
  replicas: 3
  placement: {cluster: c, tags: [t]}
  republish: {source: ">", destination: "out.>"}
  compression: true
  sources: [{name: other}, {name: KV_third, subjectTransforms: [{source: a, dest: b}]}]
`);
  assert.deepEqual([name, stream], ['b', 'KV_b']);
  assert.deepEqual(config, {
    name: 'KV_b',
    description: 'd',
    subjects: ['$KV.b.>'],
    max_msg_size: 1,
    max_msgs_per_subject: 2,
    max_age: HOUR_NS,
    allow_msg_ttl: true,
    subject_delete_marker_ttl: HOUR_NS,
    max_bytes: 3,
    storage: 'memory',
    num_replicas: 3,
    placement: { cluster: 'c', tags: ['t'] },
    republish: { src: '>', dest: 'out.>' },
    compression: 's2',
    discard: 'new',
    deny_delete: true,
    allow_rollup_hdrs: true,
    allow_direct: true,
    sources: [
      { name: 'KV_other', subject_transforms: [{ src: '$KV.other.>', dest: '$KV.b.>' }] },
      { name: 'KV_third', subject_transforms: [{ src: 'a', dest: 'b' }] },
    ],
  });
  const mirror = await only('kind: KeyValue\nbucket: m\nmirror: {name: b, filterSubject: "$KV.b.x"}');
  assert.deepEqual(
    [mirror.config['mirror'], mirror.config['mirror_direct'], mirror.config['subjects']],
    [{ name: 'KV_b', filter_subject: '$KV.b.x' }, true, undefined],
  );
});

test('[NACK crds.yml] every field of an ObjectStore becomes the stream that clients would make', async () => {
  const { config, name, stream } = await only(`
apiVersion: jetstream.nats.io/v1beta2
kind: ObjectStore
metadata: {name: files}
spec:
  description: d
  ttl: 1h
  maxBytes: 536870912 # 512 MB
  storage: file
  replicas: 1
  placement: {cluster: c}
  compression: false
  metadata: {k: v}
`);
  assert.deepEqual([name, stream], ['files', 'OBJ_files']);
  assert.deepEqual(config, {
    name: 'OBJ_files',
    description: 'd',
    subjects: ['$O.files.C.>', '$O.files.M.>'],
    max_age: HOUR_NS,
    max_bytes: 536_870_912,
    storage: 'file',
    num_replicas: 1,
    placement: { cluster: 'c' },
    compression: 'none',
    discard: 'new',
    allow_rollup_hdrs: true,
    allow_direct: true,
    metadata: { k: 'v' },
  });
});

test("a stream of NACK without a storage is in memory, as its schema says, and that is told; Contrail's own is a file", async () => {
  const nack = await only('apiVersion: jetstream.nats.io/v1beta2\nkind: Stream\nspec: {name: a}');
  assert.equal(nack.config['storage'], 'memory');
  assert.match(nack.notes.join(), /storage is memory, NACK's default/);
  assert.equal((await only('kind: Stream\nspec: {name: a}')).config['storage'], undefined);
});

test('what kubectl shows of documents, with all that the schema has filled in, means what was written', async () => {
  const [stream, consumer] = await assetsOf(`
apiVersion: v1
kind: List
metadata: {resourceVersion: ""}
items:
- apiVersion: jetstream.nats.io/v1beta2
  kind: Stream
  metadata: {name: a, namespace: default, uid: 0, creationTimestamp: "2026-01-01T00:00:00Z", generation: 1}
  spec:
    {name: a, subjects: [a], allowDirect: false, allowRollup: false, compression: "", creds: "", denyDelete: false,
    discard: old, discardPerSubject: false, firstSequence: 0, maxAge: "", maxBytes: -1, maxConsumers: -1, maxMsgSize: -1,
    maxMsgs: -1, maxMsgsPerSubject: 0, nkey: "", noAck: false, persistMode: "", preventDelete: false, replicas: 1,
    retention: limits, sealed: false, servers: [], storage: file, subjectDeleteMarkerTtl: "", tlsFirst: false}
  status: {conditions: [{type: Ready}]}
- apiVersion: jetstream.nats.io/v1beta2
  kind: Consumer
  metadata: {name: c}
  spec:
    {streamName: a, durableName: c, ackPolicy: explicit, ackWait: 1ns, creds: "", deliverPolicy: all, flowControl: false,
    headersOnly: false, memStorage: false, nkey: "", pauseUntil: "", pinnedTtl: "", priorityPolicy: "",
    replayPolicy: instant, servers: [], tlsFirst: false}
`);
  assert.deepEqual(stream?.notes, []);
  assert.equal(stream?.config['max_age'], 0);
  assert.equal(consumer?.config['ack_wait'], undefined);
  assert.deepEqual(consumer?.notes, ["ackWait 1ns, which NACK's schema fills in, is taken as not said"]);
});

test('an Account of NACK is left out with a note that names it', async () => {
  const text =
    'apiVersion: jetstream.nats.io/v1beta2\nkind: Account\nmetadata: {name: a}\nspec: {name: a, servers: [x]}';
  const { assets, notes } = readAssets(await parseDocuments(text, 'x.yaml'));
  assert.deepEqual([assets.length, notes.length], [0, 1]);
  assert.match(notes[0] ?? '', /x.yaml:1: document 1: Account is left out/);
});

test('documents without end are refused', async () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++) lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`);
  assert.match(await faults(lines.join('\n')), /x.yaml: document 1: .*alias/i);
});

test('durations are written as they are read', () => {
  const rows: [number, string][] = [
    [0, '0s'],
    [168 * HOUR_NS, '7d'],
    [36 * HOUR_NS, '1d12h'],
    [90e9, '1m30s'],
    [250e6, '250ms'],
    [1, '1ns'],
    [-5e9, '-5s'],
  ];
  for (const [ns, text] of rows) assert.equal(durationWord(ns), text);
});
