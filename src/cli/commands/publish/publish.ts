// `contrail publish`: messages to a subject, once or many times, from the command line or standard input, plainly or into
// a stream. Compat: natscli cli/pub_command.go.
import { type NatsConnection, headers as newHeaders } from '@nats-io/transport-node';
import { ApiError, requestFailure } from '../../client/js_api.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { CommandError, UsageError } from '../../errors.ts';
import { checkSubject } from '../../input/subjects.ts';
import { type Outgoing, OutgoingMessages } from '../../messages/outgoing.ts';
import { payloads, readsInput } from '../../messages/payload_source.ts';
import { TEMPLATE_HELP } from '../../messages/template_help.ts';
import { countText } from '../../output/human.ts';
import { type Progress, startProgress } from '../../output/progress.ts';
import type { Session } from '../../session.ts';
import { publishAtomically } from './atomic.ts';
import { type PubAck, pubAckOf, pubAckText } from './pub_ack.ts';
import { type HeaderPair, scheduleHeaders } from './schedule.ts';

/** From so many messages on there is a bar instead of a line for each. */
const PROGRESS_FROM = 21;

interface PublishFlags {
  readonly reply: string | undefined;
  readonly header: readonly string[];
  readonly atomic: boolean;
  readonly count: number;
  readonly forceStdin: boolean;
  readonly jetstream: boolean;
  readonly jitter: number | undefined;
  readonly quiet: boolean;
  readonly sendOn: 'newline' | 'eof';
  readonly sleep: number | undefined;
  readonly templates: boolean;
}

export const PUBLISH = defineCommand({
  name: 'publish',
  aliases: ['pub'],
  summary: 'Generic data publish utility',
  description: TEMPLATE_HELP.replaceAll('COMMAND', 'contrail pub'),
  args: {
    subject: argument.required('Subject to publish to'),
    body: argument.optional('Message body'),
  },
  flags: {
    reply: flag.text('Sets a custom reply to subject', { placeholder: 'SUBJECT' }),
    header: flag.texts('Adds headers to the message using K:V format', { placeholder: 'K:V', short: 'H' }),
    atomic: flag.switch('Atomic batch publish to JetStream (implies --jetstream)'),
    count: flag.integer('Publish multiple messages', { default: 1 }),
    forceStdin: flag.switch('Force reading from stdin'),
    jetstream: flag.switch('Publish messages to JetStream', { short: 'J' }),
    jitter: flag.duration(
      'When publishing multiple messages, adds a random delay of up to this duration between publishes, in addition to --sleep',
      { placeholder: 'DURATION' },
    ),
    quiet: flag.switch('Show just the output received', { short: 'q' }),
    scheduleAfter: flag.duration('Schedule the message after a certain duration (implies --jetstream)', {
      placeholder: 'DURATION',
    }),
    scheduleAt: flag.text('Schedule the message at a certain RFC3339 time (implies --jetstream)', {
      placeholder: 'TIME',
    }),
    scheduleCron: flag.text('Cron definition for a scheduled message (implies --jetstream)', { placeholder: 'CRON' }),
    scheduleDest: flag.text('Subject the message will publish to when the schedule fires (implies --jetstream)', {
      placeholder: 'SUBJECT',
    }),
    scheduleEvery: flag.duration('Schedules the message every interval (implies --jetstream)', {
      placeholder: 'DURATION',
    }),
    scheduleSource: flag.text('Reads a specific subject when scheduling (implies --jetstream)', {
      placeholder: 'SUBJECT',
    }),
    scheduleTtl: flag.duration('How long generated messages should live in the stream', { placeholder: 'DURATION' }),
    sendOn: flag.choice("When to send data from stdin: 'eof' (default) or 'newline'", ['newline', 'eof'], {
      default: 'eof',
    }),
    sleep: flag.duration('When publishing multiple messages, sleep between publishes'),
    templates: flag.toggle('Enables template functions in the body and subject (does not affect headers)', {
      default: true,
    }),
  },
  examples: [
    { text: 'One message', command: 'contrail pub events.hello "first message"' },
    {
      text: 'Stored in a stream, with a header and an acknowledgement',
      command: 'contrail pub orders.new "{}" -J -H "Nats-Msg-Id: 1"',
    },
    { text: 'A message for each line of a file', command: 'contrail pub lines --send-on newline < lines.txt' },
  ],
  json: 'One object per message and line: subject, bytes; with --jetstream also what the server has acknowledged: stream, seq, duplicate, domain, val, batch, count.',
  run: publish,
});

async function publish(
  session: Session,
  args: { readonly subject: string; readonly body: string | undefined },
  flags: PublishFlags & Parameters<typeof scheduleHeaders>[0],
): Promise<void> {
  const { subject, body } = args;
  if (!subject.includes('{{')) checkSubject(subject, 'the subject');
  if (flags.reply !== undefined) checkSubject(flags.reply, '--reply');
  const schedule = scheduleHeaders(flags);
  const source = { body, forcesInput: flags.forceStdin, sendOn: flags.sendOn };
  if (flags.atomic) checkAtomic(readsInput(session, source) && flags.sendOn === 'newline', schedule !== null);
  const messages = new OutgoingMessages(session, { subject, headers: flags.header, hasTemplates: flags.templates });
  const connection = await session.connect();
  if (readsInput(session, source) && !flags.quiet) session.log('Reading payload from STDIN');
  if (flags.atomic) {
    await publishAtomically(session, messages, {
      bodies: payloads(session, source),
      count: count(flags),
      isQuiet: flags.quiet,
    });
    return;
  }
  const run = new PublishRun(session, connection, { flags, schedule, messages });
  try {
    for await (const payload of payloads(session, source)) {
      await run.publish(payload);
      if (session.isInterrupted) return;
    }
  } finally {
    run.stop();
  }
  await session.checkServerError();
}

function checkAtomic(isByLine: boolean, hasSchedule: boolean): void {
  if (hasSchedule) throw new UsageError('atomic batch publishing does not support schedules');
  if (!isByLine) throw new UsageError('atomic batch publishing requires JetStream and STDIN with --send-on=newline');
}

function count(flags: PublishFlags): number {
  return Math.max(1, flags.count);
}

interface RunOptions {
  readonly flags: PublishFlags;
  readonly schedule: ((nowMs: number) => HeaderPair[]) | null;
  readonly messages: OutgoingMessages;
}

/** The messages of one command, with the pauses between them. */
class PublishRun {
  readonly #session: Session;
  readonly #connection: NatsConnection;
  readonly #options: RunOptions;
  readonly #progress: Progress | null;
  #lastMs: number | null;

  constructor(session: Session, connection: NatsConnection, options: RunOptions) {
    this.#session = session;
    this.#connection = connection;
    this.#options = options;
    const total = count(options.flags);
    this.#progress = total >= PROGRESS_FROM ? startProgress(session, { total, text: countText }) : null;
    this.#lastMs = null;
  }

  async publish(payload: string): Promise<void> {
    const { flags, schedule, messages } = this.#options;
    const total = count(flags);
    for (let number = 1; number <= total; number++) {
      await this.#pause();
      if (this.#session.isInterrupted) throw interruption(number - 1, total);
      const message = messages.make(payload, number);
      checkSubject(message.subject, 'the subject');
      if (schedule === null && !flags.jetstream) await this.#send(message);
      else await this.#store(withHeaders(message, schedule?.(this.#session.nowMs()) ?? []));
      this.#progress?.add(1);
    }
  }

  stop(): void {
    this.#progress?.stop();
  }

  async #send({ subject, data, headers }: Outgoing): Promise<void> {
    const { reply } = this.#options.flags;
    this.#connection.publish(subject, data, {
      ...(headers === undefined ? {} : { headers }),
      ...(reply === undefined ? {} : { reply }),
    });
    await this.#connection.flush();
    // With a bar nobody is told of a single message; what the server has refused is then told at the end.
    if (this.#progress === null) await this.#session.checkServerError();
    if (this.#session.isJson) this.#session.jsonLine({ subject, bytes: data.length });
    else this.#say(`Published ${data.length} bytes to "${subject}"`);
  }

  async #store({ subject, data, headers }: Outgoing): Promise<void> {
    this.#say(`Published ${data.length} bytes to "${subject}"`);
    const ack = await requestAck(this.#session, this.#connection, { subject, data, headers });
    if (this.#session.isJson) this.#session.jsonLine({ subject, bytes: data.length, ...ack });
    else this.#say(pubAckText(ack));
  }

  #say(text: string): void {
    if (this.#progress === null && !this.#options.flags.quiet && !this.#session.isJson) this.#session.log(text);
  }

  /** Between messages; what was waited for already counts. */
  async #pause(): Promise<void> {
    const { sleep = 0, jitter = 0 } = this.#options.flags;
    const { clock } = this.#session.doors;
    if (this.#lastMs !== null && sleep + jitter > 0) {
      const random = jitter > 0 ? this.#options.messages.templates.below(jitter) : 0;
      const leftMs = (sleep + random) / 1e6 - (clock.monotonicMs() - this.#lastMs);
      if (leftMs > 0) await this.#session.pause(leftMs);
    }
    this.#lastMs = clock.monotonicMs();
  }
}

function interruption(done: number, total: number): CommandError {
  return new CommandError(`interrupted: ${countText(done)} of ${countText(total)} messages were published`);
}

function withHeaders(message: Outgoing, pairs: readonly HeaderPair[]): Outgoing {
  if (pairs.length === 0) return message;
  const headers = message.headers ?? newHeaders();
  for (const [name, value] of pairs) headers.set(name, value);
  return { ...message, headers };
}

/** Publishes and waits for the stream's word. */
async function requestAck(session: Session, connection: NatsConnection, message: Outgoing): Promise<PubAck> {
  const { subject, data, headers } = message;
  try {
    const answer = await connection.request(subject, data, {
      timeout: session.timeoutMs,
      ...(headers === undefined ? {} : { headers }),
    });
    session.trace?.(`<<< ${answer.string()}`);
    return pubAckOf(answer.data);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error instanceof Error && /no responders/i.test(error.message)) {
      throw new CommandError(
        `No stream stores '${subject}' (nobody answers): make one with 'contrail stream add', or publish without --jetstream`,
        { cause: error },
      );
    }
    throw requestFailure(error, subject, session.timeoutMs);
  }
}
