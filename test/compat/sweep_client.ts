// A NATS client for the kill sweep: everything of one step leaves in one write, each answer finds its request by inbox,
// and when the server dies every open request is told so. Knows no JetStream. Called by sweep_run.ts and sweep_check.ts.
import { connect, type Socket } from 'node:net';

const INBOX = '_SWEEP.';
const NO_HEADER = '';

export interface Answer {
  readonly subject: string;
  readonly reply: string;
  /** The header block as it stands, empty without one. */
  readonly header: string;
  /** Latin-1, so that bytes stay bytes. */
  readonly payload: string;
}

/** The connection ended before the answer. */
export class Gone extends Error {}

/** Takes one answer after the other; returns true when it wants no more. */
type Receiver = { readonly take: (answer: Answer) => boolean; readonly fail: (error: Gone) => void };

export class SweepClient {
  readonly #socket: Socket;
  /** By inbox: answers to requests. */
  readonly #receivers = new Map<string, Receiver>();
  /** By subscription: what a consumer delivers keeps the subject that it was stored under. */
  readonly #deliveries = new Map<string, Receiver>();
  readonly #outgoing: string[] = [];
  #pending: Buffer = Buffer.alloc(0);
  #nextInbox = 2;
  #gone: Gone | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', () => {});
    socket.on('close', () => this.#end('The connection ended'));
    this.#outgoing.push(
      'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"lang":"sweep"}\r\n',
      `SUB ${INBOX}* 1\r\n`,
    );
  }

  /** Returns at once: what is sent waits in the socket until it is connected. */
  static connect(port: number): SweepClient {
    return new SweepClient(connect({ host: '127.0.0.1', port, noDelay: true }));
  }

  get isGone(): boolean {
    return this.#gone !== null;
  }

  /** Queued until flush(). */
  publish(subject: string, payload: string, reply = '', header = NO_HEADER): void {
    const head = reply === '' ? subject : `${subject} ${reply}`;
    this.#outgoing.push(
      header === NO_HEADER
        ? `PUB ${head} ${payload.length}\r\n${payload}\r\n`
        : `HPUB ${head} ${header.length} ${header.length + payload.length}\r\n${header}${payload}\r\n`,
    );
  }

  /** One answer; queued until flush(). */
  request(subject: string, payload: string, header = NO_HEADER): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const take = (answer: Answer): boolean => {
        resolve(answer);
        return true;
      };
      this.#ask(subject, payload, header, { take, fail: reject });
    });
  }

  /** Messages until `count` are there or the server says with a status that no more will come; queued until flush(). */
  requestMany(subject: string, payload: string, count: number): Promise<Answer[]> {
    return new Promise((resolve, reject) => {
      const answers: Answer[] = [];
      const take = (answer: Answer): boolean => {
        const isStatus = /^NATS\/1\.0 [1-9]/.test(answer.header) && answer.payload === '';
        if (!isStatus) answers.push(answer);
        if (!isStatus && answers.length < count) return false;
        resolve(answers);
        return true;
      };
      if (this.#gone !== null) {
        reject(this.#gone);
        return;
      }
      const sid = String(this.#nextInbox++);
      this.#deliveries.set(sid, { take, fail: reject });
      this.#outgoing.push(`SUB ${INBOX}many.${sid} ${sid}\r\n`);
      this.publish(subject, payload, `${INBOX}many.${sid}`);
    });
  }

  /** Everything queued, in one write. */
  flush(): void {
    if (this.#gone !== null || this.#outgoing.length === 0) return;
    this.#socket.write(Buffer.from(this.#outgoing.join(''), 'latin1'));
    this.#outgoing.length = 0;
  }

  close(): void {
    this.#socket.destroy();
    this.#end('The client closed');
  }

  #ask(subject: string, payload: string, header: string, receiver: Receiver): void {
    if (this.#gone !== null) {
      receiver.fail(this.#gone);
      return;
    }
    const inbox = `${INBOX}${this.#nextInbox++}`;
    this.#receivers.set(inbox, receiver);
    this.publish(subject, payload, inbox, header);
  }

  #end(text: string): void {
    if (this.#gone !== null) return;
    this.#gone = new Gone(text);
    const receivers = [...this.#receivers.values(), ...this.#deliveries.values()];
    this.#receivers.clear();
    this.#deliveries.clear();
    for (const receiver of receivers) receiver.fail(this.#gone);
  }

  #onData(chunk: Buffer): void {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let at = 0;
    for (;;) {
      const next = this.#takeOne(bytes, at);
      if (next === at) break;
      at = next;
    }
    this.#pending = bytes.subarray(at);
  }

  /** Where the next operation begins; `at` when this one is not whole. */
  #takeOne(bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return at;
    const words = bytes.toString('latin1', at, lineEnd).split(' ');
    const start = lineEnd + 2;
    const isHeaders = words[0] === 'HMSG';
    if (words[0] === 'PING') {
      this.#outgoing.push('PONG\r\n');
      this.flush();
    } else if (words[0] === '-ERR') {
      this.#end(words.join(' '));
    }
    if (words[0] !== 'MSG' && !isHeaders) return start;
    const total = Number(words.at(-1));
    if (bytes.length < start + total + 2) return at;
    const headerBytes = isHeaders ? Number(words.at(-2)) : 0;
    this.#deliver(words[2] ?? '', {
      subject: words[1] ?? '',
      reply: words.length === (isHeaders ? 6 : 5) ? (words[3] ?? '') : '',
      header: bytes.toString('latin1', start, start + headerBytes),
      payload: bytes.toString('latin1', start + headerBytes, start + total),
    });
    return start + total + 2;
  }

  #deliver(sid: string, answer: Answer): void {
    const isRequest = sid === '1';
    const receivers = isRequest ? this.#receivers : this.#deliveries;
    const key = isRequest ? answer.subject : sid;
    const receiver = receivers.get(key);
    if (receiver === undefined || !receiver.take(answer)) return;
    receivers.delete(key);
    if (!isRequest) this.#outgoing.push(`UNSUB ${sid}\r\n`);
  }
}
