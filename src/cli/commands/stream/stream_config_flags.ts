// The flags that describe a stream's configuration, for add and copy, and for edit where some are fixed and others can
// be taken back. Compat: natscli cli/stream_command.go, addCreateFlags.
import { flag, type ValuesOf } from '../../command.ts';

const COMMON = {
  subjects: flag.texts('Subjects that are consumed by the stream'),
  description: flag.text('Sets a contextual description for the stream'),
  compression: flag.choice('Compression algorithm to use (file storage only)', ['none', 's2']),
  replicas: flag.integer('When clustered, how many replicas of the data to create', { min: 1 }),
  tag: flag.texts('Place the stream on servers that has specific tags (pass multiple times)'),
  tags: flag.texts('Backward compatibility only, use --tag', { isHidden: true }),
  cluster: flag.text('Place the stream on a specific cluster'),
  retention: flag.choice('Defines a retention policy (limits, interest, work)', [
    'limits',
    'interest',
    'workq',
    'work',
  ]),
  discard: flag.choice('Defines the discard policy (new, old)', ['new', 'old']),
  discardPerSubject: flag.toggle("Sets the 'new' discard policy and applies it to every subject in the stream"),
  maxAge: flag.text('Maximum age of messages to keep'),
  maxBytes: flag.size('Maximum bytes to keep', { placeholder: 'BYTES' }),
  maxConsumers: flag.integer('Maximum number of consumers to allow', { default: -1 }),
  maxMsgSize: flag.size('Maximum size any 1 message may be', { placeholder: 'BYTES' }),
  maxMsgs: flag.integer('Maximum amount of messages to keep', { default: 0 }),
  maxMsgsPerSubject: flag.integer('Maximum amount of messages to keep per subject', { default: 0 }),
  dupeWindow: flag.text('Duration of the duplicate message tracking window'),
  mirror: flag.text('Completely mirror another stream'),
  source: flag.texts('Source data from other streams, merging into this one', { placeholder: 'STREAM' }),
  allowBatch: flag.toggle('Allow atomic batch publishing'),
  allowFast: flag.toggle('Allow fast batch publishing'),
  allowCounter: flag.switch('Configures the stream as a distributed counter'),
  allowRollup: flag.toggle('Allows roll-ups to be done by publishing messages with special headers'),
  denyDelete: flag.toggle('Deny messages from being deleted via the API'),
  denyPurge: flag.toggle('Deny entire stream or subject purges via the API'),
  allowMirrorDirect: flag.toggle('Allows fast, direct, access to stream data via the direct get API on mirrors'),
  allowMsgTtl: flag.switch('Allows per-message TTL handling'),
  allowSchedules: flag.toggle('Allows message schedules'),
  subjectDelMarkersTtl: flag.duration('How long delete markers should persist in the stream', {
    placeholder: 'DURATION',
  }),
  transformSource: flag.text('Stream subject transform source', { placeholder: 'SOURCE' }),
  transformDestination: flag.text('Stream subject transform destination', { placeholder: 'DEST' }),
  metadata: flag.map('Adds metadata to the stream', { placeholder: 'META' }),
  republishSource: flag.text('Republish messages to --republish-destination', { placeholder: 'SOURCE' }),
  republishDestination: flag.text('Republish destination for messages in --republish-source', { placeholder: 'DEST' }),
  republishHeaders: flag.switch('Republish only message headers, no bodies'),
} as const;

export const CREATE_FLAGS = {
  ...COMMON,
  ack: flag.toggle('Acknowledge publishes', { default: true }),
  storage: flag.choice('Storage backend to use (file, memory)', ['file', 'f', 'memory', 'm']),
  firstSequence: flag.integer('Sets the starting sequence', { min: 0 }),
  allowDirect: flag.toggle('Allows fast, direct, access to stream data via the direct get API', { default: true }),
  limitConsumerInactive: flag.duration('The maximum Consumer inactive threshold the stream allows', {
    placeholder: 'THRESHOLD',
  }),
  limitConsumerMaxPending: flag.integer('The maximum Consumer Ack Pending the stream Allows', {
    placeholder: 'PENDING',
    min: 0,
  }),
  persistMode: flag.choice('Configures the persistence mode', ['default', 'async']),
} as const;

export const EDIT_FLAGS = {
  ...COMMON,
  ack: flag.toggle('Acknowledge publishes'),
  allowDirect: flag.toggle('Allows fast, direct, access to stream data via the direct get API'),
  noMirror: flag.switch('Removes current mirror configuration'),
  noTransform: flag.switch('Removes current subject transform configuration'),
  noRepublish: flag.switch('Removes current republish configuration'),
} as const;

/** Of a copy: nothing that is not given may change what is copied. */
export const COPY_FLAGS = {
  ...CREATE_FLAGS,
  ack: flag.toggle('Acknowledge publishes'),
  allowDirect: flag.toggle('Allows fast, direct, access to stream data via the direct get API'),
} as const;

export type CommonFlags = ValuesOf<typeof COMMON>;
export type CreateFlags = ValuesOf<typeof CREATE_FLAGS>;
export type EditFlags = ValuesOf<typeof EDIT_FLAGS>;
export type CopyFlags = ValuesOf<typeof COPY_FLAGS>;
