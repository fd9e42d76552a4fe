// The one struct that crosses the inner bus: a message as slices of buffers that belong to somebody else.
// Whoever hands a Message to a handler may fill it again right after the call: who keeps bytes copies them.

/** The connection a message came from, as the rooms above see it. */
export interface ClientInfo {
  readonly id: number;
  readonly kind: 'client' | 'internal';
  readonly account: string;
  readonly host: string;
  readonly name: string;
  readonly user: string;
  readonly lang: string;
  readonly version: string;
  /** Unix milliseconds. */
  readonly startMs: number;
  /** Round trip, milliseconds; 0 while unknown. */
  readonly rttMs: number;
}

/** The memory that a body lies in: as long as somebody holds it its bytes stay unchanged. */
export interface BodyMemory {
  /** Called only while the message is handed over; as many calls of release() follow. */
  hold(): void;
  release(): void;
}

function nothing(): void {
  // Nobody waits for the memory.
}

/** Memory that is written once. */
export const UNCHANGING_MEMORY: BodyMemory = { hold: nothing, release: nothing };

/** The import of a service that a message came through from another account, as a request or as its answer. */
export interface Passage {
  /** The export that was used. A message that would come through the same one again is going in a circle. */
  readonly service: object;
  /** How it came to where it was imported; null when its publisher is there. */
  readonly previous: Passage | null;
  readonly isAnswer: boolean;
  /** Whether the publisher's account lets others know more than its name. */
  readonly isDetailed: boolean;
  /** Whether it says which server it came in through. */
  readonly namesServer: boolean;
  /** The publisher's own reply subject, where it says what is wanted; null elsewhere. */
  readonly reply: Uint8Array | null;
}

const NO_BYTES = new Uint8Array(0);

/**
 * Subject, reply, header block and payload. `body[headerStart..payloadStart)` is the raw `NATS/1.0` header block (empty
 * when there is none), `body[payloadStart..payloadEnd)` the payload right behind it.
 * Invariant: start <= end for each pair; an empty reply means no reply.
 */
export class Message {
  subject: Uint8Array = NO_BYTES;
  subjectStart = 0;
  subjectEnd = 0;
  reply: Uint8Array = NO_BYTES;
  replyStart = 0;
  replyEnd = 0;
  body: Uint8Array = NO_BYTES;
  /** What to hold to use the body's bytes after the call; null: they may change then, and who wants them copies them. */
  memory: BodyMemory | null = null;
  headerStart = 0;
  payloadStart = 0;
  payloadEnd = 0;
  /** Digits of the sizes as the publisher wrote them (leading zeros travel along); 0 for as many as needed. */
  headerDigits = 0;
  totalDigits = 0;
  /** Null for messages that the server itself makes. */
  client: ClientInfo | null = null;
  /** What it is matched by, where that is not the subject that receivers see; null where it is. */
  target: Uint8Array | null = null;
  targetStart = 0;
  targetEnd = 0;
  /** Null for a message in the account that it was published in. */
  passage: Passage | null = null;
}

const encoder = new TextEncoder();

/** A message of its own, for what is sent now and then. */
export function textMessage(subject: string | Uint8Array, text: string): Message {
  const message = new Message();
  message.subject = typeof subject === 'string' ? encoder.encode(subject) : subject;
  message.subjectEnd = message.subject.length;
  message.body = encoder.encode(text);
  message.payloadEnd = message.body.length;
  return message;
}
