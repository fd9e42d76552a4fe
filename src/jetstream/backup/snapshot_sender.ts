// Sends a backup to the subject that was asked for, chunk by chunk: as many at a time as its window has, the next one
// when one was acknowledged. It ends with an empty message, whose status says whether all of it was sent; it gives up
// when nobody listens or acknowledges. What is sent comes from stream_snapshot.ts.
// Compat: nats-server jetstream_api.go, streamSnapshot, whose numbers and texts these are.
import { errorText } from '../../base/errors.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { Message } from '../../ports/message.ts';

const CHUNK_BYTES_DEFAULT = 128 << 10;
const WINDOW_BYTES_DEFAULT = 8 << 20;
const CHUNK_BYTES_MAX = 1 << 20;
const WINDOW_BYTES_MAX = 32 << 20;
const BYTES_MIN = 1024;
const INTEREST_WAIT_MS = 2000;
const ACK_WAIT_MS = 5000;
/** Others have their turn after so long. */
const TURN_MS = 3;

const DONE = '204';
const NOTHING = new Uint8Array(0);
const NO_INTEREST = '408 No Interest';
const NO_FLOW = '408 No Flow Response';

export interface SendOptions {
  readonly deliverSubject: string;
  /** What acknowledgements go to, without what counts them. */
  readonly ackSubject: string;
  /** Bytes; 0 where nobody asked for any. */
  readonly chunkSize: number;
  readonly windowSize: number;
}

export interface SenderParts {
  readonly bus: Bus;
  readonly clock: Clock;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(low, value), high);
}

export class SnapshotSender {
  readonly #parts: SenderParts;
  readonly #options: SendOptions;
  readonly #chunkBytes: number;
  /** Chunks that may be under way. */
  readonly #window: number;
  #slots: number;
  /** Why nothing more is sent: the status of the end, and what the advisory says. */
  #stop: { readonly status: string; readonly reason: string } | null = null;
  #hasInterest = false;
  #sentMs = 0;
  #wake: () => void = () => undefined;

  constructor(parts: SenderParts, options: SendOptions) {
    const { chunkSize, windowSize } = options;
    this.#parts = parts;
    this.#options = options;
    this.#chunkBytes = clamp(chunkSize || CHUNK_BYTES_DEFAULT, BYTES_MIN, CHUNK_BYTES_MAX);
    const window = clamp(windowSize || WINDOW_BYTES_DEFAULT, BYTES_MIN, WINDOW_BYTES_MAX);
    this.#window = Math.max(1, Math.floor(window / this.#chunkBytes));
    this.#slots = this.#window;
  }

  /** Null when all of it was sent, or why not. */
  async send(pieces: AsyncGenerator<Uint8Array>): Promise<string | null> {
    const { bus } = this.#parts;
    const { deliverSubject, ackSubject } = this.#options;
    const stopWatching = bus.onExactInterestChange(deliverSubject, null, (has) => this.#interestChanged(has));
    const acks = bus.subscribe(`${ackSubject}.>`, null, () => this.#acknowledged());
    try {
      await this.#untilInterest();
      const chunks = await this.#sendChunks(pieces);
      // Compat: the end of what had no full chunk has no status.
      const status = this.#stop?.status ?? (chunks > 0 ? DONE : null);
      this.#publish(status === null ? '' : `NATS/1.0 ${status}\r\n\r\n`, NOTHING, '');
      return this.#stop?.reason ?? null;
    } finally {
      stopWatching();
      acks.close();
    }
  }

  /** Ends it from outside. */
  abort(reason: string): void {
    this.#fail(`500 ${reason.replace(/[\r\n]+/g, ' ')}`, reason);
  }

  /** How many full ones were sent. */
  async #sendChunks(pieces: AsyncGenerator<Uint8Array>): Promise<number> {
    const { clock } = this.#parts;
    let parts: Uint8Array[] = [];
    let bytes = 0;
    let chunks = 0;
    this.#sentMs = clock.monotonicMs();
    let turnMs = this.#sentMs;
    try {
      for await (const piece of pieces) {
        parts.push(piece);
        bytes += piece.length;
        while (bytes >= this.#chunkBytes) {
          const all = Buffer.concat(parts);
          if (!(await this.#untilSlot())) return chunks;
          chunks++;
          this.#sendChunk(all.subarray(0, this.#chunkBytes), chunks);
          parts = [all.subarray(this.#chunkBytes)];
          bytes -= this.#chunkBytes;
        }
        if (clock.monotonicMs() - turnMs >= TURN_MS) {
          await new Promise<void>((resolve) => clock.after(0, resolve));
          turnMs = clock.monotonicMs();
        }
        if (this.#stop !== null) return chunks;
      }
      if (bytes > 0 && (await this.#untilSlot())) this.#publish('', Buffer.concat(parts), '');
    } catch (error) {
      this.abort(errorText(error));
    }
    return chunks;
  }

  #sendChunk(chunk: Uint8Array, index: number): void {
    this.#slots--;
    this.#sentMs = this.#parts.clock.monotonicMs();
    this.#publish('', chunk, `${this.#options.ackSubject}.${chunk.length}.${index}`);
  }

  #publish(header: string, payload: Uint8Array, reply: string): void {
    const message = new Message();
    const head = Buffer.from(header);
    message.subject = Buffer.from(this.#options.deliverSubject);
    message.subjectEnd = message.subject.length;
    message.reply = Buffer.from(reply);
    message.replyEnd = message.reply.length;
    message.body = Buffer.concat([head, payload]);
    message.payloadStart = head.length;
    message.payloadEnd = message.body.length;
    this.#parts.bus.publish(message);
  }

  // --- waiting -------------------------------------------------------------------------------------------------------

  /** Whoever asks may listen a little later. */
  async #untilInterest(): Promise<void> {
    const { bus, clock } = this.#parts;
    this.#hasInterest = bus.hasExactInterest(this.#options.deliverSubject, null);
    const untilMs = clock.monotonicMs() + INTEREST_WAIT_MS;
    while (!this.#hasInterest && this.#stop === null && clock.monotonicMs() < untilMs) await this.#pause(untilMs);
    this.#hasInterest = true;
  }

  /** Whether one more may be sent. */
  async #untilSlot(): Promise<boolean> {
    const { clock } = this.#parts;
    while (this.#slots === 0 && this.#stop === null) {
      const untilMs = this.#sentMs + ACK_WAIT_MS;
      if (clock.monotonicMs() >= untilMs) this.#fail(NO_FLOW, 'no flow response');
      else await this.#pause(untilMs);
    }
    return this.#stop === null;
  }

  /** Until something happens, or until then. */
  async #pause(untilMs: number): Promise<void> {
    const { clock } = this.#parts;
    await new Promise<void>((resolve) => {
      const timer = clock.after(Math.max(0, untilMs - clock.monotonicMs()), resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#wake = () => undefined;
  }

  #acknowledged(): void {
    this.#slots = Math.min(this.#window, this.#slots + 1);
    this.#wake();
  }

  #interestChanged(has: boolean): void {
    if (!has && this.#hasInterest) this.#fail(NO_INTEREST, 'no interest');
    this.#hasInterest = has;
    this.#wake();
  }

  #fail(status: string, reason: string): void {
    this.#stop ??= { status, reason };
    this.#wake();
  }
}
