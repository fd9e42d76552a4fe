// Plays the commands of testdata/consumer_behaviour.txt on a server. One stream `S`, consumers and inboxes by name.
//
//   stream {config}              pub SUBJECT [PAYLOAD]        hpub SUBJECT KEY VALUE [PAYLOAD]     fill N SUBJECT BYTES
//   consumer NAME {config}       update NAME {config}         remove NAME                          purge {request}
//   erase SEQUENCE               info NAME                    sub SUBJECT [QUEUE]                  unsub SUBJECT
//   pull NAME INBOX [BODY]       pullh NAME INBOX KEY VALUE   ack INBOX N [PAYLOAD]                ask INBOX N [PAYLOAD]
//   next INBOX N PAYLOAD         answer INBOX                 read INBOX N                 quiet INBOX MS                       after INBOX MIN MAX
//   call SUBJECT [BODY]          reset NAME [BODY]            settle MS
//
// `read` waits for N messages on an inbox and prints them, `quiet` prints what comes within a time, `after` waits for
// one message and says whether it came between MIN and MAX milliseconds after the last command that sent something.
// `ask` is an acknowledgement that wants an answer and prints it; `answer` answers the last flow control request, with
// headers as pairs of words.
import type { RawClient, RawMessage } from './raw_client.ts';

const DEADLINE_MS = 5000;
const TAKEN_UP_MS = 10;

interface Inbox {
  readonly messages: RawMessage[];
  printed: number;
  unsubscribe(): void;
}

export class ConsumerPlayer {
  readonly #client: RawClient;
  readonly #inboxes = new Map<string, Inbox>();
  #sentMs = 0;

  constructor(client: RawClient) {
    this.#client = client;
  }

  async reset(): Promise<void> {
    await this.#client.request('$JS.API.STREAM.DELETE.S', '');
  }

  /** Lines to print. */
  async run(command: string): Promise<string[]> {
    const [verb = '', ...words] = command.split(' ');
    const rest = command.slice(verb.length + 1);
    if (!['read', 'quiet', 'after', 'settle', 'info', 'sub'].includes(verb)) this.#sentMs = performance.now();
    const [first = '', second = '', third = ''] = words;
    const tail = (skip: number) => words.slice(skip).join(' ');
    switch (verb) {
      case 'stream':
        return this.#call('$JS.API.STREAM.CREATE.S', streamConfig(rest));
      case 'consumer':
        return this.#createConsumer(first, tail(1), '');
      case 'update':
        return this.#createConsumer(first, tail(1), 'update');
      case 'remove':
        return this.#call(`$JS.API.CONSUMER.DELETE.S.${first}`, '');
      case 'purge':
        return this.#call('$JS.API.STREAM.PURGE.S', rest);
      case 'erase':
        return this.#call('$JS.API.STREAM.MSG.DELETE.S', `{"seq":${first}}`);
      case 'reset':
        return this.#reset(first, tail(1));
      case 'call':
        return this.#call(first, tail(1));
      case 'info':
        return this.#info(first);
      case 'pub':
        return this.#publish(first, tail(1), '');
      case 'hpub':
        return this.#publish(first, tail(3), `NATS/1.0\r\n${second}: ${third}\r\n\r\n`);
      case 'fill':
        for (let i = 0; i < Number(first); i++) await this.#publish(second, 'x'.repeat(Number(third)), '');
        return [];
      case 'sub':
        this.#subscribe(first, second);
        await this.#client.flush();
        return [];
      case 'unsub':
        this.#inbox(first).unsubscribe();
        this.#inboxes.delete(first);
        await this.#client.flush();
        return [];
      case 'pull':
        return this.#pull(first, second, tail(2), '');
      case 'pullh':
        return this.#pull(first, second, '1', `NATS/1.0\r\n${third}: ${tail(3)}\r\n\r\n`);
      case 'ack':
        this.#client.publish(this.#delivery(first, Number(second)).reply, tail(2));
        await this.#client.flush();
        return [];
      case 'ask':
        return this.#ask(this.#delivery(first, Number(second)).reply, tail(2));
      case 'next':
        this.#client.publish(this.#delivery(first, Number(second)).reply, tail(2), first);
        await this.#client.flush();
        return [];
      case 'answer':
        return this.#answer(first, words.slice(1));
      case 'read':
        return this.#read(first, Number(second));
      case 'quiet':
        await this.#client.until(() => false, Number(second));
        return this.#print(first);
      case 'settle':
        await this.#client.until(() => false, Number(first));
        return [];
      case 'after':
        return this.#after(first, Number(second), Number(third));
      default:
        throw new Error(`No such command: ${command}`);
    }
  }

  #subscribe(name: string, queue = ''): Inbox {
    const inbox = { ...this.#client.subscribe(name, queue), printed: 0 };
    this.#inboxes.set(name, inbox);
    return inbox;
  }

  #inbox(name: string): Inbox {
    return this.#inboxes.get(name) ?? this.#subscribe(name);
  }

  /** The n-th message with an acknowledgement subject. */
  #delivery(inbox: string, n: number): RawMessage {
    const found = this.#inbox(inbox).messages.filter((message) => message.reply.startsWith('$JS.ACK'))[n - 1];
    if (found === undefined) throw new Error(`Inbox ${inbox} has no delivery number ${n}`);
    return found;
  }

  async #call(subject: string, body: string): Promise<string[]> {
    const answer = await this.#client.request(subject, body);
    if (answer === null) return ['no answer'];
    if (!answer.payload.startsWith('{')) return [printable(answer)];
    const response = JSON.parse(answer.payload) as { error?: { code: number; err_code: number; description: string } };
    if (response.error !== undefined) {
      const { code, err_code: number, description } = response.error;
      return [`error ${code} ${number} ${description}`];
    }
    return [];
  }

  async #reset(name: string, body: string): Promise<string[]> {
    const answer = await this.#client.request(`$JS.API.CONSUMER.RESET.S.${name}`, body);
    const response = JSON.parse(answer?.payload ?? '{}') as { reset_seq?: number; error?: { description: string } };
    return [response.error?.description ?? `reset_seq=${response.reset_seq}`];
  }

  #createConsumer(name: string, json: string, action: string): Promise<string[]> {
    const config = { name, durable_name: name, ack_policy: 'explicit', ...parse(json) };
    const body = JSON.stringify({ stream_name: 'S', config, action });
    return this.#call(`$JS.API.CONSUMER.CREATE.S.${name}`, body);
  }

  async #info(name: string): Promise<string[]> {
    const answer = await this.#client.request(`$JS.API.CONSUMER.INFO.S.${name}`, '');
    const info = JSON.parse(answer?.payload ?? '{}') as Record<string, unknown>;
    if (info['error'] !== undefined) return [`error ${JSON.stringify(info['error'])}`];
    const pair = (key: string) => {
      const value = info[key] as { consumer_seq: number; stream_seq: number; last_active?: string };
      return `${key}=${value.consumer_seq}/${value.stream_seq}${value.last_active === undefined ? '' : '*'}`;
    };
    const numbers = ['num_ack_pending', 'num_redelivered', 'num_waiting', 'num_pending'];
    const flags = ['push_bound', 'paused'].filter((key) => info[key] === true);
    const texts = [pair('delivered'), pair('ack_floor'), ...numbers.map((key) => `${key}=${info[key]}`), ...flags];
    return [texts.join(' ')];
  }

  async #publish(subject: string, payload: string, header: string): Promise<string[]> {
    const inbox = `_INBOX.pub.${subject}`;
    const subscription = this.#client.subscribe(inbox);
    this.#client.publish(subject, payload, inbox, header);
    await this.#client.until(() => subscription.messages.length > 0, DEADLINE_MS);
    subscription.unsubscribe();
    return [];
  }

  async #pull(consumer: string, inbox: string, body: string, header: string): Promise<string[]> {
    this.#inbox(inbox);
    this.#client.publish(`$JS.API.CONSUMER.MSG.NEXT.S.${consumer}`, body, inbox, header);
    await this.#client.flush();
    // The reference takes requests up in a thread of its own: without this, what is published next may come first.
    await this.#client.until(() => false, TAKEN_UP_MS);
    return [];
  }

  async #ask(subject: string, payload: string): Promise<string[]> {
    const answer = await this.#client.request(subject, payload, 300);
    return [answer === null ? 'no answer' : `answer ${printable(answer)}`];
  }

  async #answer(name: string, pairs: readonly string[]): Promise<string[]> {
    const requests = this.#inbox(name).messages.filter((message) => message.reply.startsWith('$JS.FC.'));
    let header = '';
    for (let i = 0; i < pairs.length; i += 2) header += `${pairs[i]}: ${pairs[i + 1]}\r\n`;
    if (header !== '') header = `NATS/1.0\r\n${header}\r\n`;
    this.#client.publish(requests.at(-1)?.reply ?? 'nobody', '', '', header);
    await this.#client.flush();
    return [];
  }

  async #read(name: string, count: number): Promise<string[]> {
    const inbox = this.#inbox(name);
    await this.#client.until(() => inbox.messages.length >= inbox.printed + count, DEADLINE_MS);
    return this.#print(name);
  }

  async #after(name: string, minMs: number, maxMs: number): Promise<string[]> {
    const inbox = this.#inbox(name);
    await this.#client.until(() => inbox.messages.length > inbox.printed, DEADLINE_MS);
    const message = inbox.messages[inbox.printed];
    if (message === undefined) return ['nothing came'];
    const elapsed = message.atMs - this.#sentMs;
    const lines = this.#print(name);
    return elapsed >= minMs && elapsed <= maxMs ? lines : [...lines, `after ${Math.round(elapsed)} ms`];
  }

  #print(name: string): string[] {
    const inbox = this.#inbox(name);
    const fresh = inbox.messages.slice(inbox.printed);
    inbox.printed = inbox.messages.length;
    return fresh.map(printable);
  }
}

function parse(json: string): Record<string, unknown> {
  return json === '' ? {} : (JSON.parse(json) as Record<string, unknown>);
}

function streamConfig(json: string): string {
  return JSON.stringify({ name: 'S', subjects: ['s.>'], storage: 'memory', ...parse(json) });
}

/** One message on one line, with what differs from run to run replaced. */
function printable(message: RawMessage): string {
  const parts = [message.subject.replace(/^_INBOX\.\S+/, '<inbox>')];
  if (message.reply !== '') parts.push(`reply ${stableReply(message.reply)}`);
  if (message.header !== '') parts.push(stableReply(JSON.stringify(message.header)));
  const payload = message.payload.length > 400 ? `<${message.payload.length} bytes>` : message.payload;
  if (payload !== '') parts.push(JSON.stringify(stableJson(payload)).replace(/^"(\{.*\})"$/, (_, json) => json));
  return parts.join(' ');
}

function stableReply(text: string): string {
  return text
    .replace(/(\$JS\.ACK\.[^.]+\.[^.]+\.\d+\.\d+\.\d+)\.\d{19}\./g, '$1.<ns>.')
    .replace(/(Nats-Pin-Id: )[0-9A-Za-z]{22}\b/g, '$1<pin>')
    .replace(/(\$JS\.FC\.[^.]+\.[^.]+)\.[0-9A-Za-z]{4}\b/g, '$1.<id>');
}

/** Advisories without what is unique to them. */
function stableJson(payload: string): string {
  if (!payload.startsWith('{"type":"io.nats')) return payload;
  const event = JSON.parse(payload) as Record<string, unknown>;
  for (const key of ['id', 'timestamp', 'ack_time', 'pinned_id']) if (event[key] !== undefined) event[key] = `<${key}>`;
  return JSON.stringify(event).replaceAll('"', "'");
}
