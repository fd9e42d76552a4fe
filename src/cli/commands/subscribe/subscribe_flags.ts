// The flags of `contrail subscribe`, and what its parts see of them.
import { flag, type ValuesOf } from '../../command.ts';

export const SUBSCRIBE_FLAGS = {
  queue: flag.text('Subscribe to a named queue group'),
  durable: flag.text('Use a durable consumer (requires JetStream)'),
  raw: flag.switch('Show the raw data received', { short: 'r' }),
  translate: flag.text('Translate the message data by running it through the given command before output'),
  ack: flag.toggle('Acknowledge JetStream message that have the correct metadata'),
  matchReplies: flag.switch('Match replies to requests'),
  inbox: flag.switch('Subscribes to a generated inbox', { short: 'i' }),
  count: flag.integer('Quit after receiving this many messages', { min: 0 }),
  dump: flag.text(
    'Dump received messages to files, 1 file per message. Specify - for null terminated STDOUT for use with xargs -0',
    { placeholder: 'DIRECTORY' },
  ),
  headersOnly: flag.switch('Do not render any data, shows only headers'),
  subjectsOnly: flag.switch("Prints only the messages' subjects"),
  startSequence: flag.integer('Starts at a specific Stream sequence (requires JetStream)', {
    placeholder: 'SEQUENCE',
    min: 0,
  }),
  all: flag.switch('Delivers all messages found in the Stream (requires JetStream)'),
  new: flag.switch('Delivers only future messages (requires JetStream)'),
  last: flag.switch('Delivers the most recent and all future messages (requires JetStream)'),
  since: flag.text('Delivers messages received since a duration like 1d3h5m2s(requires JetStream)', {
    placeholder: 'DURATION',
  }),
  lastPerSubject: flag.switch('Deliver the most recent messages for each subject in the Stream (requires JetStream)'),
  terminateAtEnd: flag.switch('Stops consuming messages from JetStream once all messages were received', {
    short: 'T',
  }),
  stream: flag.text('Subscribe to a specific stream (required JetStream)', { placeholder: 'STREAM' }),
  ignoreSubject: flag.texts(
    'Subjects for which corresponding messages will be ignored and therefore not shown in the output',
    { short: 'I', placeholder: 'SUBJECT' },
  ),
  wait: flag.duration('Unsubscribe after this amount of time without any traffic'),
  reportSubjects: flag.switch(
    'Subscribes to subject patterns and builds a de-duplicated report of active subjects receiving data',
  ),
  reportSubscriptions: flag.switch(
    'Subscribes to subject patterns and builds a de-duplicated report of active subscriptions receiving data',
  ),
  reportTop: flag.integer("Number of subjects to show when doing 'report-subjects'", { default: 10 }),
  timestamp: flag.switch('Show timestamps in output', { short: 't' }),
  deltaTime: flag.switch('Show time since start in output', { short: 'd' }),
  graph: flag.switch('Graph the rate of messages received'),
  direct: flag.switch('Subscribe using batched direct gets instead of a durable consumer (requires JetStream)'),
  backup: flag.text('Records every received message into a stream backup in this directory', {
    placeholder: 'DIRECTORY',
  }),
  quiet: flag.switch('Do not print received messages, only record them with --backup', { short: 'q' }),
} as const;

export type SubscribeFlags = ValuesOf<typeof SUBSCRIBE_FLAGS>;
