// Writes the archive that a backup of a stream is, before it is packed: `archive_entry` after entry, in memory. Knows no
// stream; stream_snapshot.ts says what comes in which order.
// Compat: nats-server 2.15, server/archive/archive.go.
//
//   archive  "NATSARC1" entry*
//   entry    name length (uv)  time in Unix nanoseconds (sv)  sequence (uv)  header bytes (uv)  payload bytes (uv)
//            name  header  payload
import type { ByteWriter } from '../../base/byte_writer.ts';

export const ARCHIVE_MAGIC = 'NATSARC1';

export interface EntryHead {
  readonly name: Uint8Array;
  /** Unix nanoseconds. */
  readonly timeNs: bigint;
  /** 0 for what is no message. */
  readonly sequence: number;
  readonly headerBytes: number;
  readonly payloadBytes: number;
}

/** The header and the payload must follow it. */
export function writeEntryHead(to: ByteWriter, head: EntryHead): void {
  to.uvarint(head.name.length);
  to.varintBig(head.timeNs);
  to.uvarint(head.sequence);
  to.uvarint(head.headerBytes);
  to.uvarint(head.payloadBytes);
  to.bytes(head.name);
}

/** An entry that is no message. */
export function writeDocument(to: ByteWriter, name: string, timeNs: bigint, text: string): void {
  const payload = new TextEncoder().encode(text);
  const nameBytes = new TextEncoder().encode(name);
  writeEntryHead(to, { name: nameBytes, timeNs, sequence: 0, headerBytes: 0, payloadBytes: payload.length });
  to.bytes(payload);
}

/** What says that the archive is whole. */
export function writeEnd(to: ByteWriter): void {
  writeEntryHead(to, { name: new Uint8Array(0), timeNs: 0n, sequence: 0, headerBytes: 0, payloadBytes: 0 });
}
