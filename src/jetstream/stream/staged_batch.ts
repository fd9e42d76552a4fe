// The messages of one atomic batch until it is committed: copies in a few pieces of memory, in order. Holds; who may add
// and what becomes of them is decided by atomic_batches.ts. No object per message.
import { assert } from '../../base/assert.ts';
import { copyBytes } from '../../base/bytes.ts';
import type { Message } from '../../ports/message.ts';
import type { PublishHeaders } from './publish_headers.ts';

const PIECE_BYTES_FIRST = 4096;
const PIECE_BYTES_MAX = 256 * 1024;
const MESSAGES_FIRST = 16;

// Five numbers for each message:  piece | subject start | header start | payload start | payload end
const FIELDS = 5;

export class StagedBatch {
  readonly id: string;
  /** Highest sequence of the batch that arrived. */
  received = 0;
  /** Messages held. */
  count = 0;
  /** Their subjects, headers and payloads. */
  bytes = 0;
  readonly #pieces: Uint8Array[] = [];
  /** Bytes used of the last piece. */
  #used = 0;
  #fields = new Int32Array(MESSAGES_FIRST * FIELDS);
  /** Bit n & 31 of word n >> 5: message n has headers that mean something beyond its batch. */
  #special = new Uint32Array(1);

  constructor(id: string) {
    this.id = id;
  }

  /** Copies a message to the end; `headers` were read from it or from what it was before it was cleaned. */
  add(message: Message, headers: PublishHeaders): void {
    const subjectBytes = message.subjectEnd - message.subjectStart;
    const bodyBytes = message.payloadEnd - message.headerStart;
    const piece = this.#room(subjectBytes + bodyBytes);
    const subjectStart = this.#used;
    const headerStart = subjectStart + subjectBytes;
    copyBytes(message.subject, message.subjectStart, message.subjectEnd, piece, subjectStart);
    copyBytes(message.body, message.headerStart, message.payloadEnd, piece, headerStart);
    this.#used = headerStart + bodyBytes;
    this.bytes += subjectBytes + bodyBytes;

    const index = this.count++;
    if (this.count * FIELDS > this.#fields.length) this.#growFields();
    const fields = this.#fields;
    const at = index * FIELDS;
    fields[at] = this.#pieces.length - 1;
    fields[at + 1] = subjectStart;
    fields[at + 2] = headerStart;
    fields[at + 3] = headerStart + message.payloadStart - message.headerStart;
    fields[at + 4] = this.#used;
    if (!headers.isEmptyButBatch) this.#markSpecial(index);
  }

  /** Points `view` at message `index`, counted from 0. */
  read(index: number, view: Message): void {
    assert(index < this.count, 'only held messages are asked for');
    const fields = this.#fields;
    const at = index * FIELDS;
    const piece = this.#pieces[fields[at] as number] as Uint8Array;
    view.subject = piece;
    view.subjectStart = fields[at + 1] as number;
    view.subjectEnd = fields[at + 2] as number;
    view.body = piece;
    view.headerStart = view.subjectEnd;
    view.payloadStart = fields[at + 3] as number;
    view.payloadEnd = fields[at + 4] as number;
  }

  /** Whether message `index` has headers that mean something beyond its batch. */
  isSpecial(index: number): boolean {
    return ((this.#special[index >> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  #markSpecial(index: number): void {
    const word = index >> 5;
    if (word >= this.#special.length) {
      const wider = new Uint32Array(Math.max(word + 1, this.#special.length * 2));
      wider.set(this.#special);
      this.#special = wider;
    }
    this.#special[word] = (this.#special[word] as number) | (1 << (index & 31));
  }

  #room(bytes: number): Uint8Array {
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.length - this.#used >= bytes) return last;
    const size = last === undefined ? PIECE_BYTES_FIRST : Math.min(last.length * 4, PIECE_BYTES_MAX);
    const piece = new Uint8Array(Math.max(size, bytes));
    this.#pieces.push(piece);
    this.#used = 0;
    return piece;
  }

  #growFields(): void {
    const wider = new Int32Array(this.#fields.length * 2);
    wider.set(this.#fields);
    this.#fields = wider;
  }
}
