// The window of a push consumer with flow control: how many bytes may be under way before the client must answer.
// Pure: it says when a request is due and which answer counts; consumer.ts sends and receives.
//
// The window starts at a sixteenth of the limit and doubles with every answer. A request goes out when more than half
// of the window is under way; deliveries stop when all of it is.
import { equalBytes } from '../../base/bytes.ts';

/** Compat: consumer.go, JsFlowControlMaxPending. */
export const FLOW_CONTROL_BYTES_MAX = 32 * 1024 * 1024;
const START_DIVISOR = 16;

export class FlowControl {
  readonly #limitBytes: number;
  #windowBytes: number;
  /** Sent and not yet covered by an answer. */
  #sentBytes = 0;
  /** What the outstanding request covers. */
  #askedBytes = 0;
  /** Reply subject of the outstanding request; null when none is. */
  #token: Uint8Array | null = null;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#windowBytes = Math.max(1, Math.floor(limitBytes / START_DIVISOR));
  }

  get isOpen(): boolean {
    return this.#sentBytes <= this.#windowBytes;
  }

  /** The subject that a stalled client is told to answer on; null when nothing is outstanding. */
  get outstanding(): Uint8Array | null {
    return this.#token;
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  /** A message of `bytes` was sent. True when a request should follow it. `mustAsk` asks even below half a window. */
  sent(bytes: number, mustAsk: boolean): boolean {
    this.#sentBytes += bytes;
    if (this.#token === null) return mustAsk || this.#sentBytes > this.#windowBytes / 2;
    // What went out behind the request beyond a whole window is covered by its answer too.
    if (this.#sentBytes - this.#askedBytes >= this.#windowBytes) this.#askedBytes += bytes;
    return false;
  }

  /** The last message was not delivered after all. */
  undoSent(bytes: number): void {
    this.#sentBytes = Math.max(0, this.#sentBytes - bytes);
  }

  asked(token: Uint8Array): void {
    this.#token = token;
    this.#askedBytes = this.#sentBytes;
  }

  /** An answer on `bytes[start..end)`: true when it is to the outstanding request, which it settles. */
  answered(bytes: Uint8Array, start: number, end: number): boolean {
    const token = this.#token;
    if (token === null || !equalBytes(token, 0, token.length, bytes, start, end)) return false;
    this.#windowBytes = Math.min(this.#limitBytes, this.#windowBytes * 2);
    this.#sentBytes = Math.max(0, this.#sentBytes - this.#askedBytes);
    this.#askedBytes = 0;
    this.#token = null;
    return true;
  }

  /** Nobody listens any more: who comes next starts with nothing under way. */
  reset(): void {
    this.#sentBytes = 0;
    this.#askedBytes = 0;
    this.#token = null;
  }
}
