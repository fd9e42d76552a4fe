// The one lock file of a store directory. Node.js has no flock, so the file itself says who holds it:
//
//   {"pid":4711,"startTicks":109550,"bootId":"8f1c...","host":"box","since":"2026-...Z","holder":"...","nonce":"..."}
//
// It appears complete and only where none is (link(2) of a finished temporary file). A holder whose process is gone is
// dead, and dead for good. To replace the file of a dead holder N, a taker first takes the lock `<path>.<nonce of N>` by
// these same rules: whoever has that and still finds N at `path` is the only process that may replace it, so two racing
// takers can never remove each other's fresh lock. A taker that dies on the way leaves a lock that can be taken over
// likewise. What this cannot see: a live holder on another machine, or in another process namespace, over a shared
// volume. Called by node_disk.ts only.
import { randomBytes } from 'node:crypto';
import { promises as fs, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { OperatingError } from '../base/errors.ts';
import type { DiskLock } from '../ports/disk.ts';
import { diskError, errnoOf } from './_disk_error.ts';

/** How often a lock that changes under our eyes is looked at again. */
const TRIES_MAX = 100;
/** Takers that died while taking over from takers that died... */
const DEPTH_MAX = 8;
/** A lock file without sense is one that is just being written (no hard links here) or what a power cut left. */
const UNREADABLE_AGE_MS = 5000;

/** What follows `<path>.` in the names of claims and drafts. */
const LITTER = /^([0-9a-f]{16}|unreadable)(\.[0-9a-f]{16}|\.unreadable)*(\.new)?$/;

/** What identifies a process for as long as the machine runs, and the machine's run. Null: unknown on this platform. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number | null;
  readonly bootId: string | null;
}

interface LockRecord extends ProcessIdentity {
  readonly host: string;
  readonly since: string;
  readonly holder: string;
  readonly nonce: string;
}

type Found =
  | { readonly kind: 'none' }
  | { readonly kind: 'record'; readonly record: LockRecord }
  | { readonly kind: 'unreadable'; readonly modifiedMs: number };

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTicks: processStart(process.pid)?.ticks ?? null, bootId: bootId() };
}

export async function takeLock(path: string, holder: string, self: ProcessIdentity): Promise<DiskLock> {
  const record: LockRecord = {
    pid: self.pid,
    startTicks: self.startTicks,
    bootId: self.bootId,
    host: hostname(),
    since: new Date().toISOString(),
    holder,
    nonce: randomBytes(8).toString('hex'),
  };
  try {
    await take(path, { record, path, depth: 0 });
    await removeLitter(path);
  } catch (error) {
    throw error instanceof OperatingError ? error : diskError(error, 'lock', path);
  }
  return { release: () => release(path, record.nonce) };
}

/** What a taker writes into the lock, the path it was asked for, and how many dead takers it had to pass. */
interface Attempt {
  readonly record: LockRecord;
  readonly path: string;
  readonly depth: number;
}

async function take(path: string, attempt: Attempt): Promise<void> {
  const { record } = attempt;
  const draft = `${path}.${record.nonce}.new`;
  try {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      await fs.writeFile(draft, JSON.stringify(record), { mode: 0o600 });
      if (await appear(draft, path)) return;
      const found = await lookAt(path);
      if (found.kind === 'none') continue;
      if (attempt.depth === DEPTH_MAX || (await isHeld(found, draft))) throw refusal(attempt.path, found);
      if (await replaceDead(path, draft, found, attempt)) return;
    }
    throw refusal(attempt.path, await lookAt(path));
  } finally {
    await fs.rm(draft, { force: true });
  }
}

/** Puts the finished draft at `path` unless something is there; false when it is. */
async function appear(draft: string, path: string): Promise<boolean> {
  try {
    await fs.link(draft, path);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    // ENOENT: the new holder has swept our draft away as litter; the next try writes it again.
    if (errno === 'EEXIST' || errno === 'ENOENT') return false;
    if (errno !== 'EPERM' && errno !== 'ENOTSUP' && errno !== 'EOPNOTSUPP' && errno !== 'ENOSYS') throw error;
  }
  // No hard links on this file system: exclusive creation, with a moment in which the file is empty.
  try {
    await fs.writeFile(path, await fs.readFile(draft), { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** True when `path` was the dead holder's and is ours now; false to look again. */
async function replaceDead(path: string, draft: string, dead: Found, attempt: Attempt): Promise<boolean> {
  const claim = `${path}.${identityOf(dead)}`;
  await take(claim, { ...attempt, depth: attempt.depth + 1 });
  try {
    const found = await lookAt(path);
    if (identityOf(found) !== identityOf(dead) || (await isHeld(found, draft))) return false;
    await fs.rename(draft, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  } finally {
    await release(claim, attempt.record.nonce);
  }
}

function identityOf(found: Found): string {
  return found.kind === 'record' ? found.record.nonce : found.kind;
}

async function lookAt(path: string): Promise<Found> {
  try {
    const record = decodeRecord(await fs.readFile(path, 'utf8'));
    if (record !== null) return { kind: 'record', record };
    return { kind: 'unreadable', modifiedMs: (await fs.stat(path)).mtimeMs };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { kind: 'none' };
    throw error;
  }
}

function decodeRecord(text: string): LockRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Partial<LockRecord>;
  if (typeof fields.pid !== 'number' || !Number.isSafeInteger(fields.pid) || fields.pid <= 0) return null;
  if (typeof fields.nonce !== 'string' || !/^[0-9a-f]{16}$/.test(fields.nonce)) return null;
  return {
    pid: fields.pid,
    nonce: fields.nonce,
    startTicks: typeof fields.startTicks === 'number' ? fields.startTicks : null,
    bootId: typeof fields.bootId === 'string' ? fields.bootId : null,
    host: String(fields.host ?? ''),
    since: String(fields.since ?? ''),
    holder: String(fields.holder ?? ''),
  };
}

async function isHeld(found: Found, draft: string): Promise<boolean> {
  switch (found.kind) {
    case 'none':
      return false;
    case 'record':
      return isAlive(found.record);
    case 'unreadable':
      // Measured by the file system's own clock, in both directions: the machine's clock may have jumped.
      return Math.abs((await fs.stat(draft)).mtimeMs - found.modifiedMs) < UNREADABLE_AGE_MS;
  }
}

function isAlive(holder: ProcessIdentity): boolean {
  const boot = bootId();
  if (holder.bootId !== null && boot !== null && holder.bootId !== boot) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: somebody else's process, and alive.
    return errnoOf(error) === 'EPERM' && isSameStart(holder);
  }
  return isSameStart(holder);
}

/** Process ids are given out again: only one that started when the lock's holder did is the holder. */
function isSameStart(holder: ProcessIdentity): boolean {
  const start = processStart(holder.pid);
  if (start === null) return true;
  if (start.state === 'Z' || start.state === 'X') return false;
  return holder.startTicks === null || holder.startTicks === start.ticks;
}

/** From `/proc/<pid>/stat`: `pid (name) state ... starttime ...`, the 3rd and the 22nd field. */
function processStart(pid: number): { readonly state: string; readonly ticks: number } | null {
  const text = readSystemFile(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[19]);
  return text === '' || !Number.isSafeInteger(ticks) ? null : { state: fields[0] ?? '', ticks };
}

function bootId(): string | null {
  const text = readSystemFile('/proc/sys/kernel/random/boot_id').trim();
  return text === '' ? null : text;
}

/** Empty where the platform has no such file. */
function readSystemFile(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'EACCES' || errno === 'ESRCH') return '';
    throw error;
  }
}

async function release(path: string, nonce: string): Promise<void> {
  try {
    const found = await lookAt(path);
    // While its holder lives nobody else replaces a lock, so between looking and removing it stays ours.
    if (identityOf(found) === nonce) await fs.rm(path, { force: true });
  } catch (error) {
    throw diskError(error, 'unlock', path);
  }
}

/**
 * Removes what takers that died have left. Only the holder does this: claims on holders before it decide nothing any
 * more, and whoever misses a draft writes it again.
 */
async function removeLitter(path: string): Promise<void> {
  const directory = dirname(path);
  const prefix = `${basename(path)}.`;
  for (const name of await fs.readdir(directory)) {
    if (name.startsWith(prefix) && LITTER.test(name.slice(prefix.length)))
      await fs.rm(join(directory, name), { force: true });
  }
}

function refusal(path: string, found: Found): OperatingError {
  const context: Record<string, string | number> = { path, operation: 'lock', holder: 'unknown' };
  let text = 'another process is just taking it';
  if (found.kind === 'record') {
    const { pid, host, since, holder } = found.record;
    text = `held by ${holder} (pid ${pid} on ${host}) since ${since}`;
    Object.assign(context, { holder: `${holder}, pid ${pid}, host ${host}, since ${since}`, pid, host, since });
  }
  return new OperatingError('DISK_LOCKED', `Cannot lock '${path}': ${text}`, { context });
}
