// The reply subject of a delivered message, which is also the subject of its acknowledgement: written and read as
// bytes, without a string. It decides nothing about acknowledgements; consumer.ts writes it, ack_router.ts reads it.
//
//   $JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time ns>.<pending>
//
// The longer form, with domain and account hash before the names, is not written and so not read: whoever may publish to
// `$JS.ACK.<one stream>.>` could acknowledge messages of every other one by it.
import { parseDecimal, writeDecimal } from '../../base/bytes.ts';
import { writeNanos } from '../../base/nanos.ts';

const DOT = 46;
/** Room for five numbers of up to 20 digits and the dots between them. */
const NUMBERS_BYTES_MAX = 5 * 21;
/** Between nine tokens. */
const DOTS = 8;

/** Writes the reply subjects of one consumer into one buffer, which is valid until the next write. */
export class ReplySubjectWriter {
  /** `bytes[0..write())` is the subject. */
  readonly bytes: Uint8Array;
  readonly #prefixLength: number;

  constructor(stream: string, consumer: string) {
    const prefix = new TextEncoder().encode(`$JS.ACK.${stream}.${consumer}.`);
    this.bytes = new Uint8Array(prefix.length + NUMBERS_BYTES_MAX);
    this.bytes.set(prefix);
    this.#prefixLength = prefix.length;
  }

  /** Returns where the subject ends. The time is Unix nanoseconds in two unsigned 32-bit halves. */
  write(
    deliveries: number,
    sequence: number,
    consumerSequence: number,
    timeHigh: number,
    timeLow: number,
    pending: number,
  ): number {
    const bytes = this.bytes;
    let at = writeDecimal(deliveries, bytes, this.#prefixLength);
    bytes[at++] = DOT;
    at = writeDecimal(sequence, bytes, at);
    bytes[at++] = DOT;
    at = writeDecimal(consumerSequence, bytes, at);
    bytes[at++] = DOT;
    at = writeNanos(timeHigh, timeLow, bytes, at);
    bytes[at++] = DOT;
    return writeDecimal(pending, bytes, at);
  }
}

/** What an acknowledgement's subject says; refilled by every decodeReplySubject(). */
export class ReplySubject {
  /** Stream and consumer name, as `<stream>.<consumer>`, are `bytes[namesStart..namesEnd)`. */
  namesStart = 0;
  namesEnd = 0;
  deliveries = 0;
  /** -1 where the token is no number (or one beyond exact integers). */
  sequence = 0;
  consumerSequence = 0;
}

const dots = new Int32Array(DOTS);

/** False when it is not the shape of an acknowledgement. The caller knows that it starts with `$JS.ACK.`. */
export function decodeReplySubject(bytes: Uint8Array, start: number, end: number, into: ReplySubject): boolean {
  let count = 0;
  for (let i = start; i < end; i++) {
    if (bytes[i] !== DOT) continue;
    if (count === DOTS) return false;
    dots[count++] = i;
  }
  if (count !== DOTS) return false;
  into.namesStart = (dots[1] as number) + 1;
  into.namesEnd = dots[3] as number;
  into.deliveries = parseDecimal(bytes, into.namesEnd + 1, dots[4] as number);
  into.sequence = parseDecimal(bytes, (dots[4] as number) + 1, dots[5] as number);
  into.consumerSequence = parseDecimal(bytes, (dots[5] as number) + 1, dots[6] as number);
  return true;
}
