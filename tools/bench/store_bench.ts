// How fast the file store is by itself, without clients: the cost of append(), durable records a second, one at a time,
// the disk's own sync rate, opening again, and memory. Run: node dist/tools/bench/store_bench.js [messages] [payload bytes]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SILENT_LOGGER } from '../../src/base/log.ts';
import { NodeClock } from '../../src/node/node_clock.ts';
import { NodeDisk } from '../../src/node/node_disk.ts';
import { NodeEntropy } from '../../src/node/node_entropy.ts';
import { Message } from '../../src/ports/message.ts';
import type { FileStreamStore, SyncPolicy } from '../../src/store/file/file_stream_store.ts';
import { FileStorage } from '../../src/store/file/storage.ts';
import { NO_LIMITS } from '../../src/store/retention.ts';
import { StoredMessage } from '../../src/store/stream_store.ts';

const MESSAGES = Number(process.argv[2] ?? 1_000_000);
const PAYLOAD = Number(process.argv[3] ?? 128);
/** Messages appended in one turn of the loop: about what a chunk of a socket holds. */
const TURN = 400;
/** Records on the way, as with a publisher's window. */
const PENDING_MAX = 10_000;

const disk = new NodeDisk();
const message = new Message();
const encoder = new TextEncoder();

function say(what: string, value: string): void {
  console.log(`${what.padEnd(46)} ${value}`);
}

function open(directory: string, sync: SyncPolicy): Promise<FileStreamStore> {
  const storage = new FileStorage({
    disk,
    clock: new NodeClock(),
    entropy: new NodeEntropy(),
    log: SILENT_LOGGER,
    sync,
  });
  return storage.openStream({ name: 'BENCH', directory, limits: NO_LIMITS, blockBytesMax: 8 * 1024 * 1024 });
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Appends in turns, as a server does, and waits while too much is on the way. */
async function appendAll(store: FileStreamStore, subjects: readonly Uint8Array[], count: number): Promise<void> {
  let appended = 0;
  await new Promise<void>((resolve) => {
    const turn = (): void => {
      if (store.sequenceDurable >= count) {
        resolve();
        return;
      }
      for (let i = 0; i < TURN && appended < count && appended - store.sequenceDurable < PENDING_MAX; i++) {
        const subject = subjects[appended % subjects.length] as Uint8Array;
        message.subject = subject;
        message.subjectEnd = subject.length;
        store.append(message, 400_000_000, appended++);
      }
      setImmediate(turn);
    };
    turn();
  });
}

async function appendRow(name: string, sync: SyncPolicy, subjectCount: number, root: string): Promise<void> {
  const directory = join(root, name.replaceAll(/[^a-z0-9]/g, '_'));
  const store = await open(directory, sync);
  const subjects = Array.from({ length: subjectCount }, (_, i) => encoder.encode(`bench.subject.${i}`));
  const start = performance.now();
  const cpu = cpuMicros();
  await appendAll(store, subjects, MESSAGES);
  const seconds = (performance.now() - start) / 1000;
  const micros = cpuMicros() - cpu;
  say(name, `${Math.round(MESSAGES / seconds)} /s   ${((micros * 1000) / MESSAGES).toFixed(0)} ns CPU each`);
  await store.close();
}

/** Only append() itself: nothing is committed in between, as the loop never turns. */
async function appendCost(root: string): Promise<void> {
  const store = await open(join(root, 'cost'), 'always');
  const subject = encoder.encode('bench.subject');
  message.subject = subject;
  message.subjectEnd = subject.length;
  // Twelve megabytes fit the arena, so that it is the hot path that is measured.
  const count = Math.floor(12_000_000 / (PAYLOAD + 60));
  for (let round = 0; round < 6; round++) {
    const cpu = cpuMicros();
    for (let i = 0; i < count; i++) store.append(message, 400_000_000, i);
    const nanos = ((cpuMicros() - cpu) * 1000) / count;
    if (round === 5) say(`append(), ${PAYLOAD} B`, `${nanos.toFixed(0)} ns CPU`);
    await store.flush();
  }
  await store.close();
}

async function oneByOne(sync: SyncPolicy, root: string): Promise<void> {
  const store = await open(join(root, `single_${sync}`), sync);
  const count = 2000;
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const sequence = store.append(message, 400_000_000, i);
    await new Promise<void>((resolve) => store.whenDurable(sequence, resolve));
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const [half, most] = [times[count >> 1] ?? 0, times[Math.floor(count * 0.99)] ?? 0];
  say(`one at a time, sync ${sync}`, `p50 ${(half * 1000).toFixed(0)} us   p99 ${(most * 1000).toFixed(0)} us`);
  await store.close();
}

async function syncRate(root: string): Promise<void> {
  const file = await disk.open(join(root, 'probe'), 'write');
  const bytes = new Uint8Array(200);
  const count = 1000;
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    await new Promise<void>((resolve) => file.write(bytes, i * 200, () => file.sync(() => resolve())));
  }
  say('the disk: write 200 B and fdatasync', `${Math.round((count * 1000) / (performance.now() - start))} /s`);
  await new Promise<void>((resolve) => file.close(() => resolve()));
}

async function reopen(root: string): Promise<void> {
  const directory = join(root, 'reopen');
  const writer = await open(directory, 120_000);
  const subjects = Array.from({ length: 1000 }, (_, i) => encoder.encode(`bench.subject.${i}`));
  await appendAll(writer, subjects, MESSAGES);
  await writer.close();
  global.gc?.();
  const before = process.memoryUsage();
  let start = performance.now();
  let store = await open(directory, 'always');
  say(`opening ${MESSAGES} messages, closed cleanly`, `${((performance.now() - start) / 1000).toFixed(2)} s`);
  global.gc?.();
  const after = process.memoryUsage();
  const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  say('memory of its index', `${(bytes / MESSAGES).toFixed(1)} B a message`);
  await readAll(store);
  await store.close();
  await rm(join(directory, 'msgs', 'index.db'));
  start = performance.now();
  store = await open(directory, 'always');
  say(`opening ${MESSAGES} messages, every checksum`, `${((performance.now() - start) / 1000).toFixed(2)} s`);
  await store.close();
}

async function readAll(store: FileStreamStore): Promise<void> {
  const into = new StoredMessage();
  const start = performance.now();
  const cpu = cpuMicros();
  let read = 0;
  for (let sequence = 1; sequence <= MESSAGES; ) {
    if (store.read(sequence, into) === 0) {
      read++;
      sequence++;
    } else await new Promise<void>((resolve) => store.load(sequence, resolve));
  }
  const seconds = (performance.now() - start) / 1000;
  const nanos = ((cpuMicros() - cpu) * 1000) / MESSAGES;
  say(`reading ${read} in order`, `${Math.round(read / seconds)} /s   ${nanos.toFixed(0)} ns CPU each`);
}

const root = await mkdtemp(join(process.env.CONTRAIL_BENCH_DIR ?? tmpdir(), 'contrail-store-bench-'));
try {
  message.body = new Uint8Array(PAYLOAD).fill(120);
  message.payloadEnd = PAYLOAD;
  await appendCost(root);
  await appendRow('appended and durable, fdatasync, 1 subject', 'always', 1, root);
  await appendRow('appended and durable, fdatasync, 1000 subjects', 'always', 1000, root);
  await appendRow('appended and written, sync every 2 min', 120_000, 1, root);
  await oneByOne('always', root);
  await oneByOne(120_000, root);
  await syncRate(root);
  await reopen(root);
} finally {
  await rm(root, { recursive: true, force: true });
}
