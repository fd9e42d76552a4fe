// Bytes on their way out: small writes come together in one buffer, large blocks leave as they are. A buffer is filled
// again as soon as the kernel has taken what was in it. Called by bench_connection.ts and the clients.
import type { Socket } from '../../ports/network.ts';

const BUFFER_BYTES = 64 * 1024;
/** Bytes that one UTF-16 unit becomes, at most. */
const UTF8_BYTES_MAX = 3;
const CR = 13;
const LF = 10;

export class LineWriter {
  readonly #socket: Socket;
  #buffer: Buffer;
  #length: number;
  /** Buffers that the kernel has not taken yet. */
  #leaving: Buffer[];
  #free: Buffer[];
  #whenWritten: (() => void) | null;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#length = 0;
    this.#leaving = [];
    this.#free = [];
    this.#whenWritten = null;
  }

  /** Whether the kernel has taken all that was flushed. */
  get isIdle(): boolean {
    return this.#socket.pendingBytes === 0;
  }

  /** The buffer, with room for `bytes` more at `at`. Behind it comes `advance`. */
  room(bytes: number): Uint8Array {
    if (this.#length + bytes > this.#buffer.length) {
      this.flush();
      if (bytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(bytes);
    }
    return this.#buffer;
  }

  get at(): number {
    return this.#length;
  }

  advance(to: number): void {
    this.#length = to;
  }

  text(text: string): void {
    this.room(text.length * UTF8_BYTES_MAX);
    this.#length += this.#buffer.write(text, this.#length, 'utf8');
  }

  /** A payload with its line end. */
  payload(bytes: Uint8Array): void {
    const buffer = this.room(bytes.length + 2);
    buffer.set(bytes, this.#length);
    this.#length += bytes.length + 2;
    buffer[this.#length - 2] = CR;
    buffer[this.#length - 1] = LF;
  }

  flush(): void {
    if (this.#length === 0) return;
    const buffer = this.#buffer;
    this.#socket.write([buffer.subarray(0, this.#length)], 1);
    this.#length = 0;
    if (this.isIdle) return;
    this.#leaving.push(buffer);
    this.#buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  /** A block that stays unchanged until `whenIdle`; behind what was written before. */
  block(bytes: Uint8Array): void {
    this.flush();
    this.#socket.write([bytes], 1);
  }

  /** Calls back when the kernel has taken everything. */
  whenIdle(callback: () => void): void {
    if (this.isIdle) callback();
    else this.#whenWritten = callback;
  }

  idle(): Promise<void> {
    return new Promise((resolve) => this.whenIdle(resolve));
  }

  /** The socket's news. */
  written(): void {
    for (const buffer of this.#leaving) if (buffer.length === BUFFER_BYTES) this.#free.push(buffer);
    this.#leaving = [];
    const callback = this.#whenWritten;
    this.#whenWritten = null;
    callback?.();
  }
}
