// `bench js consume`, `ordered` and `fetch`: pulls messages of a consumer and acknowledges them. Consuming keeps the next
// pull under way; fetching waits for the end of each.
import { deferred } from '../deferred.ts';
import { CommandError } from '../errors.ts';
import { type ClientContext, nanosBetween, type RunClient } from './bench_client.ts';
import type { OnFrame } from './bench_connection.ts';
import { type Frame, frameStatus, frameText } from './frame_scanner.ts';
import { frameHeader } from './js_answer.ts';
import { Pacer } from './pacer.ts';

export interface PullWork {
  readonly kind: 'consume' | 'fetch';
  /** Where pulls go. */
  readonly subject: string;
  readonly batch: number;
  readonly isAcknowledged: boolean;
  /** Each acknowledgement waits for the server's own. */
  readonly isDoubleAcknowledged: boolean;
  readonly sleepMs: number;
}

export async function preparePuller(context: ClientContext, work: PullWork): Promise<RunClient> {
  const puller = new Puller(context, work);
  await puller.prepare();
  return () => (work.kind === 'consume' ? puller.consume() : puller.fetch());
}

const EXPIRES_NS = 30e9;
const CONSUME_HEARTBEAT_NS = 15e9;
const FETCH_HEARTBEAT_NS = 5e9;
const HEARTBEAT = 100;
const NO_MESSAGES = 404;
const EXPIRED = 408;

const ACK = Buffer.from(' 4\r\n+ACK\r\n');
const PUB = Buffer.from('PUB ');

class Puller {
  readonly #context: ClientContext;
  readonly #work: PullWork;
  readonly #inbox: string;
  /** Messages that have come and wait to be handled, by their reply; only where handling takes time. */
  readonly #waiting: string[];
  readonly #isSlow: boolean;
  /** Asked for and not yet here. */
  #pending: number;
  #asked: number;
  /** Handled or waiting to be. */
  #arrived: number;
  #wake: () => void;
  #failure: Error | null;
  #isHandling: boolean;

  constructor(context: ClientContext, work: PullWork) {
    this.#context = context;
    this.#work = work;
    this.#inbox = `${context.connection.inbox}.c`;
    this.#waiting = [];
    this.#isSlow = work.sleepMs > 0 || work.isDoubleAcknowledged;
    this.#pending = 0;
    this.#asked = 0;
    this.#arrived = 0;
    this.#wake = () => undefined;
    this.#failure = null;
    this.#isHandling = false;
  }

  async prepare(): Promise<void> {
    const { connection } = this.#context;
    const onFrame: OnFrame = (frame) => this.#frame(frame);
    connection.subscribe(this.#inbox, onFrame);
    await connection.flush();
  }

  async consume(): Promise<void> {
    const { connection, tally } = this.#context;
    this.#refill();
    connection.writer.flush();
    await this.#until(() => tally.isOver);
    await connection.flush();
  }

  async fetch(): Promise<void> {
    const { connection, clock, tally } = this.#context;
    while (!tally.isOver) {
      const before = tally.done;
      const startMs = clock.monotonicMs();
      this.#pull(Math.min(this.#work.batch, tally.target - tally.done), FETCH_HEARTBEAT_NS);
      connection.writer.flush();
      await this.#until(() => tally.isStopped || (this.#pending <= 0 && tally.done === this.#arrived));
      if (tally.done > before) tally.latency.record(nanosBetween(startMs, clock.monotonicMs()));
      else if (!tally.isStopped) throw new CommandError('A fetch has brought no message: the consumer has no more');
    }
    await connection.flush();
  }

  async #until(isSo: () => boolean): Promise<void> {
    const { connection, tally } = this.#context;
    while (!isSo()) {
      const { promise, resolve } = deferred();
      this.#wake = resolve;
      await connection.unlessFailed(Promise.race([promise, tally.stopped]));
      if (this.#failure !== null) throw this.#failure;
    }
  }

  /** Asks for more where less than half of a batch is under way; never for more than will be handled. */
  #refill(): void {
    const { batch } = this.#work;
    if (this.#pending >= Math.ceil(batch / 2)) return;
    const wanted = Math.min(batch - this.#pending, this.#context.tally.target - this.#asked);
    if (wanted > 0) this.#pull(wanted, CONSUME_HEARTBEAT_NS);
  }

  #pull(batch: number, heartbeatNs: number): void {
    const body = `{"batch":${batch},"expires":${EXPIRES_NS},"idle_heartbeat":${heartbeatNs}}`;
    this.#context.connection.writer.text(`PUB ${this.#work.subject} ${this.#inbox} ${body.length}\r\n${body}\r\n`);
    this.#pending += batch;
    this.#asked += batch;
  }

  #frame(frame: Frame): void {
    // A status has no reply to acknowledge with.
    if (frame.replyEnd === frame.replyStart || frameStatus(frame) === HEARTBEAT) {
      this.#status(frame);
      return;
    }
    const { tally } = this.#context;
    this.#pending--;
    this.#arrived++;
    if (!tally.isStarted) tally.start();
    if (this.#isSlow) {
      this.#waiting.push(frameText(frame, frame.replyStart, frame.replyEnd));
      if (!this.#isHandling) void this.#handleWaiting();
    } else {
      if (this.#work.isAcknowledged) this.#acknowledge(frame);
      this.#handled();
    }
    if (this.#work.kind === 'consume') this.#refill();
  }

  #handled(): void {
    const { tally } = this.#context;
    tally.done++;
    if (tally.done === tally.target) tally.end();
    if (tally.done === tally.target || (this.#work.kind === 'fetch' && this.#pending <= 0)) this.#wake();
  }

  #acknowledge({ bytes, replyStart, replyEnd }: Frame): void {
    const { writer } = this.#context.connection;
    const length = replyEnd - replyStart;
    const buffer = writer.room(PUB.length + length + ACK.length);
    let at = writer.at;
    for (let i = 0; i < PUB.length; i++) buffer[at++] = PUB[i] as number;
    for (let i = replyStart; i < replyEnd; i++) buffer[at++] = bytes[i] as number;
    for (let i = 0; i < ACK.length; i++) buffer[at++] = ACK[i] as number;
    writer.advance(at);
  }

  /** One after the other, as a callback that takes its time would. */
  async #handleWaiting(): Promise<void> {
    const { connection, clock, tally } = this.#context;
    this.#isHandling = true;
    try {
      for (let reply = this.#waiting.shift(); reply !== undefined && !tally.isStopped; reply = this.#waiting.shift()) {
        if (this.#work.sleepMs > 0) {
          await new Pacer({ sleepMs: this.#work.sleepMs, rate: 0 }, clock, tally).after(1);
        }
        if (this.#work.isDoubleAcknowledged) {
          connection.writer.text(`PUB ${reply} ${connection.nextReply()} 4\r\n+ACK\r\n`);
          await connection.exchange(reply, () => undefined);
        } else if (this.#work.isAcknowledged) {
          connection.writer.text(`PUB ${reply} 4\r\n+ACK\r\n`);
          connection.writer.flush();
        }
        this.#handled();
      }
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
      this.#wake();
    } finally {
      this.#isHandling = false;
    }
  }

  #status(frame: Frame): void {
    const status = frameStatus(frame);
    if (status === HEARTBEAT) return;
    const line = frameText(frame, frame.headerStart, frame.payloadStart).split('\r\n')[0] ?? '';
    if (status === EXPIRED || status === NO_MESSAGES) {
      const left = Number(frameHeader(frame, 'Nats-Pending-Messages') ?? this.#pending);
      this.#pending -= left;
      this.#asked -= left;
      if (this.#work.kind === 'consume') this.#refill();
      else this.#pending = 0;
    } else this.#failure = new CommandError(`The consumer gives no more: ${line.replace('NATS/1.0 ', '')}`);
    this.#wake();
  }
}
