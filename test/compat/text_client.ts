// A connection that keeps all that a server sent, as text, for tests about what a server says of its own accord and when
// it hangs up. Called by reload_test.ts and lame_duck_test.ts.
import { connect, type Socket } from 'node:net';

const LIMIT_MS = 30_000;

export class TextClient {
  readonly #socket: Socket;
  text = '';
  isClosed = false;
  #changed: () => void = () => undefined;

  private constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('data', (chunk) => {
      this.text += chunk.toString();
      this.#changed();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.isClosed = true;
      this.#changed();
    });
  }

  /** Past CONNECT and the INFO that follows the first PING. */
  static async connect(port: number, options: Readonly<Record<string, unknown>> = {}): Promise<TextClient> {
    const client = new TextClient(port);
    client.send(`CONNECT ${JSON.stringify({ verbose: false, protocol: 1, ...options })}\r\n`);
    await client.settled();
    return client;
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** Resolves when the server has handled everything so far. */
  settled(): Promise<void> {
    const answers = this.#pongs;
    this.send('PING\r\n');
    return this.until(() => this.#pongs > answers);
  }

  closed(): Promise<void> {
    return this.until(() => this.isClosed);
  }

  async until(isDone: () => boolean): Promise<void> {
    const deadline = performance.now() + LIMIT_MS;
    while (!isDone()) {
      if (this.isClosed || performance.now() > deadline) throw new Error(`Not what was waited for: ${this.text}`);
      await this.#change();
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  get #pongs(): number {
    return this.text.split('PONG\r\n').length;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 1000);
      this.#changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
