// What every body of ports/disk.ts does, as a suite: node/node_disk_test.ts and sim/sim_disk_test.ts run it.
// Test code. Faults and crashes are not in it: only the simulator can have those on demand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperatingErrorCode } from '../base/errors.ts';
import { OperatingError } from '../base/errors.ts';
import type { Disk, DiskDone, DiskFile } from './disk.ts';

export interface DiskUnderTest {
  readonly disk: Disk;
  /** An existing, empty directory. */
  readonly root: string;
  /** Waits for what the disk promised; the simulator runs its events meanwhile. */
  settle<T>(promise: Promise<T>): Promise<T>;
  dispose(): Promise<void>;
}

type Chapter = (under: Under) => Promise<void>;

/** The disk with the waiting built in. */
class Under {
  readonly disk: Disk;
  readonly root: string;
  readonly settle: DiskUnderTest['settle'];

  constructor(made: DiskUnderTest) {
    this.disk = made.disk;
    this.root = made.root;
    this.settle = (promise) => made.settle(promise);
  }

  at(name: string): string {
    return `${this.root}/${name}`;
  }

  open(name: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    return this.settle(this.disk.open(this.at(name), mode));
  }

  done(start: (done: DiskDone) => void): Promise<void> {
    return this.settle(
      new Promise((resolve, reject) => start((error) => (error === null ? resolve() : reject(error)))),
    );
  }

  write(file: DiskFile, text: string, position: number): Promise<void> {
    return this.done((done) => file.write(bytesOf(text), position, done));
  }

  read(file: DiskFile, length: number, position: number): Promise<string> {
    const into = new Uint8Array(length);
    return this.settle(
      new Promise((resolve, reject) => {
        file.read(into, position, (error, count) => (error === null ? resolve(textOf(into, count)) : reject(error)));
      }),
    );
  }

  close(file: DiskFile): Promise<void> {
    return this.done((done) => file.close(done));
  }

  async text(name: string): Promise<string> {
    const bytes = await this.settle(this.disk.readFile(this.at(name)));
    return textOf(bytes, bytes.length);
  }

  save(name: string, text: string): Promise<void> {
    return this.settle(this.disk.writeFile(this.at(name), bytesOf(text), { sync: false }));
  }

  async names(name: string): Promise<string[]> {
    const entries = await this.settle(this.disk.list(name === '' ? this.root : this.at(name)));
    return entries.map((entry) => `${entry.kind} ${entry.name}`);
  }

  async refused(promise: Promise<unknown>, code: OperatingErrorCode, operation: string): Promise<OperatingError> {
    const error = await this.settle(promise).then(
      () => null,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof OperatingError, `expected a refusal of ${operation}, got ${String(error)}`);
    assert.equal(error.code, code);
    assert.equal(error.context.operation, operation);
    return error;
  }
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

function textOf(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
}

const FILES: Readonly<Record<string, Chapter>> = {
  'open() for reading refuses a file that is not there': async (under) => {
    const error = await under.refused(under.disk.open(under.at('none'), 'read'), 'DISK_NOT_FOUND', 'open');
    assert.equal(error.context.path, under.at('none'));
    assert.match(error.message, /^Cannot open '.*none': /);
  },

  'open() for writing creates a file that is not there and keeps one that is': async (under) => {
    const first = await under.open('a', 'write');
    await under.write(first, 'hello', 0);
    await under.close(first);
    const second = await under.open('a', 'write');
    assert.equal(second.path, under.at('a'));
    assert.equal(await under.read(second, 10, 0), 'hello');
    await under.close(second);
  },

  'open() to create refuses a file that is there': async (under) => {
    await under.close(await under.open('a', 'create'));
    await under.refused(under.disk.open(under.at('a'), 'create'), 'DISK_EXISTS', 'open');
  },

  'open() refuses a path in a directory that is not there': async (under) => {
    await under.refused(under.disk.open(under.at('none/a'), 'create'), 'DISK_NOT_FOUND', 'open');
  },

  'open() refuses a path below a file': async (under) => {
    await under.save('a', '');
    await under.refused(under.disk.open(under.at('a/b'), 'write'), 'DISK_NOT_FOUND', 'open');
  },

  'a file opened for reading cannot be written': async (under) => {
    await under.save('a', 'x');
    const file = await under.open('a', 'read');
    await under.refused(new Promise((_, reject) => file.write(bytesOf('y'), 0, reject)), 'DISK_OTHER', 'write');
    await under.close(file);
    assert.equal(await under.text('a'), 'x');
  },

  'writeSynced() writes as write() does, several at a time too': async (under) => {
    const file = await under.open('a', 'create');
    await under.write(file, 'hello', 0);
    const writes = [' synced', ' world', '!'].map((text, i) => {
      const position = 5 + [0, 7, 13][i]!;
      return under.done((done) => file.writeSynced(bytesOf(text), position, done));
    });
    await Promise.all(writes);
    await under.done((done) => file.writeSynced(bytesOf('J'), 0, done));
    assert.equal(await under.read(file, 40, 0), 'Jello synced world!');
    await under.close(file);
    assert.equal(await under.text('a'), 'Jello synced world!');
  },

  'writeSynced() on a file opened for reading is refused': async (under) => {
    await under.save('a', 'x');
    const file = await under.open('a', 'read');
    await under.refused(new Promise((_, reject) => file.writeSynced(bytesOf('y'), 0, reject)), 'DISK_OTHER', 'write');
    await under.close(file);
  },

  'write() puts bytes where they belong, whatever the order': async (under) => {
    const file = await under.open('a', 'create');
    await under.write(file, 'world', 6);
    await under.write(file, 'hello ', 0);
    await under.write(file, 'J', 0);
    await under.close(file);
    assert.equal(await under.text('a'), 'Jello world');
  },

  'write() beyond the end leaves zeros between': async (under) => {
    const file = await under.open('a', 'create');
    await under.write(file, 'x', 3);
    assert.equal(await under.read(file, 4, 0), '\0\0\0x');
    await under.close(file);
  },

  'write() takes a part of a larger buffer, and nothing at all': async (under) => {
    const file = await under.open('a', 'create');
    await under.done((done) => file.write(bytesOf('abcdef').subarray(2, 4), 0, done));
    await under.done((done) => file.write(new Uint8Array(0), 0, done));
    await under.close(file);
    assert.equal(await under.text('a'), 'cd');
  },

  'write() calls back after it has returned': async (under) => {
    const file = await under.open('a', 'create');
    let isReturned = false;
    const wasReturned = new Promise<boolean>((resolve) => {
      file.write(bytesOf('x'), 0, () => resolve(isReturned));
      isReturned = true;
    });
    assert.equal(await under.settle(wasReturned), true);
    await under.close(file);
  },

  'writes to different places may be under way together': async (under) => {
    const file = await under.open('a', 'create');
    const pieces = Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index).repeat(1000));
    await Promise.all(pieces.map((piece, index) => under.write(file, piece, index * 1000)));
    await under.close(file);
    assert.equal(await under.text('a'), pieces.join(''));
  },

  'read() gives fewer bytes only at the end of the file': async (under) => {
    await under.save('a', '0123456789');
    const file = await under.open('a', 'read');
    assert.equal(await under.read(file, 4, 3), '3456');
    assert.equal(await under.read(file, 4, 8), '89');
    assert.equal(await under.read(file, 4, 10), '');
    assert.equal(await under.read(file, 4, 100), '');
    assert.equal(await under.read(file, 0, 0), '');
    await under.close(file);
  },

  'truncate() cuts, and extends with zeros': async (under) => {
    await under.save('a', '0123456789');
    const file = await under.open('a', 'write');
    await under.done((done) => file.truncate(4, done));
    await under.done((done) => file.truncate(6, done));
    await under.close(file);
    assert.equal(await under.text('a'), '0123\0\0');
  },

  'sync() calls back, also for an empty file': async (under) => {
    const file = await under.open('a', 'create');
    await under.done((done) => file.sync(done));
    await under.write(file, 'x', 0);
    await under.done((done) => file.sync(done));
    await under.close(file);
  },

  'close() waits for what is under way and then refuses everything': async (under) => {
    const file = await under.open('a', 'create');
    const order: string[] = [];
    const written = under.write(file, 'x'.repeat(100_000), 0).then(() => order.push('written'));
    const closed = under.close(file).then(() => order.push('closed'));
    await under.refused(new Promise((_, reject) => file.sync(reject)), 'DISK_OTHER', 'sync');
    await Promise.all([written, closed]);
    assert.deepEqual(order, ['written', 'closed']);
    await under.refused(new Promise((_, reject) => file.read(new Uint8Array(1), 0, reject)), 'DISK_OTHER', 'read');
    await under.refused(new Promise((_, reject) => file.write(bytesOf('y'), 0, reject)), 'DISK_OTHER', 'write');
    await under.refused(new Promise((_, reject) => file.truncate(0, reject)), 'DISK_OTHER', 'truncate');
    await under.refused(new Promise((_, reject) => file.close(reject)), 'DISK_OTHER', 'close');
    assert.equal((await under.text('a')).length, 100_000);
  },

  'a file that was removed or renamed stays usable for who has it open': async (under) => {
    const file = await under.open('a', 'create');
    await under.write(file, 'x', 0);
    await under.settle(under.disk.remove(under.at('a')));
    await under.write(file, 'y', 1);
    assert.equal(await under.read(file, 5, 0), 'xy');
    await under.close(file);
    assert.deepEqual(await under.names(''), []);
  },
};

const NAMES: Readonly<Record<string, Chapter>> = {
  'writeFile() creates and replaces, and readFile() gives the whole': async (under) => {
    await under.settle(under.disk.writeFile(under.at('a'), bytesOf('long text'), { sync: true }));
    await under.save('a', 'short');
    assert.equal(await under.text('a'), 'short');
    await under.save('empty', '');
    assert.equal(await under.text('empty'), '');
    await under.refused(under.disk.readFile(under.at('none')), 'DISK_NOT_FOUND', 'read');
    const nowhere = under.disk.writeFile(under.at('none/a'), bytesOf('x'), { sync: false });
    await under.refused(nowhere, 'DISK_NOT_FOUND', 'write');
  },

  'readFile() gives plain bytes': async (under) => {
    await under.save('a', 'x');
    const bytes = await under.settle(under.disk.readFile(under.at('a')));
    assert.deepEqual(bytes, new Uint8Array([120]));
  },

  'list() is sorted by name and tells files from directories': async (under) => {
    for (const name of ['b', 'B', 'a.txt', '10', '9']) await under.save(name, '');
    await under.settle(under.disk.makeDirectory(under.at('c')));
    assert.deepEqual(await under.names(''), ['file 10', 'file 9', 'file B', 'file a.txt', 'file b', 'directory c']);
    await under.refused(under.disk.list(under.at('none')), 'DISK_NOT_FOUND', 'list');
    await under.refused(under.disk.list(under.at('b')), 'DISK_NOT_FOUND', 'list');
  },

  'stat() tells kind and size, and null for nothing': async (under) => {
    await under.save('a', '12345');
    const file = await under.settle(under.disk.stat(under.at('a')));
    assert.equal(file?.kind, 'file');
    assert.equal(file.size, 5);
    assert.ok(file.modifiedMs > 1e12);
    assert.equal((await under.settle(under.disk.stat(under.root)))?.kind, 'directory');
    assert.equal(await under.settle(under.disk.stat(under.at('none'))), null);
    assert.equal(await under.settle(under.disk.stat(under.at('none/a'))), null);
    assert.equal(await under.settle(under.disk.stat(under.at('a/b'))), null);
  },

  'makeDirectory() makes parents and is fine when all is there': async (under) => {
    await under.settle(under.disk.makeDirectory(under.at('x/y/z')));
    await under.settle(under.disk.makeDirectory(under.at('x/y/z')));
    assert.deepEqual(await under.names('x/y'), ['directory z']);
    await under.save('a', '');
    await under.refused(under.disk.makeDirectory(under.at('a')), 'DISK_EXISTS', 'make directory');
    await under.refused(under.disk.makeDirectory(under.at('a/b')), 'DISK_NOT_FOUND', 'make directory');
  },

  'rename() replaces a file, and moves a directory with what is in it': async (under) => {
    await under.settle(under.disk.makeDirectory(under.at('x')));
    await under.save('x/a', 'new');
    await under.save('b', 'old');
    await under.settle(under.disk.rename(under.at('x/a'), under.at('b')));
    assert.equal(await under.text('b'), 'new');
    assert.deepEqual(await under.names('x'), []);
    await under.save('x/c', 'c');
    await under.settle(under.disk.rename(under.at('x'), under.at('y')));
    assert.equal(await under.text('y/c'), 'c');
    assert.deepEqual(await under.names(''), ['file b', 'directory y']);
    await under.refused(under.disk.rename(under.at('none'), under.at('z')), 'DISK_NOT_FOUND', 'rename');
  },

  'rename() does not replace a directory that has something in it': async (under) => {
    await under.settle(under.disk.makeDirectory(under.at('x')));
    await under.settle(under.disk.makeDirectory(under.at('y')));
    await under.save('y/a', '');
    await under.refused(under.disk.rename(under.at('x'), under.at('y')), 'DISK_OTHER', 'rename');
    await under.settle(under.disk.rename(under.at('y'), under.at('x')));
    assert.deepEqual(await under.names(''), ['directory x']);
  },

  'remove() takes one file and is fine when it is gone': async (under) => {
    await under.save('a', '');
    await under.settle(under.disk.remove(under.at('a')));
    await under.settle(under.disk.remove(under.at('a')));
    await under.settle(under.disk.remove(under.at('none/a')));
    assert.deepEqual(await under.names(''), []);
  },

  'removeTree() takes everything below and is fine when it is gone': async (under) => {
    await under.settle(under.disk.makeDirectory(under.at('x/y/z')));
    await under.save('x/y/a', '');
    await under.save('x/b', '');
    await under.settle(under.disk.removeTree(under.at('x')));
    await under.settle(under.disk.removeTree(under.at('x')));
    assert.deepEqual(await under.names(''), []);
  },

  'syncDirectory() wants a directory': async (under) => {
    await under.save('a', '');
    await under.settle(under.disk.syncDirectory(under.root));
    await under.refused(under.disk.syncDirectory(under.at('none')), 'DISK_NOT_FOUND', 'sync directory');
    await under.refused(under.disk.syncDirectory(under.at('a')), 'DISK_NOT_FOUND', 'sync directory');
  },

  'space() tells free and total bytes': async (under) => {
    const { freeBytes, totalBytes } = await under.settle(under.disk.space(under.root));
    assert.ok(freeBytes > 0 && freeBytes <= totalBytes);
    await under.refused(under.disk.space(under.at('none')), 'DISK_NOT_FOUND', 'ask for space of');
  },

  'lock() lets one in, names the holder to the second, and lets the next in after release': async (under) => {
    const lock = await under.settle(under.disk.lock(under.at('lock'), 'server ONE'));
    const error = await under.refused(under.disk.lock(under.at('lock'), 'server TWO'), 'DISK_LOCKED', 'lock');
    assert.match(String(error.context.holder), /server ONE, pid \d+, host .+, since \d{4}-\d\d-\d\dT/);
    assert.match(error.message, /^Cannot lock '.*\/lock': held by server ONE \(pid \d+ on .+\) since /);
    await under.settle(lock.release());
    const next = await under.settle(under.disk.lock(under.at('lock'), 'server TWO'));
    assert.deepEqual(await under.names(''), ['file lock']);
    await under.settle(next.release());
    assert.deepEqual(await under.names(''), []);
  },

  'lock() lets one of many in': async (under) => {
    const takes = Array.from({ length: 10 }, () => under.disk.lock(under.at('lock'), 'server'));
    const results = await under.settle(Promise.allSettled(takes));
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
    for (const result of results) if (result.status === 'rejected') assert.equal(result.reason.code, 'DISK_LOCKED');
  },

  'lock() refuses a directory that is not there': async (under) => {
    await under.refused(under.disk.lock(under.at('none/lock'), 'server'), 'DISK_NOT_FOUND', 'lock');
  },
};

export function diskContract(body: string, make: () => Promise<DiskUnderTest>): void {
  for (const [title, chapter] of Object.entries({ ...FILES, ...NAMES })) {
    test(`${body}: ${title}`, async () => {
      const made = await make();
      try {
        await chapter(new Under(made));
      } finally {
        await made.dispose();
      }
    });
  }
}
