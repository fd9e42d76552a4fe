// `contrail reply`: answers requests with a body, with what a command prints, or with what was asked.
// Compat: natscli cli/reply_command.go.
import { type Msg, type MsgHdrs, headers as newHeaders } from '@nats-io/transport-node';
import { argument, defineCommand, flag } from '../command.ts';
import { parseHeader } from '../input/header.ts';
import { shellWords } from '../input/shell_words.ts';
import { checkGroup, checkSubject } from '../input/subjects.ts';
import { bodyFields, headerLines, headerObject } from '../messages/body_output.ts';
import { MessageTemplates } from '../messages/template_functions.ts';
import type { Session } from '../session.ts';

interface ReplyFlags {
  readonly echo: boolean;
  readonly command: string | undefined;
  readonly queue: string;
  readonly sleep: number | undefined;
  readonly header: readonly string[];
  readonly count: number | undefined;
}

export const REPLY = defineCommand({
  name: 'reply',
  summary: 'Generic service reply utility',
  description: `The "command" supports extracting some information from the subject the request came in on.

When the subject being listened on is "weather.>" a request on "weather.london" can extract
the "london" part and use it in the command string:

  contrail reply 'weather.>' --command "curl -s wttr.in/{{1}}?format=3"

Use {{.Request}} to access the request body within the --command. The command also has the
environment variables NATS_REQUEST_SUBJECT and NATS_REQUEST_BODY.

Body and headers may use templates: Count, TimeStamp, Unix, UnixNano, Time, ID, Request, Random min max.`,
  args: { subject: argument.required('Subject to subscribe to'), body: argument.optional('Reply body') },
  flags: {
    echo: flag.switch('Echo back what is received'),
    command: flag.text('Runs a command and responds with the output if exit code was 0'),
    queue: flag.text('Queue group name', { short: 'q', default: 'NATS-RPLY-22' }),
    sleep: flag.duration('Inject a random sleep delay between replies up to this duration max', { placeholder: 'MAX' }),
    header: flag.texts('Adds headers to the message using K:V format', { short: 'H' }),
    count: flag.integer('Quit after receiving this many messages', { min: 1 }),
  },
  examples: [
    { text: 'Answer every request with the time', command: 'contrail reply clock "{{Time}}"' },
    { text: 'Answer with what a program prints', command: 'contrail reply "uptime" --command uptime' },
  ],
  json: 'One object per request and line: count, subject, headers, data (or data_base64), reply_bytes.',
  run: reply,
});

async function reply(
  session: Session,
  { subject, body }: { readonly subject: string; readonly body: string | undefined },
  flags: ReplyFlags,
): Promise<void> {
  checkSubject(subject, 'the subject');
  checkGroup(flags.queue, '--queue');
  const isEcho = flags.echo || ((body ?? '') === '' && (flags.command ?? '') === '');
  if (isEcho && !flags.echo) session.log('No body or command supplied, enabling echo mode');
  for (const header of flags.header) parseHeader(header);
  const connection = await session.connect();
  const subscription = connection.subscribe(subject, {
    queue: flags.queue,
    ...(flags.count === undefined ? {} : { max: flags.count }),
  });
  await connection.flush();
  await session.checkServerError();
  session.log(`Listening on "${subject}" in group "${flags.queue}"`);
  void session.interrupted.then(() => subscription.unsubscribe());
  const service = new ReplyService(session, { flags, body: body ?? '', isEcho });
  let count = 0;
  for await (const message of subscription) {
    await service.answer(message, count);
    count++;
  }
  await connection.flush();
  session.log('Draining...');
}

interface ServiceOptions {
  readonly flags: ReplyFlags;
  readonly body: string;
  readonly isEcho: boolean;
}

class ReplyService {
  readonly #session: Session;
  readonly #options: ServiceOptions;
  readonly #templates: MessageTemplates;

  constructor(session: Session, options: ServiceOptions) {
    this.#session = session;
    this.#options = options;
    this.#templates = new MessageTemplates(session);
  }

  async answer(message: Msg, count: number): Promise<void> {
    if (!this.#session.isJson) this.#show(message, count);
    const { sleep } = this.#options.flags;
    if (sleep !== undefined && sleep > 0) await this.#session.pause(this.#templates.below(Math.ceil(sleep / 1e6)));
    const data = await this.#body(message, count);
    const headers = this.#headers(message, count);
    const isSent = message.respond(data, headers === null ? {} : { headers });
    if (!isSent) this.#session.log('Could not publish reply: the message asks for none');
    if (this.#session.isJson) {
      this.#session.jsonLine({
        count,
        subject: message.subject,
        headers: headerObject(message.headers),
        ...bodyFields(message.data),
        reply_bytes: data.length,
      });
    }
  }

  #show(message: Msg, count: number): void {
    this.#session.log(`[#${count}] Received on subject "${message.subject}":`);
    for (const line of headerLines(message.headers)) this.#session.log(line);
    this.#session.print();
    this.#session.write(message.data);
    this.#session.print();
  }

  async #body(message: Msg, count: number): Promise<Uint8Array> {
    const { flags, body, isEcho } = this.#options;
    if (isEcho) return message.data;
    const request = Buffer.from(message.data).toString('utf8');
    if (flags.command === undefined) return Buffer.from(this.#templates.expand(body, 'body', count, request));
    const tokens = message.subject.split('.');
    const filled = flags.command.replace(/\{\{(\d+)\}\}/g, (whole, index: string) => tokens[Number(index)] ?? whole);
    const words = shellWords(this.#templates.expand(filled, 'command', count, request));
    this.#session.trace?.(`Executing: ${words.join(' ')}`);
    const { code, output } = await this.#session.doors.programs.run(words, {
      environment: { NATS_REQUEST_SUBJECT: message.subject, NATS_REQUEST_BODY: request },
    });
    if (code !== 0) this.#session.log(`Command "${words.join(' ')}" failed to run: exit status ${code}`);
    return output;
  }

  #headers(message: Msg, count: number): MsgHdrs | null {
    const { flags, isEcho } = this.#options;
    if (!isEcho && flags.header.length === 0) return null;
    const headers = newHeaders();
    for (const { name, value } of flags.header.map(parseHeader)) {
      headers.append(name, this.#templates.expand(value, `header ${name}`, count));
    }
    if (isEcho) {
      for (const [name, values] of message.headers ?? []) for (const value of values) headers.append(name, value);
      headers.append('NATS-Reply-Counter', String(count));
    }
    return headers;
  }
}
