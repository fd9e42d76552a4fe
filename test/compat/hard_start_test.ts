// Starting where something is wrong, with the real process: what cannot start says so in one line that tells what to do,
// and exits 1; what is damaged on disk is named in the log and on /healthz, everything else is served, and nothing is
// deleted. Needs root for mounts and another user.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoggedProcess } from './logged_process.ts';
import {
  api,
  type Health,
  healthOf,
  inWorld,
  listing,
  publishAll,
  type Served,
  type StoreWorld,
  servedBy,
} from './store_world.ts';
import type { SweepClient } from './sweep_client.ts';

const NOBODY = 65534;
const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
const LOCAL = ['-a', '127.0.0.1', '-p', '-1'];

// --- what cannot start -----------------------------------------------------------------------------------------------

interface Refusal {
  readonly lines: readonly string[];
  readonly log: string;
}

/** The server ends with code 1; what it said beyond its normal log. */
async function refusal(process: LoggedProcess): Promise<Refusal> {
  await process.ready();
  const { code, signal } = await process.ended;
  assert.deepEqual([code, signal], [1, null], `exit code 1 was expected; it said:\n${process.log}`);
  assert.doesNotMatch(process.log, /^\s+at /m, 'a stack trace is no message');
  const lines = process.log.split('\n').filter((line) => line !== '' && !/^\[\d+\] .* \[(INF|WRN)\] /.test(line));
  return { lines, log: process.log };
}

/** One line, and these words in it. */
async function refusesInOneLine(process: LoggedProcess, ...words: readonly RegExp[]): Promise<void> {
  const { lines, log } = await refusal(process);
  assert.equal(lines.length, 1, log);
  for (const word of words) assert.match(lines[0] ?? '', word);
}

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('a port in use is named, with what to do', () =>
  inWorld(async (world) => {
    const other = await listenOn(0);
    try {
      const port = String(portOf(other));
      const plain = world.run(['-a', '127.0.0.1', '-p', port]);
      await refusesInOneLine(plain, new RegExp(`127.0.0.1:${port}`), /in use/, /choose another port \(-p/);
      const monitor = world.run([...LOCAL, '-m', port]);
      await refusesInOneLine(monitor, new RegExp(`127.0.0.1:${port}`), /in use/, /-m/);
    } finally {
      other.close();
    }
  }));

test('a server that finds its port in use leaves its store directory free', () =>
  inWorld(async (world) => {
    const other = await listenOn(0);
    const port = String(portOf(other));
    await refusal(world.run(['-a', '127.0.0.1', '-p', port, '-js', '-sd', world.store]));
    other.close();
    const { server } = await world.serve(world.store);
    assert.equal((await server.terminate()).code, 0);
  }));

test('an address that this machine does not have is named, with what to do', () =>
  inWorld(async (world) => {
    await refusesInOneLine(
      world.run(['-a', '203.0.113.77', '-p', '-1']),
      /203\.0\.113\.77/,
      /choose another one \(-a\)/,
    );
    await refusesInOneLine(world.run(['-a', 'no-such-host.invalid', '-p', '-1']), /no-such-host\.invalid/, /\(-a\)/);
  }));

test('a store directory that is a file is named, with what to do', () =>
  inWorld(async (world) => {
    writeFileSync(world.store, 'no directory');
    await refusesInOneLine(world.run([...LOCAL, '-js', '-sd', world.store]), /store/, /-sd/);
    await refusesInOneLine(world.run([...LOCAL, '-js', '-sd', join(world.store, 'deeper')]), /store/, /-sd/);
    assert.equal(readFileSync(world.store, 'utf8'), 'no directory');
  }));

test('a store directory that may not be read or written is named, with what to do', () =>
  inWorld(async (world) => {
    assert.equal(process.getuid?.(), 0, 'this test needs root, to become somebody else');
    chmodSync(world.folder, 0o755);
    mkdirSync(world.store, { mode: 0o700 });
    const flags = [...LOCAL, '-js', '-sd', world.store];
    await refusesInOneLine(
      world.run(flags, { prefix: AS_NOBODY }),
      /store/,
      /right to read and write|permission/i,
      /-sd/,
    );
    chmodSync(world.store, 0o555);
    await refusesInOneLine(
      world.run(flags, { prefix: AS_NOBODY }),
      /store/,
      /right to read and write|permission/i,
      /-sd/,
    );
  }));

test('a store directory on a file system that is read-only is named, with what to do', () =>
  inWorld(async (world) => {
    const { server } = await world.serve(world.store);
    await server.terminate();
    mount(['--bind', world.store, world.store]);
    try {
      mount(['-o', 'remount,bind,ro', world.store]);
      await refusesInOneLine(world.run([...LOCAL, '-js', '-sd', world.store]), /read-only/i, /-sd/);
    } finally {
      unmount(world.store);
    }
  }));

test('a second server on a store directory says who has it, and starts when that one was killed', () =>
  inWorld(async (world) => {
    const { server: first, client } = await world.serve(world.store, ['-n', 'first']);
    await api(client, 'STREAM.CREATE.S', { name: 'S', subjects: ['s'] });
    await publishAll(client, 's', ['one']);
    const second = world.run([...LOCAL, '-js', '-sd', world.store]);
    await refusesInOneLine(second, /'first'/, new RegExp(`pid ${first.pid}`), /stop that server/);
    assert.deepEqual(await servedBy(client), { S: ['1 s one'] });
    await first.kill();
    const third = await world.serve(world.store);
    assert.deepEqual(await servedBy(third.client), { S: ['1 s one'] });
  }));

test('a configuration file that is wrong is named with its place', () =>
  inWorld(async (world) => {
    const path = join(world.folder, 'bad.conf');
    writeFileSync(path, 'port: -1\njetstream { store_dir: "/x"\n');
    await refusesInOneLine(world.run(['-c', path]), /bad\.conf:\d+:\d+/);
    writeFileSync(path, 'port: -1\nnonsense: 3\n');
    await refusesInOneLine(world.run(['-c', path]), /bad\.conf:2:\d+: unknown field "nonsense"/);
    await refusesInOneLine(world.run(['-c', join(world.folder, 'absent.conf')]), /absent\.conf: no such file/);
  }));

test('an unknown flag is named, and where the known ones are', () =>
  inWorld(async (world) => {
    const { lines } = await refusal(world.run(['--nonsense']));
    assert.deepEqual(lines, [
      "contrail-server: flag provided but not defined: -nonsense ('contrail-server --help' shows the flags)",
    ]);
    await refusesInOneLine(world.run(['-p', 'many']), /"many"/);
  }));

// --- a full disk -----------------------------------------------------------------------------------------------------

function mount(words: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', words, { encoding: 'utf8' });
  assert.equal(status, 0, `mount ${words.join(' ')}: ${stderr} (this test needs root, to mount)`);
}

function unmount(path: string): void {
  spawnSync('umount', ['-l', path]);
}

/** A publish and what became of it; null while nobody answered. */
interface Attempt {
  readonly payload: string;
  answer: { readonly seq?: number; readonly error?: { readonly err_code: number } } | null;
}

const BIG_BYTES = 100_000;
const UNANSWERED_AFTER_MS = 1500;
const RESUME_DEADLINE_MS = 15_000;

async function attempt(client: SweepClient, payload: string): Promise<Attempt> {
  const made: Attempt = { payload, answer: null };
  const answered = client.request('s', payload).then(({ payload: text }) => {
    made.answer = JSON.parse(text) as NonNullable<Attempt['answer']>;
  });
  answered.catch(() => undefined);
  client.flush();
  await Promise.race([answered, delay(UNANSWERED_AFTER_MS)]);
  return made;
}

/** Publishes until one is not stored: all attempts. */
async function fillUp(client: SweepClient): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (let i = 0; i < 200; i++) {
    const made = await attempt(client, `${i}:`.padEnd(BIG_BYTES, 'x'));
    attempts.push(made);
    if (made.answer?.seq === undefined || made.answer.seq === 0) return attempts;
  }
  throw new Error('The file system does not get full');
}

function storedBy(attempts: readonly Attempt[]): string[] {
  return attempts.flatMap(({ payload, answer }) =>
    answer?.error === undefined && answer?.seq !== undefined ? [`${answer.seq} s ${payload}`] : [],
  );
}

/** Publishes until one is stored. */
async function untilStored(client: SweepClient, attempts: Attempt[]): Promise<void> {
  const deadline = performance.now() + RESUME_DEADLINE_MS;
  while (performance.now() < deadline) {
    const made = await attempt(client, `again ${attempts.length}`);
    attempts.push(made);
    if (storedBy([made]).length > 0) return;
    await delay(100);
  }
  throw new Error('There is space again, and nothing is stored');
}

test('a full disk refuses messages, loses none, and takes them again when there is space', () =>
  inWorld(async (world) => {
    mkdirSync(world.store);
    mount(['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', world.store]);
    try {
      const { server, client } = await world.serve(world.store);
      await api(client, 'STREAM.CREATE.S', { name: 'S', subjects: ['s'] });
      const ballast = join(world.store, 'ballast');
      writeFileSync(ballast, Buffer.alloc(6_000_000));
      const attempts = await fillUp(client);
      const refused = await attempt(client, 'refused');
      assert.ok(refused.answer?.error !== undefined, `an error was expected: ${JSON.stringify(refused.answer)}`);
      const full = await healthOf(server);
      assert.equal(full.status, 503, full.text);
      assert.match(full.text, /no space|ENOSPC/i);
      assert.ok((await servedBy(client))['S']?.join() === storedBy(attempts).join(), 'a full disk can be read');
      rmSync(ballast);
      await untilStored(client, attempts);
      assert.equal((await healthOf(server)).status, 200);
      assert.ok((await servedBy(client))['S']?.join() === storedBy(attempts).join(), 'nothing is lost or twice');
      await server.kill();
      const again = await world.serve(world.store);
      assert.ok((await servedBy(again.client))['S']?.join() === storedBy(attempts).join(), 'nor after a kill');
    } finally {
      unmount(world.store);
    }
  }));

test('a server starts on a full disk and serves what is there', () =>
  inWorld(async (world) => {
    mkdirSync(world.store);
    mount(['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', world.store]);
    try {
      const { server, client } = await world.serve(world.store);
      await api(client, 'STREAM.CREATE.S', { name: 'S', subjects: ['s'] });
      await publishAll(client, 's', ['one', 'two']);
      await server.terminate();
      spawnSync('dd', ['if=/dev/zero', `of=${join(world.store, 'ballast')}`, 'bs=4k']);
      const again = world.run([...LOCAL, '-js', '-sd', world.store]);
      const port = await again.ready();
      // Without space for its lock a server cannot be sure to be the only one; with it, it serves.
      if (port === null) await refusesInOneLine(again, /no space/i, /free some space/);
      else assert.deepEqual(await servedBy(await world.connect(again)), { S: ['1 s one', '2 s two'] });
      rmSync(join(world.store, 'ballast'));
      await again.terminate();
      const later = await world.serve(world.store);
      assert.deepEqual(await servedBy(later.client), { S: ['1 s one', '2 s two'] });
    } finally {
      unmount(world.store);
    }
  }));

// --- a damaged store -------------------------------------------------------------------------------------------------

const BLOCKS = 'jetstream/$G/streams/HURT/msgs';
const HURT = 'jetstream/$G/streams/HURT';

type End = 'stopped' | 'killed';

/** A stream of several blocks to be hurt, with a consumer; one that stays well. */
async function makeStore(world: StoreWorld, end: End): Promise<Served> {
  const { server, client } = await world.serve(world.store);
  await api(client, 'STREAM.CREATE.HURT', { name: 'HURT', subjects: ['hurt'], max_bytes: 120_000 });
  await api(client, 'STREAM.CREATE.WELL', { name: 'WELL', subjects: ['well'] });
  await publishAll(
    client,
    'hurt',
    Array.from({ length: 80 }, (_, i) => `${i + 1}:`.padEnd(1000, 'h')),
  );
  await publishAll(client, 'well', ['one', 'two', 'three']);
  for (const stream of ['HURT', 'WELL']) {
    const config = { durable_name: 'c', ack_policy: 'explicit' };
    await api(client, `CONSUMER.CREATE.${stream}.c`, { stream_name: stream, config });
    const got = client.requestMany(`$JS.API.CONSUMER.MSG.NEXT.${stream}.c`, JSON.stringify({ batch: 2 }), 2);
    client.flush();
    for (const { reply } of await got) {
      const acked = client.request(reply, '+ACK');
      client.flush();
      await acked;
    }
  }
  const served = await servedBy(client);
  if (end === 'killed') await server.kill();
  else assert.equal((await server.terminate()).code, 0);
  return served;
}

interface Found {
  readonly served: Served;
  readonly log: string;
  readonly health: Health;
  /** Ack floor of the consumer, null without one. */
  readonly floor: (stream: string) => number | null;
}

/** Starts on a copy that `damage` was done to; checks what must hold for any damage, and returns what was found. */
async function startDamaged(world: StoreWorld, whole: Served, damage: (store: string) => void): Promise<Found> {
  const store = world.copy(world.store, `hurt-${world.nextNumber()}`);
  damage(store);
  const before = listing(store);
  const { server, client } = await world.serve(store);
  const served = await servedBy(client);
  const health = await healthOf(server);
  const floors = new Map<string, number>();
  for (const stream of Object.keys(served)) {
    const info = await api<{ ack_floor?: { stream_seq: number } }>(client, `CONSUMER.INFO.${stream}.c`);
    if (info.ack_floor !== undefined) floors.set(stream, info.ack_floor.stream_seq);
  }
  assert.deepEqual(served['WELL'], whole['WELL'], 'a stream that is not damaged is served whole');
  assert.equal(floors.get('WELL'), 2, 'and so are its consumers');
  const answers = await publishAll(client, 'well', ['four']);
  assert.match(answers[0] ?? '', /"seq":4/);
  const known = new Set(whole['HURT']);
  for (const message of served['HURT'] ?? []) assert.ok(known.has(message), `${message.slice(0, 40)} was never stored`);
  if (served['HURT'] !== undefined) {
    const { state } = await api<{ state: { lost?: { msgs: number[] } } }>(client, 'STREAM.INFO.HURT');
    assert.deepEqual(state.lost?.msgs ?? [], missing(whole, served), `what is lost is named:\n${server.log}`);
  } else {
    const config = { name: 'HURT', subjects: ['hurt'] };
    const { error } = await api<{ error?: { description: string } }>(client, 'STREAM.CREATE.HURT', config);
    assert.match(error?.description ?? '', /left alone.*move it away/, 'nobody takes the name of what is left alone');
  }
  assert.equal((await server.terminate()).code, 0);
  const after = listing(store);
  // The lock is the server's that has it; it goes with an orderly stop.
  for (const path of before.keys()) assert.ok(after.has(path) || path === 'contrail.lock', `'${path}' was deleted`);
  return { served, log: server.log, health, floor: (stream) => floors.get(stream) ?? null };
}

/** Named in the log, and on /healthz until somebody has looked. */
function isNamed({ log, health }: Found, words: RegExp): void {
  const complaints = log.split('\n').filter((line) => /\[(ERR|WRN)\]/.test(line));
  assert.ok(
    complaints.some((line) => words.test(line)),
    `the log names ${words}:\n${log}`,
  );
  assert.equal(health.status, 503, `${health.text}\n${log}`);
  assert.match(health.text, words);
}

function flipBit(path: string, at: number): void {
  const bytes = readFileSync(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = (bytes[index] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
}

/** The sequences of `whole` that are not served. */
function missing(whole: Served, served: Served): number[] {
  const there = new Set(served['HURT']);
  return (whole['HURT'] ?? []).filter((message) => !there.has(message)).map((message) => Number(message.split(' ')[0]));
}

async function inStore(body: (world: StoreWorld, whole: Served) => Promise<void>, end: End = 'stopped'): Promise<void> {
  await inWorld(async (world) => body(world, await makeStore(world, end)));
}

test('one flipped bit in a block costs that message and no other', () =>
  inStore(async (world, whole) => {
    const found = await startDamaged(world, whole, (store) => flipBit(join(store, BLOCKS, '2.blk'), 5500));
    const lost = missing(whole, found.served);
    assert.equal(lost.length, 1, `lost: ${lost.join(' ')}`);
    isNamed(found, /HURT/);
  }));

test('a block that ends early costs what is cut off, in the middle of the stream and at its end', () =>
  inStore(async (world, whole) => {
    const middle = await startDamaged(world, whole, (store) => truncateSync(join(store, BLOCKS, '2.blk'), 5500));
    assert.ok(missing(whole, middle.served).length < 32);
    assert.ok(missing(whole, middle.served).length > 0);
    isNamed(middle, /HURT/);
    const last = await startDamaged(world, whole, (store) => truncateLast(store, 700));
    assert.deepEqual(missing(whole, last.served), [80]);
    isNamed(last, /HURT/);
  }));

function truncateLast(store: string, bytes: number): void {
  const names = [...listing(join(store, BLOCKS)).keys()].filter((name) => name.endsWith('.blk'));
  const last = names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).at(-1) ?? '';
  const path = join(store, BLOCKS, last);
  truncateSync(path, readFileSync(path).length - bytes);
}

const BLOCK_DAMAGES: readonly (readonly [string, (path: string) => void])[] = [
  ['an empty block', (path) => truncateSync(path, 0)],
  ['a block that is gone', (path) => rmSync(path)],
  ['a block of nonsense', (path) => writeFileSync(path, Buffer.alloc(readFileSync(path).length, 0x55))],
  [
    'a block whose place is taken by something else',
    (path) => {
      rmSync(path);
      mkdirSync(path);
    },
  ],
];

for (const end of ['stopped', 'killed'] as const) {
  for (const [what, damage] of BLOCK_DAMAGES) {
    test(`${what} costs its messages, in a store that was ${end}`, () =>
      inStore(async (world, whole) => {
        const found = await startDamaged(world, whole, (store) => damage(join(store, BLOCKS, '2.blk')));
        const lost = missing(whole, found.served);
        assert.ok(lost.length > 10 && lost.length < 40, `lost: ${lost.join(' ')}`);
        isNamed(found, /HURT/);
        assert.match(found.log, /\[ERR\].*2\.blk/);
      }, end));
  }
}

test('the first and the last block are missed, too', () =>
  inStore(async (world, whole) => {
    const first = await startDamaged(world, whole, (store) => rmSync(join(store, BLOCKS, '1.blk')));
    assert.equal(missing(whole, first.served)[0], 1);
    isNamed(first, /HURT/);
    const last = await startDamaged(world, whole, (store) => rmSync(join(store, BLOCKS, '3.blk')));
    assert.equal(missing(whole, last.served).at(-1), 80);
    isNamed(last, /HURT/);
  }));

test('an empty block that nobody wrote to costs nothing', () =>
  inStore(async (world, whole) => {
    const found = await startDamaged(world, whole, (store) => writeFileSync(join(store, BLOCKS, '99.blk'), ''));
    assert.deepEqual(missing(whole, found.served), []);
    assert.equal(found.health.status, 200, found.health.text);
  }));

test('a damaged configuration leaves its stream alone, untouched', () =>
  inStore(async (world, whole) => {
    for (const [file, damage] of [
      ['meta.inf', (path: string) => flipBit(path, 40)],
      ['meta.sum', (path: string) => flipBit(path, 3)],
      ['meta.inf', (path: string) => writeFileSync(path, '')],
      ['meta.sum', (path: string) => rmSync(path)],
      ['meta.inf', (path: string) => rmSync(path)],
    ] as const) {
      let untouched = new Map<string, Buffer | null>();
      let place = '';
      const found = await startDamaged(world, whole, (store) => {
        damage(join(store, HURT, file));
        place = join(store, HURT);
        untouched = listing(place);
      });
      assert.equal(found.served['HURT'], undefined);
      isNamed(found, /HURT/);
      assert.deepEqual(listing(place), untouched);
    }
  }));

test('a damaged or missing index is made anew from the blocks', () =>
  inStore(async (world, whole) => {
    for (const damage of [
      (path: string) => flipBit(path, 20),
      (path: string) => truncateSync(path, 10),
      (path: string) => writeFileSync(path, 'nonsense'),
    ]) {
      const found = await startDamaged(world, whole, (store) => damage(join(store, BLOCKS, 'index.db')));
      assert.deepEqual(missing(whole, found.served), []);
      assert.match(found.log, /\[WRN\].*(HURT|index\.db)/);
      assert.equal(found.health.status, 200, found.health.text);
    }
  }));

test('a damaged consumer state is named, kept beside, and its consumer begins anew', () =>
  inStore(async (world, whole) => {
    const found = await startDamaged(world, whole, (store) =>
      writeFileSync(join(store, HURT, 'obs/c/o.dat'), 'nonsense'),
    );
    assert.deepEqual(missing(whole, found.served), []);
    assert.equal(found.floor('HURT'), 0);
    isNamed(found, /'c'/);
  }));

test('a damaged consumer configuration leaves its consumer alone', () =>
  inStore(async (world, whole) => {
    const found = await startDamaged(world, whole, (store) => flipBit(join(store, HURT, 'obs/c/meta.inf'), 30));
    assert.deepEqual(missing(whole, found.served), []);
    assert.equal(found.floor('HURT'), null);
    isNamed(found, /'c'/);
  }));

test('stray files and unknown directories stay where they are', () =>
  inStore(async (world, whole) => {
    const found = await startDamaged(world, whole, (store) => {
      for (const place of ['', 'jetstream', 'jetstream/$G', 'jetstream/$G/streams', HURT, BLOCKS, `${HURT}/obs`]) {
        writeFileSync(join(store, place, 'notes.txt'), 'a note');
        writeFileSync(join(store, place, '7.blk.old'), 'a copy');
        mkdirSync(join(store, place, 'lost+found'));
        writeFileSync(join(store, place, 'lost+found', 'something'), 'found');
      }
      cpSync(join(store, BLOCKS, '1.blk'), join(store, BLOCKS, 'copy of 1.blk'));
    });
    assert.deepEqual(missing(whole, found.served), []);
    assert.deepEqual(Object.keys(found.served).sort(), ['HURT', 'WELL']);
  }));

test('what the operating system does not let us read is left alone, the other streams are served', () =>
  inStore(async (world, whole) => {
    const { store } = world;
    giveAway(world.folder);
    for (const [place, mode] of [
      [`${BLOCKS}/2.blk`, 0o600],
      [BLOCKS, 0o700],
      [HURT, 0o700],
    ] as const) {
      const path = join(store, place);
      chownSync(path, 0, 0);
      chmodSync(path, mode);
      const server = world.run([...LOCAL, '-m', '-1', '-js', '-sd', store], { prefix: AS_NOBODY });
      const client = await world.connect(server);
      assert.deepEqual(await servedBy(client), { WELL: whole['WELL'] });
      const health = await healthOf(server);
      assert.equal(health.status, 503);
      assert.match(health.text, /HURT.*could not be recovered/);
      assert.match(server.log, /\[ERR\].*'HURT'.*left alone.*permission denied/);
      assert.equal((await server.terminate()).code, 0);
      chownSync(path, NOBODY, NOBODY);
    }
    const { client } = await world.serve(store);
    assert.deepEqual(await servedBy(client), whole, 'with the right to read it everything is there again');
  }));

function giveAway(folder: string): void {
  chmodSync(folder, 0o755);
  for (const path of ['', ...listing(folder).keys()]) chownSync(join(folder, path), NOBODY, NOBODY);
}
