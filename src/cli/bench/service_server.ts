// `bench service serve`: a service that answers `ok`, known to `nats service ls` and its like. Answers leave without an
// object per request.
// Compat: the protocol of NATS services (ADR-32): $SRV.PING, INFO and STATS, each for all, for a name, for one instance.
import type { ClientContext, RunClient } from './bench_client.ts';
import { type Frame, frameText } from './frame_scanner.ts';
import { Pacer } from './pacer.ts';

export interface ServeWork {
  readonly kind: 'serve';
  readonly subject: string;
  readonly sleepMs: number;
  /** RFC 3339. */
  readonly startedAt: string;
}

const NAME = 'nats-bench-service';
const VERSION = '1.0.0';
const QUEUE = 'q';
const PUB = Buffer.from('PUB ');
const OK = Buffer.from(' 2\r\nok\r\n');

export async function prepareServer(context: ClientContext, work: ServeWork): Promise<RunClient> {
  const server = new ServiceServer(context, work);
  await server.prepare();
  return async () => {
    await context.connection.unlessFailed(context.tally.stopped);
    await context.connection.flush();
  };
}

class ServiceServer {
  readonly #context: ClientContext;
  readonly #work: ServeWork;
  readonly #id: string;
  readonly #waiting: string[];
  #isHandling: boolean;

  constructor(context: ClientContext, work: ServeWork) {
    this.#context = context;
    this.#work = work;
    this.#id = context.connection.inbox.slice(-22);
    this.#waiting = [];
    this.#isHandling = false;
  }

  async prepare(): Promise<void> {
    const { connection } = this.#context;
    for (const verb of ['PING', 'INFO', 'STATS'] as const) {
      for (const target of ['', `.${NAME}`, `.${NAME}.${this.#id}`]) {
        connection.subscribe(`$SRV.${verb}${target}`, (frame) => this.#describe(verb, frame));
      }
    }
    connection.subscribe(this.#work.subject, (frame) => this.#request(frame), QUEUE);
    await connection.flush();
  }

  #request(frame: Frame): void {
    if (frame.replyEnd === frame.replyStart) return;
    if (this.#work.sleepMs > 0) {
      this.#waiting.push(frameText(frame, frame.replyStart, frame.replyEnd));
      if (!this.#isHandling) void this.#handleWaiting();
      return;
    }
    const { bytes, replyStart, replyEnd } = frame;
    const { writer } = this.#context.connection;
    const buffer = writer.room(PUB.length + replyEnd - replyStart + OK.length);
    let at = writer.at;
    for (let i = 0; i < PUB.length; i++) buffer[at++] = PUB[i] as number;
    for (let i = replyStart; i < replyEnd; i++) buffer[at++] = bytes[i] as number;
    for (let i = 0; i < OK.length; i++) buffer[at++] = OK[i] as number;
    writer.advance(at);
    this.#answered();
  }

  #answered(): void {
    const { tally } = this.#context;
    if (!tally.isStarted) tally.start();
    tally.done++;
    tally.end();
  }

  async #handleWaiting(): Promise<void> {
    const { connection, clock, tally } = this.#context;
    this.#isHandling = true;
    const pacer = new Pacer({ sleepMs: this.#work.sleepMs, rate: 0 }, clock, tally);
    for (let reply = this.#waiting.shift(); reply !== undefined && !tally.isStopped; reply = this.#waiting.shift()) {
      await pacer.after(1);
      connection.writer.text(`PUB ${reply} 2\r\nok\r\n`);
      connection.writer.flush();
      this.#answered();
    }
    this.#isHandling = false;
  }

  #describe(verb: 'PING' | 'INFO' | 'STATS', frame: Frame): void {
    const reply = frameText(frame, frame.replyStart, frame.replyEnd);
    if (reply === '') return;
    const body = Buffer.from(JSON.stringify(this.#description(verb)));
    const { writer } = this.#context.connection;
    writer.text(`PUB ${reply} ${body.length}\r\n`);
    writer.payload(body);
  }

  #description(verb: 'PING' | 'INFO' | 'STATS') {
    const identity = { name: NAME, id: this.#id, version: VERSION, metadata: {} };
    const type = `io.nats.micro.v1.${verb.toLowerCase()}_response`;
    const endpoint = { name: 'default', subject: this.#work.subject, queue_group: QUEUE };
    switch (verb) {
      case 'PING':
        return { ...identity, type };
      case 'INFO':
        return { ...identity, type, description: '', endpoints: [{ ...endpoint, metadata: {} }] };
      case 'STATS': {
        const counts = { num_requests: this.#context.tally.done, num_errors: 0, last_error: '' };
        const times = { processing_time: 0, average_processing_time: 0 };
        return { ...identity, type, started: this.#work.startedAt, endpoints: [{ ...endpoint, ...counts, ...times }] };
      }
    }
  }
}
