// One open file of the simulated disk. Called through ports/disk.ts; the operations themselves are the disk's.
import { AssertionError } from '../base/assert.ts';
import type { OperatingError } from '../base/errors.ts';
import type { DiskDone, DiskFile, DiskReadDone } from '../ports/disk.ts';
import type { SimFile } from './_sim_file.ts';
import type { SimTree } from './_sim_tree.ts';
import { diskRefusal } from './_sim_tree.ts';
import type { DiskOperationKind } from './disk_operation.ts';
import type { Life } from './life.ts';
import type { SimRandom } from './sim_random.ts';

/** What an operation is about, for the log and for its error. `as` is the verb of the contract where it is another. */
export interface Request {
  readonly kind: DiskOperationKind;
  readonly path: string;
  readonly as?: string;
  readonly position?: number;
  readonly length?: number;
}

/** How an operation acts: in full, and in part where it fails half-way or the power goes while it is under way. */
export interface Effect<T> {
  readonly apply: () => T;
  readonly applyPart?: (random: SimRandom) => void;
}

/** What an open file needs of its disk. */
export interface FileOperations {
  readonly tree: SimTree;
  readonly life: Life;
  /** Logs an operation, lets it take its time, fail or never end, then calls back. */
  operate<T>(request: Request, effect: Effect<T>, done: (error: OperatingError | null, result: T | null) => void): void;
  /** An answer that is no operation. */
  refuse(request: Request, reason: string, done: DiskDone): void;
  closed(file: SimDiskFile): void;
}

export class SimDiskFile implements DiskFile {
  readonly path: string;
  readonly #disk: FileOperations;
  readonly #node: SimFile;
  readonly #canWrite: boolean;
  #inFlight: number;
  #closing: DiskDone | null;
  #isClosed: boolean;

  constructor(disk: FileOperations, path: string, node: SimFile, canWrite: boolean) {
    this.path = path;
    this.#disk = disk;
    this.#node = node;
    this.#canWrite = canWrite;
    this.#inFlight = 0;
    this.#closing = null;
    this.#isClosed = false;
  }

  write(bytes: Uint8Array, position: number, done: DiskDone): void {
    const given = new Uint8Array(bytes);
    const apply = () => {
      this.#checkWritable('write');
      if (!this.#disk.life.isOver) checkUnchanged(bytes, given, this.path);
      this.#disk.tree.write(this.#node, this.path, given, position);
    };
    const applyPart = (random: SimRandom) => {
      this.#node.write(given.subarray(0, random.between(0, given.length)), position);
    };
    const request = { kind: 'write', path: this.path, position, length: bytes.length } as const;
    this.#start(request, { apply, applyPart }, done);
  }

  writeSynced(bytes: Uint8Array, position: number, done: DiskDone): void {
    this.write(bytes, position, (error) => {
      if (error === null) this.sync(done);
      else done(error);
    });
  }

  read(into: Uint8Array, position: number, done: DiskReadDone): void {
    let count = 0;
    const apply = () => {
      const found = this.#node.bytes.subarray(position, position + into.length);
      into.set(found);
      count = found.length;
    };
    const request = { kind: 'read', path: this.path, position, length: into.length } as const;
    this.#start(request, { apply }, (error) => done(error, error === null ? count : 0));
  }

  sync(done: DiskDone): void {
    const covered = this.#node.changes;
    const apply = () => this.#node.sync(covered);
    const applyPart = (random: SimRandom) => this.#node.failSync(covered, random);
    this.#start({ kind: 'sync', path: this.path }, { apply, applyPart }, done);
  }

  truncate(length: number, done: DiskDone): void {
    const apply = () => {
      this.#checkWritable('truncate');
      this.#disk.tree.truncate(this.#node, this.path, length);
    };
    this.#start({ kind: 'truncate', path: this.path, length }, { apply }, done);
  }

  close(done: DiskDone): void {
    if (this.#isClosed) {
      this.#disk.refuse({ kind: 'close', path: this.path }, 'file is closed', done);
      return;
    }
    this.#isClosed = true;
    this.#closing = done;
    if (this.#inFlight === 0) this.#closeNow(done);
  }

  #closeNow(done: DiskDone): void {
    this.#closing = null;
    // Also where it fails: the descriptor is gone in any case.
    const apply = () => this.#disk.closed(this);
    this.#disk.operate({ kind: 'close', path: this.path }, { apply, applyPart: apply }, done);
  }

  #start(request: Request, effect: Effect<void>, done: DiskDone): void {
    if (this.#isClosed) {
      this.#disk.refuse(request, 'file is closed', done);
      return;
    }
    this.#inFlight++;
    this.#disk.operate(request, effect, (error) => {
      this.#inFlight--;
      if (this.#closing !== null && this.#inFlight === 0) this.#closeNow(this.#closing);
      done(error);
    });
  }

  #checkWritable(operation: string): void {
    if (!this.#canWrite) throw diskRefusal('DISK_OTHER', operation, this.path, 'bad file descriptor');
  }
}

function checkUnchanged(now: Uint8Array, given: Uint8Array, path: string): void {
  for (let index = 0; index < given.length; index++) {
    if (now[index] !== given[index]) {
      throw new AssertionError(`bytes given to write() of '${path}' stay unchanged until it is done`);
    }
  }
}
