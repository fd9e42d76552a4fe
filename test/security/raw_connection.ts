// One TCP connection that keeps what comes as bytes, and reads it as strictly as the protocol is written: a line that a
// server never says, or a message that does not end where it says, is an error and not a guess.
import { connect, type Socket } from 'node:net';

const DEADLINE_MS = 30_000;
/**
 * Subjects, sids and reply subjects: whatever a server passes on has no white space and no line end. A CR alone is none:
 * clients know a line by its LF, and the reference takes it for a letter too.
 */
const PLAIN = /^MSG ([^ \t\n]+) ([^ \t\n]+) (?:([^ \t\n]+) )?(\d+)$/;
const WITH_HEADER = /^HMSG ([^ \t\n]+) ([^ \t\n]+) (?:([^ \t\n]+) )?(\d+) (\d+)$/;
const OTHER = /^(?:INFO \{.*\} ?|PING|PONG|\+OK|-ERR '.*')$/;

export interface StrictMessage {
  readonly subject: string;
  readonly sid: string;
  readonly reply: string;
  readonly header: string;
  readonly payload: string;
}

export class RawConnection {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  /** Every line but those of messages, a character a byte. */
  readonly lines: string[] = [];
  readonly messages: StrictMessage[] = [];
  /** Everything that ever came, a character a byte. */
  heard = '';
  /** The first INFO. */
  info = '';
  isClosed = false;
  /** What the server should never have said; null so far. */
  #strange: string | null = null;
  #wakers: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.heard += chunk.toString('latin1');
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      while (this.#strange === null && this.#takeOne()) {
        // One after the other.
      }
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  static open(port: number): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawConnection(socket)));
    });
  }

  /** A character is a byte. */
  send(text: string): void {
    this.#socket.write(Buffer.from(text, 'latin1'));
  }

  /** Resolves with the first line that matches and came since the last one that was asked for. */
  async line(wanted: RegExp): Promise<string> {
    let at = -1;
    await this.#until(() => {
      at = this.lines.findIndex((line) => wanted.test(line));
      return at >= 0;
    }, String(wanted));
    const [line = ''] = this.lines.splice(0, at + 1).slice(-1);
    return line;
  }

  /** Everything sent so far was handled, and what came of it has arrived. */
  async flush(): Promise<void> {
    this.send('PING\r\n');
    await this.line(/^PONG$/);
  }

  /** Resolves when the server has closed it. */
  closed(): Promise<void> {
    return this.#until(() => this.isClosed, 'the end', false);
  }

  /** Sends PING, and resolves when the server has answered it or has closed the connection. */
  quiet(): Promise<void> {
    this.send('PING\r\n');
    return this.#until(() => this.isClosed || this.lines.includes('PONG'), 'answer to PING', false);
  }

  async message(): Promise<StrictMessage> {
    await this.#until(() => this.messages.length > 0, 'a message');
    return this.messages.shift() as StrictMessage;
  }

  close(): void {
    this.#socket.destroy();
  }

  #until(isDone: () => boolean, what: string, needsConnection = true): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${what} within ${DEADLINE_MS} ms`)), DEADLINE_MS);
      const look = (): void => {
        const fault = this.#strange ?? (needsConnection && this.isClosed ? `closed instead of ${what}` : null);
        if (!isDone() && fault === null) {
          this.#wakers.push(look);
          return;
        }
        clearTimeout(timer);
        if (isDone()) resolve();
        else reject(new Error(`${fault}; lines: ${JSON.stringify(this.lines.slice(-5))}`));
      };
      look();
    });
  }

  #wake(): void {
    for (const waker of this.#wakers.splice(0)) waker();
  }

  #takeOne(): boolean {
    const end = this.#bytes.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#bytes.toString('latin1', 0, end);
    const match = WITH_HEADER.exec(line) ?? PLAIN.exec(line);
    if (match === null) {
      if (OTHER.test(line)) this.lines.push(line);
      else this.#strange = `the server said ${JSON.stringify(line)}`;
      if (line === 'PING') this.send('PONG\r\n');
      this.#bytes = this.#bytes.subarray(end + 2);
      return true;
    }
    const [, subject = '', sid = '', reply = '', ...sizes] = match;
    const total = Number(sizes.at(-1));
    const headerEnd = sizes.length > 1 ? Number(sizes[0]) : 0;
    const bodyEnd = end + 2 + total;
    if (this.#bytes.length < bodyEnd + 2) return false;
    const body = this.#bytes.toString('latin1', end + 2, bodyEnd);
    if (this.#bytes.toString('latin1', bodyEnd, bodyEnd + 2) !== '\r\n') {
      this.#strange = `a message does not end where it says: ${JSON.stringify(line)}`;
    }
    this.messages.push({
      subject,
      sid,
      reply,
      header: body.slice(0, headerEnd),
      payload: body.slice(headerEnd),
    });
    this.#bytes = this.#bytes.subarray(bodyEnd + 2);
    return true;
  }
}
