import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { OperatingError } from '../base/errors.ts';
import type { DiskDone } from '../ports/disk.ts';
import { diskContract } from '../ports/disk_contract.ts';
import { ownIdentity, takeLock } from './_disk_lock.ts';
import { NodeDisk } from './node_disk.ts';

function directory(): string {
  return fs.mkdtempSync(join(tmpdir(), 'contrail-disk-'));
}

async function inDirectory(body: (root: string) => Promise<void>): Promise<void> {
  const root = directory();
  try {
    await body(root);
  } finally {
    fs.rmSync(root, { recursive: true });
  }
}

function settled(start: (done: DiskDone) => void): Promise<OperatingError | null> {
  return new Promise((resolve) => start(resolve));
}

diskContract('NodeDisk', async () => {
  const root = directory();
  return {
    disk: new NodeDisk(),
    root,
    settle: (promise) => promise,
    dispose: async () => fs.rmSync(root, { recursive: true }),
  };
});

test('NodeDisk.write() continues short writes and read() short reads', () =>
  inDirectory(async (root) => {
    let calls = 0;
    const disk = new NodeDisk({
      write: (fd, bytes, offset, length, position, done) => {
        calls++;
        fs.write(fd, bytes, offset, Math.min(length, 7), position, done);
      },
      read: (fd, into, offset, length, position, done) => {
        calls++;
        fs.read(fd, into, offset, Math.min(length, 7), position, done);
      },
    });
    const file = await disk.open(join(root, 'a'), 'create');
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
    assert.equal(await settled((done) => file.write(bytes, 5, done)), null);
    assert.equal(calls, 15);
    const into = new Uint8Array(200);
    const count = await new Promise<number>((resolve) => file.read(into, 5, (_, length) => resolve(length)));
    assert.equal(count, 100);
    assert.deepEqual(into.subarray(0, 100), bytes);
    await settled((done) => file.close(done));
  }));

test('NodeDisk.write() that moves nothing is an error, not an endless loop', () =>
  inDirectory(async (root) => {
    const disk = new NodeDisk({ write: (_fd, _bytes, _offset, _length, _at, done) => done(null, 0), read: fs.read });
    const file = await disk.open(join(root, 'a'), 'create');
    const error = await settled((done) => file.write(new Uint8Array(5), 0, done));
    assert.equal(error?.code, 'DISK_IO');
    await settled((done) => file.close(done));
  }));

test('NodeDisk says what failed: a full disk, a read-only one, damage', () =>
  inDirectory(async (root) => {
    for (const [errno, code] of [
      ['ENOSPC', 'DISK_NO_SPACE'],
      ['EROFS', 'DISK_READ_ONLY'],
      ['EIO', 'DISK_IO'],
      ['EFBIG', 'DISK_OTHER'],
    ] as const) {
      const failure = Object.assign(new Error(`${errno}: it went wrong, write`), { code: errno });
      const disk = new NodeDisk({
        write: (_fd, _bytes, _offset, _length, _at, done) => done(failure, 0),
        read: fs.read,
      });
      const file = await disk.open(join(root, 'a'), 'write');
      const error = await settled((done) => file.write(new Uint8Array(5), 0, done));
      assert.equal(error?.code, code);
      assert.equal(error.message, `Cannot write '${root}/a': it went wrong (${errno})`);
      assert.equal(error.cause, failure);
      await settled((done) => file.close(done));
    }
  }));

test('NodeDisk makes directories 0700 and files 0600', () =>
  inDirectory(async (root) => {
    const disk = new NodeDisk();
    await disk.makeDirectory(join(root, 'x/y'));
    await disk.writeFile(join(root, 'x/y/a'), new Uint8Array(1), { sync: true });
    const file = await disk.open(join(root, 'x/b'), 'create');
    await settled((done) => file.close(done));
    const mode = (name: string) => (fs.statSync(join(root, name)).mode & 0o777).toString(8);
    assert.deepEqual(['x', 'x/y', 'x/y/a', 'x/b'].map(mode), ['700', '700', '600', '600']);
  }));

test('NodeDisk.list() calls a symbolic link other', () =>
  inDirectory(async (root) => {
    fs.symlinkSync('/nowhere', join(root, 'link'));
    assert.deepEqual(await new NodeDisk().list(root), [{ name: 'link', kind: 'other' }]);
  }));

// --- the lock file ------------------------------------------------------------------------------------------------

/** A process that has lived and is gone. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

function lockText(fields: Record<string, unknown>): string {
  const nonce = '0123456789abcdef';
  return JSON.stringify({ ...ownIdentity(), host: 'box', since: 'then', holder: 'old', nonce, ...fields });
}

async function isTaken(path: string): Promise<boolean> {
  try {
    await new NodeDisk().lock(path, 'new');
    return true;
  } catch (error) {
    assert.ok(error instanceof OperatingError);
    assert.equal(error.code, 'DISK_LOCKED');
    return false;
  }
}

test('NodeDisk.lock() takes over from a process that is gone, and leaves nothing else behind', () =>
  inDirectory(async (root) => {
    const path = join(root, 'lock');
    fs.writeFileSync(path, lockText({ pid: deadPid(), startTicks: null }));
    assert.equal(await isTaken(path), true);
    assert.deepEqual(fs.readdirSync(root), ['lock']);
    assert.equal(await isTaken(path), false);
  }));

test('NodeDisk.lock() takes over when the process id is another process by now', () =>
  inDirectory(async (root) => {
    const path = join(root, 'lock');
    fs.writeFileSync(path, lockText({ startTicks: 1 }));
    assert.equal(await isTaken(path), process.platform === 'linux');
  }));

test('NodeDisk.lock() takes over when the machine was restarted since', () =>
  inDirectory(async (root) => {
    const path = join(root, 'lock');
    fs.writeFileSync(path, lockText({ bootId: 'an earlier one' }));
    assert.equal(await isTaken(path), process.platform === 'linux');
  }));

test('NodeDisk.lock() takes over what a power cut made of a lock file, unless it is fresh', () =>
  inDirectory(async (root) => {
    const path = join(root, 'lock');
    for (const text of ['', '\0\0\0', '{"pid":', '{"pid":"x"}', 'null', '{"pid":1,"nonce":"../../x"}']) {
      fs.writeFileSync(path, text);
      assert.equal(await isTaken(path), false);
      fs.utimesSync(path, 1_000_000, 1_000_000);
      assert.equal(await isTaken(path), true);
      assert.deepEqual(fs.readdirSync(root), ['lock']);
    }
  }));

test('NodeDisk.lock() gives a dead lock to exactly one of many that race for it', () =>
  inDirectory(async (root) => {
    const path = join(root, 'lock');
    for (let round = 0; round < 20; round++) {
      fs.writeFileSync(path, lockText({ startTicks: 1 }));
      const takes = await Promise.all(Array.from({ length: 8 }, () => isTaken(path)));
      assert.equal(takes.filter(Boolean).length, 1, `round ${round}`);
      assert.deepEqual(fs.readdirSync(root), ['lock']);
    }
  }));

test('NodeDisk.lock() gets past a taker that died while taking over', () =>
  inDirectory(async (root) => {
    const path = join(root, 'lock');
    const pid = deadPid();
    fs.writeFileSync(path, lockText({ pid }));
    fs.writeFileSync(`${path}.0123456789abcdef`, lockText({ pid, nonce: 'fedcba9876543210' }));
    fs.writeFileSync(`${path}.fedcba9876543210.new`, lockText({ pid, nonce: 'fedcba9876543210' }));
    fs.writeFileSync(`${path}.notes`, 'not ours');
    assert.equal(await isTaken(path), true);
    assert.deepEqual(fs.readdirSync(root), ['lock', 'lock.notes']);
  }));

test('NodeDisk.lock() refuses while a living process is taking over', () =>
  inDirectory(async (root) => {
    const path = join(root, 'lock');
    fs.writeFileSync(path, lockText({ pid: deadPid() }));
    fs.writeFileSync(`${path}.0123456789abcdef`, lockText({ nonce: 'fedcba9876543210', holder: 'taker' }));
    await assert.rejects(takeLock(path, 'new', ownIdentity()), { message: /^Cannot lock '.*\/lock': held by taker / });
  }));

test('NodeDisk.lock() is released only by who holds it', () =>
  inDirectory(async (root) => {
    const path = join(root, 'lock');
    const lock = await new NodeDisk().lock(path, 'new');
    fs.writeFileSync(path, lockText({}));
    await lock.release();
    assert.deepEqual(fs.readdirSync(root), ['lock']);
  }));

test('NodeDisk: a directory that cannot be made where its parent is there is refused, once', async (t) => {
  // Linux: /proc takes no names, and says that they do not exist.
  if (process.platform !== 'linux') return t.skip('only Linux has such a directory');
  await assert.rejects(new NodeDisk().makeDirectory('/proc/contrail/store'), { code: 'DISK_NOT_FOUND' });
});
