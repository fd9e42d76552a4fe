// Requests for consumers, right and wrong in every way a field can be, on streams of every retention. All are for a
// stream called S with subjects `a.>` and `b`, and a consumer called C.

type Fields = Readonly<Record<string, unknown>>;

export interface ConsumerCase {
  /** Behind `$JS.API.CONSUMER.`. */
  readonly endpoint: string;
  readonly body: string;
}

/** A body with exact number texts: values that begin with # are put in without quotes. */
function text(fields: Fields): string {
  return JSON.stringify(fields).replace(/"#([^"]*)"/g, '$1');
}

function named(config: Fields, more: Fields = {}): ConsumerCase {
  return { endpoint: 'CREATE.S.C', body: text({ stream_name: 'S', config, ...more }) };
}

const WRONG_TYPES: readonly unknown[] = [
  'text',
  '',
  1,
  -1,
  0,
  '#1.5',
  '#1e3',
  '#-0',
  '#9223372036854775807',
  '#9223372036854775808',
  '#18446744073709551616',
  true,
  false,
  null,
  [],
  [1],
  ['a'],
  [null],
  {},
  { a: 1 },
  { a: 'b' },
  [{}],
];

const CONFIG_FIELDS = [
  'durable_name',
  'name',
  'description',
  'deliver_policy',
  'opt_start_seq',
  'opt_start_time',
  'ack_policy',
  'ack_wait',
  'max_deliver',
  'backoff',
  'filter_subject',
  'filter_subjects',
  'replay_policy',
  'rate_limit_bps',
  'sample_freq',
  'max_waiting',
  'max_ack_pending',
  'flow_control',
  'headers_only',
  'max_batch',
  'max_expires',
  'max_bytes',
  'deliver_subject',
  'deliver_group',
  'idle_heartbeat',
  'inactive_threshold',
  'num_replicas',
  'mem_storage',
  'direct',
  'sourcing',
  'metadata',
  'pause_until',
  'priority_groups',
  'priority_policy',
  'priority_timeout',
  'unknown',
] as const;

const REQUEST_FIELDS = ['stream_name', 'config', 'action', 'pedantic', 'unknown'] as const;

function wrongTypes(): ConsumerCase[] {
  return [
    ...CONFIG_FIELDS.flatMap((field) => WRONG_TYPES.map((value) => named({ [field]: value }))),
    ...REQUEST_FIELDS.flatMap((field) => WRONG_TYPES.map((value) => named({}, { [field]: value }))),
  ];
}

const MS = 1_000_000;
const SECOND = 1_000 * MS;
const PUSH = { deliver_subject: 'd', ack_policy: 'explicit' };

/** Well typed configurations: each is sent as it is and pedantically, to every kind of stream. */
const WELL_TYPED: readonly Fields[] = [
  {},
  { durable_name: 'C' },
  { durable_name: 'D' },
  { name: 'C', durable_name: 'C' },
  { name: 'D' },
  { description: 'é<' },
  { description: 'x'.repeat(4097) },
  { ack_policy: 'explicit' },
  { ack_policy: 'all' },
  { ack_policy: 'Explicit' },
  { ack_policy: 'explicit', ack_wait: SECOND },
  { ack_policy: 'explicit', ack_wait: -1 },
  { ack_policy: 'none', ack_wait: SECOND },
  { ack_policy: 'explicit', backoff: [SECOND, 2 * SECOND] },
  { ack_policy: 'explicit', backoff: [SECOND, 2 * SECOND], max_deliver: 1 },
  { ack_policy: 'explicit', backoff: [SECOND, 2 * SECOND], max_deliver: 2 },
  { ack_policy: 'explicit', backoff: [-1] },
  { ack_policy: 'explicit', ack_wait: SECOND, backoff: [SECOND] },
  { ack_policy: 'flow_control' },
  { ack_policy: 'flow_control', deliver_subject: 'd' },
  { ack_policy: 'flow_control', deliver_subject: 'd', max_deliver: 5 },
  { ack_policy: 'flow_control', deliver_subject: 'd', ack_wait: 5 },
  { ack_policy: 'flow_control', deliver_subject: 'd', flow_control: true, idle_heartbeat: SECOND },
  { ack_policy: 'flow_control', deliver_subject: 'd', flow_control: true, idle_heartbeat: 2 * SECOND },
  { ack_policy: 'flow_control', deliver_subject: 'd', max_ack_pending: -1 },
  { deliver_policy: 'undefined' },
  { deliver_policy: 'last' },
  { deliver_policy: 'last', opt_start_seq: 1 },
  { deliver_policy: 'last', opt_start_time: '2024-01-01T00:00:00Z' },
  { deliver_policy: 'new', opt_start_seq: 1 },
  { deliver_policy: 'new', opt_start_time: '2024-01-01T00:00:00Z' },
  { deliver_policy: 'all', opt_start_seq: 1 },
  { deliver_policy: 'all', opt_start_time: '2024-01-01T00:00:00Z' },
  { deliver_policy: 'last_per_subject' },
  { deliver_policy: 'last_per_subject', filter_subject: 'a.>' },
  { deliver_policy: 'last_per_subject', filter_subjects: ['a.b'] },
  { deliver_policy: 'last_per_subject', opt_start_seq: 1 },
  { deliver_policy: 'last_per_subject', opt_start_time: '2024-01-01T00:00:00Z' },
  { deliver_policy: 'by_start_sequence' },
  { deliver_policy: 'by_start_sequence', opt_start_seq: 5 },
  { deliver_policy: 'by_start_sequence', opt_start_seq: 5, opt_start_time: '2024-01-01T00:00:00Z' },
  { deliver_policy: 'by_start_time' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T00:00:00.120Z' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T00:00:00+02:00' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T00:00:00.000000001-11:30' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T00:00:00Z', opt_start_seq: 4 },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-13-01T00:00:00Z' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-02-30T00:00:00Z' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T25:00:00Z' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T00:61:00Z' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T00:00:60Z' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T00:00:00' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T00:00:00+2:00' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T00:00:00+25:00' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T00:00:00Zx' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01 00:00:00Z' },
  { deliver_policy: 'by_start_time', opt_start_time: 'é"' },
  { deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T1:00:00,5Z' },
  { filter_subject: 'a.b' },
  { filter_subject: 'q' },
  { filter_subject: 'a..b' },
  { filter_subject: 'a b' },
  { filter_subject: '>' },
  { filter_subject: 'a.b', filter_subjects: ['b'] },
  { filter_subjects: ['a.b', 'b'] },
  { filter_subjects: ['a.b', 'a.*'] },
  { filter_subjects: ['a.b', 'a.b'] },
  { filter_subjects: ['a.*.c', 'a.b.*'] },
  { filter_subjects: [''] },
  { filter_subjects: ['a', ''] },
  { filter_subjects: ['a..b'] },
  { replay_policy: 'original' },
  { replay_policy: 'Instant' },
  { rate_limit_bps: 1000 },
  { sample_freq: '30' },
  { sample_freq: '30%' },
  { sample_freq: '300%' },
  { sample_freq: '-5' },
  { sample_freq: 'x' },
  { sample_freq: '%' },
  { sample_freq: '5%%' },
  { sample_freq: '99999999999999999999' },
  { max_waiting: 5 },
  { max_waiting: -5 },
  { max_ack_pending: 5 },
  { max_ack_pending: -5 },
  { ack_policy: 'explicit', max_ack_pending: 5 },
  { ack_policy: 'explicit', max_ack_pending: 50_000 },
  { ack_policy: 'explicit', max_ack_pending: -1 },
  { flow_control: true },
  { idle_heartbeat: SECOND },
  { idle_heartbeat: -1 },
  { headers_only: true },
  { max_batch: 5, max_expires: SECOND, max_bytes: 100 },
  { max_batch: -5 },
  { max_expires: -5 },
  { max_expires: 5 },
  { max_bytes: -5 },
  { inactive_threshold: SECOND },
  { inactive_threshold: -1 },
  { inactive_threshold: 3600 * SECOND },
  { num_replicas: 1 },
  { num_replicas: 3 },
  { num_replicas: -1 },
  { mem_storage: true },
  { direct: true },
  { direct: true, deliver_subject: 'd' },
  { direct: true, deliver_subject: 'd', durable_name: 'C' },
  { metadata: { a: 'b', '_nats.ver': 'x', '_nats.req.level': '9' } },
  { metadata: { big: 'x'.repeat(128 * 1024) } },
  { pause_until: '2000-01-01T00:00:00Z' },
  { pause_until: '0001-01-01T00:00:00Z' },
  { priority_policy: 'overflow' },
  { priority_policy: 'overflow', priority_groups: ['g'] },
  { priority_policy: 'overflow', priority_groups: [''] },
  { priority_policy: 'overflow', priority_groups: ['a b'] },
  { priority_policy: 'overflow', priority_groups: ['x'.repeat(17)] },
  { priority_policy: 'pinned_client', priority_groups: ['g'] },
  { priority_policy: 'prioritized', priority_groups: ['g'], priority_timeout: SECOND },
  { priority_policy: 'overflow', priority_groups: ['g'], deliver_subject: 'd' },
  { priority_policy: 'nope' },
  { priority_policy: 'none', priority_timeout: SECOND },
  { priority_groups: ['g'] },
  { priority_timeout: -1 },
  PUSH,
  { ...PUSH, durable_name: 'C' },
  { ...PUSH, deliver_subject: 'd.*' },
  { ...PUSH, deliver_subject: 'd..x' },
  { ...PUSH, deliver_subject: 'd x' },
  { ...PUSH, deliver_subject: 'b' },
  { ...PUSH, deliver_subject: 'a.x' },
  { ...PUSH, deliver_group: 'g' },
  { ...PUSH, deliver_group: 'g x' },
  { ...PUSH, max_waiting: 5 },
  { ...PUSH, idle_heartbeat: SECOND, flow_control: true },
  { ...PUSH, idle_heartbeat: 5 },
  { ...PUSH, flow_control: true },
  { ...PUSH, rate_limit_bps: 1000 },
  { ...PUSH, max_batch: 5 },
  { deliver_subject: 'd', max_ack_pending: 5 },
  { deliver_subject: 'd' },
  { DELIVER_POLICY: 'new' },
];

const RAW: readonly string[] = [
  '',
  '{}',
  '[]',
  'null',
  '5',
  '{',
  '{"stream_name":"S","config":{"durable_name":"C"}',
  '{"stream_name":"S"}x',
  '{"stream_name":"S","config":{"nope":1}}',
  '{"stream_name":"S","nope":{"a":[1,{"b":"c"}]}}',
  '{"stream_name":"T"}',
  '{"stream_name":"S","config":{"ack_policy":5,"nope":1}}',
  '{"stream_name":"S","action":"delete"}',
  '{"stream_name":"S","action":"update"}',
  '{"stream_name":"S","action":"create"}',
];

/** Subjects that say something of their own. */
const ENDPOINTS: readonly ConsumerCase[] = [
  { endpoint: 'CREATE.S', body: text({ stream_name: 'S', config: { durable_name: 'C' } }) },
  { endpoint: 'CREATE.S', body: text({ stream_name: 'S', config: { name: 'C' } }) },
  { endpoint: 'CREATE.S', body: text({ stream_name: 'S', config: { name: 'C/D' } }) },
  { endpoint: 'CREATE.S', body: text({ stream_name: 'S', config: { name: 'C.D' } }) },
  { endpoint: 'CREATE.S', body: text({ stream_name: 'S', config: { name: 'C D' } }) },
  { endpoint: 'CREATE.X', body: text({ stream_name: 'X', config: {} }) },
  { endpoint: 'CREATE.X.C', body: text({ stream_name: 'S', config: {} }) },
  { endpoint: 'CREATE.S.C', body: text({ stream_name: 'S', config: { durable_name: 'D' } }) },
  { endpoint: 'CREATE.S.C/D', body: text({ stream_name: 'S', config: {} }) },
  { endpoint: 'CREATE.S.C\\D', body: text({ stream_name: 'S', config: {} }) },
  { endpoint: 'CREATE.S.C.a.b', body: text({ stream_name: 'S', config: { filter_subject: 'a.b' } }) },
  { endpoint: 'CREATE.S.C.a.b', body: text({ stream_name: 'S', config: { filter_subject: 'a.c' } }) },
  { endpoint: 'CREATE.S.C.a.b', body: text({ stream_name: 'S', config: { filter_subjects: ['a.b'] } }) },
  { endpoint: 'CREATE.S.C.a.b', body: text({ stream_name: 'S', config: {} }) },
  { endpoint: 'DURABLE.CREATE.S.C', body: text({ stream_name: 'S', config: { durable_name: 'C' } }) },
  { endpoint: 'DURABLE.CREATE.S.C', body: text({ stream_name: 'S', config: { name: 'C' } }) },
  { endpoint: 'DURABLE.CREATE.S.C', body: text({ stream_name: 'S', config: { durable_name: 'D' } }) },
  { endpoint: 'DURABLE.CREATE.S.C', body: text({ stream_name: 'S', config: { durable_name: 'C', name: 'D' } }) },
  { endpoint: `CREATE.S.${'x'.repeat(255)}`, body: text({ stream_name: 'S', config: {} }) },
  {
    endpoint: `CREATE.S.${'x'.repeat(256)}`,
    body: text({ stream_name: 'S', config: { durable_name: 'x'.repeat(256) } }),
  },
];

/** For the stream with plain limits. */
export const CONSUMER_CASES: readonly ConsumerCase[] = [
  ...wrongTypes(),
  ...WELL_TYPED.map((config) => named(config)),
  ...WELL_TYPED.map((config) => named(config, { pedantic: true })),
  ...RAW.map((body) => ({ endpoint: 'CREATE.S.C', body })),
  ...ENDPOINTS,
];

/** For streams of other kinds. */
export const CONSUMER_CASES_SHORT: readonly ConsumerCase[] = [
  ...WELL_TYPED.map((config) => named(config)),
  ...WELL_TYPED.map((config) => named(config, { pedantic: true })),
];

const BASE = { ack_policy: 'explicit' };

/** What is there, and what is asked for then. */
export const CONSUMER_UPDATES: readonly (readonly [ConsumerCase, ConsumerCase])[] = [
  ...WELL_TYPED.map((config) => [named(BASE), named(config)] as const),
  ...WELL_TYPED.map((config) => [named(PUSH), named({ ...PUSH, ...config })] as const),
  ...WELL_TYPED.map((config) => [named({ ...BASE, durable_name: 'C' }), named({ ...BASE, ...config })] as const),
  [named(BASE), named(BASE, { action: 'create' })],
  [named(BASE), named({ ...BASE, max_deliver: 5 }, { action: 'create' })],
  [named(BASE), named({ ...BASE, max_deliver: 5 }, { action: 'update' })],
  [named({ ...BASE, metadata: { a: 'b' } }), named({ ...BASE, metadata: { a: 'c' } })],
  [named({ ...BASE, filter_subject: 'b' }), named({ ...BASE, filter_subjects: ['a.b', 'b'] })],
  [
    named({ deliver_policy: 'by_start_sequence', opt_start_seq: 5 }),
    named({ deliver_policy: 'by_start_sequence', opt_start_seq: 6 }),
  ],
  [
    named({ deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T00:00:00Z' }),
    named({ deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T01:00:00+01:00' }),
  ],
  [
    named({ deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T00:00:00Z' }),
    named({ deliver_policy: 'by_start_time', opt_start_time: '2024-01-01T02:00:00+01:00' }),
  ],
];
