// index.db, nats-server's picture of a whole stream: totals, subjects, blocks and what is deleted in them. It is written
// for the other server's quick start and for deletions that stand nowhere else. It never authorises anything: read, it is
// believed only when every check holds, and what it then adds is which messages are deleted and that checksums need no
// second look. Called by stream_recover.ts and FileStreamStore.
//
//   11 | 4 | uv messages | uv bytes | uv first | sv time of first | uv last | sv time of last
//   uv subjects, each:  uv length, name, uv messages, uv first block, uv last block
//   uv blocks, each:    uv number, uv bytes, uv first, sv time - base, uv last, sv time - base, uv deleted,
//                       uv with expiry, uv with schedule, sequence set of the deleted (when there are any)
//   uv number of the last block | 8 bytes: the digest of its last record | 8 bytes: HighwayHash of all before
//
// Base is the time of the first message. Compat: filestore.go, _writeFullState and recoverFullState.
import { createHash } from 'node:crypto';
import { ByteError } from '../../base/byte_error.ts';
import { ByteReader } from '../../base/byte_reader.ts';
import { ByteWriter } from '../../base/byte_writer.ts';
import { highwayHash64 } from '../../base/highwayhash.ts';
import { nanosToNs } from '../../base/nanos.ts';
import { SeqSet } from '../../base/seq_set.ts';
import type { BlockColumns } from '../block_columns.ts';
import type { StreamIndex } from '../stream_index.ts';
import type { StreamState } from '../stream_store.ts';
import type { Block } from './block.ts';

const MAGIC = 11;
const VERSION = 4;
const VERSION_MIN = 1;
const DIGEST_BYTES = 8;
const BYTES_MIN = 32;

export interface StateBlock {
  readonly number: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
  readonly timeLastNs: bigint;
  readonly deleted: SeqSet | null;
  readonly withExpiry: number;
  readonly withSchedule: number;
}

export function messagesIn(block: StateBlock): number {
  return Math.max(0, block.last - block.first + 1 - (block.deleted?.size ?? 0));
}

export interface StateFile {
  readonly messages: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
  readonly timeLastNs: bigint;
  readonly subjects: number;
  readonly blocks: readonly StateBlock[];
  readonly lastBlock: number;
  readonly lastDigest: Uint8Array;
}

function stateKey(streamName: string): Uint8Array {
  return createHash('sha256').update(streamName).digest();
}

// --- reading ---------------------------------------------------------------------------------------------------------

/** Null when it is not to be believed: damaged, of another version or another stream. */
export function decodeState(bytes: Uint8Array, streamName: string): StateFile | null {
  if (bytes.length < BYTES_MIN) return null;
  const body = bytes.subarray(0, bytes.length - DIGEST_BYTES);
  const digest = highwayHash64(stateKey(streamName), body);
  if (!digest.every((byte, i) => byte === bytes[body.length + i])) return null;
  try {
    return readState(new ByteReader(body));
  } catch (error) {
    if (error instanceof ByteError) return null;
    throw error;
  }
}

function readState(from: ByteReader): StateFile | null {
  const magic = from.u8();
  const version = from.u8();
  if (magic !== MAGIC || version < VERSION_MIN || version > VERSION) return null;
  const messages = from.uvarint();
  const bytes = from.uvarint();
  const first = from.uvarint();
  const timeFirstNs = from.varintBig();
  const last = from.uvarint();
  const timeLastNs = from.varintBig();
  const subjects = from.uvarint();
  for (let i = 0; i < subjects; i++) skipSubject(from, version);
  const count = from.uvarint();
  if (count > from.remaining) return null;
  const blocks: StateBlock[] = [];
  for (let i = 0; i < count; i++) {
    const block = readBlock(from, version, timeFirstNs);
    if (block === null) return null;
    blocks.push(block);
  }
  const lastBlock = from.uvarint();
  const lastDigest = from.bytes(DIGEST_BYTES).slice();
  return { messages, bytes, first, last, timeLastNs, subjects, blocks, lastBlock, lastDigest };
}

function skipSubject(from: ByteReader, version: number): void {
  from.skip(from.uvarint());
  const total = from.uvarint();
  from.uvarint();
  if (total > 1 || version >= 4) from.uvarint();
}

function readBlock(from: ByteReader, version: number, baseNs: bigint): StateBlock | null {
  const number = from.uvarint();
  const bytes = from.uvarint();
  const first = from.uvarint();
  from.varintBig();
  const last = from.uvarint();
  const timeLastNs = baseNs + from.varintBig();
  const deletedCount = from.uvarint();
  const withExpiry = version >= 2 ? from.uvarint() : 0;
  const withSchedule = version >= 3 ? from.uvarint() : 0;
  let deleted: SeqSet | null = null;
  if (deletedCount > 0) {
    const set = SeqSet.decode(from);
    if (!set.ok) return null;
    deleted = set.value;
  }
  return { number, bytes, first, last, timeLastNs, deleted, withExpiry, withSchedule };
}

// --- writing ---------------------------------------------------------------------------------------------------------

export interface StateSource {
  readonly streamName: string;
  readonly state: StreamState;
  readonly index: StreamIndex<Block>;
  /** Ascending; all of them sealed but the last. */
  readonly blocks: readonly Block[];
  /** Digest of the last record of the last block. */
  readonly lastDigest: Uint8Array;
  /** How many messages of a block have a TTL. */
  readonly withExpiry: ReadonlyMap<Block, number>;
}

export function encodeState(source: StateSource): Uint8Array {
  const { state, index, blocks } = source;
  const to = new ByteWriter(4096);
  to.u8(MAGIC);
  to.u8(VERSION);
  to.uvarint(state.messages);
  to.uvarint(state.bytes);
  to.uvarint(state.sequenceFirst);
  to.varintBig(state.timeFirst);
  to.uvarint(state.sequenceLast);
  to.varintBig(state.timeLast);
  writeSubjects(index, blocks, to);
  to.uvarint(blocks.length);
  for (const block of blocks) writeBlock(block, source, to);
  to.uvarint(blocks.at(-1)?.number ?? 0);
  to.bytes(source.lastDigest);
  to.bytes(highwayHash64(stateKey(source.streamName), to.written()));
  return to.written();
}

function writeSubjects(index: StreamIndex<Block>, blocks: readonly Block[], to: ByteWriter): void {
  const { subjects } = index;
  const number = blockFinder(index, blocks);
  to.uvarint(subjects.size);
  for (let id = 0; id < subjects.idsEnd; id++) {
    if (subjects.counts[id] === 0) continue;
    const start = subjects.nameStart(id);
    const length = subjects.nameLength(id);
    to.uvarint(length);
    to.bytes(subjects.nameChunk(id).subarray(start, start + length));
    to.uvarint(subjects.counts[id]!);
    to.uvarint(number(index.firstOf(id)));
    to.uvarint(number(index.lastOf(id)));
  }
}

/** Number of the block that holds a live sequence. */
function blockFinder(index: StreamIndex<Block>, blocks: readonly Block[]): (sequence: number) => number {
  return (sequence) => index.blockOf(sequence)?.holder.number ?? blocks.at(-1)?.number ?? 0;
}

function writeBlock(block: Block, source: StateSource, to: ByteWriter): void {
  const { columns } = block;
  const base = source.state.timeFirst;
  to.uvarint(block.number);
  if (columns === null || columns.live === 0) {
    // A block without messages stands behind the last sequence that was given out before it.
    const last = source.state.sequenceLast;
    to.uvarint(0);
    to.uvarint(last + 1);
    to.varintBig(0n - base);
    to.uvarint(last);
    to.varintBig(source.state.timeLast - base);
    to.uvarint(0);
    to.uvarint(0);
    to.uvarint(0);
    return;
  }
  const isLast = block === source.blocks.at(-1);
  const last = isLast ? source.state.sequenceLast : columns.sequenceLast;
  const first = columns.sequenceAt(columns.liveFrom);
  const deleted = deletedIn(columns, first, last);
  to.uvarint(block.liveBytes);
  to.uvarint(first);
  to.varintBig(timeAt(columns, columns.liveFrom) - base);
  to.uvarint(last);
  to.varintBig((isLast ? source.state.timeLast : timeAt(columns, columns.rows - 1)) - base);
  to.uvarint(deleted.size);
  to.uvarint(source.withExpiry.get(block) ?? 0);
  to.uvarint(0);
  if (deleted.size > 0) deleted.encode(to);
}

function timeAt(columns: BlockColumns<Block>, row: number): bigint {
  return nanosToNs(columns.timesHigh[row]!, columns.timesLow[row]!);
}

function deletedIn(columns: BlockColumns<Block>, first: number, last: number): SeqSet {
  const deleted = new SeqSet();
  let expected = first;
  for (let row = columns.liveFrom; row < columns.rows; row++) {
    if (!columns.isLive(row)) continue;
    const sequence = columns.sequenceAt(row);
    if (sequence > expected) deleted.insertRange(expected, sequence - 1);
    expected = sequence + 1;
  }
  if (expected <= last) deleted.insertRange(expected, last);
  return deleted;
}
