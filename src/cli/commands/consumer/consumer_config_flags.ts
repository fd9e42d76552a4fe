// The flags that describe a consumer's configuration. Compat: natscli cli/consumer_command.go, addCreateFlags.
import { flag, type ValuesOf } from '../../command.ts';

export const CREATE_FLAGS = {
  ack: flag.choice('Acknowledgment policy (none, all, explicit, flow_control)', [
    'none',
    'all',
    'explicit',
    'flow_control',
  ]),
  bps: flag.integer('Restrict message delivery to a certain bit per second', { min: 0, default: 0 }),
  backoff: flag.choice(
    'Creates a consumer backoff policy using a specific pre-written algorithm (none, linear)',
    ['linear', 'none'],
    { placeholder: 'MODE' },
  ),
  backoffSteps: flag.integer('Number of steps to use when creating the backoff policy', { min: 1, default: 10 }),
  backoffMin: flag.duration('The shortest backoff period that will be generated', { default: '1m' }),
  backoffMax: flag.duration('The longest backoff period that will be generated', { default: '20m' }),
  deliver: flag.text('Start policy (all, new, last, subject, 1h, msg sequence)', { placeholder: 'POLICY' }),
  deliverGroup: flag.text('Delivers push messages only to subscriptions matching this group', {
    placeholder: 'GROUP',
  }),
  description: flag.text('Sets a contextual description for the consumer'),
  ephemeral: flag.switch('Create an ephemeral consumer'),
  filter: flag.texts('Filter Stream by subjects', { placeholder: 'SUBJECTS' }),
  flowControl: flag.switch('Enable Push consumer flow control'),
  heartbeat: flag.text('Enable idle Push consumer heartbeats (-1 disable)'),
  headersOnly: flag.toggle('Deliver only headers and no bodies'),
  maxDeliver: flag.integer('Maximum amount of times a message will be delivered', { placeholder: 'TRIES' }),
  maxOutstanding: flag.integer('Maximum pending Acks before consumers stop delivering messages', {
    isHidden: true,
    min: -1,
  }),
  maxPending: flag.integer('Maximum pending Acks before consumers are paused', { min: -1, default: -1 }),
  maxWaiting: flag.integer('Maximum number of outstanding pulls allowed', { placeholder: 'PULLS', min: 0 }),
  maxPullBatch: flag.integer('Maximum size batch size for a pull request to accept', {
    placeholder: 'BATCH_SIZE',
    min: 0,
  }),
  maxPullExpire: flag.duration('Maximum expire duration for a pull request to accept', { placeholder: 'EXPIRES' }),
  maxPullBytes: flag.integer('Maximum max bytes for a pull request to accept', { placeholder: 'BYTES', min: 0 }),
  pull: flag.switch("Deliver messages in 'pull' mode"),
  replay: flag.choice('Replay Policy (instant, original)', ['instant', 'original'], { placeholder: 'POLICY' }),
  sample: flag.integer('Percentage of requests to sample for monitoring purposes', { min: -1, max: 100, default: -1 }),
  target: flag.text('Push based delivery target subject', { placeholder: 'SUBJECT' }),
  wait: flag.duration('Acknowledgment waiting time'),
  inactiveThreshold: flag.duration('How long to allow an ephemeral consumer to be idle before removing it', {
    placeholder: 'THRESHOLD',
  }),
  memory: flag.switch('Force the consumer state to be stored in memory rather than inherit from the stream'),
  replicas: flag.integer('Sets a custom replica count rather than inherit from the stream', { min: 0 }),
  metadata: flag.map('Adds metadata to the consumer', { placeholder: 'META' }),
  pause: flag.text('Pause the consumer for a duration after start or until a specific timestamp (UTC)'),
  pinnedGroups: flag.texts('Create a Pinned Client consumer based on these groups', { placeholder: 'GROUPS' }),
  pinnedTtl: flag.duration('The time to allow for a client to pull before losing the pinned status', {
    placeholder: 'TTL',
  }),
  overflowGroups: flag.texts('Create a Overflow consumer based on these groups', { placeholder: 'GROUPS' }),
  prioritizedGroups: flag.texts('Create a Prioritized consumer based on these groups', { placeholder: 'GROUPS' }),
} as const;

export type CreateFlags = ValuesOf<typeof CREATE_FLAGS>;

/** What can change of a consumer that is there. */
const {
  ack,
  bps,
  deliver,
  deliverGroup,
  ephemeral,
  flowControl,
  heartbeat,
  maxWaiting,
  pull,
  replay,
  memory,
  pause,
  pinnedGroups,
  pinnedTtl,
  overflowGroups,
  prioritizedGroups,
  ...CHANGEABLE
} = CREATE_FLAGS;

export const EDIT_FLAGS = CHANGEABLE;

export type EditFlags = ValuesOf<typeof EDIT_FLAGS>;
