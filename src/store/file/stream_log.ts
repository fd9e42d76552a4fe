// The growing end of one stream's block files: it encodes records into the arena, opens block after block, and writes and
// syncs what is new whenever CommitRounds says so. Positions count the bytes appended in this life: what is durable up
// to a position is on disk. A write or sync error faults it for good; a full disk only until there is space again.
// It decides nothing about which messages live; FileStreamStore does, and hears of what became durable.
import { AssertionError } from '../../base/assert.ts';
import type { OperatingError } from '../../base/errors.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Disk, DiskFile } from '../../ports/disk.ts';
import type { Message } from '../../ports/message.ts';
import type { CommitRounds, CommitTarget } from '../commit/commit_round.ts';
import type { RecordArena, Segment, SegmentOwner } from '../commit/record_arena.ts';
import { Block } from './block.ts';
import { blockName, join, MESSAGES_DIRECTORY, NEW_MESSAGES_DIRECTORY, PURGED_DIRECTORY } from './layout.ts';
import { asOperatingError, type OpenFiles } from './open_files.ts';
import { encodeMessage, encodeSkip, encodeTombstone, RECORD_BYTES_MIN } from './record.ts';
import type { UnbrokenMark } from './unbroken_mark.ts';

/** How long a full disk is left alone before the next attempt. */
const SPACE_RETRY_MS = 500;

export interface LogHost {
  /** A block was opened behind the others; `sequence` is the highest one that earlier blocks may be the only ones to hold. */
  blockOpened(block: Block): void;
  /** A commit is about to take what is appended: last call for removals that may go along. */
  committing(): void;
  /** `durable` moved, or a fault ended. */
  committed(): void;
  faulted(reason: string): void;
  /** Resolves when nothing else works on the files of the stream, and keeps it so until released. */
  quiesce(): Promise<() => void>;
}

export interface LogOptions {
  readonly streamName: string;
  readonly directory: string;
  readonly blockBytesMax: number;
  /** False: a written record counts as durable, and syncAll() is called every so often. */
  readonly isSynced: boolean;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly arena: RecordArena;
  readonly files: OpenFiles;
  readonly rounds: CommitRounds;
  readonly mark: UnbrokenMark;
}

/** What was found on disk. */
export interface FoundLog {
  readonly blocks: readonly Block[];
  /** Whether the last block goes on; else a new one is opened. */
  readonly isAppendable: boolean;
  /** The highest number that any block has or had. */
  readonly numberLast: number;
}

/** What one commit writes to one block. */
interface BlockPart {
  readonly block: Block;
  readonly pieces: { readonly segment: Segment; readonly from: number; readonly to: number }[];
  readonly end: number;
  readonly carried: number;
}

interface Waiting {
  readonly position: number;
  readonly callback: () => void;
}

export class StreamLog implements CommitTarget, SegmentOwner {
  isDirty = false;
  isCommitting = false;
  /** Bytes appended in this life; how many of them count as durable; how many survive a crash for certain. */
  position = 0;
  durable = 0;
  synced = 0;
  /** Position behind the last message: what removals wait for. */
  messagePosition = 0;
  /** Highest sequence given out that `durable` covers. */
  sequenceDurable = 0;
  fault: string | null = null;
  /** Ascending; the last one takes the records. */
  readonly blocks: Block[] = [];

  readonly #options: LogOptions;
  readonly #host: LogHost;
  readonly #arena: RecordArena;
  #tail: Block;
  #segment: Segment | null = null;
  /** Segments with bytes of this log, in file order. Those that are written may be taken away. */
  readonly #segments: Segment[] = [];
  #sequence = 0;
  /** Blocks that a purge left behind, to be moved away with their directory; null when there is no purge to do. */
  #purged: Block[] | null = null;
  /** The last purge's directory going away. */
  #removing: Promise<void> = Promise.resolve();
  #isFull = false;
  #retry: Timer | null = null;
  readonly #waiting: Waiting[] = [];
  /** Those who wait until no commit is under way. */
  #idle: (() => void)[] = [];
  #isClosed = false;

  constructor(options: LogOptions, host: LogHost, found: FoundLog, sequence: number) {
    this.#options = options;
    this.#host = host;
    this.#arena = options.arena;
    this.blocks.push(...found.blocks);
    this.#sequence = sequence;
    this.sequenceDurable = sequence;
    const last = found.blocks.at(-1);
    // Where a block with a higher number is missing, its name stays free for it to come back.
    if (last !== undefined && found.isAppendable && last.number >= found.numberLast) this.#tail = last;
    else {
      const number = Math.max(last?.number ?? 0, found.numberLast) + 1;
      this.#tail = new Block(options.streamName, number, this.#messagesPath());
      this.blocks.push(this.#tail);
    }
  }

  get tail(): Block {
    return this.#tail;
  }

  // --- appending ---------------------------------------------------------------------------------------------------

  /** Appends a message's record and returns its offset in the tail block. */
  appendMessage(message: Message, length: number, sequence: number, timeHigh: number, timeLow: number): number {
    const segment = this.#room(length);
    const at = segment.start + segment.used;
    encodeMessage(segment.bytes, segment.view, at, length, sequence, timeHigh, timeLow, message);
    const tail = this.#tail;
    const offset = tail.size;
    this.#appended(segment, at, length);
    tail.addRecord(sequence);
    tail.liveBytes += length;
    this.#sequence = sequence;
    this.messagePosition = this.position;
    return offset;
  }

  appendTombstone(sequence: number, timeHigh: number, timeLow: number): void {
    const segment = this.#room(RECORD_BYTES_MIN);
    const at = segment.start + segment.used;
    encodeTombstone(segment.view, at, sequence, timeHigh, timeLow);
    this.#appended(segment, at, RECORD_BYTES_MIN);
    this.#tail.addTombstone(sequence);
  }

  appendSkip(sequence: number, timeHigh: number, timeLow: number): void {
    const segment = this.#room(RECORD_BYTES_MIN);
    const at = segment.start + segment.used;
    encodeSkip(segment.view, at, sequence, timeHigh, timeLow);
    this.#appended(segment, at, RECORD_BYTES_MIN);
    this.#tail.carried = Math.max(this.#tail.carried, sequence);
    this.#sequence = sequence;
  }

  /** Opens the next block. */
  roll(): void {
    const full = this.#tail;
    const block = new Block(this.#options.streamName, full.number + 1, this.#messagesPath());
    full.isSealed = true;
    this.#tail = block;
    this.#segment = null;
    this.blocks.push(block);
    this.#host.blockOpened(block);
  }

  /** Memory that holds these bytes of a block, or null; valid until the caller returns to the loop. */
  findSegment(block: Block, offset: number, length: number): Segment | null {
    const first = this.#segments[0];
    if (first === undefined || block.number < first.blockNumber) return null;
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const segment = this.#segments[i]!;
      if (segment.blockNumber !== block.number || offset < segment.fileOffset) continue;
      return offset + length <= segment.fileOffset + segment.used ? segment : null;
    }
    return null;
  }

  /** The bytes of a sealed block have moved or changed on disk: memory tells of the old ones. */
  forget(block: Block): void {
    for (const segment of this.#segments.filter((one) => one.blockNumber === block.number)) {
      this.segmentTaken(segment);
      this.#arena.release(segment);
    }
  }

  segmentTaken(segment: Segment): void {
    const at = this.#segments.indexOf(segment);
    if (at >= 0) this.#segments.splice(at, 1);
    if (this.#segment === segment) this.#segment = null;
  }

  /** A segment of the tail with room for `length` more bytes. */
  #room(length: number): Segment {
    const tail = this.#tail;
    if (tail.size > 0 && tail.size + length > this.#options.blockBytesMax) this.roll();
    const segment = this.#segment;
    if (segment !== null && segment.capacity - segment.used >= length) return segment;
    return this.#nextSegment(length);
  }

  #nextSegment(length: number): Segment {
    // What is full need not wait for the end of the turn.
    if (this.#segment !== null) this.#options.rounds.hurry(this);
    const segment = this.#arena.take(this, length);
    segment.blockNumber = this.#tail.number;
    segment.fileOffset = this.#tail.size;
    this.#segments.push(segment);
    this.#segment = segment;
    return segment;
  }

  #appended(segment: Segment, at: number, length: number): void {
    this.#arena.seal(this.#tail.key, segment.bytes, at, length);
    if (segment.isClean) this.#arena.markDirty(segment);
    segment.used += length;
    this.#tail.size += length;
    this.position += length;
    if (!this.isDirty) this.#options.rounds.mark(this);
  }

  // --- becoming durable --------------------------------------------------------------------------------------------

  /** Calls back once everything up to `position` is durable; at once when it is. Positions ascend from call to call. */
  whenDurable(position: number, callback: () => void): void {
    if (this.durable >= position) callback();
    else this.#waiting.push({ position, callback });
  }

  commit(finished: () => void): void {
    const done = (): void => {
      finished();
      if (!this.isCommitting) this.#tellIdle();
    };
    if (this.#isFaulted() || this.#isClosed) {
      done();
      return;
    }
    if (this.#purged !== null) {
      void this.#commitPurge(this.#purged).then(done);
      return;
    }
    this.#host.committing();
    const position = this.position;
    const sequence = this.#sequence;
    const parts = this.#takeParts();
    this.#writePart(parts, 0, (error) => {
      if (error !== null) this.#fail(error, parts, done);
      else if (this.#isFaulted()) done();
      else {
        this.#finish(position, sequence, parts);
        done();
      }
    });
  }

  /** Everything appended is also synced: what was only written so far counts as safe from now on. */
  async syncAll(): Promise<void> {
    if (this.#isFaulted() || this.synced === this.durable) return;
    const position = this.durable;
    const unsynced = this.blocks.filter((block) => block.durable < block.written || !block.isCreated);
    const states = unsynced.map((block) => ({ block, end: block.written, carried: block.carriedWritten }));
    try {
      for (const { block, end } of states) if (end > 0 && !block.isGone) await this.#syncBlock(block);
      if (unsynced.some((block) => !block.isCreated)) await this.#options.disk.syncDirectory(this.#messagesPath());
    } catch (error) {
      this.#faultWith(asOperatingError(error, this.#messagesPath()));
      return;
    }
    for (const { block, end, carried } of states) this.#markSynced(block, end, carried);
    this.synced = Math.max(this.synced, position);
  }

  #markSynced(block: Block, end: number, carried: number): void {
    if (end === 0) return;
    block.durable = Math.max(block.durable, end);
    block.carriedDurable = Math.max(block.carriedDurable, carried);
    block.isCreated = true;
  }

  #syncBlock(block: Block): Promise<void> {
    const { files } = this.#options;
    return settled((done) => {
      files.use(block.slot, 'write', (error, file) => {
        if (file === null) {
          done(error);
          return;
        }
        file.sync((failure) => {
          files.done(block.slot);
          done(failure);
        });
      });
    });
  }

  /** Everything that is appended and not handed to a write yet, block by block. */
  #takeParts(): BlockPart[] {
    const parts: BlockPart[] = [];
    let pieces: { segment: Segment; from: number; to: number }[] = [];
    let number = -1;
    for (const segment of this.#segments) {
      if (segment.taken === segment.used) continue;
      if (segment.blockNumber !== number) {
        number = segment.blockNumber;
        const block = this.#blockNumbered(number);
        pieces = [];
        parts.push({ block, pieces, end: block.size, carried: block.carried });
      }
      pieces.push({ segment, from: segment.taken, to: segment.used });
      segment.taken = segment.used;
    }
    return parts;
  }

  #blockNumbered(number: number): Block {
    for (let i = this.blocks.length - 1; i >= 0; i--) {
      const block = this.blocks[i]!;
      if (block.number === number) return block;
    }
    return unreachableBlock(number);
  }

  /** Writes the parts one after the other: a later block is never on disk before the end of an earlier one. */
  #writePart(parts: readonly BlockPart[], index: number, done: (error: OperatingError | null) => void): void {
    const part = parts[index];
    if (part === undefined) {
      done(null);
      return;
    }
    const { block } = part;
    this.#options.files.use(block.slot, 'write', (error, file) => {
      if (file === null) {
        done(error);
        return;
      }
      this.#writePieces(part, file, (failure) => {
        this.#options.files.done(block.slot);
        if (failure === null) this.#writePart(parts, index + 1, done);
        else done(failure);
      });
    });
  }

  #writePieces(part: BlockPart, file: DiskFile, done: (error: OperatingError | null) => void): void {
    const [only] = part.pieces;
    if (this.#options.isSynced && only !== undefined && part.pieces.length === 1) {
      // One write that is synced by itself saves a trip through the thread pool.
      const { segment, from, to } = only;
      const bytes = segment.bytes.subarray(segment.start + from, segment.start + to);
      file.writeSynced(bytes, segment.fileOffset + from, (error) => {
        if (error === null) this.#safe(part, done);
        else done(error);
      });
      return;
    }
    let left = part.pieces.length;
    let failure: OperatingError | null = null;
    for (const { segment, from, to } of part.pieces) {
      const bytes = segment.bytes.subarray(segment.start + from, segment.start + to);
      file.write(bytes, segment.fileOffset + from, (error) => {
        failure ??= error;
        if (--left > 0) return;
        if (failure !== null) done(failure);
        else this.#written(part, file, done);
      });
    }
  }

  #written(part: BlockPart, file: DiskFile, done: (error: OperatingError | null) => void): void {
    this.#noteWritten(part);
    if (!this.#options.isSynced) {
      done(null);
      return;
    }
    file.sync((error) => {
      if (error === null) {
        this.#safe(part, done);
        return;
      }
      this.#faultWith(error);
      done(error);
    });
  }

  #noteWritten(part: BlockPart): void {
    for (const { segment, to } of part.pieces) segment.written = to;
    part.block.written = part.end;
    part.block.carriedWritten = part.carried;
  }

  /** The bytes are on disk; the name of a new file must be, too. */
  #safe(part: BlockPart, done: (error: OperatingError | null) => void): void {
    this.#noteWritten(part);
    if (part.block.isCreated) this.#synced(part, done);
    else this.#syncNames(part, done);
  }

  #syncNames(part: BlockPart, done: (error: OperatingError | null) => void): void {
    const path = this.#messagesPath();
    this.#options.disk.syncDirectory(path).then(
      () => this.#synced(part, done),
      (error: unknown) => {
        const failure = asOperatingError(error, path);
        this.#faultWith(failure);
        done(failure);
      },
    );
  }

  #synced(part: BlockPart, done: (error: OperatingError | null) => void): void {
    this.#markSynced(part.block, part.end, part.carried);
    done(null);
  }

  #finish(position: number, sequence: number, parts: readonly BlockPart[]): void {
    for (const part of parts) {
      for (const { segment } of part.pieces) this.#settleSegment(segment);
    }
    this.durable = position;
    if (this.#options.isSynced) this.synced = position;
    this.sequenceDurable = sequence;
    if (this.#isFull) {
      this.#isFull = false;
      this.fault = null;
    }
    this.#host.committed();
    while (this.#waiting.length > 0 && this.#waiting[0]!.position <= this.durable) this.#waiting.shift()!.callback();
  }

  /** A written segment may go to others; one with memory of its own, or of a block that a purge left behind, goes. */
  #settleSegment(segment: Segment): void {
    if (segment.owner === null) this.#arena.release(segment);
    else if (segment.written !== segment.used) return;
    else if (segment.isShared) this.#arena.markClean(segment);
    else this.segmentTaken(segment);
  }

  // --- what goes wrong ---------------------------------------------------------------------------------------------

  #isFaulted(): boolean {
    return this.fault !== null && !this.#isFull;
  }

  /** What could not be written stays in memory. A full disk is tried again; what else failed is not trusted any more. */
  #fail(error: OperatingError, parts: readonly BlockPart[], done: () => void): void {
    for (const part of parts) for (const { segment } of part.pieces) this.#untake(segment);
    // No other code of an error says that nothing was lost by it.
    if (this.#isFaulted() || (error.code !== 'DISK_NO_SPACE' && error.code !== 'DISK_TOO_MANY_FILES')) {
      this.#faultWith(error);
      done();
      return;
    }
    this.#becomeFull(error);
    this.#cutPartial(parts, 0, done);
  }

  /** A sync of the stream's files failed elsewhere: what this log syncs from now on proves nothing either. */
  breakDown(error: OperatingError): void {
    this.#faultWith(error);
  }

  #faultWith(error: OperatingError): void {
    if (this.#isFaulted()) return;
    this.#isFull = false;
    this.fault = error.message;
    this.#host.faulted(error.message);
  }

  /** Nothing of a record that did not fit stays in a file. */
  #cutPartial(parts: readonly BlockPart[], index: number, done: () => void): void {
    const block = parts[index]?.block;
    if (block === undefined) {
      done();
      return;
    }
    const { file, isWritable } = block.slot;
    const next = (): void => this.#cutPartial(parts, index + 1, done);
    // An error changes nothing: the next attempt writes over it, and recovery cuts what is no record.
    if (file !== null && isWritable) file.truncate(block.written, next);
    else next();
  }

  #becomeFull(error: OperatingError): void {
    if (!this.#isFull) {
      this.#isFull = true;
      this.fault = error.message;
      this.#host.faulted(error.message);
    }
    this.#retry ??= this.#options.clock.after(SPACE_RETRY_MS, () => {
      this.#retry = null;
      this.retrySpace();
    });
  }

  /** Space may have returned. */
  retrySpace(): void {
    if (this.#isFull && !this.#isClosed) this.#options.rounds.mark(this);
  }

  // --- purge -------------------------------------------------------------------------------------------------------

  /**
   * Leaves all blocks behind. The next one begins with a tombstone of the highest sequence and is made in a directory of
   * its own, which takes the place of the old one as a whole: a crash leaves either all or nothing of the purge.
   * Compat: filestore.go, purgeLocked and recoverPartialPurge, which finish or undo what they find half done.
   */
  purge(sequence: number, timeHigh: number, timeLow: number): void {
    const old = this.blocks.splice(0);
    this.#purged = this.#purged === null ? old : [...this.#purged, ...old];
    for (const block of old) block.isGone = true;
    for (let i = this.#segments.length - 1; i >= 0; i--) this.#dropSegment(this.#segments[i]!);
    this.#segments.length = 0;
    this.#segment = null;
    this.#tail = new Block(this.#options.streamName, old.at(-1)!.number + 1, this.#messagesPath());
    this.blocks.push(this.#tail);
    this.#host.blockOpened(this.#tail);
    this.appendTombstone(sequence, timeHigh, timeLow);
    this.#sequence = sequence;
  }

  /** The disk has no room for what is appended. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get hasPurge(): boolean {
    return this.#purged !== null;
  }

  #dropSegment(segment: Segment): void {
    // One that is being written goes when that is done.
    if (segment.taken === segment.written) this.#arena.release(segment);
    else segment.owner = null;
  }

  async #commitPurge(old: Block[]): Promise<void> {
    const release = await this.#host.quiesce();
    this.#host.committing();
    const position = this.position;
    const sequence = this.#sequence;
    this.#purged = null;
    const parts = this.#takeParts();
    try {
      await this.#swapDirectories(old, parts);
      for (const { block, end, carried } of parts) this.#markSynced(block, end, carried);
      this.synced = position;
      this.#finish(position, sequence, parts);
    } catch (error) {
      await this.#failPurge(old, parts, asOperatingError(error, this.#options.directory));
    } finally {
      release();
    }
  }

  async #failPurge(old: Block[], parts: readonly BlockPart[], error: OperatingError): Promise<void> {
    const later: readonly Block[] = this.#purged ?? [];
    this.#purged = [...old, ...later];
    for (const { block, pieces } of parts) {
      block.written = 0;
      for (const { segment, from } of pieces) segment.written = from;
    }
    // Messages that are purged anyway make room for the few bytes that say so; the highest block keeps the last sequence.
    if (error.code === 'DISK_NO_SPACE') {
      const { disk, mark } = this.#options;
      await mark.clear().catch(() => undefined);
      if (!mark.isSet) for (const block of old.slice(0, -1)) await disk.remove(block.slot.path).catch(() => undefined);
    }
    await new Promise<void>((resolve) => this.#fail(error, [], resolve));
    for (const { pieces } of parts) for (const { segment } of pieces) this.#untake(segment);
  }

  #untake(segment: Segment): void {
    segment.taken = segment.written;
    if (segment.owner === null) this.#arena.release(segment);
  }

  /** Before the first rename nothing has happened; if something fails behind it, only the next start can sort it out. */
  async #swapDirectories(old: readonly Block[], parts: readonly BlockPart[]): Promise<void> {
    const { disk, files, directory, mark } = this.#options;
    const fresh = join(directory, NEW_MESSAGES_DIRECTORY);
    const away = join(directory, PURGED_DIRECTORY);
    // What the purge before moved away may still be on its way out.
    await this.#removing;
    await disk.removeTree(fresh);
    await disk.removeTree(away);
    await disk.makeDirectory(fresh);
    for (const part of parts) await this.#writeFresh(part, join(fresh, blockName(part.block.number)));
    await mark.set(fresh);
    await disk.syncDirectory(fresh);
    await disk.syncDirectory(directory);
    try {
      await disk.rename(this.#messagesPath(), away);
      await disk.syncDirectory(directory);
      await disk.rename(fresh, this.#messagesPath());
      await disk.syncDirectory(directory);
    } catch (error) {
      this.#faultWith(asOperatingError(error, directory));
      throw error;
    }
    for (const block of old) void files.close(block.slot);
    // What is left of it is removed when the store is opened next, should this fail.
    this.#removing = disk.removeTree(away).catch(() => undefined);
  }

  async #writeFresh(part: BlockPart, path: string): Promise<void> {
    const { disk } = this.#options;
    const file = await disk.open(path, 'create');
    try {
      for (const { segment, from, to } of part.pieces) {
        const bytes = segment.bytes.subarray(segment.start + from, segment.start + to);
        await settled((done) => file.write(bytes, segment.fileOffset + from, done));
      }
      await settled((done) => file.sync(done));
    } finally {
      await new Promise<void>((resolve) => file.close(() => resolve()));
    }
    this.#noteWritten(part);
  }

  // --- the end -----------------------------------------------------------------------------------------------------

  /** Lets go of memory and files once nothing is under way; what was not durable by then never will be. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retry?.cancel();
    this.#retry = null;
    if (this.isCommitting) await new Promise<void>((resolve) => this.#idle.push(resolve));
    for (const segment of this.#segments) if (segment.taken === segment.written) this.#arena.release(segment);
    this.#segments.length = 0;
    this.#segment = null;
    for (const block of this.blocks) await this.#options.files.close(block.slot);
    await this.#removing;
  }

  #tellIdle(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #messagesPath(): string {
    return join(this.#options.directory, MESSAGES_DIRECTORY);
  }
}

function unreachableBlock(number: number): never {
  throw new AssertionError(`Block ${number} of a segment belongs to the log`);
}

/** A promise of a call with a callback. */
export function settled(call: (done: (error: OperatingError | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
