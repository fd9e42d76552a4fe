// The payload of an acknowledgement, read from bytes: what kind it is, how long a NAK asks to wait, why a message was
// terminated. It changes nothing; consumer.ts acts on it.
import { utf8Text } from '../../base/bytes.ts';
import { parseDuration } from '../../base/duration.ts';

export const ACK_TEXT_ACK = 0;
export const ACK_TEXT_NAK = 1;
export const ACK_TEXT_PROGRESS = 2;
export const ACK_TEXT_NEXT = 3;
export const ACK_TEXT_TERM = 4;
/** Anything else: it changes nothing, and is answered like the others. */
export const ACK_TEXT_UNKNOWN = 5;
export type AckTextKind =
  | typeof ACK_TEXT_ACK
  | typeof ACK_TEXT_NAK
  | typeof ACK_TEXT_PROGRESS
  | typeof ACK_TEXT_NEXT
  | typeof ACK_TEXT_TERM
  | typeof ACK_TEXT_UNKNOWN;

/** `-NAK`, `+NXT`: what follows starts behind these. */
export const ACK_TEXT_BYTES = 4;
/** `+TERM`. */
export const ACK_TEXT_TERM_BYTES = 5;

const PLUS = 43;
const MINUS = 45;
const A = 65;
const C = 67;
const E = 69;
const I = 73;
const K = 75;
const M = 77;
const N = 78;
const O = 79;
const P = 80;
const R = 82;
const T = 84;
const W = 87;
const X = 88;
const OPEN_BRACE = 123;

/** Compat: consumer.go, processAck: +ACK, +OK and +WPI stand alone, the others are prefixes. */
export function classifyAck(bytes: Uint8Array, start: number, end: number): AckTextKind {
  const length = end - start;
  if (length === 0) return ACK_TEXT_ACK;
  const sign = bytes[start];
  const b1 = bytes[start + 1];
  if (sign === PLUS && length === 3) return b1 === O && bytes[start + 2] === K ? ACK_TEXT_ACK : ACK_TEXT_UNKNOWN;
  if (length < 4) return ACK_TEXT_UNKNOWN;
  const b2 = bytes[start + 2];
  const b3 = bytes[start + 3];
  if (sign === MINUS) return b1 === N && b2 === A && b3 === K ? ACK_TEXT_NAK : ACK_TEXT_UNKNOWN;
  if (sign !== PLUS) return ACK_TEXT_UNKNOWN;
  if (b1 === N && b2 === X && b3 === T) return ACK_TEXT_NEXT;
  if (length === 4) {
    if (b1 === A && b2 === C && b3 === K) return ACK_TEXT_ACK;
    if (b1 === W && b2 === P && b3 === I) return ACK_TEXT_PROGRESS;
    return ACK_TEXT_UNKNOWN;
  }
  return b1 === T && b2 === E && b3 === R && bytes[start + 4] === M ? ACK_TEXT_TERM : ACK_TEXT_UNKNOWN;
}

/** What follows `-NAK`: null without a delay, the nanoseconds to wait, or the text that cannot be read as such. */
export function parseNakDelay(bytes: Uint8Array, start: number, end: number): number | string | null {
  const text = asText(bytes, start, end).trim();
  if (text === '') return null;
  if (text.charCodeAt(0) !== OPEN_BRACE) {
    const duration = parseDuration(text);
    return duration.ok ? Number(duration.value) : text;
  }
  try {
    return delayOf(JSON.parse(text)) ?? text;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** Go reads `{"delay": n}` with any case of the key, null as nothing, and other keys as nothing to it. */
function delayOf(value: unknown): number | null {
  if (typeof value !== 'object' || value === null) return null;
  let delay = 0;
  for (const [key, member] of Object.entries(value)) {
    if (key.toLowerCase() !== 'delay' || member === null) continue;
    if (typeof member !== 'number' || !Number.isInteger(member)) return null;
    delay = member;
  }
  return delay;
}

/** What follows `+TERM`, without the white space around it; empty when there is no reason. */
export function termReason(bytes: Uint8Array, start: number, end: number): string {
  return asText(bytes, start, end).trim();
}

function asText(bytes: Uint8Array, start: number, end: number): string {
  return start >= end ? '' : utf8Text(bytes, start, end);
}
