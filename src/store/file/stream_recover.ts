// Opens a stream's directory: finishes or undoes a purge that was cut short, reads every block into the index, believes
// the state file only as far as it proves true, and makes safe what an unclean stop left in the system's memory. Nothing
// is deleted because of what metadata says; damage is named in the log and in the store's state. FileStorage calls it.
import { OperatingError } from '../../base/errors.ts';
import { nanosHigh, nanosLow } from '../../base/nanos.ts';
import type { Disk, DiskEntry, DiskFile } from '../../ports/disk.ts';
import { StreamIndex } from '../stream_index.ts';
import { Block } from './block.ts';
import { type BlockEnd, StreamScan, scanBlock } from './block_recover.ts';
import type { FileStreamOptions, RecoveredStream, StorageParts } from './file_stream_store.ts';
import {
  blockName,
  blockNumber,
  cutName,
  join,
  MESSAGES_DIRECTORY,
  META_KEY_FILE,
  NEW_MESSAGES_DIRECTORY,
  PURGED_DIRECTORY,
  SCHEDULE_FILE,
  STATE_FILE,
  UNBROKEN_FILE,
} from './layout.ts';
import { nameLosses } from './losses.ts';
import { asOperatingError } from './open_files.ts';
import { Window } from './read_cache.ts';
import { recordLength } from './record.ts';
import { readFully } from './record_scanner.ts';
import { makeSafeDirectory } from './safe_files.ts';
import { decodeState, messagesIn, type StateFile } from './state_file.ts';
import { settled } from './stream_log.ts';
import { UnbrokenMark } from './unbroken_mark.ts';

const COMPRESSED_MAGIC = [0x63, 0x6d, 0x70];
const DIGEST_BYTES = 8;

interface FoundBlock {
  readonly number: number;
  readonly size: number;
}

/** What is to be read, and what is known of it before. */
interface Found {
  /** Ascending. */
  readonly blocks: readonly FoundBlock[];
  /** The highest number that any block has or had: the next one is above it. */
  readonly numberLast: number;
  readonly state: StateFile | null;
  /** Nothing was written to the last block since the state file was. */
  readonly isEndOfState: boolean;
  readonly isUnbroken: boolean;
}

export async function recoverStream(parts: StorageParts, options: FileStreamOptions): Promise<RecoveredStream> {
  const { disk, log } = parts;
  const { name, directory } = options;
  const messages = join(directory, MESSAGES_DIRECTORY);
  const names = await settlePurge(parts, directory);
  if (names.has(META_KEY_FILE)) refuse(name, `it is encrypted (${META_KEY_FILE})`);
  const entries = names.has(MESSAGES_DIRECTORY) ? await disk.list(messages) : [];
  await refuseUnsupported(parts, options, entries);
  const found = await look(parts, options, entries);
  const isTrusted = isCurrent(found);
  // After an orderly stop all names are on disk; else whoever made them may have died before they were.
  if (!isTrusted) await makeSafeDirectory(disk, messages);
  let recovery = new Recovery(parts, options, found, isTrusted);
  await recovery.run();
  if (isTrusted && !recovery.agreesWithState()) {
    log.warn(`The state file of stream '${name}' does not agree with its blocks, which are read again in full`);
    await makeSafeDirectory(disk, messages);
    recovery = new Recovery(parts, options, found, false);
    await recovery.run();
  }
  return recovery.conclude();
}

// --- what must be right before blocks are read -----------------------------------------------------------------------

/**
 * A purge makes the new directory, moves the old one away and the new one in. Nobody was told of it before the end, so
 * one that did not get to its first rename is undone, and one that did is finished. Returns the names that are left.
 */
async function settlePurge({ disk }: StorageParts, directory: string): Promise<Set<string>> {
  const names = await namesIn(disk, directory);
  const messages = join(directory, MESSAGES_DIRECTORY);
  const fresh = join(directory, NEW_MESSAGES_DIRECTORY);
  const away = join(directory, PURGED_DIRECTORY);
  const hasMessages = names.has(MESSAGES_DIRECTORY);
  const hasFresh = names.has(NEW_MESSAGES_DIRECTORY);
  const hasAway = names.has(PURGED_DIRECTORY);
  if (!hasFresh && !hasAway) return names;
  if (!hasMessages && hasFresh) await disk.rename(fresh, messages);
  else if (!hasMessages && hasAway) await disk.rename(away, messages);
  await disk.syncDirectory(directory);
  await disk.removeTree(fresh);
  if (hasMessages || hasFresh) await disk.removeTree(away);
  return namesIn(disk, directory);
}

async function namesIn(disk: Disk, directory: string): Promise<Set<string>> {
  try {
    return new Set((await disk.list(directory)).map((entry) => entry.name));
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'DISK_NOT_FOUND') return new Set();
    throw error;
  }
}

async function refuseUnsupported(
  { disk }: StorageParts,
  { name, directory }: FileStreamOptions,
  entries: readonly DiskEntry[],
): Promise<void> {
  for (const entry of entries) {
    if (entry.name.endsWith('.key')) refuse(name, `it is encrypted (${entry.name})`);
    if (entry.name !== SCHEDULE_FILE) continue;
    const bytes = await disk.readFile(join(directory, MESSAGES_DIRECTORY, entry.name));
    // One byte of version, then how many entries there are.
    if (bytes.subarray(1, 9).some((byte) => byte !== 0)) {
      refuse(name, `it has message schedules (${entry.name})`);
    }
  }
}

function refuse(name: string, reason: string): never {
  const text = `Cannot open stream '${name}': ${reason}, which this version does not read; nothing was changed`;
  throw new OperatingError('STORE_UNSUPPORTED', text, { context: { stream: name } });
}

async function look(parts: StorageParts, options: FileStreamOptions, entries: readonly DiskEntry[]): Promise<Found> {
  const { disk } = parts;
  const messages = join(options.directory, MESSAGES_DIRECTORY);
  const blocks: FoundBlock[] = [];
  const state = await readState(parts, options, entries);
  let numberLast = state?.lastBlock ?? 0;
  for (const entry of entries) {
    const number = blockNumber(entry.name);
    if (number === 0) continue;
    numberLast = Math.max(numberLast, number);
    if (entry.kind !== 'file') continue;
    const stat = await disk.stat(join(messages, entry.name));
    blocks.push({ number, size: stat?.size ?? 0 });
  }
  blocks.sort((a, b) => a.number - b.number);
  const isEndOfState = state !== null && (await isEnd(parts, messages, blocks.at(-1), state));
  const isUnbroken = entries.some((entry) => entry.name === UNBROKEN_FILE);
  return { blocks, numberLast, state, isEndOfState, isUnbroken };
}

// --- the state file --------------------------------------------------------------------------------------------------

async function readState(
  parts: StorageParts,
  { name, directory }: FileStreamOptions,
  entries: readonly DiskEntry[],
): Promise<StateFile | null> {
  if (!entries.some((entry) => entry.name === STATE_FILE && entry.kind === 'file')) return null;
  const path = join(directory, MESSAGES_DIRECTORY, STATE_FILE);
  const state = decodeState(await parts.disk.readFile(path), name);
  if (state === null) parts.log.warn(`The state file ${path} is damaged; the blocks are read in full`);
  return state;
}

/** Whether the last block ends with the record with which it ended when the state file was written. */
async function isEnd(
  parts: StorageParts,
  messages: string,
  last: FoundBlock | undefined,
  state: StateFile,
): Promise<boolean> {
  if (last === undefined || last.number !== state.lastBlock || last.size < DIGEST_BYTES) return false;
  const digest = new Uint8Array(DIGEST_BYTES);
  const path = join(messages, blockName(last.number));
  try {
    await withFile(parts, path, (file) => readFully(file, digest, last.size - DIGEST_BYTES));
  } catch (error) {
    if (asOperatingError(error, path).code === 'DISK_IO') return false;
    throw error;
  }
  return digest.every((byte, i) => byte === state.lastDigest[i]);
}

/** Whether nothing happened to the blocks since the state file was written. */
function isCurrent({ blocks: found, state, isEndOfState }: Found): boolean {
  if (state === null || !isEndOfState) return false;
  const listed = new Set(state.blocks.map((block) => block.number));
  const existing = new Set(found.map((block) => block.number));
  if (found.some((block) => !listed.has(block.number))) return false;
  if (state.blocks.some((block) => !existing.has(block.number) && messagesIn(block) > 0)) return false;
  const total = state.blocks.reduce((sum, block) => sum + messagesIn(block), 0);
  const bytes = state.blocks.reduce((sum, block) => sum + block.bytes, 0);
  return total === state.messages && bytes === state.bytes;
}

async function withFile<T>(parts: StorageParts, path: string, body: (file: DiskFile) => Promise<T>): Promise<T> {
  const file = await parts.disk.open(path, 'read');
  try {
    return await body(file);
  } finally {
    await new Promise<void>((resolve) => file.close(() => resolve()));
  }
}

// --- blocks ----------------------------------------------------------------------------------------------------------

/** One commit reaches into two blocks at most; what was synced before the last commit is on disk. */
const REWRITTEN_BLOCKS = 2;
const REWRITE_BYTES = 1 << 20;

class Recovery {
  readonly #parts: StorageParts;
  readonly #options: FileStreamOptions;
  readonly #found: Found;
  readonly #state: StateFile | null;
  readonly #isTrusted: boolean;
  readonly #index: StreamIndex<Block>;
  readonly #scan: StreamScan;
  readonly #blocks: Block[] = [];
  readonly #messages: string;
  readonly #mark: UnbrokenMark;
  #isAppendable = false;
  #isSequenceHeld = false;

  constructor(parts: StorageParts, options: FileStreamOptions, found: Found, isTrusted: boolean) {
    this.#parts = parts;
    this.#options = options;
    this.#found = found;
    this.#state = found.state;
    this.#isTrusted = isTrusted;
    this.#messages = join(options.directory, MESSAGES_DIRECTORY);
    this.#mark = new UnbrokenMark(parts.disk, this.#messages, found.isUnbroken);
    this.#index = new StreamIndex<Block>(parts.seed);
    const { isUnbroken } = found;
    const { blockBytesMax, limits } = options;
    const hasLimits = limits.messagesMax > 0 || limits.bytesMax > 0 || limits.ageMaxNs > 0;
    const takesHead = hasLimits || options.allowsTtl === true;
    const hasWholeHead = isUnbroken && !takesHead && found.blocks[0]?.number === 1;
    const scanOptions = { isVerified: !isTrusted, isUnbroken, hasWholeHead, blockBytesMax };
    this.#scan = new StreamScan(this.#index, parts.arena, scanOptions);
  }

  async run(): Promise<void> {
    const windows = [this.#borrow(), this.#borrow()] as const;
    try {
      const { blocks } = this.#found;
      for (const [at, found] of blocks.entries()) await this.#readBlock(found, blocks.length - 1 - at, windows);
    } finally {
      for (const window of windows) if (window.bytes === this.#parts.arena.bytes) this.#parts.cache.giveBack(window);
    }
    if (this.#isTrusted && this.#state !== null) this.#applyState(this.#state);
    else if (this.#blocks.length > 0) await this.#parts.disk.syncDirectory(this.#messages);
    if (!this.#isTrusted) this.#nameLosses();
    this.#scan.settleDamages();
    this.#raiseSequence();
  }

  #nameLosses(): void {
    const { limits } = this.#options;
    const { state, isEndOfState } = this.#found;
    const nowMs = this.#parts.clock.realtimeMs();
    const [scan, blocks, directory] = [this.#scan, this.#blocks, this.#messages];
    nameLosses({ scan, blocks, directory, state, isEndOfState, limits, nowMs });
  }

  agreesWithState(): boolean {
    const state = this.#state;
    return (
      state !== null &&
      this.#scan.damages.length === 0 &&
      this.#index.messages === state.messages &&
      this.#scan.bytes === state.bytes &&
      this.#index.sequenceLast === state.last &&
      this.#index.subjects.size === state.subjects
    );
  }

  /** Says what was found, and takes it as the state of things. */
  async conclude(): Promise<RecoveredStream> {
    for (const { text } of this.#scan.damages) this.#parts.log.error(`Stream '${this.#options.name}': ${text}`);
    await this.#setMark();
    const { bytes, lost, lostBytes } = this.#scan;
    return {
      index: this.#index,
      blocks: this.#blocks,
      isAppendable: this.#isAppendable,
      bytes,
      isSequenceHeld: this.#isSequenceHeld,
      sequenceCertain: this.#state?.last ?? 0,
      lostSequences: [...lost].sort((a, b) => a - b),
      lostBytes,
      findings: this.#scan.damages.map(({ text }) => text),
      numberLast: this.#found.numberLast,
      mark: this.#mark,
    };
  }

  /** `behind`: how many blocks come after this one. */
  async #readBlock(found: FoundBlock, behind: number, windows: readonly [Window, Window]): Promise<void> {
    const isLast = behind === 0;
    const block = new Block(this.#options.name, found.number, this.#messages);
    this.#blocks.push(block);
    block.columns = this.#index.addBlock(block);
    let size = found.size;
    try {
      size = await withFile(this.#parts, block.slot.path, (file) =>
        this.#scanFile(block, file, found.size, isLast, windows),
      );
      if (!this.#isTrusted && behind < REWRITTEN_BLOCKS) await this.#rewrite(block, size);
    } catch (error) {
      const failure = asOperatingError(error, block.slot.path);
      if (failure.code !== 'DISK_IO') throw failure;
      // A file that the disk cannot read is as damaged as one that makes no sense.
      block.isDamaged = true;
      this.#scan.noteUnreadTail(block, 0, found.size, false);
      this.#scan.noteDamage({ block, text: failure.message, isInside: false, bytes: found.size, sequences: [] });
    }
    if (size === 0 && !isLast) this.#noteEmpty(block);
    block.size = size;
    block.written = size;
    block.durable = size;
    block.carriedWritten = block.carried;
    block.carriedDurable = block.carried;
    block.isCreated = true;
    if (block.columns.rows === 0) block.columns = null;
    if (isLast) this.#isAppendable = !block.isDamaged && size < this.#options.blockBytesMax;
  }

  /** Nobody leaves an empty block in front of another one. */
  #noteEmpty(block: Block): void {
    block.isDamaged = true;
    if (this.#isTrusted) return;
    this.#scan.noteUnreadTail(block, 0, 0, true);
    const text = `${block.slot.path} is empty`;
    this.#scan.noteDamage({ block, text, isInside: false, bytes: 0, sequences: [] });
  }

  async #scanFile(
    block: Block,
    file: DiskFile,
    size: number,
    isLast: boolean,
    windows: readonly [Window, Window],
  ): Promise<number> {
    const end = await scanBlock(this.#scan, block, file, size, isLast, windows);
    // It cannot be a record, but it may be something that is only not known here.
    const isUnread = end.kind !== 'whole' && end.offset === 0;
    if (isUnread && (await isCompressed(file, size))) refuse(this.#options.name, `block ${block.number} is compressed`);
    // After an unclean stop bytes may be in the system's memory only; whoever counts on them needs them on disk.
    if (!this.#isTrusted) await settled((done) => file.sync(done));
    if (end.kind === 'whole' || !isLast) return size;
    // A state file that matches knows of no such end: everything is read again before anything is cut.
    if (this.#isTrusted) return size;
    return this.#cutEnd(block, file, size, end);
  }

  /**
   * Writes what was read once more. A sync that failed leaves bytes in the system's memory that look written and never
   * get to the disk, and no later sync tells: who counts on them must write them again.
   */
  async #rewrite(block: Block, size: number): Promise<void> {
    if (size === 0) return;
    const bytes = new Uint8Array(Math.min(size, REWRITE_BYTES));
    const file = await this.#parts.disk.open(block.slot.path, 'write');
    try {
      for (let at = 0; at < size; at += bytes.length) {
        const piece = bytes.subarray(0, Math.min(bytes.length, size - at));
        await readFully(file, piece, at);
        await settled((done) => file.write(piece, at, done));
      }
      await settled((done) => file.sync(done));
    } finally {
      await new Promise<void>((resolve) => file.close(() => resolve()));
    }
  }

  async #cutEnd(
    block: Block,
    file: DiskFile,
    size: number,
    end: Exclude<BlockEnd, { kind: 'whole' }>,
  ): Promise<number> {
    const { disk, log } = this.#parts;
    const { offset } = end;
    // What was unfinished was not on disk when the state file was written.
    if (end.kind === 'damaged' || (this.#state?.last ?? 0) > this.#index.sequenceLast) {
      const bytes = new Uint8Array(size - offset);
      await readFully(file, bytes, offset);
      await disk.writeFile(join(this.#messages, cutName(block.number, offset)), bytes, { sync: true });
      await disk.syncDirectory(this.#messages);
      // What made the block unfit to be appended to is gone, unless something was wrong further in front as well.
      block.isDamaged = this.#scan.damages.some((damage) => damage.block === block && damage.isInside);
    }
    log.warn(`${block.slot.path}: the last ${size - offset} bytes are no record and are cut off`);
    const writable = await disk.open(block.slot.path, 'write');
    try {
      await settled((done) => writable.truncate(offset, done));
      await settled((done) => writable.sync(done));
    } finally {
      await new Promise<void>((resolve) => writable.close(() => resolve()));
    }
    return offset;
  }

  /** Takes out what only the state file knows to be deleted. */
  #applyState(state: StateFile): void {
    const byNumber = new Map(state.blocks.map((block) => [block.number, block]));
    for (const block of this.#blocks) {
      const known = byNumber.get(block.number);
      const { columns } = block;
      if (known === undefined || columns === null) continue;
      for (let row = 0; row < columns.rows; row++) {
        if (!columns.isLive(row)) continue;
        const sequence = columns.sequenceAt(row);
        const isDeleted = sequence < known.first || sequence > known.last || known.deleted?.has(sequence) === true;
        if (!isDeleted) continue;
        this.#scan.remove(sequence);
        columns.setUnmarked(row);
        block.unmarked++;
      }
    }
  }

  /** Sequences that the state file saw given out are not given out again, even if their blocks are gone. */
  #raiseSequence(): void {
    const state = this.#state;
    const { log } = this.#parts;
    const inBlocks = this.#blocks.reduce((highest, block) => Math.max(highest, block.carried), 0);
    if (state !== null && state.last > this.#index.sequenceLast) {
      const { timeLastNs } = state;
      this.#index.skipTo(state.last, nanosHigh(timeLastNs), nanosLow(timeLastNs));
      if (!this.#isTrusted)
        log.warn(`Stream '${this.#options.name}' ended at ${state.last} once, its blocks end at ${inBlocks}`);
    }
    this.#isSequenceHeld = this.#index.sequenceLast > inBlocks;
  }

  /** A stream without blocks is unbroken, and one that was stopped in order and has no gap. */
  async #setMark(): Promise<void> {
    const { blocks } = this.#found;
    if (!this.#isTrusted && blocks.length > 0) return;
    const isContiguous = blocks.every((block, i) => i === 0 || block.number === blocks[i - 1]!.number + 1);
    const isUnbroken = isContiguous && this.#scan.gaps.all.every((gap) => gap.after === 0);
    if (isUnbroken && !this.#mark.isSet) await this.#mark.set();
    else if (!isUnbroken) await this.#mark.clear();
  }

  #borrow(): Window {
    const shared = this.#parts.cache.borrow();
    if (shared !== null) return shared;
    const bytes = new Uint8Array(this.#parts.arena.windowBytes);
    return new Window(bytes, new DataView(bytes.buffer), 0, bytes.length);
  }
}

/** Compat: filestore.go, CompressionInfo: a compressed block begins with "cmp", which is no length of a record in it. */
async function isCompressed(file: DiskFile, size: number): Promise<boolean> {
  if (size < 4) return false;
  const head = new Uint8Array(4);
  await readFully(file, head, 0);
  return COMPRESSED_MAGIC.every((byte, i) => head[i] === byte) && recordLength(new DataView(head.buffer), 0) > size;
}
