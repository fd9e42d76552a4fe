// Takes the chunks of one restore in the order in which they come and answers each when it is stored, the last one with
// the stream that they became, or why they became none. It gives up when nothing comes for a while. What the chunks mean
// is stream_restore.ts's business; what becomes of a whole backup is the account's.
// Compat: nats-server jetstream_api.go, processStreamRestore.
import type { Bus, BusSubscription } from '../../ports/bus.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { Message } from '../../ports/message.ts';
import type { ApiError } from '../api/api_error.ts';

const SILENCE_MS = 5000;
/** What may wait for its turn. Whoever waits for answers never gets near it. */
const QUEUE_BYTES_MAX = 64 << 20;

interface Chunk {
  readonly bytes: Uint8Array;
  readonly reply: Uint8Array;
}

export type RestoreEnd =
  /** All chunks are stored; `reply` waits for the stream. */
  | { readonly kind: 'whole'; readonly reply: Uint8Array }
  /** `reply` is empty where nobody waits. */
  | { readonly kind: 'refused'; readonly error: ApiError; readonly reply: Uint8Array }
  /** Nobody is told anything. */
  | { readonly kind: 'given_up'; readonly reason: string; readonly isSilent: boolean };

export interface ReceiverParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly subject: string;
  /** Stores a chunk. */
  take(chunk: Uint8Array): Promise<ApiError | null>;
}

export class RestoreReceiver {
  readonly #parts: ReceiverParts;
  readonly #subscription: BusSubscription;
  readonly #queue: Chunk[] = [];
  readonly ended: Promise<RestoreEnd>;
  #queuedBytes = 0;
  #isTaking = false;
  #timer: Timer | null = null;
  #bytes = 0;
  #isOver = false;
  /** Said when the chunk that is being stored is. */
  #ending: RestoreEnd | null = null;
  #end: (end: RestoreEnd) => void = () => undefined;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#subscription = parts.bus.subscribe(parts.subject, null, (message) => this.#receive(message));
    this.#watch();
  }

  /** Of all chunks that were taken. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Ends it from outside. */
  abort(reason: string): void {
    this.#finish({ kind: 'given_up', reason, isSilent: true });
  }

  #receive({ body, payloadStart, payloadEnd, reply, replyStart, replyEnd }: Message): void {
    if (this.#isOver) return;
    this.#timer?.cancel();
    if (replyStart === replyEnd) {
      this.#finish({ kind: 'given_up', reason: 'requires reply subject for each chunk', isSilent: false });
      return;
    }
    this.#queuedBytes += payloadEnd - payloadStart;
    if (this.#queuedBytes > QUEUE_BYTES_MAX) {
      this.#finish({ kind: 'given_up', reason: 'got more than it could take', isSilent: false });
      return;
    }
    this.#queue.push({ bytes: body.slice(payloadStart, payloadEnd), reply: reply.slice(replyStart, replyEnd) });
    if (!this.#isTaking) void this.#takeAll();
  }

  async #takeAll(): Promise<void> {
    this.#isTaking = true;
    for (;;) {
      const chunk = this.#queue.shift();
      if (chunk === undefined || this.#isOver) break;
      const { bytes, reply } = chunk;
      if (bytes.length === 0) {
        this.#finish({ kind: 'whole', reply });
        break;
      }
      const error = await this.#parts.take(bytes);
      this.#queuedBytes -= bytes.length;
      this.#bytes += bytes.length;
      if (this.#isOver) break;
      if (error !== null) {
        this.#finish({ kind: 'refused', error, reply });
        break;
      }
      this.#acknowledge(reply);
    }
    this.#isTaking = false;
    if (this.#ending !== null) this.#end(this.#ending);
    else this.#watch();
  }

  /** Time in which nothing comes is counted while nothing is being stored. */
  #watch(): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(SILENCE_MS, () => {
      this.#finish({ kind: 'given_up', reason: 'is stalled', isSilent: true });
    });
  }

  #acknowledge(reply: Uint8Array): void {
    const message = new Message();
    message.subject = reply;
    message.subjectEnd = reply.length;
    this.#parts.bus.publish(message);
  }

  #finish(end: RestoreEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#subscription.close();
    this.#queue.length = 0;
    this.#ending = end;
    if (!this.#isTaking) this.#end(end);
  }
}
