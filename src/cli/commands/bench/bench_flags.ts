// Flags that several benchmarks have, and what they say together.

import type { BenchPlan } from '../../bench/bench_run.ts';
import type { Pace } from '../../bench/pacer.ts';
import type { PublicationSpec } from '../../bench/publication.ts';
import { flag, type ValuesOf } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import { parseHeader } from '../../input/header.ts';
import { checkSubject } from '../../input/subjects.ts';
import { countText, durationHuman } from '../../output/human.ts';
import type { Session } from '../../session.ts';

export const COMMON_FLAGS = {
  clients: flag.integer('Number of concurrent clients', { default: 1, min: 1 }),
  msgs: flag.integer('Number of messages to publish or subscribe to', { default: 100_000, min: 1 }),
  progress: flag.toggle('Enable or disable the progress bar', { default: true }),
  csv: flag.text('Save benchmark data to CSV file', { placeholder: 'FILE' }),
  size: flag.size('Size of the test messages', { default: '128B', isLimit: false }),
  histogram: flag.switch('Show how the latencies are distributed'),
  against: flag.text(
    'Measure a second server too, in turns with the first, and compare. Credentials are those of its URL (nats://user:password@host); the ones of the first server are only sent to the same host',
    { placeholder: 'URL' },
  ),
  againstContext: flag.text('Address, credentials and TLS of the second server, from a context', {
    placeholder: 'NAME',
  }),
  rounds: flag.integer('With --against, how often each server is measured', { default: 3, min: 1 }),
} as const;

export const SLEEP_FLAG = {
  sleep: flag.duration('Sleep for the specified interval between publications', {
    default: '0s',
    placeholder: 'DURATION',
  }),
} as const;

export const PUBLICATION_FLAGS = {
  multisubject: flag.switch(
    "Multi-subject mode, each message is published on a subject that includes the publisher's message sequence number as a token",
  ),
  multisubjectmax: flag.integer('The maximum number of subjects to use in multi-subject mode (0 means no max)', {
    default: 100_000,
    min: 0,
  }),
  multisubjectrandomize: flag.switch('Randomize which subjects are being used when in multisubject mode'),
} as const;

export const PAYLOAD_FLAGS = {
  payload: flag.text('File containing a message payload to send', { placeholder: 'FILE' }),
  header: flag.texts('Adds headers to the message using K:V format', { short: 'H' }),
} as const;

export const THROUGHPUT_FLAGS = {
  throughput: flag.integer(
    'If set > 0, throttle aggregate message send throughput to approximately THROUGHPUT messages/second across all clients (0 disables). If --sleep is set, the achieved rate may be lower',
    { default: 0, min: 0, placeholder: 'THROUGHPUT' },
  ),
  duration: flag.duration(
    'Run for approximately this long instead of a fixed message count, deriving the number of messages from --throughput and taking precedence over --msgs (requires --throughput)',
    { default: '0s', placeholder: 'DURATION' },
  ),
} as const;

export type CommonFlags = ValuesOf<typeof COMMON_FLAGS>;
export type PublicationFlags = ValuesOf<typeof PUBLICATION_FLAGS>;
export type PayloadFlags = ValuesOf<typeof PAYLOAD_FLAGS>;
export type ThroughputFlags = ValuesOf<typeof THROUGHPUT_FLAGS>;

/** How many messages: what --msgs says, or what a rate makes of a duration. */
export function messagesOf({ msgs }: CommonFlags, { throughput, duration }: ThroughputFlags): number {
  if (duration === 0) return msgs;
  if (duration < 0) throw new UsageError('--duration is how long to run: it cannot be negative');
  if (throughput <= 0) throw new UsageError('--duration needs --throughput: how many messages a second to send');
  const messages = Math.round((throughput * duration) / 1e9);
  if (messages <= 0) {
    throw new UsageError(
      `--throughput ${throughput} for --duration ${durationHuman(duration)} makes no message at all`,
    );
  }
  return messages;
}

/** The pace of one client of several. */
export function paceOf(sleepNs: number, { throughput }: Pick<ThroughputFlags, 'throughput'>, clients: number): Pace {
  if (sleepNs < 0) throw new UsageError('--sleep is how long to wait: it cannot be negative');
  return { sleepMs: sleepNs / 1e6, rate: throughput / clients };
}

export function throughputFacts({ throughput, duration }: ThroughputFlags): Record<string, string> {
  if (throughput <= 0) return {};
  return {
    throughput: countText(throughput),
    ...(duration > 0 ? { duration: goText(duration) } : {}),
  };
}

export function multiFacts(flags: PublicationFlags): Record<string, string> {
  return {
    'multi-subject': String(flags.multisubject),
    'multi-subject-max': countText(flags.multisubjectmax),
    'multi-subject-randomize': String(flags.multisubjectrandomize),
  };
}

/** A duration in a banner. */
export function goText(ns: number): string {
  return ns === 0 ? '0s' : durationHuman(ns);
}

export function sizeOf({ size }: CommonFlags): number {
  if (size <= 0) throw new UsageError('--size is how large messages are: at least one byte, written like 128B or 1KB');
  return size;
}

/** The subject as subscribers name it. */
export function subscribedSubject(subject: string, isMulti: boolean): string {
  return isMulti ? `${subject}.*` : subject;
}

/** Reads what is to be sent, and refuses what cannot be. */
function publicationOf(
  session: Session,
  subject: string,
  flags: CommonFlags & PayloadFlags & Partial<PublicationFlags>,
): PublicationSpec {
  checkPublishSubject(subject);
  return {
    subject,
    isMulti: flags.multisubject === true,
    multiMax: flags.multisubjectmax ?? 0,
    isRandom: flags.multisubjectrandomize === true,
    headers: flags.header
      .map(parseHeader)
      .map(({ name, value }) => `${name}: ${value}\r\n`)
      .join(''),
    payload: payloadOf(session, flags),
  };
}

/** What every benchmark that sends messages on a subject has. */
export interface Sending {
  readonly publication: PublicationSpec;
  readonly pace: Pace;
  readonly plan: Pick<BenchPlan, 'prefix' | 'messages' | 'sizeBytes' | 'clients' | 'isShared' | 'hasProgress'>;
}

export function sendingOf(
  session: Session,
  subject: string,
  flags: CommonFlags & PayloadFlags & ThroughputFlags & Partial<PublicationFlags> & { readonly sleep: number },
): Sending {
  const messages = messagesOf(flags, flags);
  const clients = Math.min(flags.clients, messages);
  const publication = publicationOf(session, subject, flags);
  const pace = paceOf(flags.sleep, flags, clients);
  const sizeBytes = sizeOf(flags);
  const plan = { prefix: 'P', messages, sizeBytes, clients, isShared: true, hasProgress: flags.progress } as const;
  return { publication, pace, plan };
}

function payloadOf(session: Session, flags: CommonFlags & PayloadFlags): Uint8Array {
  const size = sizeOf(flags);
  if (flags.payload === undefined) return new Uint8Array(size);
  const bytes = session.doors.files.readBytes(flags.payload);
  if (bytes === null) throw new UsageError(`--payload: there is no file '${flags.payload}'`);
  return bytes;
}

function checkPublishSubject(subject: string): void {
  checkSubject(subject, 'the subject');
  if (/(?:^|\.)[*>](?:\.|$)/.test(subject)) {
    throw new UsageError(`the subject '${subject}' has wildcards: messages are published on one without`);
  }
}
