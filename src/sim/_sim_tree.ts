// The file system of the simulated disk as a data structure: paths, names, sizes, and what each call would refuse.
// Everything happens at once; time, faults and crashes are sim_disk.ts's. Called by sim_disk.ts only.
import type { OperatingErrorCode } from '../base/errors.ts';
import { OperatingError } from '../base/errors.ts';
import type { DiskEntry, DiskOpenMode, DiskStat } from '../ports/disk.ts';
import type { SimNode } from './_sim_directory.ts';
import { applyChange, NameChange, SimDirectory, treeAfterPowerCut } from './_sim_directory.ts';
import { SimFile } from './_sim_file.ts';
import type { SimRandom } from './sim_random.ts';

const NO_BYTES = new Uint8Array(0);

interface Parent {
  readonly directory: SimDirectory;
  readonly name: string;
}

export function diskRefusal(code: OperatingErrorCode, operation: string, path: string, why: string): OperatingError {
  return new OperatingError(code, `Cannot ${operation} '${path}': ${why}`, { context: { path, operation } });
}

export class SimTree {
  readonly #root: SimDirectory;
  readonly #nowMs: () => number;
  /** Name changes there have been: give it to syncNames() to cover these. */
  #changes: number;
  /** Infinity: nobody counts. */
  #capacityBytes: number;

  constructor(nowMs: () => number, capacityBytes: number, root?: SimDirectory, changes = 0) {
    this.#root = root ?? new SimDirectory(nowMs());
    this.#nowMs = nowMs;
    this.#changes = changes;
    this.#capacityBytes = capacityBytes;
  }

  get changes(): number {
    return this.#changes;
  }

  get capacityBytes(): number {
    return this.#capacityBytes;
  }

  set capacityBytes(bytes: number) {
    this.#capacityBytes = bytes;
  }

  afterPowerCut(random: SimRandom): SimTree {
    const root = treeAfterPowerCut(this.#root, random);
    return new SimTree(this.#nowMs, this.#capacityBytes, root, this.#changes);
  }

  // --- finding -----------------------------------------------------------------------------------------------------

  find(path: string): SimNode | null {
    let node: SimNode | undefined = this.#root;
    for (const name of namesOf(path)) node = node?.kind === 'directory' ? node.names.get(name) : undefined;
    return node ?? null;
  }

  /** As find(), among the names that a power cut leaves in any case. */
  findSafe(path: string): SimNode | null {
    let node: SimNode | undefined = this.#root;
    for (const name of namesOf(path)) node = node?.kind === 'directory' ? node.safeNames.get(name) : undefined;
    return node ?? null;
  }

  require(path: string, operation: string): SimNode {
    const node = this.find(path);
    if (node === null) throw diskRefusal('DISK_NOT_FOUND', operation, path, 'no such file or directory');
    return node;
  }

  requireFile(path: string, operation: string): SimFile {
    const node = this.require(path, operation);
    if (node.kind === 'directory') throw diskRefusal('DISK_OTHER', operation, path, 'illegal operation on a directory');
    return node;
  }

  requireDirectory(path: string, operation: string): SimDirectory {
    const node = this.require(path, operation);
    if (node.kind === 'file') throw diskRefusal('DISK_NOT_FOUND', operation, path, 'not a directory');
    return node;
  }

  /** `asked` is the path to name in a refusal. */
  #parent(path: string, operation: string, asked = path): Parent {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw diskRefusal('DISK_OTHER', operation, asked, 'illegal operation on the root');
    const directory = this.find(names.join('/'));
    if (directory?.kind !== 'directory') {
      throw diskRefusal('DISK_NOT_FOUND', operation, asked, 'no such file or directory');
    }
    return { directory, name };
  }

  list(path: string): DiskEntry[] {
    const entries: DiskEntry[] = [];
    for (const [name, node] of this.requireDirectory(path, 'list').names) entries.push({ name, kind: node.kind });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  stat(path: string): DiskStat | null {
    const node = this.find(path);
    if (node === null) return null;
    return { kind: node.kind, size: node.kind === 'file' ? node.size : 4096, modifiedMs: node.modifiedMs };
  }

  /** All paths, sorted; directories end in `/`. */
  paths(): string[] {
    const found: string[] = [];
    const walk = (directory: SimDirectory, prefix: string) => {
      for (const [name, node] of directory.names) {
        found.push(node.kind === 'file' ? `${prefix}${name}` : `${prefix}${name}/`);
        if (node.kind === 'directory') walk(node, `${prefix}${name}/`);
      }
    };
    walk(this.#root, '/');
    return found.sort();
  }

  freeBytes(): number {
    if (this.#capacityBytes === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    let free = this.#capacityBytes;
    for (const path of this.paths()) {
      const node = this.find(path);
      if (node?.kind === 'file') free -= node.size;
    }
    return Math.max(0, free);
  }

  // --- changing ----------------------------------------------------------------------------------------------------

  #change(subject: SimNode, edits: readonly { directory: SimDirectory; name: string; node: SimNode | null }[]): void {
    applyChange(new NameChange(this.#changes++, subject, edits), this.#nowMs());
  }

  open(path: string, mode: DiskOpenMode, operation: string): SimFile {
    const { directory, name } = this.#parent(path, operation);
    const known = directory.names.get(name);
    if (known === undefined && mode !== 'read') return this.setFile(path, NO_BYTES, operation);
    if (known !== undefined && mode === 'create') {
      throw diskRefusal('DISK_EXISTS', operation, path, 'file already exists');
    }
    return this.requireFile(path, operation);
  }

  /** A new file under a name, whatever was there. */
  setFile(path: string, bytes: Uint8Array, operation: string): SimFile {
    const { directory, name } = this.#parent(path, operation);
    const node = new SimFile(bytes, this.#nowMs());
    this.#change(node, [{ directory, name, node }]);
    return node;
  }

  /** One level. `asked` is the whole path that is being made. */
  makeDirectory(path: string, asked: string): void {
    const operation = 'make directory';
    const { directory, name } = this.#parent(path, operation, asked);
    const known = directory.names.get(name);
    if (known?.kind === 'directory') return;
    if (known !== undefined && path !== asked) throw diskRefusal('DISK_NOT_FOUND', operation, asked, 'not a directory');
    if (known !== undefined) throw diskRefusal('DISK_EXISTS', operation, asked, 'file already exists');
    const node = new SimDirectory(this.#nowMs());
    this.#change(node, [{ directory, name, node }]);
  }

  rename(from: string, to: string): void {
    const source = this.#parent(from, 'rename');
    const target = this.#parent(to, 'rename', from);
    const node = this.require(from, 'rename');
    const replaced = target.directory.names.get(target.name);
    if (replaced === node) return;
    if (replaced?.kind === 'directory' && (node.kind === 'file' || replaced.names.size > 0)) {
      throw diskRefusal('DISK_OTHER', 'rename', from, 'directory not empty');
    }
    if (replaced?.kind === 'file' && node.kind === 'directory') {
      throw diskRefusal('DISK_NOT_FOUND', 'rename', from, 'not a directory');
    }
    this.#change(node, [
      { directory: source.directory, name: source.name, node: null },
      { directory: target.directory, name: target.name, node },
    ]);
  }

  /** One file or empty directory; nothing where nothing is. */
  remove(path: string): void {
    const node = this.find(path);
    if (node === null) return;
    const { directory, name } = this.#parent(path, 'remove');
    this.#change(node, [{ directory, name, node: null }]);
  }

  /** Writes as far as there is room. */
  write(node: SimFile, path: string, bytes: Uint8Array, position: number): void {
    const room = this.freeBytes() + Math.max(0, node.size - position);
    node.write(bytes.length <= room ? bytes : bytes.slice(0, room), position);
    node.modifiedMs = this.#nowMs();
    if (bytes.length > room) throw diskRefusal('DISK_NO_SPACE', 'write', path, 'no space left on device');
  }

  truncate(node: SimFile, path: string, length: number): void {
    if (length - node.size > this.freeBytes()) {
      throw diskRefusal('DISK_NO_SPACE', 'truncate', path, 'no space left on device');
    }
    node.truncate(length);
    node.modifiedMs = this.#nowMs();
  }

  // --- what a test starts from: safe at once -----------------------------------------------------------------------

  plantDirectory(path: string): SimDirectory {
    let directory = this.#root;
    for (const name of namesOf(path)) {
      const known = directory.names.get(name);
      const next = known?.kind === 'directory' ? known : new SimDirectory(this.#nowMs());
      directory.names.set(name, next);
      directory.safeNames.set(name, next);
      directory = next;
    }
    return directory;
  }

  plant(path: string, bytes: Uint8Array): void {
    const names = namesOf(path);
    const name = names.pop() ?? '';
    const directory = this.plantDirectory(names.join('/'));
    const file = new SimFile(bytes, this.#nowMs());
    directory.names.set(name, file);
    directory.safeNames.set(name, file);
  }
}

export function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
