// The form in which a message is delivered where that is not simply as stored: without its payload (headers_only, with
// `Nats-Msg-Size` instead), or with a header more (`Nats-Pin-Id`).
import { writeDecimal } from '../../base/bytes.ts';
import { Message } from '../../ports/message.ts';

const LINE = new TextEncoder().encode('NATS/1.0\r\n');
const SIZE_KEY = new TextEncoder().encode('Nats-Msg-Size: ');
const LINE_END = new TextEncoder().encode('\r\n');
const SIZE_DIGITS_MAX = 20;

/** Makes such messages in one buffer, each valid until the next. */
export class DeliveredForm {
  readonly message: Message = new Message();
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;

  /** Fills `message` with the headers of a stored one and the size of its payload; the caller sets the reply. */
  strip(stored: Message): void {
    this.#start(stored, LINE.length + SIZE_KEY.length + SIZE_DIGITS_MAX + 2 * LINE_END.length);
    this.#append(SIZE_KEY);
    this.#end = writeDecimal(stored.payloadEnd - stored.payloadStart, this.#bytes, this.#end);
    this.#append(LINE_END);
    this.#finish(stored, 0);
  }

  /** Fills `message` with a stored one and one header more: `line` ends with CR LF. It may be what strip() made. */
  addHeader(stored: Message, line: Uint8Array): void {
    const payload = stored.body.slice(stored.payloadStart, stored.payloadEnd);
    this.#start(stored, LINE.length + line.length + LINE_END.length + payload.length);
    this.#append(line);
    this.#finish(stored, payload.length);
    this.#bytes.set(payload, this.#end);
  }

  /** The header block so far, without the empty line that ends it. */
  #start(stored: Message, addedBytes: number): void {
    const headerBytes = stored.payloadStart - stored.headerStart;
    const needed = headerBytes + addedBytes;
    const bytes = needed > this.#bytes.length ? new Uint8Array(needed * 2) : this.#bytes;
    this.#end = 0;
    if (headerBytes === 0) {
      this.#bytes = bytes;
      this.#append(LINE);
      return;
    }
    // In this order: the stored message may be the one made here before.
    const kept = stored.body.subarray(stored.headerStart, stored.payloadStart - LINE_END.length);
    bytes.set(kept);
    this.#bytes = bytes;
    this.#end = kept.length;
  }

  #append(piece: Uint8Array): void {
    this.#bytes.set(piece, this.#end);
    this.#end += piece.length;
  }

  /** Ends the header block; `payloadBytes` are to follow. */
  #finish(stored: Message, payloadBytes: number): void {
    this.#append(LINE_END);
    const message = this.message;
    message.subject = stored.subject;
    message.subjectStart = stored.subjectStart;
    message.subjectEnd = stored.subjectEnd;
    message.body = this.#bytes;
    message.headerStart = 0;
    message.payloadStart = this.#end;
    message.payloadEnd = this.#end + payloadBytes;
  }
}
