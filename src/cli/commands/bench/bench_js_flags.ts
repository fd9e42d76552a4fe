// Flags of the benchmarks of JetStream.
import { flag } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import { checkSubject, splitSubjects } from '../../input/subjects.ts';
import { COMMON_FLAGS, SLEEP_FLAG } from './bench_flags.ts';
import { CONSUMER_DEFAULT, STREAM_DEFAULT } from './bench_setup.ts';

export const JS_FLAGS = {
  ...COMMON_FLAGS,
  stream: flag.text('The name of the stream to create or use', { default: STREAM_DEFAULT }),
  ...SLEEP_FLAG,
} as const;

export const BATCH_MAX = 65_535;

export const STORE_FLAGS = {
  storage: flag.choice('JetStream storage (memory/file) for what is created', ['memory', 'file'], { default: 'file' }),
  replicas: flag.integer('Number of replicas for what is created', { default: 1, min: 1 }),
  maxbytes: flag.size('The maximum size of the stream or KV bucket in bytes', { default: '1GB' }),
} as const;

export const PURGE_FLAG = {
  purge: flag.switch('Purge the stream before running'),
} as const;

export const STREAM_FLAGS = {
  create: flag.switch('Create or update the stream first'),
  ...STORE_FLAGS,
  dedup: flag.switch('Sets a message id in the header to use JS Publish de-duplication'),
  dedupwindow: flag.duration("Sets the duration of the stream's deduplication functionality", { default: '2m' }),
  ...PURGE_FLAG,
  persistasync: flag.switch('Set the persistence mode for the stream to asynchronous (only for R1 streams)'),
} as const;

export const BUFFER_FLAG = {
  batch: flag.integer('Sets the max number of messages that can be buffered in the client', { default: 500, min: 1 }),
} as const;

export const FILTER_FLAG = {
  filter: flag.texts('Filter Stream by subjects', { placeholder: 'SUBJECTS' }),
} as const;

export const CONSUMER_FLAGS = {
  consumer: flag.text('Specify the durable consumer name to use', { default: CONSUMER_DEFAULT }),
  ...BUFFER_FLAG,
  acks: flag.choice('Acknowledgement mode for the consumer', ['explicit', 'none', 'all'], { default: 'explicit' }),
  doubleack: flag.toggle('Synchronously acknowledge messages, waiting for a reply from the server', { default: false }),
  ...FILTER_FLAG,
  ...PURGE_FLAG,
} as const;

/** Subjects of --filter, checked. */
export function filtersOf(filter: readonly string[]): string[] {
  const subjects = splitSubjects(filter);
  for (const subject of subjects) checkSubject(subject, '--filter');
  return subjects;
}

/** A name that can stand as one word of a subject. */
export function checkName(name: string, what: string): void {
  if (name !== '' && !/[\s.*>/\\]/.test(name)) return;
  throw new UsageError(`${what} '${name}' is no name: one word, without dots, blanks, slashes and wildcards`);
}

export function maxBytesOf(maxbytes: number): number {
  if (maxbytes > 0) return maxbytes;
  throw new UsageError('--maxbytes is how large the stream may become: more than nothing, written like 1GB');
}
