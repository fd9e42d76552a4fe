// `contrail request`: sends requests and shows what is answered, by one or by many.
// Compat: natscli cli/req_command.go.
import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { requestFailure } from '../client/js_api.ts';
import { argument, defineCommand, flag } from '../command.ts';
import { CommandError } from '../errors.ts';
import { checkSubject } from '../input/subjects.ts';
import { bodyFields, headerLines, headerObject, printBody } from '../messages/body_output.ts';
import { type Outgoing, OutgoingMessages } from '../messages/outgoing.ts';
import { payloads, readsInput } from '../messages/payload_source.ts';
import { TEMPLATE_HELP } from '../messages/template_help.ts';
import { durationGo } from '../output/human.ts';
import type { Session } from '../session.ts';

const COUNT_UNLIMITED = 32_767;

interface RequestFlags {
  readonly raw: boolean;
  readonly header: readonly string[];
  readonly count: number;
  readonly replies: number;
  readonly replyTimeout: number;
  readonly waitForEmpty: boolean;
  readonly translate: string | undefined;
  readonly forceStdin: boolean;
  readonly sendOn: 'newline' | 'eof';
  readonly templates: boolean;
}

export const REQUEST = defineCommand({
  name: 'request',
  aliases: ['req'],
  summary: 'Generic request-reply request utility',
  description: TEMPLATE_HELP.replaceAll('COMMAND', 'contrail request'),
  args: { subject: argument.required('Subject to send to'), body: argument.optional('Message body') },
  flags: {
    wait: flag.toggle('Wait for a reply from a service', { short: 'w', isHidden: true, default: true }),
    raw: flag.switch('Show just the output received', { short: 'r' }),
    header: flag.texts('Adds headers to the message using K:V format', { short: 'H' }),
    count: flag.integer('Publish multiple messages', { default: 1 }),
    replies: flag.integer('Wait for multiple replies from services. 0 waits until timeout', { default: 1, min: 0 }),
    replyTimeout: flag.duration('Maximum time between replies when waiting for more than one', { default: '300ms' }),
    waitForEmpty: flag.switch('Wait for multiple replies until a empty message is received'),
    translate: flag.text('Translate the message data by running it through the given command before output'),
    forceStdin: flag.switch('Force reading from stdin'),
    sendOn: flag.choice("When to send data from stdin: 'eof' (default) or 'newline'", ['newline', 'eof'], {
      default: 'eof',
    }),
    templates: flag.toggle('Enables template functions in the body and subject (does not affect headers)', {
      default: true,
    }),
  },
  examples: [
    { text: 'Ask a service', command: 'contrail request help.please "how do I ..."' },
    {
      text: 'Ask all of them, as long as answers come within a second',
      command: 'contrail req discover "" --replies 0 --timeout 1s',
    },
  ],
  json: 'One object per reply and line: subject (of the request), reply_subject, rtt_ns, headers (name to list of values), data (or data_base64 where the bytes are no text).',
  run: request,
});

async function request(
  session: Session,
  args: { readonly subject: string; readonly body: string | undefined },
  flags: RequestFlags,
): Promise<void> {
  if (!args.subject.includes('{{')) checkSubject(args.subject, 'the subject');
  const source = { body: args.body, forcesInput: flags.forceStdin, sendOn: flags.sendOn };
  const messages = new OutgoingMessages(session, {
    subject: args.subject,
    headers: flags.header,
    hasTemplates: flags.templates,
  });
  const connection = await session.connect();
  if (readsInput(session, source)) session.log('Reading payload from STDIN');
  const count = flags.count < 1 ? COUNT_UNLIMITED : flags.count;
  let answered = 0;
  for await (const payload of payloads(session, source)) {
    for (let number = 1; number <= count && !session.isInterrupted; number++) {
      const message = messages.make(payload, number);
      checkSubject(message.subject, 'the subject');
      if (!flags.raw && !session.isJson) session.log(`Sending request on "${message.subject}"`);
      const replies = await new RequestRun(session, connection, { flags, message }).run();
      if (replies === null) return;
      answered += replies;
    }
  }
  if (answered === 0 && !session.isInterrupted) {
    throw new CommandError(`No reply came within ${session.timeoutMs / 1000}s; --timeout says how long to wait`);
  }
}

interface RunOptions {
  readonly flags: RequestFlags;
  readonly message: Outgoing;
}

/** One request and all its replies. */
class RequestRun {
  readonly #session: Session;
  readonly #connection: NatsConnection;
  readonly #options: RunOptions;
  /** Zero stands for as many as come in time. */
  readonly #expected: number;

  constructor(session: Session, connection: NatsConnection, options: RunOptions) {
    this.#session = session;
    this.#connection = connection;
    this.#options = options;
    this.#expected = options.flags.waitForEmpty ? COUNT_UNLIMITED : options.flags.replies;
  }

  /** How many replies came; null where nobody is there to answer. */
  async run(): Promise<number | null> {
    const { message } = this.#options;
    const { clock } = this.#session.doors;
    const inbox = createInbox(this.#session.settings.inbox_prefix || undefined);
    const subscription = this.#connection.subscribe(inbox);
    const replies = subscription[Symbol.asyncIterator]();
    const startMs = clock.monotonicMs();
    const headers = message.headers === undefined ? {} : { headers: message.headers };
    this.#connection.publish(message.subject, message.data, { reply: inbox, ...headers });
    let count = 0;
    let waitMs = this.#session.timeoutMs;
    let rttSumMs = 0;
    try {
      while (true) {
        const reply = await this.#next(replies, waitMs);
        if (reply === null) return count;
        if (isNoResponders(reply)) return await this.#nobody();
        const rttMs = clock.monotonicMs() - startMs;
        await this.#show(reply, rttMs);
        count++;
        if (this.#expected > 0 && (count === this.#expected || reply.data.length === 0)) return count;
        rttSumMs += rttMs;
        if (this.#expected === 0) waitMs = this.#session.timeoutMs - rttMs;
        else waitMs = rttSumMs / count + this.#options.flags.replyTimeout / 1e6;
      }
    } finally {
      subscription.unsubscribe();
    }
  }

  /** Null where the time is up, the person interrupts or the subscription has ended. */
  async #next(replies: AsyncIterator<Msg>, waitMs: number): Promise<Msg | null> {
    const waiting = this.#session.pause(Math.max(0, waitMs)).then(() => null);
    try {
      const next = await Promise.race([replies.next(), waiting]);
      return next === null || next.done === true ? null : next.value;
    } catch (error) {
      throw requestFailure(error, this.#options.message.subject, this.#session.timeoutMs);
    }
  }

  async #nobody(): Promise<null> {
    if (this.#session.isJson) throw new CommandError('No responders are available');
    this.#session.log('No responders are available');
    return null;
  }

  async #show(reply: Msg, rttMs: number): Promise<void> {
    const { flags, message } = this.#options;
    const { raw, translate } = flags;
    const body = { filter: translate ?? null, subject: reply.subject, stream: '' };
    if (this.#session.isJson) {
      this.#session.jsonLine({
        subject: message.subject,
        reply_subject: reply.subject,
        rtt_ns: Math.round(rttMs * 1e6),
        headers: headerObject(reply.headers),
        ...bodyFields(reply.data),
      });
      return;
    }
    if (!raw) {
      this.#session.log(`Received with rtt ${durationGo(Math.round(rttMs * 1e6))}`);
      const lines = headerLines(reply.headers);
      for (const line of lines) this.#session.log(line);
      if (lines.length > 0) this.#session.log('');
    }
    await printBody(this.#session, reply.data, body);
  }
}

function isNoResponders(reply: Msg): boolean {
  return reply.data.length === 0 && reply.headers?.code === 503;
}
