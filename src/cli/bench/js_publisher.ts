// `bench js pub async`, `atomic` and `fast`: many messages on their way before the server has answered.
import { deferred } from '../deferred.ts';
import { type ClientContext, nanosBetween, type RunClient } from './bench_client.ts';
import { messageId } from './exchange_client.ts';
import type { Frame } from './frame_scanner.ts';
import { checkAck } from './js_answer.ts';
import { type Pace, Pacer } from './pacer.ts';
import { type NumberedReply, Publication, type PublicationSpec } from './publication.ts';

export interface BatchPublishWork {
  readonly kind: 'publish-async' | 'publish-atomic';
  readonly publication: PublicationSpec;
  readonly pace: Pace;
  readonly offset: number;
  readonly batch: number;
  readonly idPrefix: string | null;
  /** Before what makes the id of a batch. */
  readonly batchPrefix: string;
}

export async function prepareBatchPublisher(context: ClientContext, work: BatchPublishWork): Promise<RunClient> {
  const batches = work.kind === 'publish-async' ? new AsyncBatches(context) : new AtomicBatches(context, work);
  await batches.prepare();
  return async () => {
    const { connection, clock, tally } = context;
    const publication = new Publication(work.publication, context.seed);
    const pacer = new Pacer(work.pace, clock, tally);
    let sent = 0;
    tally.start();
    while (!tally.isOver) {
      const count = Math.min(work.batch, tally.target - tally.done);
      const first = work.offset + tally.done;
      const startMs = clock.monotonicMs();
      let waitedMs = 0;
      batches.begin(count);
      for (let i = 0; i < count; i++) {
        batches.write(publication, first + i, { i, headers: messageId(work.idPrefix, context.index, first + i) });
        sent++;
        if (pacer.isPaced) {
          connection.writer.flush();
          waitedMs += await connection.unlessFailed(pacer.after(sent));
        }
      }
      connection.writer.flush();
      await connection.within(Promise.race([batches.complete, tally.stopped]), 'the acknowledgements of a batch');
      if (tally.isStopped) break;
      tally.latency.record(nanosBetween(startMs, clock.monotonicMs()) - waitedMs * 1e6);
      tally.done += count;
    }
    await connection.flush();
    tally.end();
  };
}

interface Batches {
  prepare(): Promise<void>;
  begin(count: number): void;
  /** The `i`th message of the batch. */
  write(publication: Publication, number: number, place: BatchPlace): void;
  readonly complete: Promise<void>;
}

interface BatchPlace {
  readonly i: number;
  readonly headers: string;
}

/** Each message is acknowledged on its own; a batch is over when all are. */
class AsyncBatches implements Batches {
  readonly #context: ClientContext;
  readonly #reply: NumberedReply;
  #missing = 0;
  #complete: Promise<void> = Promise.resolve();
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(context: ClientContext) {
    this.#context = context;
    this.#reply = { before: `${context.connection.inbox}.p.`, after: '' };
  }

  async prepare(): Promise<void> {
    const { connection } = this.#context;
    connection.subscribe(`${connection.inbox}.p.*`, (frame) => this.#acknowledged(frame));
    await connection.flush();
  }

  begin(count: number): void {
    this.#missing = count;
    this.#complete = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A refusal may come before anybody waits.
    this.#complete.catch(() => undefined);
  }

  get complete(): Promise<void> {
    return this.#complete;
  }

  write(publication: Publication, number: number, { i, headers }: BatchPlace): void {
    publication.writeNumbered(this.#context.connection.writer, number, { reply: this.#reply, replyNumber: i, headers });
  }

  #acknowledged(frame: Frame): void {
    try {
      checkAck(frame);
    } catch (error) {
      this.#reject(error);
    }
    if (--this.#missing === 0) this.#resolve();
  }
}

/** All messages or none: the last one commits and is acknowledged for all. */
class AtomicBatches implements Batches {
  readonly #context: ClientContext;
  readonly #work: BatchPublishWork;
  #number = 0;
  #count = 0;
  #complete: Promise<void> = Promise.resolve();

  constructor(context: ClientContext, work: BatchPublishWork) {
    this.#context = context;
    this.#work = work;
  }

  async prepare(): Promise<void> {
    await this.#context.connection.flush();
  }

  begin(count: number): void {
    this.#number++;
    this.#count = count;
  }

  get complete(): Promise<void> {
    return this.#complete;
  }

  write(publication: Publication, number: number, { i, headers }: BatchPlace): void {
    const { connection } = this.#context;
    const isLast = i === this.#count - 1;
    const id = `${this.#work.batchPrefix}-${this.#context.index}-${this.#number}`;
    const commit = isLast ? 'Nats-Batch-Commit: 1\r\n' : '';
    const batch = `Nats-Batch-Id: ${id}\r\nNats-Batch-Sequence: ${i + 1}\r\n${commit}`;
    publication.write(connection.writer, number, {
      reply: isLast ? connection.nextReply() : '',
      headers: headers + batch,
    });
    if (!isLast) return;
    this.#complete = connection.exchange(this.#work.publication.subject, checkAck);
    this.#complete.catch(() => undefined);
  }
}

export interface FastPublishWork {
  readonly kind: 'publish-fast';
  readonly publication: PublicationSpec;
  readonly pace: Pace;
  readonly offset: number;
  /** How many messages the server may acknowledge at once, at most. */
  readonly batch: number;
  readonly outstanding: number;
  readonly idPrefix: string | null;
  readonly batchPrefix: string;
}

const START = 0;
const APPEND = 1;
const END = 3;

/** What the server says of a fast batch under way, and at its end. */
interface FlowAnswer {
  readonly type?: 'ack' | 'gap' | 'err';
  readonly seq?: number;
  readonly msgs?: number;
  readonly stream?: string;
}

export async function prepareFastPublisher(context: ClientContext, work: FastPublishWork): Promise<RunClient> {
  const flow = new FastFlow(context, work);
  await flow.prepare();
  return () => flow.run();
}

/** One fast batch: as many messages as the server's window allows are under way. */
class FastFlow {
  readonly #context: ClientContext;
  readonly #work: FastPublishWork;
  readonly #replyPrefix: string;
  readonly #starting: NumberedReply;
  readonly #appending: NumberedReply;
  #sequence = 0;
  /** The last one that the server is known to have. */
  #acknowledged = 0;
  /** So many messages may be under way for each acknowledgement that may be; 0 before the server has said. */
  #window: number;
  #isCommitted = false;
  #failure: unknown = null;
  #wake: () => void = () => undefined;

  constructor(context: ClientContext, work: FastPublishWork) {
    this.#context = context;
    this.#work = work;
    this.#window = 0;
    const id = `${work.batchPrefix}-${context.index}`;
    this.#replyPrefix = `${context.connection.inbox}.f.${id}.${work.batch}.fail`;
    this.#starting = this.#replies(START);
    this.#appending = this.#replies(APPEND);
  }

  async prepare(): Promise<void> {
    const { connection } = this.#context;
    connection.subscribe(`${connection.inbox}.f.>`, (frame) => this.#answered(frame));
    await connection.flush();
  }

  async run(): Promise<void> {
    const { connection, clock, tally, seed, index } = this.#context;
    const { publication: spec, pace, idPrefix, offset } = this.#work;
    const publication = new Publication(spec, seed);
    const pacer = new Pacer(pace, clock, tally);
    let heard = 0;
    tally.start();
    let startMs = clock.monotonicMs();
    while (!tally.isOver) {
      const number = offset + tally.done;
      const replyNumber = ++this.#sequence;
      const reply = replyNumber === 1 ? this.#starting : this.#appending;
      publication.writeNumbered(connection.writer, number, {
        reply,
        replyNumber,
        headers: messageId(idPrefix, index, number),
      });
      tally.done++;
      // The first answer says how large the window is.
      if (this.#window === 0) await this.#until(() => this.#window > 0);
      if (!this.#hasRoom()) await this.#until(() => this.#hasRoom());
      if (tally.isStopped) break;
      if (this.#acknowledged > heard) {
        heard = this.#acknowledged;
        tally.latency.record(nanosBetween(startMs, clock.monotonicMs()));
        startMs = clock.monotonicMs();
      }
      if (!pacer.isPaced) continue;
      connection.writer.flush();
      startMs += await connection.unlessFailed(pacer.after(tally.done));
    }
    const { before, after } = this.#replies(END);
    connection.writer.text(`PUB ${publication.subjectOf(offset)} ${before}${this.#sequence + 1}${after} 0\r\n\r\n`);
    await this.#until(() => this.#isCommitted);
    if (this.#sequence > heard) tally.latency.record(nanosBetween(startMs, clock.monotonicMs()));
    await connection.flush();
    tally.end();
  }

  /** Whether the server lets another message be under way. */
  #hasRoom(): boolean {
    return this.#acknowledged + this.#window * this.#work.outstanding > this.#sequence;
  }

  async #until(isSo: () => boolean): Promise<void> {
    const { connection, tally } = this.#context;
    while (!isSo() && !tally.isStopped) {
      const { promise, resolve } = deferred();
      this.#wake = resolve;
      connection.writer.flush();
      await connection.within(Promise.race([promise, tally.stopped]), 'an acknowledgement of the batch');
      if (this.#failure !== null) throw this.#failure;
    }
  }

  #replies(operation: number): NumberedReply {
    return { before: `${this.#replyPrefix}.`, after: `.${operation}.$FI` };
  }

  #answered(frame: Frame): void {
    try {
      this.#take(frame);
    } catch (error) {
      this.#failure ??= error;
    }
    this.#wake();
  }

  #take(frame: Frame): void {
    const { bytes, payloadStart, payloadEnd } = frame;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + payloadStart, payloadEnd - payloadStart).toString();
    const answer = JSON.parse(text === '' ? '{}' : text) as FlowAnswer;
    if (answer.type === 'ack') {
      this.#acknowledged = Math.max(this.#acknowledged, answer.seq ?? 0);
      this.#window = Math.max(1, answer.msgs ?? this.#window);
      return;
    }
    if (answer.type === 'gap') throw new Error('the server has missed messages of the batch');
    checkAck(frame);
    this.#isCommitted = true;
  }
}
