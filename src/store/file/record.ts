// One message record of a block file as bytes, in nats-server's format. Encoding writes everything but the digest;
// reading takes positions out of bytes that were verified. Hot: no objects, no BigInt, no waiting. It knows no files.
//
//   0        4          12      20        22         22+S     26+S        L-8
//   | length | sequence | time  | subject | subject  | header | headers   | payload | digest |
//   | u32    | u64      | i64   | u16 S   |          | u32 H  |           |         | 8      |
//                                                      `------ only with headers
//
// Length: of the whole record; bit 31 says that it has headers. Sequence: bit 63 marks an erased record or a run of
// skipped sequences up to this one, bit 62 a tombstone: "this sequence was deleted". Both have no subject. Time: Unix
// nanoseconds. The digest (HighwayHash-64, the block's key) covers sequence, time, subject, headers and payload.
//
// Compat: filestore.go, writeMsgRecordLocked and rebuildStateFromBufLocked.
import { copyBytes } from '../../base/bytes.ts';
import type { Message } from '../../ports/message.ts';

export const RECORD_HEAD_BYTES = 22;
export const RECORD_DIGEST_BYTES = 8;
/** A record without subject, headers and payload: tombstones and skip marks. */
export const RECORD_BYTES_MIN = RECORD_HEAD_BYTES + RECORD_DIGEST_BYTES;
/** What says that it is longer is damaged. Compat: filestore.go, rlBadThresh. */
export const RECORD_BYTES_MAX = 32 * 1024 * 1024;

const HEADERS_FLAG = 0x8000_0000;
const LENGTH_MASK = 0x7fff_ffff;
const HEADER_LENGTH_BYTES = 4;
/** Flags in the high half of the sequence. */
const ERASED_FLAG = 0x8000_0000;
const TOMBSTONE_FLAG = 0x4000_0000;
const SEQUENCE_HIGH_MASK = 0x3fff_ffff;
/** Sequences are numbers up to 2^53 - 1. */
const SEQUENCE_HIGH_MAX = 0x1f_ffff;
const TWO_32 = 4_294_967_296;

/** What kind of record one is, by the flags of its sequence. */
export const RECORD_MESSAGE = 0;
export const RECORD_ERASED = 1;
export const RECORD_TOMBSTONE = 2;
export type RecordKind = typeof RECORD_MESSAGE | typeof RECORD_ERASED | typeof RECORD_TOMBSTONE;

export function recordBytes(subjectBytes: number, headerBytes: number, payloadBytes: number): number {
  const bytes = RECORD_BYTES_MIN + subjectBytes + payloadBytes;
  return headerBytes === 0 ? bytes : bytes + HEADER_LENGTH_BYTES + headerBytes;
}

/** Writes a message's record of `length` bytes at `at`, all but its digest. `view` is over `bytes`. */
export function encodeMessage(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  length: number,
  sequence: number,
  timeHigh: number,
  timeLow: number,
  message: Message,
): void {
  const headerBytes = message.payloadStart - message.headerStart;
  const subjectBytes = message.subjectEnd - message.subjectStart;
  encodeHead(view, at, length, sequence, 0, timeHigh, timeLow, subjectBytes);
  copyBytes(message.subject, message.subjectStart, message.subjectEnd, bytes, at + RECORD_HEAD_BYTES);
  let body = at + RECORD_HEAD_BYTES + subjectBytes;
  if (headerBytes > 0) {
    view.setUint32(at, (length | HEADERS_FLAG) >>> 0, true);
    view.setUint32(body, headerBytes, true);
    body += HEADER_LENGTH_BYTES;
  }
  // Headers and payload lie one behind the other, in the message as in the record.
  copyBytes(message.body, message.headerStart, message.payloadEnd, bytes, body);
}

export function encodeTombstone(view: DataView, at: number, sequence: number, timeHigh: number, timeLow: number): void {
  encodeHead(view, at, RECORD_BYTES_MIN, sequence, TOMBSTONE_FLAG, timeHigh, timeLow, 0);
}

/** All sequences up to this one are given out; those that no other record has are deleted. */
export function encodeSkip(view: DataView, at: number, sequence: number, timeHigh: number, timeLow: number): void {
  encodeHead(view, at, RECORD_BYTES_MIN, sequence, ERASED_FLAG, timeHigh, timeLow, 0);
}

/** The head of a record that replaces one of `length` bytes; the rest of it is for the caller to fill with noise. */
export function encodeErased(view: DataView, at: number, length: number, sequence: number): void {
  encodeHead(view, at, length, sequence, ERASED_FLAG, 0, 0, 0);
}

function encodeHead(
  view: DataView,
  at: number,
  length: number,
  sequence: number,
  flag: number,
  timeHigh: number,
  timeLow: number,
  subjectBytes: number,
): void {
  const sequenceHigh = sequence < TWO_32 ? 0 : Math.floor(sequence / TWO_32);
  view.setUint32(at, length, true);
  view.setUint32(at + 4, sequence - sequenceHigh * TWO_32, true);
  view.setUint32(at + 8, (sequenceHigh | flag) >>> 0, true);
  view.setUint32(at + 12, timeLow, true);
  view.setUint32(at + 16, timeHigh, true);
  view.setUint16(at + 20, subjectBytes, true);
}

// --- reading: `at` is where the record begins ------------------------------------------------------------------------

export function recordLength(view: DataView, at: number): number {
  return view.getUint32(at, true) & LENGTH_MASK;
}

export function recordKind(view: DataView, at: number): RecordKind {
  const high = view.getUint32(at + 8, true);
  if ((high & TOMBSTONE_FLAG) !== 0) return RECORD_TOMBSTONE;
  return (high & ERASED_FLAG) !== 0 ? RECORD_ERASED : RECORD_MESSAGE;
}

/** -1 when it is no sequence that this server can count to. */
export function recordSequence(view: DataView, at: number): number {
  const high = view.getUint32(at + 8, true) & SEQUENCE_HIGH_MASK;
  return high > SEQUENCE_HIGH_MAX ? -1 : high * TWO_32 + view.getUint32(at + 4, true);
}

export function recordTimeHigh(view: DataView, at: number): number {
  return view.getUint32(at + 16, true);
}

export function recordTimeLow(view: DataView, at: number): number {
  return view.getUint32(at + 12, true);
}

export function recordSubjectBytes(view: DataView, at: number): number {
  return view.getUint16(at + 20, true);
}

/**
 * Whether the lengths inside fit each other and `available` bytes; the digest is another question. Records without a
 * message are told by their flags alone: an erased one keeps noise behind its head.
 */
export function isRecordSane(view: DataView, at: number, available: number): boolean {
  if (available < RECORD_BYTES_MIN) return false;
  const length = recordLength(view, at);
  if (length < RECORD_BYTES_MIN || length > available || length > RECORD_BYTES_MAX) return false;
  const room = length - RECORD_BYTES_MIN - recordSubjectBytes(view, at);
  if (room < 0) return false;
  if ((view.getUint32(at, true) & HEADERS_FLAG) === 0) return true;
  if (room < HEADER_LENGTH_BYTES) return false;
  const headerLength = view.getUint32(at + RECORD_HEAD_BYTES + recordSubjectBytes(view, at), true);
  return headerLength <= room - HEADER_LENGTH_BYTES;
}

/** Points `message` at subject, headers and payload of a sane record of `length` bytes. */
export function pointAtRecord(message: Message, bytes: Uint8Array, view: DataView, at: number, length: number): void {
  const subjectStart = at + RECORD_HEAD_BYTES;
  const subjectEnd = subjectStart + recordSubjectBytes(view, at);
  message.subject = bytes;
  message.subjectStart = subjectStart;
  message.subjectEnd = subjectEnd;
  message.replyEnd = message.replyStart;
  message.body = bytes;
  if ((view.getUint32(at, true) & HEADERS_FLAG) === 0) {
    message.headerStart = subjectEnd;
    message.payloadStart = subjectEnd;
  } else {
    message.headerStart = subjectEnd + HEADER_LENGTH_BYTES;
    message.payloadStart = message.headerStart + view.getUint32(subjectEnd, true);
  }
  message.payloadEnd = at + length - RECORD_DIGEST_BYTES;
  message.client = null;
}

/** Subjects have tokens, and no blanks: what is none comes of a damaged subject length. */
export function isSubjectSane(bytes: Uint8Array, start: number, end: number): boolean {
  let tokenStart = start;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0x20 || byte === 0 || (byte >= 0x09 && byte <= 0x0d)) return false;
    if (byte !== 0x2e) continue;
    if (i === tokenStart) return false;
    tokenStart = i + 1;
  }
  return end > tokenStart;
}
