// Large files of a person, piece by piece. What is written is made beside its place, synced, and renamed into it when it is whole;
// what is no file (a pipe, a device) is written as it is. Used by node_files.ts.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import type { FileReader, FileWriter } from '../ports/files.ts';
import { diskError } from './_disk_error.ts';

const PIECE_BYTES = 256 * 1024;
const PERMISSION_BITS = 0o777;

export class PieceReader implements FileReader {
  readonly size: number;
  readonly #path: string;
  readonly #file: number;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'r');
    this.size = fstatSync(this.#file).size;
  }

  read(): Uint8Array | null {
    const piece = new Uint8Array(PIECE_BYTES);
    try {
      const length = readSync(this.#file, piece, 0, piece.length, null);
      return length === 0 ? null : piece.subarray(0, length);
    } catch (error) {
      throw diskError(error, 'read', this.#path);
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

export class PieceWriter implements FileWriter {
  /** Where it is to stand; a link's target, for the link is to stay. */
  readonly #place: string;
  /** Where it is written. */
  readonly #path: string;
  readonly #file: number;
  #isOpen: boolean;

  constructor(path: string) {
    const before = existing(path);
    this.#place = before === null ? path : realpathSync(path);
    const isBeside = before === null || before.isFile();
    this.#path = isBeside ? `${this.#place}.tmp-${randomBytes(6).toString('hex')}` : this.#place;
    this.#file = openSync(this.#path, isBeside ? 'wx' : 'w');
    if (before !== null && isBeside) fchmodSync(this.#file, before.mode & PERMISSION_BITS);
    this.#isOpen = true;
  }

  write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      this.abandon();
      throw diskError(error, 'write', this.#place);
    }
  }

  finish(): void {
    const isBeside = this.#path !== this.#place;
    try {
      // A name is only as good as what stands behind it after a crash; pipes and devices have nothing to sync.
      if (isBeside) fsyncSync(this.#file);
      this.#isOpen = false;
      closeSync(this.#file);
      if (isBeside) renameSync(this.#path, this.#place);
    } catch (error) {
      this.abandon();
      if (isBeside) rmSync(this.#path, { force: true });
      throw diskError(error, 'write', this.#place);
    }
  }

  abandon(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#file);
    if (this.#path !== this.#place) rmSync(this.#path, { force: true });
  }
}

/** Null where there is nothing yet. */
function existing(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}
