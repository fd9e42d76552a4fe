// Judges what a stream gave back against what it promised. Knows nothing of how it was asked: a workload tells what it
// published, what was acknowledged and what it read, and this keeps the list of broken promises:
//
//  - what was acknowledged is there, whole, at the sequence that was acknowledged, after every restart;
//  - a sequence that was acknowledged or read once never has other content;
//  - nothing is stored twice, nothing is stored that nobody published;
//  - what one connection published in order is stored in order.
//
// A message that was not acknowledged may be there or not, but only whole.

export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly payload: string;
}

/** All that a stream holds, as read in one go. */
export interface StreamView {
  readonly sequenceFirst: number;
  readonly sequenceLast: number;
  /** What it says it holds. */
  readonly count: number;
  /** Ascending by sequence. */
  readonly messages: readonly StoredMessage[];
}

interface Published {
  readonly id: number;
  readonly subject: string;
  readonly payload: string;
  /** The connection it left on first. */
  readonly connection: number;
  attempts: number;
  /** 0: not acknowledged. */
  sequenceAcked: number;
}

/** A run that is broken says so many times; the first ones tell why. */
const VIOLATIONS_MAX = 20;

export class StreamChecker {
  readonly #published: Map<number, Published>;
  readonly #idByPayload: Map<string, number>;
  /** What a sequence is known to hold: acknowledged or read. */
  readonly #idBySequence: Map<number, number>;
  readonly #violations: string[];
  #acked: number;

  constructor() {
    this.#published = new Map();
    this.#idByPayload = new Map();
    this.#idBySequence = new Map();
    this.#violations = [];
    this.#acked = 0;
  }

  get violations(): readonly string[] {
    return this.#violations;
  }

  get publishedCount(): number {
    return this.#published.size;
  }

  get ackedCount(): number {
    return this.#acked;
  }

  /** An attempt to publish. The same id again is another attempt at the same message. Payloads must differ by id. */
  published(
    id: number,
    message: { readonly subject: string; readonly payload: string; readonly connection: number },
  ): void {
    const known = this.#published.get(id);
    if (known !== undefined) {
      known.attempts++;
      return;
    }
    this.#published.set(id, { ...message, id, attempts: 1, sequenceAcked: 0 });
    this.#idByPayload.set(message.payload, id);
  }

  acked(id: number, sequence: number, isDuplicate: boolean): void {
    const message = this.#published.get(id);
    if (message === undefined) {
      this.#broken(`message ${id} was acknowledged and never published`);
      return;
    }
    if (isDuplicate && message.attempts === 1)
      this.#broken(`message ${id} was called a duplicate at its first attempt`);
    if (message.sequenceAcked !== 0 && message.sequenceAcked !== sequence) {
      this.#broken(`message ${id} was acknowledged as ${message.sequenceAcked} and as ${sequence}`);
    }
    if (message.sequenceAcked === 0) this.#acked++;
    message.sequenceAcked = sequence;
    this.#holds(sequence, id, 'acknowledged');
  }

  observed(view: StreamView): void {
    this.#checkCounts(view);
    const idsHere = new Map<number, number>();
    const sequenceById = new Map<number, number>();
    for (const stored of view.messages) {
      const id = this.#idOf(stored);
      if (id === null) continue;
      const other = sequenceById.get(id);
      if (other !== undefined) this.#broken(`message ${id} is stored twice, as ${other} and as ${stored.sequence}`);
      sequenceById.set(id, stored.sequence);
      idsHere.set(stored.sequence, id);
      this.#holds(stored.sequence, id, 'read');
    }
    this.#checkAcked(idsHere);
    this.#checkOrder(idsHere);
  }

  #idOf({ sequence, subject, payload }: StoredMessage): number | null {
    const id = this.#idByPayload.get(payload);
    const message = id === undefined ? undefined : this.#published.get(id);
    if (id === undefined || message === undefined) {
      this.#broken(`sequence ${sequence} holds what nobody published: ${JSON.stringify(payload.slice(0, 60))}`);
      return null;
    }
    if (message.subject !== subject) this.#broken(`message ${id} has subject ${subject}, not ${message.subject}`);
    return id;
  }

  #holds(sequence: number, id: number, how: string): void {
    const known = this.#idBySequence.get(sequence);
    if (known !== undefined && known !== id) {
      this.#broken(`sequence ${sequence} held message ${known} and was ${how} with message ${id}`);
    }
    this.#idBySequence.set(sequence, id);
  }

  #checkCounts(view: StreamView): void {
    if (view.messages.length !== view.count) {
      this.#broken(`the stream says it holds ${view.count} messages and gives ${view.messages.length}`);
    }
    let last = view.sequenceFirst - 1;
    for (const { sequence } of view.messages) {
      if (sequence <= last || sequence > view.sequenceLast) {
        this.#broken(`sequence ${sequence} is outside ${last + 1} to ${view.sequenceLast}`);
      }
      last = sequence;
    }
  }

  #checkAcked(idsHere: ReadonlyMap<number, number>): void {
    for (const { id, sequenceAcked } of this.#published.values()) {
      if (sequenceAcked === 0 || idsHere.get(sequenceAcked) === id) continue;
      const instead = idsHere.get(sequenceAcked);
      const found = instead === undefined ? 'nothing is there' : `message ${instead} is there`;
      this.#broken(`message ${id} was acknowledged as sequence ${sequenceAcked}, but ${found}`);
    }
  }

  /** Messages sent once on one connection are stored in the order of their ids. */
  #checkOrder(idsHere: ReadonlyMap<number, number>): void {
    const lastByConnection = new Map<number, number>();
    for (const [sequence, id] of idsHere) {
      const message = this.#published.get(id);
      if (message === undefined || message.attempts > 1) continue;
      const last = lastByConnection.get(message.connection) ?? -1;
      if (id < last)
        this.#broken(`message ${id} was published before message ${last} and is stored after it, as ${sequence}`);
      lastByConnection.set(message.connection, Math.max(last, id));
    }
  }

  #broken(what: string): void {
    if (this.#violations.length < VIOLATIONS_MAX) this.#violations.push(what);
  }
}
