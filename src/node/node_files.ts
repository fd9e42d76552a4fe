// A person's files, read and written whole or, where they are large, piece by piece. A written file is there completely or not at all: it is made beside its place,
// synced and renamed. Called through ports/files.ts.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { FileReader, Files, FileWriter } from '../ports/files.ts';
import { diskError, errnoOf } from './_disk_error.ts';
import { PieceReader, PieceWriter } from './_file_pieces.ts';

const OWNER_ONLY = 0o600;

export class NodeFiles implements Files {
  readBytes(path: string): Uint8Array | null {
    return orNull(path, 'read', () => readFileSync(path));
  }

  readText(path: string): string | null {
    return orNull(path, 'read', () => readFileSync(path, 'utf8'));
  }

  isFile(path: string): boolean {
    return orNull(path, 'look at', () => statSync(path).isFile()) ?? false;
  }

  isDirectory(path: string): boolean {
    return orNull(path, 'look at', () => statSync(path).isDirectory()) ?? false;
  }

  writeWhole(path: string, content: string | Uint8Array): void {
    const beside = `${path}.tmp-${randomBytes(6).toString('hex')}`;
    attempt(path, 'write', () => {
      try {
        const file = openSync(beside, 'wx', OWNER_ONLY);
        try {
          writeFileSync(file, content);
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
        renameSync(beside, path);
      } catch (error) {
        rmSync(beside, { force: true });
        throw error;
      }
    });
  }

  makeDirectory(path: string): void {
    attempt(path, 'make', () => mkdirSync(path, { recursive: true, mode: 0o700 }));
  }

  openReader(path: string): FileReader | null {
    return orNull(path, 'read', () => new PieceReader(path));
  }

  openWriter(path: string): FileWriter {
    return attempt(path, 'write', () => new PieceWriter(path));
  }

  absolutePath(path: string): string {
    return resolve(path);
  }

  list(path: string): string[] {
    return orNull(path, 'list', () => readdirSync(path).sort()) ?? [];
  }

  remove(path: string): void {
    attempt(path, 'remove', () => rmSync(path, { force: true }));
  }

  removeEmptyFolder(path: string): void {
    if (!this.isDirectory(path) || this.list(path).length > 0) return;
    attempt(path, 'remove', () => rmdirSync(path));
  }

  temporaryFile(suffix: string): string {
    const path = join(tmpdir(), `contrail-${randomBytes(8).toString('hex')}${suffix}`);
    attempt(path, 'make', () => writeFileSync(path, '', { mode: OWNER_ONLY, flag: 'wx' }));
    return path;
  }

  homeDirectory(): string | null {
    const home = homeOfUser() ?? homedir();
    return home === '' ? null : home;
  }
}

/** What the system says of its users, not $HOME: null for one that it does not know, as in a container. */
function homeOfUser(): string | null {
  try {
    return userInfo().homedir;
  } catch (error) {
    if (errnoOf(error) === 'ERR_SYSTEM_ERROR') return null;
    throw error;
  }
}

function attempt<T>(path: string, verb: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(error, verb, path);
  }
}

/** Null where there is no such file. */
function orNull<T>(path: string, verb: string, work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw diskError(error, verb, path);
  }
}
