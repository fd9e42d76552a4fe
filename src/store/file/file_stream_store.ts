// One stream on disk: the index in memory, the log that grows, the cleaner behind it, and reads through segments and
// windows. It decides what every removal leaves on disk, so that a crash at any point brings nothing deleted back and
// loses nothing that was durable. FileStorage opens it; it knows neither consumers nor who waits for acknowledgements.
//
// What keeps a removed message removed:
//  - deleted, purged, or removed by a limit from the middle: a tombstone in the log, behind (and on disk not before)
//    everything that was appended before the removal;
//  - removed by a limit from the head: nothing, as the limit would remove it again (its row is "unmarked"); but the
//    first removal of another kind writes those tombstones down too, because the limit may then have room again;
//  - a whole block without messages: the file goes, once what displaced its messages is safe.
import { assert } from '../../base/assert.ts';
import { OperatingError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Disk } from '../../ports/disk.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { Message } from '../../ports/message.ts';
import { BlockColumns } from '../block_columns.ts';
import type { CommitRounds } from '../commit/commit_round.ts';
import type { RecordArena } from '../commit/record_arena.ts';
import { IndexedStore, type RemovalCause } from '../indexed_store.ts';
import type { MessageExpiry } from '../message_expiry.ts';
import { TTL_NONE } from '../message_ttl.ts';
import type { StreamIndex } from '../stream_index.ts';
import {
  READ_FOUND,
  READ_LOADING,
  READ_MISSING,
  type ReadResult,
  type StoredMessage,
  type StoreLimits,
  type StreamStore,
} from '../stream_store.ts';
import type { Block } from './block.ts';
import { BlockCleaner } from './block_cleaner.ts';
import type { RewrittenBlock } from './block_rewrite.ts';
import type { OpenFiles } from './open_files.ts';
import type { ReadCache, Window } from './read_cache.ts';
import {
  isRecordSane,
  pointAtRecord,
  RECORD_MESSAGE,
  recordBytes,
  recordKind,
  recordLength,
  recordSequence,
} from './record.ts';
import { RemovalQueue } from './removal_queue.ts';
import { removeSafely } from './safe_files.ts';
import { StreamLog } from './stream_log.ts';
import type { UnbrokenMark } from './unbroken_mark.ts';

/** A jump of more sequences than this begins a new block: the reference writes down every one inside a block. */
const JUMP_IN_BLOCK_MAX = 1000;
/** After this many reads of one window its reader is taken for one that goes on. */
const READS_BEFORE_AHEAD = 8;
/** The state file is written so long after a change, unless that would take too long: then only at the end. */
const STATE_WRITE_MS = 120_000;
const STATE_SUBJECTS_MAX = 50_000;
const STATE_DELETED_MAX = 1_000_000;

/** How records become durable: before they count as such, or every so often (milliseconds). */
export type SyncPolicy = 'always' | number;

/** What all streams of a server share. */
export interface StorageParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Logger;
  readonly arena: RecordArena;
  readonly rounds: CommitRounds;
  readonly files: OpenFiles;
  readonly cache: ReadCache;
  readonly sync: SyncPolicy;
  /** A block file with so many dead bytes, and more dead than alive, is rewritten. */
  readonly deadBytesMin: number;
  readonly seed: number;
}

export interface FileStreamOptions {
  /** The stream's name: part of the key of every checksum. */
  readonly name: string;
  readonly directory: string;
  readonly limits: StoreLimits;
  readonly blockBytesMax: number;
  /** Its messages may have TTLs. */
  readonly allowsTtl?: boolean;
}

/** What recovery found. */
export interface RecoveredStream {
  readonly index: StreamIndex<Block>;
  readonly blocks: readonly Block[];
  /** Whether the last block may be appended to. */
  readonly isAppendable: boolean;
  readonly bytes: number;
  /** The highest sequence stands in no block and must be written down. */
  readonly isSequenceHeld: boolean;
  /** The state file was written when everything up to here was on disk. */
  readonly sequenceCertain: number;
  readonly lostSequences: readonly number[];
  readonly lostBytes: number;
  /** What damage was found, one line each. */
  readonly findings: readonly string[];
  /** The highest number that any block has or had. */
  readonly numberLast: number;
  readonly mark: UnbrokenMark;
}

/** Writes the state file; state_file.ts does, on behalf of the store. */
export type WriteState = (store: FileStreamStore) => Promise<void>;

export class FileStreamStore extends IndexedStore<Block> implements StreamStore {
  readonly kind = 'file';
  readonly name: string;
  readonly directory: string;
  readonly sequenceCertain: number;
  /** What damage was found when it was opened, one line each. */
  readonly findings: readonly string[];
  readonly #parts: StorageParts;
  readonly #log: StreamLog;
  readonly #cleaner: BlockCleaner;
  readonly #writeState: WriteState;
  /** Why appends are refused although the log is well. */
  #ownFault: string | null = null;
  #sequenceTold = 0;
  /** Unmarked rows in all blocks. */
  #unmarked = 0;
  /** Tombstones to write; for those of the last kind (not by limit) nothing may be put off. */
  readonly #removals = new RemovalQueue();
  #isRemovalUrgent = false;
  /** How many of them the commit under way writes, and how many are written. */
  #removalsCommitting = 0;
  #removalsSafe = 0;
  /** Messages to be overwritten once their tombstones are written, in the order of those. */
  readonly #erasures: { readonly block: Block; readonly sequence: number }[] = [];
  /** Those who wait to read what is not durable yet. */
  #readers: { readonly sequence: number; readonly callback: () => void }[] = [];
  #syncTimer: Timer | null = null;
  #stateTimer: Timer | null = null;
  #isStateDirty = false;
  #isClosing = false;
  #isClosed = false;
  #failures: ((error: OperatingError) => void)[] = [];

  constructor(parts: StorageParts, options: FileStreamOptions, recovered: RecoveredStream, writeState: WriteState) {
    super(recovered.index, parts.clock, options.limits);
    this.name = options.name;
    this.directory = options.directory;
    this.sequenceCertain = recovered.sequenceCertain;
    this.findings = recovered.findings;
    this.#parts = parts;
    this.#writeState = writeState;
    const { disk, clock, arena, files, rounds } = parts;
    const { name: streamName, directory, blockBytesMax } = options;
    const isSynced = parts.sync === 'always';
    const { mark } = recovered;
    const logOptions = { streamName, directory, blockBytesMax, isSynced, disk, clock, arena, files, rounds, mark };
    const logHost = {
      blockOpened: (block: Block) => this.#blockOpened(block),
      committing: () => {
        this.#writeRemovals();
        this.#removalsCommitting = this.#removals.taken;
      },
      committed: () => this.#committed(),
      faulted: (reason: string) => this.#faulted(reason),
      quiesce: () => this.#cleaner.hold(),
    };
    this.bytes = recovered.bytes;
    if (recovered.lostSequences.length > 0 || recovered.findings.length > 0) {
      this.lost = { sequences: recovered.lostSequences, bytes: recovered.lostBytes };
    }
    this.#log = new StreamLog(logOptions, logHost, recovered, this.index.sequenceLast);
    this.#sequenceTold = this.index.sequenceLast;
    const cleanerHost = {
      blockRewritten: (block: Block, rewritten: RewrittenBlock) => this.#blockRewritten(block, rewritten),
      holdSequence: () => this.#holdSequence(),
      areRemovalsSafe: (ticket: number) => ticket <= this.#removalsSafe,
      isPassed: (block: Block) => this.#isPassed(block),
      fault: (error: OperatingError) => this.#faultWith(error),
    };
    this.#cleaner = new BlockCleaner({ ...parts, directory, mark }, cleanerHost, this.#log);
    this.#openTail();
    for (const block of this.#log.blocks) if (block !== this.#log.tail) this.#adopt(block);
    this.#unmarked += this.#log.tail.unmarked;
    if (recovered.isSequenceHeld) this.#holdSequence();
  }

  get fault(): string | null {
    return this.#ownFault ?? this.#log.fault;
  }

  get sequenceDurable(): number {
    return this.#log.sequenceDurable;
  }

  get pendingBytes(): number {
    return this.#log.position - this.#log.durable;
  }

  get log(): StreamLog {
    return this.#log;
  }

  /** What recovery found of messages with a TTL. */
  setExpiry(expiry: MessageExpiry): void {
    this.expiry = expiry;
  }

  /** Null when no message has a TTL. */
  get messageExpiry(): MessageExpiry | null {
    return this.expiry;
  }

  get messageIndex(): StreamIndex<Block> {
    return this.index;
  }

  // --- appending ---------------------------------------------------------------------------------------------------

  append(message: Message, timeHigh: number, timeLow: number, ttlSeconds = TTL_NONE): number {
    assert(this.#ownFault === null && !this.#isClosed, 'only a healthy store takes messages');
    const index = this.index;
    const sequence = index.sequenceLast + 1;
    const length = recordBytes(
      message.subjectEnd - message.subjectStart,
      message.payloadStart - message.headerStart,
      message.payloadEnd - message.payloadStart,
    );
    const offset = this.#log.appendMessage(message, length, sequence, timeHigh, timeLow);
    const id = index.subjectId(message.subject, message.subjectStart, message.subjectEnd);
    index.append(id, sequence, timeHigh, timeLow, offset, length);
    this.bytes += length;
    if (ttlSeconds !== TTL_NONE) this.expires(sequence, timeHigh, timeLow, ttlSeconds);
    this.enforceLimits(id);
    return sequence;
  }

  recordBytes(subjectBytes: number, headerBytes: number, payloadBytes: number): number {
    return recordBytes(subjectBytes, headerBytes, payloadBytes);
  }

  skipTo(sequence: number, timeHigh: number, timeLow: number): void {
    const gap = sequence - this.index.sequenceLast;
    if (gap === 0) return;
    const columns = this.#log.tail.columns;
    if (gap > JUMP_IN_BLOCK_MAX && columns !== null && columns.rows > 0) this.#log.roll();
    this.#log.appendSkip(sequence, timeHigh, timeLow);
    this.index.skipTo(sequence, timeHigh, timeLow);
  }

  whenDurable(sequence: number, callback: () => void): void {
    if (sequence <= this.#log.sequenceDurable) callback();
    else this.#log.whenDurable(this.#log.position, callback);
  }

  override updateLimits(limits: StoreLimits): void {
    // What the old limits removed must stay removed under the new ones.
    this.#queueHead();
    this.#isRemovalUrgent = true;
    super.updateLimits(limits);
    this.#writeRemovals();
    this.#cleaner.kick();
  }

  /** Applies the limits to what recovery found. */
  enforceAfterRecovery(): void {
    super.updateLimits(this.limits);
    while (!this.expireOld());
    this.#cleaner.kick();
  }

  // --- reading -----------------------------------------------------------------------------------------------------

  read(sequence: number, into: StoredMessage): ReadResult {
    const columns = this.index.blockOf(sequence);
    if (columns === null) return READ_MISSING;
    // What a crash may still take away nobody has seen: its sequence may be given to another message.
    if (sequence > this.#log.sequenceDurable) return this.fault === null ? READ_LOADING : READ_MISSING;
    const row = columns.rowOf(sequence);
    const block = columns.holder;
    const offset = columns.offsetAt(row);
    const length = columns.lengthAt(row);
    const segment = this.#log.findSegment(block, offset, length);
    if (segment !== null) {
      const at = segment.start + offset - segment.fileOffset;
      pointAtRecord(into.message, segment.bytes, segment.view, at, length);
    } else {
      const window = this.#parts.cache.find(block, offset, length);
      if (window === null) return READ_LOADING;
      const at = window.start + offset - window.fileOffset;
      if (!this.#isIntact(block, window, at, length, sequence)) {
        this.#lose(columns, row, length, 'its checksum does not match');
        return READ_MISSING;
      }
      pointAtRecord(into.message, window.bytes, window.view, at, length);
      if (++window.reads >= READS_BEFORE_AHEAD) this.#readAhead(columns, row, window);
    }
    into.sequence = sequence;
    into.timeHigh = columns.timesHigh[row]!;
    into.timeLow = columns.timesLow[row]!;
    return READ_FOUND;
  }

  load(sequence: number, callback: () => void): void {
    if (sequence > this.#log.sequenceDurable && this.fault === null && !this.#isClosed) {
      this.#readers.push({ sequence, callback });
      return;
    }
    const columns = this.index.blockOf(sequence);
    const row = columns === null ? -1 : columns.rowOf(sequence);
    const offset = columns === null ? 0 : columns.offsetAt(row);
    const length = columns === null ? 0 : columns.lengthAt(row);
    // Written bytes only: what is not written yet is in a segment.
    if (columns === null || this.#isClosed || offset + length > columns.holder.written) {
      this.clock.after(0, callback);
      return;
    }
    this.#parts.cache.load(columns.holder, offset, length, (error) => {
      if (error === null || this.#isClosed) callback();
      else this.#loadFailed(sequence, error, callback);
    });
  }

  #isIntact(block: Block, window: Window, at: number, length: number, sequence: number): boolean {
    const { view } = window;
    return (
      recordLength(view, at) === length &&
      recordSequence(view, at) === sequence &&
      recordKind(view, at) === RECORD_MESSAGE &&
      isRecordSane(view, at, length) &&
      this.#parts.arena.check(block.key, window.bytes, at, length)
    );
  }

  #readAhead(columns: BlockColumns<Block>, row: number, window: Window): void {
    if (columns.offsetAt(row) < window.fileOffset + window.length / 2) return;
    window.reads = Number.NEGATIVE_INFINITY;
    const end = window.fileOffset + window.length;
    if (end < columns.holder.written) {
      // The next window begins with the record that this one cuts.
      let next = row;
      while (next < columns.rows && columns.offsetAt(next) + columns.lengthAt(next) <= end) next++;
      if (next < columns.rows) this.#parts.cache.readAhead(columns.holder, columns.offsetAt(next));
      return;
    }
    const following = this.index.blockOf(this.index.nextSequence(null, columns.sequenceLast + 1));
    if (following !== null) this.#parts.cache.readAhead(following.holder, following.offsetAt(following.liveFrom));
  }

  /** A message that cannot be read counts as lost; its bytes stay where they are. */
  #lose(columns: BlockColumns<Block>, row: number, length: number, reason: string): void {
    const sequence = columns.sequenceAt(row);
    const block = columns.holder;
    block.isDamaged = true;
    this.bytes -= length;
    block.liveBytes -= length;
    const id = this.index.remove(columns, row);
    this.lost = {
      sequences: [...(this.lost?.sequences ?? []), sequence],
      bytes: (this.lost?.bytes ?? 0) + length,
    };
    const text = `Message ${sequence} of stream '${this.name}' is lost: ${reason} (${block.slot.path} at ${columns.offsetAt(row)})`;
    this.#parts.log.error(text);
    for (const listener of this.listeners) listener.removed(sequence, id);
    for (const listener of this.listeners) listener.faulted(text);
    this.index.settle(id);
    if (block !== this.#log.tail) this.#noteLoss(columns);
  }

  #loadFailed(sequence: number, error: OperatingError, callback: () => void): void {
    const columns = this.index.blockOf(sequence);
    if (columns !== null && !columns.holder.isGone) {
      const row = columns.rowOf(sequence);
      this.#lose(columns, row, columns.lengthAt(row), error.message);
    }
    callback();
  }

  // --- removing ----------------------------------------------------------------------------------------------------

  override remove(sequence: number, erase: boolean): boolean {
    const isRemoved = super.remove(sequence, erase);
    if (isRemoved) this.#cleaner.kick();
    return isRemoved;
  }

  protected override rowBytes(block: BlockColumns<Block>, row: number): number {
    return block.lengthAt(row);
  }

  protected override blockBytes(block: BlockColumns<Block>): number {
    return block.holder.liveBytes;
  }

  protected override rowRemoved(columns: BlockColumns<Block>, row: number, cause: RemovalCause): void {
    const block = columns.holder;
    block.liveBytes -= columns.lengthAt(row);
    if (cause === 'unborn') return;
    this.#isStateDirty = true;
    const sequence = columns.sequenceAt(row);
    if (cause === 'limit') block.displacedPosition = this.#log.messagePosition;
    else block.removedPosition = this.#log.messagePosition;
    // The index has moved on already: what lies before its first sequence now was the head.
    if (cause === 'limit' && sequence < this.index.sequenceFirst) {
      columns.setUnmarked(row);
      block.unmarked++;
      this.#unmarked++;
    } else {
      if (cause === 'erase') this.#erasures.push({ block, sequence });
      this.#noteRemoval(columns, row, cause !== 'limit');
      if (cause !== 'limit') block.removedTicket = this.#removals.added;
    }
    if (block !== this.#log.tail) this.#noteLoss(columns);
  }

  protected override rowCut(columns: BlockColumns<Block>, row: number): void {
    columns.holder.liveBytes -= columns.lengthAt(row);
    columns.holder.removedPosition = this.#log.messagePosition;
    this.#noteRemoval(columns, row, true);
    columns.holder.removedTicket = this.#removals.added;
  }

  protected override headRemoved(dropped: readonly BlockColumns<Block>[], cut: BlockColumns<Block> | null): void {
    this.#isStateDirty = true;
    this.#queueHead();
    // Whole blocks go without a trace: this one says that the state file is older, which would miss them otherwise.
    const last = dropped.at(-1);
    if (last !== undefined) this.#noteRemoval(last, last.rows - 1, true);
    for (const columns of dropped) {
      columns.holder.liveBytes = 0;
      columns.holder.removedPosition = this.#log.messagePosition;
      columns.holder.removedTicket = this.#removals.added;
      this.#cleaner.noteDead(columns.holder);
    }
    if (cut !== null && cut.holder !== this.#log.tail) this.#noteLoss(cut);
    this.#cleaner.kick();
  }

  protected override allRemoved(dropped: readonly BlockColumns<Block>[]): void {
    const hasNothing = this.#log.blocks.length === 1 && dropped.every((columns) => columns.live === 0);
    if (hasNothing && this.#unmarked === 0 && this.#log.tail.carried >= this.index.sequenceLast) {
      this.#openTail();
      return;
    }
    this.#isStateDirty = true;
    this.#unmarked = 0;
    this.#removals.clear();
    this.#erasures.length = 0;
    this.#cleaner.forget(this.#log.blocks);
    for (const block of this.#log.blocks) this.#parts.cache.drop(block);
    this.#log.purge(this.index.sequenceLast, this.index.timeLastHigh, this.index.timeLastLow);
  }

  /** Looks at a sealed block that lost messages. */
  #noteLoss(columns: BlockColumns<Block>): void {
    if (columns.live > 0) {
      this.#cleaner.noteLoss(columns.holder);
      return;
    }
    this.index.dropBlock(columns);
    this.#cleaner.noteDead(columns.holder);
  }

  /** A tombstone is due: at once when nothing that is not durable stands before it, else as soon as that is. */
  #noteRemoval(columns: BlockColumns<Block>, row: number, isUrgent: boolean): void {
    this.#queueHead();
    this.#queueRow(columns, row);
    if (isUrgent) this.#isRemovalUrgent = true;
    if (this.#log.durable >= this.#log.messagePosition) this.#writeRemovals();
  }

  #queueRow(columns: BlockColumns<Block>, row: number): void {
    const { messagePosition } = this.#log;
    this.#removals.push(columns.sequenceAt(row), columns.timesHigh[row]!, columns.timesLow[row]!, messagePosition);
  }

  /** What limits removed from the head is to be written down after all. */
  #queueHead(): void {
    if (this.#unmarked === 0) return;
    this.#unmarked = 0;
    for (const block of this.#log.blocks) {
      const { columns } = block;
      if (block.unmarked === 0 || columns === null) continue;
      block.unmarked = 0;
      for (let row = 0; row < columns.rows; row++) {
        if (!columns.isUnmarked(row)) continue;
        columns.clearUnmarked(row);
        this.#queueRow(columns, row);
      }
    }
  }

  /** Appends the tombstones whose causes are durable. */
  #writeRemovals(): void {
    const removals = this.#removals;
    while (removals.length > 0 && removals.position <= this.#log.durable) {
      const { sequence } = removals;
      this.#log.appendTombstone(sequence, removals.timeHigh, removals.timeLow);
      removals.shift();
      if (this.#erasures[0]?.sequence !== sequence) continue;
      this.#cleaner.noteErased(this.#erasures[0].block, sequence, this.#log.position);
      this.#erasures.shift();
    }
    if (removals.length === 0) this.#isRemovalUrgent = false;
  }

  #holdSequence(): void {
    if (this.index.blockOf(this.index.sequenceLast) !== null) return;
    this.#log.appendTombstone(this.index.sequenceLast, this.index.timeLastHigh, this.index.timeLastLow);
  }

  // --- blocks ------------------------------------------------------------------------------------------------------

  #openTail(): void {
    const tail = this.#log.tail;
    tail.columns ??= this.index.addBlock(tail);
    if (!this.index.blocks.includes(tail.columns)) tail.columns = this.index.addBlock(tail);
  }

  /** A block that recovery found behind the tail. */
  #adopt(block: Block): void {
    block.isSealed = true;
    if (block.isDamaged) block.successor = this.#successorOf(block);
    this.#unmarked += block.unmarked;
    const { columns } = block;
    if (columns === null || columns.rows === 0) this.#cleaner.noteDead(block);
    else this.#noteLoss(columns);
  }

  /** Whether the stream has left a damaged block behind: the messages of the one that followed it are gone, too. */
  #isPassed(block: Block): boolean {
    block.successor ??= this.#successorOf(block);
    const { successor } = block;
    if (successor === null || (successor.columns !== null && successor.columns.live > 0)) return false;
    return Math.max(block.carried, block.recordsHigh) < this.index.sequenceFirst;
  }

  #successorOf(block: Block): Block | null {
    const isLive = ({ columns }: Block): boolean => columns !== null && columns.live > 0;
    return this.#log.blocks.find((other) => other.number > block.number && isLive(other)) ?? null;
  }

  #blockOpened(block: Block): void {
    const before = this.index.blocks.at(-1);
    block.columns = this.index.addBlock(block);
    if (before === undefined) return;
    if (before.rows === 0) before.holder.columns = null;
    if (before.holder.isGone) return;
    if (before.live === 0) this.#noteLoss(before);
    else this.#cleaner.noteLoss(before.holder);
  }

  #blockRewritten(block: Block, rewritten: RewrittenBlock): void {
    assert(block.isSealed && block.written === block.size, 'only a block that is written to its end is rewritten');
    this.#parts.cache.drop(block);
    this.#log.forget(block);
    const old = block.columns;
    block.size = rewritten.size;
    block.written = rewritten.size;
    block.durable = rewritten.size;
    this.#unmarked -= block.unmarked;
    block.unmarked = 0;
    block.liveBytes = 0;
    block.recordsLow = Number.POSITIVE_INFINITY;
    block.recordsHigh = 0;
    block.carried = 0;
    block.forgetTombstones();
    if (old !== null) this.#replaceRows(block, old, rewritten);
    for (const sequence of rewritten.tombstones) block.addTombstone(sequence);
    block.carriedWritten = block.carried;
    block.carriedDurable = block.carried;
    this.#isStateDirty = true;
  }

  /** The rows of a rewritten block; some of them may have been deleted while it was written. */
  #replaceRows(block: Block, old: BlockColumns<Block>, rewritten: RewrittenBlock): void {
    const columns = new BlockColumns(block);
    const { sequences, offsets } = rewritten;
    for (let i = 0; i < sequences.length; i++) {
      const sequence = sequences[i]!;
      const row = old.rowOf(sequence);
      columns.add(
        sequence,
        old.subjects[row]!,
        old.timesHigh[row]!,
        old.timesLow[row]!,
        offsets[i]!,
        old.lengthAt(row),
      );
      block.addRecord(sequence);
      const added = columns.rows - 1;
      if (old.isLive(row)) {
        block.liveBytes += old.lengthAt(row);
        continue;
      }
      columns.delete(added);
      if (!old.isUnmarked(row)) continue;
      columns.setUnmarked(added);
      block.unmarked++;
      this.#unmarked++;
    }
    columns.trim();
    block.columns = columns;
    if (this.index.blocks.includes(old)) this.index.replaceBlock(old, columns);
    if (columns.live === 0) this.index.dropBlock(columns);
  }

  // --- durability --------------------------------------------------------------------------------------------------

  #committed(): void {
    this.#isStateDirty = true;
    this.#removalsSafe = this.#removalsCommitting;
    if (this.#log.sequenceDurable !== this.#sequenceTold) {
      this.#sequenceTold = this.#log.sequenceDurable;
      for (let i = 0; i < this.listeners.length; i++) this.listeners[i]!.durable();
      this.#wakeReaders();
    }
    if (this.#isClosed) return;
    if (this.#isRemovalUrgent) this.#writeRemovals();
    this.#startTimers();
    this.#cleaner.kick();
  }

  #faultWith(error: OperatingError): void {
    if (this.#ownFault !== null) return;
    this.#ownFault = error.message;
    this.#log.breakDown(error);
    if (this.#log.fault !== error.message) this.#faulted(error.message);
  }

  #faulted(reason: string): void {
    this.#parts.log.error(`Stream '${this.name}' takes no messages: ${reason}`);
    // A full disk is waited for, but not by a store that is to close.
    if (!this.#log.isFull || this.#isClosing) {
      const failures = this.#failures;
      this.#failures = [];
      for (const fail of failures) fail(this.#faultError(reason));
    }
    for (const listener of this.listeners) listener.faulted(reason);
    // Of a full disk what waits may still get to the disk; after any other fault it does not.
    if (!this.#log.isFull) this.forgetBehind(this.#log.sequenceDurable);
    this.#wakeReaders();
  }

  /** Those whose message is durable look again, and all when no more will be. */
  #wakeReaders(): void {
    if (this.#readers.length === 0) return;
    const durable = this.#isClosed || this.fault !== null ? Number.POSITIVE_INFINITY : this.#log.sequenceDurable;
    const readers = this.#readers;
    this.#readers = readers.filter(({ sequence }) => sequence > durable);
    for (const { sequence, callback } of readers) if (sequence <= durable) this.clock.after(0, callback);
  }

  #startTimers(): void {
    const { sync, clock } = this.#parts;
    if (sync !== 'always' && this.#log.synced < this.#log.durable) {
      this.#syncTimer ??= clock.after(sync, () => {
        this.#syncTimer = null;
        void this.#cleaner.sync();
      });
    }
    this.#stateTimer ??= clock.after(STATE_WRITE_MS, () => {
      this.#stateTimer = null;
      const isSmall = this.state.subjects <= STATE_SUBJECTS_MAX && this.state.deleted <= STATE_DELETED_MAX;
      if (isSmall && this.pendingBytes === 0) void this.writeState();
    });
  }

  async flush(): Promise<void> {
    if (this.fault !== null && (!this.#log.isFull || this.#isClosing)) throw this.#faultError(this.fault);
    let fail: (error: OperatingError) => void = () => undefined;
    const failure = new Promise<never>((_, reject) => {
      fail = reject;
      this.#failures.push(reject);
    });
    try {
      await Promise.race([failure, this.#flushAll()]);
    } finally {
      this.#failures = this.#failures.filter((other) => other !== fail);
    }
  }

  #faultError(reason: string): OperatingError {
    return new OperatingError('STORE_FAULTED', reason, { context: { stream: this.name } });
  }

  async #flushAll(): Promise<void> {
    do {
      await new Promise<void>((resolve) => this.#log.whenDurable(this.#log.position, resolve));
      this.#writeRemovals();
    } while (this.#log.durable < this.#log.position);
    await this.#cleaner.settle();
    await this.#cleaner.sync();
  }

  // --- life --------------------------------------------------------------------------------------------------------

  /** Writes the state file when something changed since; errors are only logged, as it is never needed. */
  async writeState(): Promise<void> {
    if (!this.#isStateDirty || this.fault !== null) return;
    this.#isStateDirty = false;
    try {
      await this.#writeState(this);
    } catch (error) {
      this.#isStateDirty = true;
      this.#parts.log.warn(`Cannot write the state of stream '${this.name}': ${String(error)}`);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.stopWatchingAge();
    try {
      await this.flush();
      await this.#cleaner.stop();
      await this.writeState();
    } catch (error) {
      this.#parts.log.error(`Stream '${this.name}' could not be closed cleanly: ${String(error)}`);
    }
    await this.#stop();
  }

  async destroy(): Promise<void> {
    this.#isClosing = true;
    this.stopWatchingAge();
    await this.#stop();
    await removeSafely(this.#parts.disk, this.directory);
  }

  async #stop(): Promise<void> {
    this.#isClosed = true;
    this.#ownFault ??= 'the store is closed';
    this.#syncTimer?.cancel();
    this.#stateTimer?.cancel();
    this.#wakeReaders();
    await this.#cleaner.stop();
    for (const block of this.#log.blocks) this.#parts.cache.drop(block);
    await this.#log.close();
  }
}
