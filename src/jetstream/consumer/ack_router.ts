// Finds the consumer that an acknowledgement or a flow control answer is for, by the bytes of its subject and without a
// string: one subscription each on `$JS.ACK.>` and `$JS.FC.>` for all consumers of an account.
//
// With one subscription per account there is always interest, so a request that acknowledges to a consumer that is gone
// would wait for its timeout where the reference says at once that nobody is there: `unknown` is called for it.
import { equalBytes, hashBytes } from '../../base/bytes.ts';
import type { Bus, BusSubscription } from '../../ports/bus.ts';
import type { Message } from '../../ports/message.ts';
import { decodeReplySubject, ReplySubject } from './reply_subject.ts';

export interface AckTarget {
  /** False when this consumer takes no acknowledgements. */
  acknowledgement(reply: ReplySubject, message: Message): boolean;
  flowControlAnswer(message: Message): void;
}

interface Entry {
  /** `<stream>.<consumer>`. */
  readonly names: Uint8Array;
  target: AckTarget;
  next: Entry | null;
}

const DOT = 46;
/** `$JS.FC.` */
const FLOW_CONTROL_PREFIX_BYTES = 7;
const TOKENS_BEHIND_NAMES = 1;

export class AckRouter {
  readonly #bus: Bus;
  readonly #unknown: (message: Message) => void;
  /** By hash of the names; entries of one hash are chained. */
  readonly #entries = new Map<number, Entry>();
  readonly #reply = new ReplySubject();
  #subscriptions: readonly BusSubscription[] = [];

  /** `unknown` gets messages that want an answer and are no acknowledgement to a consumer that takes any. */
  constructor(bus: Bus, unknown: (message: Message) => void) {
    this.#bus = bus;
    this.#unknown = unknown;
  }

  add(stream: string, consumer: string, target: AckTarget): void {
    if (this.#subscriptions.length === 0) this.#subscribe();
    const names = new TextEncoder().encode(`${stream}.${consumer}`);
    const hash = hashBytes(names, 0, names.length);
    const entry = this.#find(hash, names, 0, names.length);
    if (entry !== null) entry.target = target;
    else this.#entries.set(hash, { names, target, next: this.#entries.get(hash) ?? null });
  }

  /** Harmless when another consumer took the name over, or nobody had it. */
  remove(stream: string, consumer: string, target: AckTarget): void {
    const names = new TextEncoder().encode(`${stream}.${consumer}`);
    const hash = hashBytes(names, 0, names.length);
    const gone = this.#find(hash, names, 0, names.length);
    if (gone === null || gone.target !== target) return;
    const first = this.#entries.get(hash) as Entry;
    if (first === gone) {
      if (gone.next === null) this.#entries.delete(hash);
      else this.#entries.set(hash, gone.next);
      return;
    }
    for (let entry: Entry | null = first; entry !== null; entry = entry.next) {
      if (entry.next === gone) entry.next = gone.next;
    }
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.close();
    this.#subscriptions = [];
    this.#entries.clear();
  }

  #subscribe(): void {
    this.#subscriptions = [
      this.#bus.subscribe('$JS.ACK.>', null, (message) => this.#onAck(message)),
      this.#bus.subscribe('$JS.FC.>', null, (message) => this.#onFlowControl(message)),
    ];
  }

  #onAck(message: Message): void {
    const reply = this.#reply;
    if (decodeReplySubject(message.subject, message.subjectStart, message.subjectEnd, reply)) {
      const entry = this.#lookUp(message.subject, reply.namesStart, reply.namesEnd);
      if (entry?.target.acknowledgement(reply, message)) return;
    }
    if (message.replyEnd > message.replyStart) this.#unknown(message);
  }

  /** `$JS.FC.<stream>.<consumer>.<token>` */
  #onFlowControl(message: Message): void {
    const { subject, subjectStart, subjectEnd } = message;
    const namesEnd = startOfLastTokens(subject, subjectStart, subjectEnd, TOKENS_BEHIND_NAMES) - 1;
    const namesStart = startOfLastTokens(subject, subjectStart, namesEnd, 2);
    if (namesStart !== subjectStart + FLOW_CONTROL_PREFIX_BYTES) return;
    this.#lookUp(subject, namesStart, namesEnd)?.target.flowControlAnswer(message);
  }

  #lookUp(bytes: Uint8Array, start: number, end: number): Entry | null {
    return this.#find(hashBytes(bytes, start, end), bytes, start, end);
  }

  #find(hash: number, bytes: Uint8Array, start: number, end: number): Entry | null {
    for (let entry = this.#entries.get(hash) ?? null; entry !== null; entry = entry.next) {
      if (equalBytes(entry.names, 0, entry.names.length, bytes, start, end)) return entry;
    }
    return null;
  }
}

/** Where the last `count` tokens start; the start of everything when there are fewer. */
function startOfLastTokens(bytes: Uint8Array, start: number, end: number, count: number): number {
  let left = count;
  for (let i = end - 1; i >= start; i--) {
    if (bytes[i] === DOT && --left === 0) return i + 1;
  }
  return start;
}
