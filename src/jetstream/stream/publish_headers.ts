// Which headers of a published message mean something to the server, and where their values are: one walk over the
// block, no string made before one is asked for. Knows names, decides nothing. Source: jsapi-rules.md section 8.
import { asciiText, utf8Text } from '../../base/bytes.ts';
import { HeaderCursor, sliceEquals } from '../../wire/headers.ts';

const encoder = new TextEncoder();

export const MSG_ID = 0;
export const EXPECTED_STREAM = 1;
export const EXPECTED_LAST_SEQUENCE = 2;
export const EXPECTED_LAST_SUBJECT_SEQUENCE = 3;
export const EXPECTED_LAST_SUBJECT_SEQUENCE_SUBJECT = 4;
export const EXPECTED_LAST_MSG_ID = 5;
export const ROLLUP = 6;
export const MESSAGE_TTL = 7;
export const INCREMENT = 8;
export const BATCH_ID = 9;
export const SCHEDULE = 10;
export const SCHEDULER = 11;
export const SCHEDULE_NEXT = 12;
export const STREAM_SOURCE = 13;
export const REQUEST_INFO = 14;
export const BATCH_SEQUENCE = 15;
export const BATCH_COMMIT = 16;
export const REQUIRED_API_LEVEL = 17;

/** Names by the constants above. */
export const HEADER_NAMES: readonly string[] = [
  'Nats-Msg-Id',
  'Nats-Expected-Stream',
  'Nats-Expected-Last-Sequence',
  'Nats-Expected-Last-Subject-Sequence',
  'Nats-Expected-Last-Subject-Sequence-Subject',
  'Nats-Expected-Last-Msg-Id',
  'Nats-Rollup',
  'Nats-TTL',
  'Nats-Incr',
  'Nats-Batch-Id',
  'Nats-Schedule',
  'Nats-Scheduler',
  'Nats-Schedule-Next',
  'Nats-Stream-Source',
  'Nats-Request-Info',
  'Nats-Batch-Sequence',
  'Nats-Batch-Commit',
  'Nats-Required-Api-Level',
];

const NAMES: readonly Uint8Array[] = HEADER_NAMES.map((name) => encoder.encode(name));

/** The bytes of one of the names. */
export function headerName(name: number): Uint8Array {
  return NAMES[name] as Uint8Array;
}

const NONE: readonly number[] = [];
/** Which names have so many bytes: most headers are settled by that. */
const BY_LENGTH: readonly (readonly number[])[] = Array.from(
  { length: Math.max(...NAMES.map((name) => name.length)) + 1 },
  (_, length) => [...NAMES.keys()].filter((name) => NAMES[name]?.length === length),
);
/** What only says to which batch a message belongs. */
const BATCH_NAMES = (1 << BATCH_ID) | (1 << BATCH_SEQUENCE) | (1 << BATCH_COMMIT);

export class PublishHeaders {
  readonly #cursor = new HeaderCursor();
  readonly #starts = new Int32Array(NAMES.length);
  readonly #ends = new Int32Array(NAMES.length);
  /** The buffer that was read, for as long as its owner lets it be. */
  #bytes: Uint8Array = new Uint8Array(0);
  /** One bit for each name that is there, in the order of the constants. */
  #found = 0;

  /** Whether none of them is there. */
  get isEmpty(): boolean {
    return this.#found === 0;
  }

  /** Whether none is there but those of a batch. */
  get isEmptyButBatch(): boolean {
    return (this.#found & ~BATCH_NAMES) === 0;
  }

  /** Reads the block `bytes[start..end)`. Of a header that is there twice the first counts. */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.clear();
    this.#bytes = bytes;
    const cursor = this.#cursor;
    cursor.open(bytes, start, end);
    while (cursor.next()) {
      const candidates = BY_LENGTH[cursor.keyEnd - cursor.keyStart] ?? NONE;
      for (let i = 0; i < candidates.length; i++) {
        const name = candidates[i] as number;
        if (!sliceEquals(bytes, cursor.keyStart, cursor.keyEnd, NAMES[name] as Uint8Array)) continue;
        if (!this.isThere(name)) this.#add(name, cursor.valueStart, cursor.valueEnd);
        break;
      }
    }
  }

  #add(name: number, start: number, end: number): void {
    this.#starts[name] = start;
    this.#ends[name] = end;
    this.#found |= 1 << name;
  }

  /** Nothing is known of any header. */
  clear(): void {
    if (this.#found === 0) return;
    this.#starts.fill(0);
    this.#ends.fill(0);
    this.#found = 0;
  }

  /** Whether the header is there, be it with an empty value. */
  isThere(name: number): boolean {
    return (this.#found & (1 << name)) !== 0;
  }

  /** Whether the header is there with a value that is not empty. */
  has(name: number): boolean {
    return (this.#ends[name] as number) > (this.#starts[name] as number);
  }

  start(name: number): number {
    return this.#starts[name] as number;
  }

  end(name: number): number {
    return this.#ends[name] as number;
  }

  /** Empty where the header is not there. */
  text(name: number): string {
    return utf8Text(this.#bytes, this.start(name), this.end(name));
  }

  /** A header that must be a sequence; NaN, which equals nothing, when it is none. */
  sequence(name: number): number {
    const text = asciiText(this.#bytes, this.start(name), this.end(name));
    return /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  }
}
