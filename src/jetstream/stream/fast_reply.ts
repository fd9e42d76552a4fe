// What the reply subject of a message says about its fast batch, taken apart where it lies. Pure.
//
//   <inbox>.<batch id>.<flow>.<ok|fail>.<sequence>.<operation>.$FI
//
// Compat: stream.go, getFastBatch: read from the end, so that the inbox may be anything.
import { equalsAscii, NOT_DECIMAL, parseDecimal } from '../../base/bytes.ts';
import type { Message } from '../../ports/message.ts';

export const OPERATION_START = 0;
export const OPERATION_APPEND = 1;
export const OPERATION_COMMIT = 2;
export const OPERATION_END = 3;
export const OPERATION_PING = 4;

const SUFFIX = '.$FI';
const LAST_LETTER = 0x49;
const DOT = 0x2e;
const FLOW_DEFAULT = 10;
const FLOW_MAX = 65_535;
/** Digits that parseDecimal may be given: zeros in front are legal. */
const DIGITS_MAX = 20;

/** Whether the message belongs to a fast batch, be what it says about it right or wrong. */
export function isFastReply(message: Message): boolean {
  const { reply, replyStart, replyEnd, passage } = message;
  // What comes from another account has a reply of the server's; the publisher's own came along.
  if (passage !== null && passage.reply !== null) return true;
  // The last letter settles it for nearly every other message.
  if (replyEnd - replyStart <= SUFFIX.length || reply[replyEnd - 1] !== LAST_LETTER) return false;
  return equalsAscii(reply, replyEnd - SUFFIX.length, replyEnd, SUFFIX);
}

export class FastReply {
  /** The reply subject that was read, and where the batch's id is in it. */
  bytes: Uint8Array = new Uint8Array(0);
  idStart = 0;
  idEnd = 0;
  /** Messages after which the publisher wants to hear of them, at most. */
  flow = 0;
  allowsGaps = false;
  sequence = 0;
  operation = 0;

  /** False where the subject is not of this form. Only for a message that isFastReply(). */
  read(message: Message): boolean {
    const own = message.passage?.reply ?? null;
    const reply = own ?? message.reply;
    const replyStart = own === null ? message.replyStart : 0;
    const operationEnd = (own === null ? message.replyEnd : own.length) - SUFFIX.length;
    this.bytes = reply;
    const sequenceEnd = dotBefore(reply, replyStart, operationEnd);
    if (sequenceEnd < 0) return false;
    const gapEnd = dotBefore(reply, replyStart, sequenceEnd);
    if (gapEnd < 0) return false;
    this.operation = parseDecimal(reply, sequenceEnd + 1, operationEnd, DIGITS_MAX);
    this.sequence = parseDecimal(reply, gapEnd + 1, sequenceEnd, DIGITS_MAX);
    if (!this.#isLegal()) return false;
    const flowEnd = dotBefore(reply, replyStart, gapEnd);
    if (flowEnd < 0) return false;
    this.allowsGaps = equalsAscii(reply, flowEnd + 1, gapEnd, 'ok');
    if (!this.allowsGaps && !equalsAscii(reply, flowEnd + 1, gapEnd, 'fail')) return false;
    const idEnd = dotBefore(reply, replyStart, flowEnd);
    if (idEnd < 0) return false;
    const flow = parseDecimal(reply, idEnd + 1, flowEnd, DIGITS_MAX);
    this.flow = flow <= 0 ? FLOW_DEFAULT : Math.min(flow, FLOW_MAX);
    const before = dotBefore(reply, replyStart, idEnd);
    this.idStart = before + 1;
    this.idEnd = idEnd;
    return before >= 0;
  }

  #isLegal(): boolean {
    const { operation, sequence } = this;
    if (operation === NOT_DECIMAL || operation > OPERATION_PING || sequence <= 0) return false;
    if (operation === OPERATION_START) return sequence === 1;
    return sequence > 1 || operation === OPERATION_COMMIT || operation === OPERATION_PING;
  }
}

/** Position of the last dot in `bytes[start..end)`, -1 without one. */
function dotBefore(bytes: Uint8Array, start: number, end: number): number {
  for (let i = end - 1; i >= start; i--) if (bytes[i] === DOT) return i;
  return -1;
}
