// A NATS client without opinions, for tests that look at bytes: it sends lines, takes MSG and HMSG apart and keeps them
// by subscription in the order of arrival. It follows no protocol beyond CONNECT and PONG.
// Called by consumer_behaviour_test.ts.
import { connect, type Socket } from 'node:net';

const DEADLINE_MS = 10_000;

export interface RawMessage {
  readonly subject: string;
  readonly reply: string;
  /** The header block as it stands, empty without one. */
  readonly header: string;
  readonly payload: string;
  /** performance.now() of its arrival. */
  readonly atMs: number;
}

interface Waiter {
  readonly isDone: () => boolean;
  readonly resolve: () => void;
}

export class RawClient {
  readonly #socket: Socket;
  #pending: Buffer = Buffer.alloc(0);
  #sid = 0;
  readonly #bySid = new Map<string, RawMessage[]>();
  #waiters: Waiter[] = [];
  #pongs = 0;
  #error = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', (error) => {
      this.#error = error.message;
    });
  }

  /** `fields` are added to CONNECT. */
  static async connect(url: string, fields: Readonly<Record<string, unknown>> = {}): Promise<RawClient> {
    const { hostname, port } = new URL(url.replace(/^nats:/, 'http:'));
    const socket = connect({ host: hostname, port: Number(port || 4222), noDelay: true });
    const client = new RawClient(socket);
    const options = { verbose: false, pedantic: false, headers: true, no_responders: true, echo: true, ...fields };
    client.#write(`CONNECT ${JSON.stringify(options)}\r\n`);
    await client.flush();
    return client;
  }

  /** Messages of one subscription, in order; grows while it lives. */
  subscribe(subject: string, queue = ''): { readonly messages: RawMessage[]; unsubscribe(): void } {
    const sid = String(++this.#sid);
    const messages: RawMessage[] = [];
    this.#bySid.set(sid, messages);
    this.#write(`SUB ${subject} ${queue === '' ? '' : `${queue} `}${sid}\r\n`);
    return { messages, unsubscribe: () => this.#write(`UNSUB ${sid}\r\n`) };
  }

  publish(subject: string, payload: string, reply = '', header = ''): void {
    const head = reply === '' ? subject : `${subject} ${reply}`;
    const body = Buffer.byteLength(payload);
    if (header === '') {
      this.#write(`PUB ${head} ${body}\r\n${payload}\r\n`);
    } else {
      const block = Buffer.byteLength(header);
      this.#write(`HPUB ${head} ${block} ${block + body}\r\n${header}${payload}\r\n`);
    }
  }

  /** The first answer; null when there is none in time. */
  async request(subject: string, payload: string, deadlineMs = DEADLINE_MS): Promise<RawMessage | null> {
    const inbox = `_INBOX.raw.${++this.#sid}`;
    const subscription = this.subscribe(inbox);
    this.publish(subject, payload, inbox);
    await this.until(() => subscription.messages.length > 0, deadlineMs);
    subscription.unsubscribe();
    return subscription.messages[0] ?? null;
  }

  /** Everything sent so far was handled by the server, and what it sent because of it arrived. */
  async flush(): Promise<void> {
    const wanted = this.#pongs + 1;
    this.#write('PING\r\n');
    if (!(await this.until(() => this.#pongs >= wanted, DEADLINE_MS))) {
      throw new Error(`The server does not answer PING ${this.#error}`);
    }
  }

  /** Waits for a condition that arriving messages change; false when the deadline came first. */
  async until(isDone: () => boolean, deadlineMs: number): Promise<boolean> {
    if (isDone()) return true;
    await new Promise<void>((resolve) => {
      const waiter = { isDone, resolve };
      this.#waiters.push(waiter);
      setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        resolve();
      }, deadlineMs);
    });
    return isDone();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Says good-bye in order; resolves when the server has gone too. */
  async end(): Promise<void> {
    if (this.#socket.closed) return;
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.end();
    await closed;
  }

  /** Sends a line as it stands. */
  line(text: string): void {
    this.#write(`${text}\r\n`);
  }

  #write(text: string): void {
    this.#socket.write(text);
  }

  #onData(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#takeOne()) {
      // One after the other.
    }
    const done = this.#waiters.filter((waiter) => waiter.isDone());
    this.#waiters = this.#waiters.filter((waiter) => !done.includes(waiter));
    for (const waiter of done) waiter.resolve();
  }

  #takeOne(): boolean {
    const lineEnd = this.#pending.indexOf('\r\n');
    if (lineEnd < 0) return false;
    const words = this.#pending.subarray(0, lineEnd).toString().split(' ');
    const verb = words[0] ?? '';
    let end = lineEnd + 2;
    if (verb === 'MSG' || verb === 'HMSG') {
      const total = Number(words.at(-1));
      if (this.#pending.length < end + total + 2) return false;
      this.#keep(words, this.#pending.subarray(end, end + total));
      end += total + 2;
    } else if (verb === 'PING') {
      this.#write('PONG\r\n');
    } else if (verb === 'PONG') {
      this.#pongs++;
    } else if (verb === '-ERR') {
      this.#error = words.join(' ');
    }
    this.#pending = this.#pending.subarray(end);
    return true;
  }

  /** `MSG subject sid [reply] bytes`, `HMSG subject sid [reply] header-bytes bytes`. */
  #keep(words: readonly string[], body: Buffer): void {
    const isHeaders = words[0] === 'HMSG';
    const headerBytes = isHeaders ? Number(words.at(-2)) : 0;
    const hasReply = words.length === (isHeaders ? 6 : 5);
    this.#bySid.get(words[2] ?? '')?.push({
      subject: words[1] ?? '',
      reply: hasReply ? (words[3] ?? '') : '',
      header: body.subarray(0, headerBytes).toString(),
      payload: body.subarray(headerBytes).toString(),
      atMs: performance.now(),
    });
  }
}
