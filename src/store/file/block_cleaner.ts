// Gives disk space back: removes block files without messages, rewrites those that are mostly dead, overwrites erased
// records. One thing at a time per stream, in small steps. It never removes bytes that recovery may still need: not
// before what displaced them is safe, not a tombstone whose record is still in another file, not the last trace of the
// highest sequence. It decides no message's fate: FileStreamStore tells it what is dead.
import { OperatingError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Disk, DiskDone, DiskFile } from '../../ports/disk.ts';
import type { Entropy } from '../../ports/entropy.ts';
import type { BlockColumns } from '../block_columns.ts';
import type { RecordArena } from '../commit/record_arena.ts';
import type { Block } from './block.ts';
import { type RewrittenBlock, rewriteBlock } from './block_rewrite.ts';
import { join, MESSAGES_DIRECTORY } from './layout.ts';
import { asOperatingError, type OpenFiles } from './open_files.ts';
import type { ReadCache } from './read_cache.ts';
import { encodeErased, RECORD_BYTES_MIN, RECORD_DIGEST_BYTES, RECORD_HEAD_BYTES } from './record.ts';
import { type StreamLog, settled } from './stream_log.ts';
import type { UnbrokenMark } from './unbroken_mark.ts';

export interface CleanerHost {
  /** A rewritten block's rows take the place of the old ones. */
  blockRewritten(block: Block, rewritten: RewrittenBlock): void;
  /** Writes a tombstone of the highest sequence, so that it is on disk more than once. */
  holdSequence(): void;
  /** Whether the tombstones of the first so many removals are written. */
  areRemovalsSafe(ticket: number): boolean;
  /** Whether the stream has left a damaged block behind. */
  isPassed(block: Block): boolean;
  /** A write failed in a way that makes the files untrustworthy. */
  fault(error: OperatingError): void;
}

export interface CleanerOptions {
  readonly directory: string;
  readonly disk: Disk;
  readonly entropy: Entropy;
  readonly log: Logger;
  readonly arena: RecordArena;
  readonly files: OpenFiles;
  readonly cache: ReadCache;
  /** Fewer dead bytes than this are not worth a rewrite. */
  readonly deadBytesMin: number;
  readonly mark: UnbrokenMark;
}

interface Erasure {
  readonly block: Block;
  readonly sequence: number;
  /** Where the log stood when the message's tombstone was appended. */
  readonly position: number;
}

export class BlockCleaner {
  readonly #options: CleanerOptions;
  readonly #host: CleanerHost;
  readonly #streamLog: StreamLog;
  readonly #dead = new Set<Block>();
  readonly #sparse = new Set<Block>();
  /** Dead blocks cut down to tombstones that still count, by the block whose records they keep deleted. */
  readonly #pinned = new Map<Block, Block>();
  #erasures: Erasure[] = [];
  /** What is under way; settled when nothing is. */
  #work: Promise<void> = Promise.resolve();
  #isWorking = false;
  #holders = 0;
  #isStopped = false;
  /** Somebody asked that what is written be synced. */
  #isSyncDue = false;
  /** kick() was called while work was under way. */
  #isKicked = false;

  constructor(options: CleanerOptions, host: CleanerHost, streamLog: StreamLog) {
    this.#options = options;
    this.#host = host;
    this.#streamLog = streamLog;
  }

  /** A sealed block has no messages any more. */
  noteDead(block: Block): void {
    this.#sparse.delete(block);
    this.#dead.add(block);
  }

  /** Some of a sealed block's messages went: perhaps it is worth a rewrite. */
  noteLoss(block: Block): void {
    const kept = block.liveBytes + block.foreignTombstones * RECORD_BYTES_MIN;
    const dead = block.size - kept;
    if (dead > kept && dead >= this.#options.deadBytesMin && !block.isDamaged) this.#sparse.add(block);
  }

  noteErased(block: Block, sequence: number, position: number): void {
    this.#erasures.push({ block, sequence, position });
  }

  /** The blocks are gone with their directory. */
  forget(blocks: readonly Block[]): void {
    for (const block of blocks) {
      this.#dead.delete(block);
      this.#sparse.delete(block);
      this.#pinned.delete(block);
    }
    this.#erasures = this.#erasures.filter((erasure) => !blocks.includes(erasure.block));
  }

  /** Looks for something to do; called when removals happened and when the log became durable. */
  kick(): void {
    if (this.#isWorking) this.#isKicked = true;
    if (this.#isWorking || this.#holders > 0 || this.#isStopped || !this.#hasWork()) return;
    this.#isWorking = true;
    this.#isKicked = false;
    this.#work = this.#run().finally(() => {
      this.#isWorking = false;
      // What came while it worked may have been looked at too early.
      if (this.#isKicked) this.kick();
    });
  }

  /** Resolves when every removal so far is on disk, or nothing more can be done about it now. */
  async settle(): Promise<void> {
    for (;;) {
      await new Promise<void>((resolve) => this.#streamLog.whenDurable(this.#streamLog.position, resolve));
      const left = this.#dead.size + this.#erasures.length;
      const position = this.#streamLog.position;
      do {
        this.kick();
        await this.#work;
      } while (this.#isWorking);
      const leftNow = this.#dead.size + this.#erasures.length;
      if (leftNow === 0 || this.#isStopped) return;
      if (leftNow === left && this.#streamLog.position === position) return;
    }
  }

  /** Resolves when everything written so far is on disk; not while files are moved, which is why it is done here. */
  async sync(): Promise<void> {
    this.#isSyncDue = true;
    this.kick();
    await this.#work;
    if (!this.#isSyncDue || this.#isStopped) return;
    // Work that was under way began before.
    this.kick();
    await this.#work;
  }

  /** Waits until nothing is under way and keeps it so until the returned function is called. */
  async hold(): Promise<() => void> {
    this.#holders++;
    await this.#work;
    return () => {
      this.#holders--;
      this.kick();
    };
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#work;
  }

  #hasWork(): boolean {
    return this.#isSyncDue || this.#dead.size > 0 || this.#erasures.length > 0 || this.#sparse.size > 0;
  }

  async #run(): Promise<void> {
    try {
      this.#isSyncDue = false;
      // Whatever waited for a commit waits for one that reached the disk itself.
      if (this.#streamLog.synced < this.#streamLog.durable) await this.#streamLog.syncAll();
      let isMore = true;
      while (isMore && !this.#isStopped && this.#holders === 0) isMore = await this.#step();
    } catch (error) {
      if (error instanceof OperatingError && error.code === 'DISK_NO_SPACE') return;
      this.#host.fault(asOperatingError(error, this.#options.directory));
    }
  }

  /** Does one thing; false when nothing can be done now. */
  async #step(): Promise<boolean> {
    const first = this.#erasures.find((erasure) => erasure.position <= this.#streamLog.synced);
    if (first !== undefined) {
      await this.#eraseIn(first.block);
      return true;
    }
    if (await this.#removeDead()) return true;
    // A rewrite needs room before it gives some back.
    if (this.#streamLog.isFull) return false;
    for (const block of this.#dead) {
      // Removed it cannot be: tombstones in it still count, so only those are left of it.
      if (!block.isDamaged && this.#isReleased(block) && this.#pinningBlock(block) !== null) {
        return this.#rewrite(block, this.#dead);
      }
    }
    for (const block of this.#sparse) if (this.#isReleased(block)) return this.#rewrite(block, this.#sparse);
    return false;
  }

  // --- removing ----------------------------------------------------------------------------------------------------

  async #removeDead(): Promise<boolean> {
    const { disk, files, cache, directory, mark } = this.#options;
    const removed: Block[] = [];
    for (const block of [...this.#dead].sort((a, b) => a.number - b.number)) {
      if (this.#isReleased(block) && this.#pinningBlock(block) === null) removed.push(block);
    }
    if (removed.length === 0) return false;
    const isFromHead = this.#streamLog.blocks.slice(0, removed.length).every((block) => removed.includes(block));
    const isMarked = mark.isSet;
    // A crash may take back any of several removals.
    if (!isFromHead || removed.length > 1) await mark.clear();
    for (const block of removed) {
      block.isGone = true;
      cache.drop(block);
      await files.close(block.slot);
      await disk.remove(block.slot.path);
    }
    await disk.syncDirectory(join(directory, MESSAGES_DIRECTORY));
    if (isMarked && isFromHead && !mark.isSet) await mark.set();
    for (const block of removed) this.#dropBlock(block);
    this.#streamLog.retrySpace();
    return true;
  }

  #dropBlock(block: Block): void {
    this.#dead.delete(block);
    this.#erasures = this.#erasures.filter((erasure) => erasure.block !== block);
    const { blocks } = this.#streamLog;
    const at = blocks.indexOf(block);
    if (at >= 0) blocks.splice(at, 1);
    this.#unpin(block);
  }

  /** The records of a block are gone: blocks of tombstones for them are looked at again. */
  #unpin(block: Block): void {
    for (const [pinned, by] of this.#pinned) {
      if (by !== block) continue;
      this.#pinned.delete(pinned);
      this.#dead.add(pinned);
    }
  }

  /** Whether what took the place of its dead messages is safe, and the highest sequence will still be known. */
  #isReleased(block: Block): boolean {
    if (!block.isSealed || block.isGone || block.durable < block.size) return false;
    const { synced, isFull } = this.#streamLog;
    if (block.displacedPosition > synced) return false;
    // On a full disk what waits to be written would wait for the space that this gives back.
    if (!isFull && (block.removedPosition > synced || !this.#host.areRemovalsSafe(block.removedTicket))) return false;
    if (block.isDamaged && !this.#host.isPassed(block)) return false;
    const columns = block.columns;
    if (columns !== null && columns.live > 0 && columns.isLive(columns.rows - 1)) {
      if (columns.sequenceLast >= block.carried) return true;
    }
    for (const other of this.#streamLog.blocks) {
      if (other !== block && other.carriedDurable >= block.carried) return true;
    }
    // All others are of lower sequences: the last one is written down once more, and this block waits for that.
    if (this.#streamLog.tail.carried < block.carried) this.#host.holdSequence();
    return false;
  }

  /** An earlier file with records that only tombstones in this one may keep deleted; null when there is none. */
  #pinningBlock(block: Block): Block | null {
    if (block.foreignTombstones === 0) return null;
    for (const other of this.#streamLog.blocks) {
      if (other.number >= block.number) return null;
      if (block.mayCover(other)) return other;
    }
    return null;
  }

  // --- rewriting ---------------------------------------------------------------------------------------------------

  async #rewrite(block: Block, from: Set<Block>): Promise<boolean> {
    const isNeeded = (sequence: number): boolean => this.#isTombstoneNeeded(block, sequence);
    const isInterrupted = (): boolean => this.#isStopped || this.#holders > 0;
    const put = (rewritten: RewrittenBlock): void => this.#host.blockRewritten(block, rewritten);
    if (!this.#isHeadWithEnd(block)) await this.#options.mark.clear();
    const end = await rewriteBlock(this.#options, block, { isNeeded, isInterrupted, put });
    // Interrupted: it is looked at again. Damaged: it stays as it is.
    if (end === 'given up' && !block.isDamaged) return true;
    from.delete(block);
    if (end === 'given up') return true;
    if (end === 'empty') {
      block.forgetTombstones();
      this.noteDead(block);
      return true;
    }
    this.#unpin(block);
    const pinning = this.#pinningBlock(block);
    if (block.columns !== null && block.columns.live > 0) return true;
    if (pinning === null) this.noteDead(block);
    else this.#pinned.set(block, pinning);
    return true;
  }

  /** Whether nothing is missing behind it when its dead records are gone, and in front of it nothing is anyway. */
  #isHeadWithEnd(block: Block): boolean {
    const { columns } = block;
    if (columns === null || columns.rows === 0 || block !== this.#streamLog.blocks[0]) return false;
    return columns.isLive(columns.rows - 1) && columns.sequenceLast >= block.carried;
  }

  /** Whether a message that a tombstone tells of is still in an earlier file, where it would come back without it. */
  #isTombstoneNeeded(block: Block, sequence: number): boolean {
    for (const other of this.#streamLog.blocks) {
      if (other.number >= block.number) return false;
      if (sequence > other.recordsHigh || sequence < other.recordsLow) continue;
      const columns: BlockColumns<Block> | null = other.columns;
      return columns === null || other.isDamaged || columns.rowOf(sequence) >= 0;
    }
    return false;
  }

  // --- erasing -----------------------------------------------------------------------------------------------------

  /**
   * Overwrites records in place. Their tombstones are safe already, so a torn overwrite harms nothing: recovery steps over
   * a record that it cannot read.
   */
  async #eraseIn(block: Block): Promise<void> {
    const { cache, files } = this.#options;
    const isDue = (erasure: Erasure): boolean => erasure.block === block && erasure.position <= this.#streamLog.synced;
    const due = this.#erasures.filter(isDue);
    this.#erasures = this.#erasures.filter((erasure) => !isDue(erasure));
    if (block.isGone) return;
    await settled((done) => {
      files.use(block.slot, 'write', (error, file) => {
        if (file === null) done(error);
        else this.#overwrite(block, file, due, done);
      });
    });
    cache.drop(block);
  }

  #overwrite(block: Block, file: DiskFile, due: readonly Erasure[], done: DiskDone): void {
    const { files } = this.#options;
    let left = due.length;
    let failure: OperatingError | null = null;
    const finish = (error: OperatingError | null): void => {
      files.done(block.slot);
      done(error);
    };
    const written = (error: OperatingError | null): void => {
      failure ??= error;
      if (--left > 0) return;
      if (failure === null) file.sync(finish);
      else finish(failure);
    };
    for (const { sequence } of due) {
      const columns = block.columns;
      const row = columns === null ? -1 : columns.rowOf(sequence);
      const length = columns === null || row < 0 ? 0 : columns.lengthAt(row);
      // A rewrite has left it out already.
      if (columns === null || length === 0 || columns.offsetAt(row) + length > block.written) written(null);
      else file.write(this.#noise(block, sequence, length), columns.offsetAt(row), written);
    }
  }

  /** What stands in the place of an erased message. */
  #noise(block: Block, sequence: number, length: number): Uint8Array {
    const { arena, entropy } = this.#options;
    const bytes = new Uint8Array(length);
    entropy.fill(bytes.subarray(RECORD_HEAD_BYTES, length - RECORD_DIGEST_BYTES));
    encodeErased(new DataView(bytes.buffer), 0, length, sequence);
    arena.seal(block.key, bytes, 0, length);
    return bytes;
  }
}
