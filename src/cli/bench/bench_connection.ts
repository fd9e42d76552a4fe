// A connection for measuring: as little as possible between the benchmark and the socket. Hands frames on as they are, has
// no queues, no promise per message and no reconnecting: a connection that is lost ends the measurement. How it comes
// about is bench_login.ts.
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Socket, SocketHandler } from '../../ports/network.ts';
import { type Deferred, deferred } from '../deferred.ts';
import { CommandError } from '../errors.ts';
import { type Frame, type FrameHandler, FrameScanner, frameStatus } from './frame_scanner.ts';
import { LineWriter } from './line_writer.ts';

/** What the server says of itself, as far as a client cares. */
export interface Greeting {
  readonly nonce?: string;
  readonly tls_required?: boolean;
  readonly tls_available?: boolean;
  readonly max_payload?: number;
}

export type OnFrame = (frame: Frame) => void;

const TIMEOUT_HINT = '--timeout says how long to wait';
const NO_RESPONDERS = 503;
/** How often it is looked whether a request waits for too long. */
const WATCH_MS = 250;

interface Asked {
  readonly token: number;
  readonly subject: string;
  readonly deadlineMs: number;
  readonly answer: OnFrame;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface BenchConnectionOptions {
  readonly clock: Clock;
  /** Where answers come: unique. */
  readonly inbox: string;
  readonly timeoutMs: number;
}

export class BenchConnection implements SocketHandler, FrameHandler {
  readonly writer: LineWriter;
  readonly clock: Clock;
  readonly inbox: string;
  readonly timeoutMs: number;
  readonly #socket: Socket;
  readonly #scanner: FrameScanner;
  /** Those who wait for something that a lost connection cannot bring. */
  readonly #waiting: Set<(error: Error) => void>;
  readonly #greeting: Deferred<Greeting>;
  /** By sid. */
  readonly #subscribers: OnFrame[];
  #pongs: (() => void)[];
  #asked: Asked | null;
  #lastToken: number;
  #answersSid: number;
  #watch: Timer | null;
  #isClosed: boolean;
  /** Why the connection is of no use any more; null while it is. */
  #failure: Error | null;

  constructor(socket: Socket, { clock, inbox, timeoutMs }: BenchConnectionOptions) {
    this.clock = clock;
    this.inbox = inbox;
    this.timeoutMs = timeoutMs;
    this.#socket = socket;
    this.writer = new LineWriter(socket);
    this.#scanner = new FrameScanner(this);
    this.#waiting = new Set();
    this.#failure = null;
    this.#greeting = deferred<Greeting>();
    this.#subscribers = [];
    this.#pongs = [];
    this.#asked = null;
    this.#lastToken = 0;
    this.#answersSid = 0;
    this.#watch = null;
    this.#isClosed = false;
    socket.attach(this);
  }

  get greeting(): Promise<Greeting> {
    return this.#greeting.promise;
  }

  /** Returns the sid. `queue` is a queue group. */
  subscribe(subject: string, onFrame: OnFrame, queue = ''): number {
    const sid = this.#subscribers.length + 1;
    this.#subscribers.push(onFrame);
    this.writer.text(`SUB ${subject}${queue === '' ? '' : ` ${queue}`} ${sid}\r\n`);
    return sid;
  }

  /** Resolves when the server has handled all that was written; rejects where the connection is lost. */
  flush(): Promise<void> {
    const { promise, resolve } = deferred();
    this.#pongs.push(resolve);
    this.writer.text('PING\r\n');
    this.writer.flush();
    return this.unlessFailed(promise);
  }

  /** `work`, or what ended the connection. */
  unlessFailed<T>(work: Promise<T>): Promise<T> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      const over = (): void => {
        this.#waiting.delete(reject);
      };
      work.finally(over).then(resolve, reject);
    });
  }

  /** `work`, or a refusal that names what has not come in time. */
  async within<T>(work: Promise<T>, what: string): Promise<T> {
    const { promise: late, resolve } = deferred();
    const timer = this.clock.after(this.timeoutMs, resolve);
    const tooLate = late.then(() => {
      throw new CommandError(`${sentenceStart(what)} did not come within ${this.timeoutMs / 1000}s; ${TIMEOUT_HINT}`);
    });
    try {
      return await this.unlessFailed(Promise.race([work, tooLate]));
    } finally {
      timer.cancel();
    }
  }

  /** The subject for the answer to the next request. */
  nextReply(): string {
    if (this.#answersSid === 0) this.#answersSid = this.subscribe(`${this.inbox}.*`, (frame) => this.#answered(frame));
    return `${this.inbox}.${++this.#lastToken}`;
  }

  /**
   * Waits for the answer to what was written with the last nextReply() as its reply. `answer` is called with it; no more than
   * one request is under way.
   */
  exchange(subject: string, answer: OnFrame): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const deadlineMs = this.clock.monotonicMs() + this.timeoutMs;
      this.#asked = { token: this.#lastToken, subject, deadlineMs, answer, resolve, reject };
      this.writer.flush();
      this.#watch ??= this.clock.after(WATCH_MS, () => this.#look());
    });
  }

  /** Whoever waits for an answer goes on without one. */
  giveUp(): void {
    this.#asked?.resolve();
    this.#asked = null;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch?.cancel();
    this.#scanner.stop();
    this.writer.flush();
    this.#socket.end();
  }

  /** At once, whatever has not left. */
  destroy(): void {
    this.close();
    this.#socket.destroy();
  }

  // --- the socket ---------------------------------------------------------------------------------------------------

  onData(chunk: Uint8Array): void {
    this.#scanner.run(chunk);
    this.writer.flush();
  }

  onWritten(): void {
    this.writer.written();
  }

  onClose(error: Error | null): void {
    this.#lost(error ?? new Error('The server has closed the connection'));
  }

  // --- frames -------------------------------------------------------------------------------------------------------

  message(frame: Frame): void {
    this.#subscribers[frame.sid - 1]?.(frame);
  }

  ping(): void {
    this.writer.text('PONG\r\n');
  }

  pong(): void {
    const [first, ...rest] = this.#pongs;
    this.#pongs = rest;
    first?.();
  }

  info(text: string): void {
    try {
      this.#greeting.resolve(JSON.parse(text) as Greeting);
    } catch (error) {
      this.#lost(error instanceof Error ? error : new Error(String(error)));
    }
  }

  serverError(text: string): void {
    this.#lost(new Error(`The server says: ${text}`));
  }

  fault(text: string): void {
    this.#lost(new Error(`unexpected response: '${text}'`));
  }

  #lost(error: Error): void {
    if (this.#isClosed) return;
    this.#watch?.cancel();
    this.#failure ??= error;
    for (const reject of this.#waiting) reject(error);
    this.#asked?.reject(error);
    this.#asked = null;
  }

  #answered(frame: Frame): void {
    const asked = this.#asked;
    if (asked === null || asked.token !== tokenAt(frame, this.inbox.length + 1)) return;
    this.#asked = null;
    if (frameStatus(frame) === NO_RESPONDERS) {
      asked.reject(new CommandError(`Nobody answers requests on '${asked.subject}'`));
      return;
    }
    try {
      asked.answer(frame);
      asked.resolve();
    } catch (error) {
      asked.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #look(): void {
    this.#watch = this.clock.after(WATCH_MS, () => this.#look());
    const asked = this.#asked;
    if (asked === null || this.clock.monotonicMs() < asked.deadlineMs) return;
    this.#asked = null;
    asked.reject(new CommandError(`No answer on '${asked.subject}' within ${this.timeoutMs / 1000}s; ${TIMEOUT_HINT}`));
  }
}

function sentenceStart(what: string): string {
  return what.charAt(0).toUpperCase() + what.slice(1);
}

/** The number behind the inbox's prefix. */
function tokenAt({ bytes, subjectStart, subjectEnd }: Frame, prefix: number): number {
  let value = 0;
  for (let i = subjectStart + prefix; i < subjectEnd; i++) value = value * 10 + (bytes[i] as number) - 48;
  return value;
}
