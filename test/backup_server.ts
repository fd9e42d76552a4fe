// The part of a server that gives and takes backups, played over a plain connection: chunk by chunk as a test wants it, so
// that it can stop in the middle, say the wrong thing, or say nothing. Its API is under the prefix FAKE. Test code.
import { connect, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';

const CONFIG = { name: 'EVENTS', subjects: ['events.>'], retention: 'limits', storage: 'file', num_replicas: 1 };
const STATE = { messages: 3, bytes: 3000, first_seq: 1, last_seq: 3, consumer_count: 0 };

export class BackupServer {
  readonly #connection: NatsConnection;
  /** What the client asked for. */
  readonly requests: Record<string, unknown>[];
  /** The pieces of a restore. */
  readonly pieces: Uint8Array[];
  #deliverSubject: string;
  #wake: () => void;

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
    this.requests = [];
    this.pieces = [];
    this.#deliverSubject = '';
    this.#wake = () => undefined;
  }

  /** `names` are the streams that it says it has. */
  static async start(url: string, names: readonly string[] = []): Promise<BackupServer> {
    const server = new BackupServer(await connect({ servers: url.replace('nats://', '') }));
    const info = { config: CONFIG, state: STATE, created: '2026-01-02T03:04:05Z' };
    server.#answer('FAKE.STREAM.INFO.EVENTS', () => info);
    server.#answer('FAKE.STREAM.LIST', () => ({ total: 1, streams: [info] }));
    server.#answer('FAKE.STREAM.NAMES', () => ({ total: names.length, streams: names }));
    server.#answer('FAKE.STREAM.SNAPSHOT.EVENTS', (request) => {
      server.#deliverSubject = String(request['deliver_subject']);
      return { config: CONFIG, state: STATE };
    });
    server.#answer('FAKE.STREAM.RESTORE.EVENTS', () => ({ deliver_subject: 'restore.here' }));
    await server.#connection.flush();
    return server;
  }

  #answer(subject: string, answerTo: (request: Record<string, unknown>) => unknown): void {
    this.#connection.subscribe(subject, {
      callback: (_error, message) => {
        const text = message.string();
        const request: Record<string, unknown> = text === '' ? {} : JSON.parse(text);
        message.respond(JSON.stringify(answerTo(request)));
        this.requests.push({ subject, text, ...request });
        this.#wake();
      },
    });
  }

  async asked(subject: string): Promise<void> {
    while (!this.requests.some((request) => request['subject'] === subject)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits until the client has acknowledged it. */
  async sendChunk(data: Uint8Array): Promise<void> {
    await this.#connection.request(this.#deliverSubject, data, { timeout: 5000, noMux: true });
  }

  /** With a status, or as the end of a short backup: without any. */
  async sendEnd(code?: number, description = 'EOB'): Promise<void> {
    this.#connection.publish(
      this.#deliverSubject,
      '',
      code === undefined ? {} : { headers: headers(code, description) },
    );
    await this.#connection.flush();
  }

  /** `answerTo` says what a piece is answered with; undefined is silence. */
  takePieces(answerTo: (piece: Uint8Array, index: number) => unknown): void {
    this.#connection.subscribe('restore.here', {
      callback: (_error: Error | null, message: Msg) => {
        this.pieces.push(message.data);
        const answer = answerTo(message.data, this.pieces.length - 1);
        if (answer !== undefined) message.respond(answer === '' ? '' : JSON.stringify(answer));
        this.#wake();
      },
    });
  }

  async took(count: number): Promise<void> {
    while (this.pieces.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async stop(): Promise<void> {
    await this.#connection.close();
  }
}
