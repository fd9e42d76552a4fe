// A file system in memory that fails as real ones do, on demand and by seed. Called through ports/disk.ts by the code
// under test, and directly by tests and the world.
//
// The fault model, which any store must survive without losing what was synced:
//  - Power cut (crash): what was written and not synced may be lost, kept, reordered, torn at 512 B or 4 KiB, replaced by
//    junk where the file was extended, the length being that of another moment; every file and every write by itself.
//    Names not synced in their directory may be lost or kept, every directory by itself. What was under way may have
//    happened, in part or in full, or not.
//  - Kill of the process alone: all that was written is there, synced or not; what was under way may be there.
//  - An operation fails: a write may have put down a part; after a failed sync the pages count as clean, so that the next
//    sync succeeds although the bytes will never be on the platter.
//  - The disk is full: the part that fits is written, then DISK_NO_SPACE.
//  - Damage at rest: a flipped bit.
//
// Operations are numbered from 0 in the order in which they were asked for; failAt(k) and crashAt(k) let a test go through
// all of them, one run each. The composed ones (writeFile, makeDirectory, removeTree) are several operations.
import type { OperatingErrorCode } from '../base/errors.ts';
import { OperatingError } from '../base/errors.ts';
import { rfc3339NanoOfMs } from '../base/nanos.ts';
import type { Disk, DiskDone, DiskEntry, DiskFile, DiskLock, DiskOpenMode, DiskStat } from '../ports/disk.ts';
import { failSyncNames, syncNames } from './_sim_directory.ts';
import type { Effect, FileOperations, Request } from './_sim_disk_file.ts';
import { SimDiskFile } from './_sim_disk_file.ts';
import { diskRefusal, namesOf, SimTree } from './_sim_tree.ts';
import type { DiskOperation } from './disk_operation.ts';
import { isMutation, operationText } from './disk_operation.ts';
import { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';
import { SIM_EPOCH_MS } from './sim_clock.ts';
import type { SimRandom } from './sim_random.ts';

/** Says whether, and how, an operation fails. */
export type DiskFault = (operation: DiskOperation) => OperatingErrorCode | null;

/** Ranges of virtual milliseconds. */
export interface DiskLatency {
  readonly writeMs: readonly [number, number];
  readonly readMs: readonly [number, number];
  readonly syncMs: readonly [number, number];
  /** Everything about names. */
  readonly nameMs: readonly [number, number];
}

export interface SimDiskOptions {
  readonly scheduler: Scheduler;
  /** Whose disk this is; it stops when that life is over. Without one the disk has a life of its own. */
  readonly life?: Life;
  readonly capacityBytes?: number;
  readonly latency?: Partial<DiskLatency>;
  /** Open files at one time; one more is DISK_TOO_MANY_FILES. */
  readonly openFilesMax?: number;
}

const LATENCY_DEFAULT: DiskLatency = {
  writeMs: [0.01, 0.1],
  readMs: [0.01, 0.1],
  syncMs: [0.2, 2],
  nameMs: [0.01, 0.1],
};
/** What space() tells where nobody counts. */
const SPACE_DEFAULT_BYTES = 2 ** 40;
const OPEN_FILES_DEFAULT = 100_000;

const FAULT_TEXTS: Readonly<Partial<Record<OperatingErrorCode, string>>> = {
  DISK_IO: 'i/o error',
  DISK_NO_SPACE: 'no space left on device',
  DISK_READ_ONLY: 'read-only file system',
  DISK_PERMISSION: 'permission denied',
  DISK_TOO_MANY_FILES: 'too many open files',
};

interface LockHolder {
  readonly holder: string;
  readonly since: string;
}

export class SimDisk implements Disk {
  readonly #scheduler: Scheduler;
  readonly #life: Life;
  readonly #options: SimDiskOptions;
  readonly #random: SimRandom;
  readonly #tree: SimTree;
  readonly #operations: DiskOperation[];
  readonly #faults: DiskFault[];
  readonly #openFiles: Set<SimDiskFile>;
  /** Mutations that were asked for and have not happened, with what a sudden end may make of them. */
  readonly #underWay: Map<DiskOperation, Effect<unknown>>;
  readonly #locks: Map<string, LockHolder>;
  #latency: DiskLatency;
  #crashIndex: number;
  #isEnded: boolean;

  constructor(options: SimDiskOptions, tree?: SimTree) {
    this.#scheduler = options.scheduler;
    this.#life = options.life ?? new Life('disk');
    this.#options = options;
    this.#random = options.scheduler.random.fork(`disk ${this.#life.name} ${this.#life.pid}`);
    this.#tree = tree ?? new SimTree(() => this.#nowMs(), options.capacityBytes ?? Number.POSITIVE_INFINITY);
    this.#operations = [];
    this.#faults = [];
    this.#openFiles = new Set();
    this.#underWay = new Map();
    this.#locks = new Map();
    this.#latency = { ...LATENCY_DEFAULT, ...options.latency };
    this.#crashIndex = -1;
    this.#isEnded = false;
  }

  // --- for tests ---------------------------------------------------------------------------------------------------

  get life(): Life {
    return this.#life;
  }

  /** Every operation so far. */
  get operations(): readonly DiskOperation[] {
    return this.#operations;
  }

  /** Paths of the files that are open now. */
  get openPaths(): string[] {
    return [...this.#openFiles].map((file) => file.path).sort();
  }

  /** Operation number `index` fails. */
  failAt(index: number, code: OperatingErrorCode): void {
    this.failWhen((operation) => (operation.index === index ? code : null));
  }

  /** Operations fail for as long as `fault` says so. Returns a function that ends it. */
  failWhen(fault: DiskFault): () => void {
    this.#faults.push(fault);
    return () => {
      const index = this.#faults.indexOf(fault);
      if (index >= 0) this.#faults.splice(index, 1);
    };
  }

  /** The life ends when operation number `index` is under way. Then crash() or kill() gives what is found. */
  crashAt(index: number): void {
    this.#crashIndex = index;
  }

  setLatency(latency: Partial<DiskLatency>): void {
    this.#latency = { ...this.#latency, ...latency };
  }

  setCapacity(bytes: number): void {
    this.#tree.capacityBytes = bytes;
  }

  /**
   * Cuts the power and gives the disk as found after it. The same disk may be asked with several seeds: each shows another
   * outcome of the same moment.
   */
  crash(seed: number, life?: Life): SimDisk {
    this.#end((effect) => effect.applyPart?.(this.#random));
    return this.#next(this.#tree.afterPowerCut(this.#scheduler.random.fork(`power cut ${seed}`)), life);
  }

  /** Ends the process and gives the disk as the next one finds it: nothing written is lost, nothing is safer than before. */
  kill(life?: Life): SimDisk {
    this.#end((effect, operation) => {
      // A sync in part would lose what it did not cover; a system that goes on loses nothing.
      if (operation.kind === 'write') effect.applyPart?.(this.#random);
    });
    return this.#next(this.#tree, life);
  }

  #next(tree: SimTree, life: Life | undefined): SimDisk {
    const nextLife = life ?? new Life(this.#life.name, this.#life.pid + 1);
    return new SimDisk({ ...this.#options, life: nextLife, latency: this.#latency }, tree);
  }

  #end(applyPart: (effect: Effect<unknown>, operation: DiskOperation) => void): void {
    this.#life.end();
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const [operation, effect] of this.#underWay) {
      const outcome = this.#random.between(0, 2);
      if (outcome === 1) applyPart(effect, operation);
      if (outcome === 2) ignoreRefusal(effect.apply);
    }
    this.#underWay.clear();
  }

  /** What crash() would give now, leaving out what is under way. Nothing ends. */
  wouldFind(seed: number): SimDisk {
    return this.#next(this.#tree.afterPowerCut(this.#scheduler.random.fork(`power cut ${seed}`)), undefined);
  }

  /** The bytes of a file as the running system sees them, or null. */
  peek(path: string): Uint8Array | null {
    const node = this.#tree.find(path);
    return node?.kind === 'file' ? node.bytes.slice() : null;
  }

  /** The bytes of a file that a power cut would leave in any case, or null where even its name is not safe. */
  peekSafe(path: string): Uint8Array | null {
    const node = this.#tree.findSafe(path);
    return node?.kind === 'file' ? node.safeBytes.slice() : null;
  }

  /** Puts a file there, safe, with its directories: what a test starts from, or damage it wants to see handled. */
  plant(path: string, bytes: Uint8Array): void {
    this.#tree.plant(path, bytes);
  }

  plantDirectory(path: string): void {
    this.#tree.plantDirectory(path);
  }

  flipBit(path: string, offset: number, bit: number): void {
    this.#tree.requireFile(path, 'flip a bit of').flipBit(offset, bit);
  }

  /** All paths, sorted; directories end in `/`. */
  paths(): string[] {
    return this.#tree.paths();
  }

  /** Files with writes, and directories with names, that a power cut could take. */
  unsyncedPaths(): string[] {
    return ['/', ...this.paths()].filter((path) => {
      const node = this.#tree.find(path);
      return node?.kind === 'file' ? node.hasUnsynced : (node?.waiting.length ?? 0) > 0;
    });
  }

  // --- ports/disk.ts -----------------------------------------------------------------------------------------------

  open(path: string, mode: DiskOpenMode): Promise<DiskFile> {
    return this.#openFile(path, mode, 'open');
  }

  #openFile(path: string, mode: DiskOpenMode, as: string): Promise<SimDiskFile> {
    const kind = mode !== 'read' && this.#tree.find(path) === null ? 'create' : 'open';
    return this.#promise({ kind, path, as }, () => {
      if (this.#openFiles.size >= (this.#options.openFilesMax ?? OPEN_FILES_DEFAULT)) {
        throw diskRefusal('DISK_TOO_MANY_FILES', as, path, 'too many open files');
      }
      const file = new SimDiskFile(this.#fileOperations(), path, this.#tree.open(path, mode, as), mode !== 'read');
      this.#openFiles.add(file);
      return file;
    });
  }

  #fileOperations(): FileOperations {
    return {
      tree: this.#tree,
      life: this.#life,
      operate: <T>(request: Request, effect: Effect<T>, done: Operated<T>) => this.#operate(request, effect, done),
      refuse: (request: Request, reason: string, done: DiskDone) => this.#refuse(request, reason, done),
      closed: (file: SimDiskFile) => void this.#openFiles.delete(file),
    };
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#promise({ kind: 'read', path }, () => this.#tree.requireFile(path, 'read').bytes.slice());
  }

  async writeFile(path: string, bytes: Uint8Array, options: { readonly sync: boolean }): Promise<void> {
    const file = await this.#openFile(path, 'write', 'write');
    try {
      await settled((done) => file.truncate(0, done));
      await settled((done) => file.write(bytes, 0, done));
      if (options.sync) await settled((done) => file.sync(done));
    } finally {
      await settled((done) => file.close(done));
    }
  }

  list(path: string): Promise<DiskEntry[]> {
    return this.#promise({ kind: 'list', path }, () => this.#tree.list(path));
  }

  stat(path: string): Promise<DiskStat | null> {
    return this.#promise({ kind: 'stat', path }, () => this.#tree.stat(path));
  }

  async makeDirectory(path: string): Promise<void> {
    const names = namesOf(path);
    for (let depth = 1; depth <= names.length; depth++) {
      const part = `/${names.slice(0, depth).join('/')}`;
      if (depth < names.length && this.#tree.find(part)?.kind === 'directory') continue;
      await this.#promise({ kind: 'make directory', path: part }, () => this.#tree.makeDirectory(part, path));
    }
  }

  rename(from: string, to: string): Promise<void> {
    return this.#promise({ kind: 'rename', path: from }, () => this.#tree.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#promise({ kind: 'remove', path }, () => {
      if (this.#tree.find(path) === null) return;
      this.#tree.requireFile(path, 'remove');
      this.#tree.remove(path);
    });
  }

  async removeTree(path: string): Promise<void> {
    if (this.#tree.find(path)?.kind === 'directory') {
      const entries = await this.#promise({ kind: 'list', path, as: 'remove tree' }, () => this.#tree.list(path));
      for (const entry of entries) await this.removeTree(`${path}/${entry.name}`);
    }
    await this.#promise({ kind: 'remove', path, as: 'remove tree' }, () => this.#tree.remove(path));
  }

  syncDirectory(path: string): Promise<void> {
    const covered = this.#tree.changes;
    const as = 'sync directory';
    return this.#promise(
      { kind: as, path },
      () => syncNames(this.#tree.requireDirectory(path, as), covered),
      (random) => failSyncNames(this.#tree.requireDirectory(path, as), covered, random),
    );
  }

  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    const as = 'ask for space of';
    return this.#promise({ kind: 'space', path, as }, () => {
      this.#tree.require(path, as);
      const freeBytes = Math.min(SPACE_DEFAULT_BYTES, this.#tree.freeBytes());
      return { freeBytes, totalBytes: Math.min(SPACE_DEFAULT_BYTES, this.#tree.capacityBytes) };
    });
  }

  lock(path: string, holder: string): Promise<DiskLock> {
    return this.#promise({ kind: 'lock', path }, () => this.#lockNow(path, holder));
  }

  /** Who holds the lock is known here without asking the file: locks end with the life that took them. */
  #lockNow(path: string, holder: string): DiskLock {
    const held = this.#locks.get(path);
    if (held !== undefined) throw lockRefusal(path, held, this.#life);
    const lock = { holder, since: rfc3339NanoOfMs(this.#nowMs()) };
    const record = JSON.stringify({ pid: this.#life.pid, host: this.#life.name, ...lock });
    this.#tree.setFile(path, new TextEncoder().encode(record), 'lock');
    this.#locks.set(path, lock);
    return { release: () => this.#promise({ kind: 'unlock', path }, () => this.#unlockNow(path, lock)) };
  }

  #unlockNow(path: string, lock: LockHolder): void {
    if (this.#locks.get(path) !== lock) return;
    this.#locks.delete(path);
    this.#tree.remove(path);
  }

  // --- one operation -----------------------------------------------------------------------------------------------

  #operate<T>(request: Request, effect: Effect<T>, done: Operated<T>): void {
    if (this.#life.isOver) return;
    const operation = this.#log(request);
    if (isMutation(operation)) this.#underWay.set(operation, effect);
    if (operation.index === this.#crashIndex) {
      this.#life.end();
      return;
    }
    const code = this.#faultOf(operation);
    this.#scheduler.after(this.#delayOf(operation), this.#life, `disk done ${operation.index}`, () => {
      this.#underWay.delete(operation);
      if (code === null) {
        finish(effect, done);
        return;
      }
      effect.applyPart?.(this.#random);
      done(diskRefusal(code, request.as ?? request.kind, request.path, FAULT_TEXTS[code] ?? 'failed'), null);
    });
  }

  #promise<T>(request: Request, apply: () => T, applyPart?: (random: SimRandom) => void): Promise<T> {
    const effect: Effect<T> = applyPart === undefined ? { apply } : { apply, applyPart };
    return new Promise((resolve, reject) => {
      this.#operate(request, effect, (error, result) => (error === null ? resolve(result as T) : reject(error)));
    });
  }

  #refuse(request: Request, reason: string, done: DiskDone): void {
    const error = diskRefusal('DISK_OTHER', request.kind, request.path, reason);
    this.#scheduler.after(0, this.#life, 'disk refused', () => done(error));
  }

  #log(request: Request): DiskOperation {
    const { kind, path, position = 0, length = 0 } = request;
    const operation = { index: this.#operations.length, kind, path, position, length };
    this.#operations.push(operation);
    if (this.#scheduler.trace.isOn) this.#scheduler.note(this.#life.name, operationText(operation));
    return operation;
  }

  #faultOf(operation: DiskOperation): OperatingErrorCode | null {
    for (const fault of this.#faults) {
      const code = fault(operation);
      if (code !== null) return code;
    }
    return null;
  }

  #delayOf(operation: DiskOperation): number {
    switch (operation.kind) {
      case 'write':
        return this.#random.within(this.#latency.writeMs);
      case 'read':
        return this.#random.within(this.#latency.readMs);
      case 'sync':
      case 'sync directory':
        return this.#random.within(this.#latency.syncMs);
      default:
        return this.#random.within(this.#latency.nameMs);
    }
  }

  #nowMs(): number {
    return SIM_EPOCH_MS + Math.floor(this.#scheduler.nowMs);
  }
}

type Operated<T> = (error: OperatingError | null, result: T | null) => void;

function finish<T>(effect: Effect<T>, done: Operated<T>): void {
  let result: T;
  try {
    result = effect.apply();
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    done(error, null);
    return;
  }
  done(null, result);
}

/** At the end of a life nobody hears that an operation would have been refused. */
function ignoreRefusal(apply: () => unknown): void {
  try {
    apply();
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
  }
}

function lockRefusal(path: string, { holder, since }: LockHolder, { pid, name: host }: Life): OperatingError {
  const named = { holder: `${holder}, pid ${pid}, host ${host}, since ${since}`, pid, host, since };
  const text = `Cannot lock '${path}': held by ${holder} (pid ${pid} on ${host}) since ${since}`;
  return new OperatingError('DISK_LOCKED', text, { context: { path, operation: 'lock', ...named } });
}

function settled(start: (done: DiskDone) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error === null ? resolve() : reject(error))));
}
