// Commands on object buckets against our own server within this process.
import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { startCommand } from '../testing_terminal.ts';
import { fileNameOf, objectName } from './object/object_name.ts';

const folder = mkdtempSync(join(tmpdir(), 'contrail-object-'));
let server: CliServer;
const { ok, json, refusal } = commandsOn(() => server.url);

function bytes(length: number): Buffer {
  const made = Buffer.alloc(length);
  // A sequence that has every byte and repeats at no power of two.
  for (let at = 0; at < length; at++) made[at] = (at * 31 + Math.floor(at / 251)) & 0xff;
  return made;
}

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

before(async () => {
  server = await startCliServer();
  await ok('object', 'add', 'FILES', '--description', 'Files');
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(words: readonly string[], input?: string) {
  return startCommand(words, { environment: { NATS_URL: server.url }, ...(input === undefined ? {} : { input }) });
}

test('a new bucket is shown with what it keeps, and an edit changes what is named', async () => {
  const output = await ok('obj', 'add', 'KEPT', '--ttl', '1d', '--max-bucket-size', '10MB', '--metadata', 'team=a');
  for (const line of [
    /^Information for Object Store Bucket KEPT created /,
    / TTL: 1d0h0m0s\n/,
    / Sealed: false\n/,
    / Maximum Bucket Size: 10 MiB\n/,
    / JetStream Stream: OBJ_KEPT\n/,
    / Metadata: team: a\n/,
  ]) {
    assert.match(output, line);
  }
  const { config } = await json('object', 'edit', 'KEPT', '--max-bucket-size', '20MB');
  assert.deepEqual(
    [config.max_bytes, config.max_age, config.subjects],
    [20 * 1024 * 1024, 86_400e9, ['$O.KEPT.C.>', '$O.KEPT.M.>']],
  );
});

test('a file comes back as it was, in chunks of any size', async () => {
  const content = bytes(300_001);
  const path = file('large.bin', content);
  const whole = await json('object', 'put', 'FILES', path, '--name', 'whole');
  const small = await json('object', 'put', 'FILES', path, '--name', 'folder/small', '--chunk-size', '1000');
  assert.deepEqual([whole.size, whole.chunks, small.size, small.chunks], [300_001, 3, 300_001, 301]);
  assert.equal(whole.digest, small.digest);
  for (const name of ['whole', 'folder/small']) {
    const target = join(folder, `${fileNameOf(name)}.out`);
    const { file: written } = await json('object', 'get', 'FILES', name, '--output', target);
    assert.equal(written, target);
    assert.ok(readFileSync(target).equals(content), name);
  }
  const { state } = await json('object', 'info', 'FILES');
  assert.equal(state.consumer_count, 0, 'a consumer is left behind');
});

test('an empty file and standard input are objects too', async () => {
  await ok('object', 'put', 'FILES', file('empty', ''), '--name', 'empty');
  const target = join(folder, 'empty.out');
  assert.match(await ok('object', 'get', 'FILES', 'empty', '-O', target), /^Wrote: 0 B to .*empty\.out in /);
  assert.equal(statSync(target).size, 0);
  assert.equal((await start(['object', 'put', 'FILES', '--name', 'piped'], 'from a pipe').ended).code, 0);
  await ok('object', 'get', 'FILES', 'piped', '-O', target, '--force');
  assert.equal(readFileSync(target, 'utf8'), 'from a pipe');
});

test('what is known of an object is shown, its headers too', async () => {
  const path = file('note.txt', 'hello\n');
  const words = ['--name', './notes//note.txt', '--description', 'A note', '-H', 'A: b', '-H', 'A: c'];
  const output = await ok('object', 'put', 'FILES', path, ...words);
  assert.match(output, /^\nObject information for FILES > notes\/note\.txt\n\n/);
  const digest = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03';
  for (const line of [/ Description: A note\n/, / Size: 6 B\n/, / Chunks: 1\n/, / Headers: A: b\n +A: c\n/]) {
    assert.match(output, line);
  }
  assert.ok(output.includes(` Digest: SHA-256 ${digest}\n`));
  const entry = await json('object', 'info', 'FILES', 'notes/note.txt');
  assert.deepEqual([entry.name, entry.size, entry.headers.A, entry.deleted], ['notes/note.txt', 6, ['b', 'c'], false]);
});

test('ls shows buckets and what is in one', async () => {
  const names = (await json('object', 'ls')).map(({ bucket }: { bucket: string }) => bucket);
  assert.ok(names.includes('FILES'));
  await ok('object', 'add', 'LISTED');
  assert.equal(await ok('object', 'ls', 'LISTED'), 'No entries found\n');
  for (const name of ['one', 'two', 'three']) {
    await ok('object', 'put', 'LISTED', file(name, name), '--name', name);
  }
  await ok('object', 'del', 'LISTED', 'two', '--force');
  assert.equal(await ok('object', 'ls', 'LISTED', '--names'), 'one\nthree\n');
  assert.match(
    await ok('object', 'ls', 'LISTED'),
    /Bucket Contents[\s\S]*│ one {3}│ 3 B {2}│[\s\S]*│ three │ 5 B {2}│/,
  );
  assert.match(await ok('object', 'ls'), /│ FILES +│ Files +│/);
});

test('nothing is replaced without being asked for, here or there', async () => {
  const path = file('twice', 'first');
  await ok('object', 'put', 'FILES', path, '--name', 'twice');
  assert.match(
    await refusal('object', 'put', 'FILES', path, '--name', 'twice'),
    /Replace existing file FILES > twice\? .* say --force/,
  );
  const { state } = await json('object', 'info', 'FILES');
  await ok('object', 'put', 'FILES', file('twice', 'again'), '--name', 'twice', '--force');
  const now = await json('object', 'info', 'FILES');
  assert.equal(now.state.messages, state.messages, 'the chunks of before are still there');
  const target = file('target', 'mine');
  assert.match(
    await refusal('object', 'get', 'FILES', 'twice', '-O', target),
    /Replace existing target file .*target\?/,
  );
  assert.equal(readFileSync(target, 'utf8'), 'mine');
  chmodSync(target, 0o640);
  const link = join(folder, 'link');
  symlinkSync(target, link);
  await ok('object', 'get', 'FILES', 'twice', '-O', link, '-f');
  assert.equal(readFileSync(target, 'utf8'), 'again');
  assert.equal(statSync(target).mode & 0o777, 0o640);
  assert.match(
    await refusal('object', 'get', 'FILES', 'twice', '-O', folder),
    /is a folder: name a file with --output/,
  );
});

test('an object of which chunks are lost or changed is not written', async () => {
  const path = file('damaged', bytes(5000));
  await ok('object', 'put', 'FILES', path, '--name', 'short', '--chunk-size', '1000');
  const { nuid } = await json('object', 'info', 'FILES', 'short');
  const { last_seq: last } = (await json('stream', 'state', 'OBJ_FILES')).state;
  await ok('stream', 'rmm', 'OBJ_FILES', String(last - 2), '--force');
  const target = join(folder, 'never');
  const error = await refusal('object', 'get', 'FILES', 'short', '-O', target);
  assert.match(error, /only 3\.9 KiB of the 4\.9 KiB of 'short' are there/);
  await ok('req', `$O.FILES.C.${nuid}`, 'x'.repeat(1000));
  assert.match(
    await refusal('object', 'get', 'FILES', 'short', '-O', target),
    /'short' is damaged: its digest does not/,
  );
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('never')),
    [],
  );
});

test('a link leads to its object, one to a bucket nowhere', async () => {
  await ok('object', 'put', 'FILES', file('real', 'content'), '--name', 'real');
  const link = (name: string, target: object): Promise<string> => {
    const meta = JSON.stringify({ name, bucket: 'FILES', options: { link: target } });
    return ok('req', `$O.FILES.M.${Buffer.from(name).toString('base64url')}`, meta);
  };
  await link('linked', { bucket: 'FILES', name: 'real' });
  const target = join(folder, 'linked.out');
  await ok('object', 'get', 'FILES', 'linked', '-O', target);
  assert.equal(readFileSync(target, 'utf8'), 'content');
  assert.match(await ok('object', 'info', 'FILES', 'linked'), / Link: FILES > real\n/);
  await link('bucket', { bucket: 'OTHER' });
  assert.match(
    await refusal('object', 'get', 'FILES', 'bucket'),
    /is a link to bucket OTHER: 'contrail object ls OTHER'/,
  );
  await link('broken', { bucket: 'MISSING', name: 'x' });
  assert.match(await refusal('object', 'get', 'FILES', 'broken'), /unknown bucket 'MISSING'/);
});

test('del and seal say what they are about before they do it', async () => {
  await ok('object', 'add', 'GONE');
  for (const name of ['one', 'two']) await ok('object', 'put', 'GONE', file(name, name), '--name', name);
  assert.equal(await ok('object', 'del', 'GONE', 'one', '--dry-run'), 'Would remove GONE > one (3 B in 1 chunk)\n');
  assert.match(await refusal('object', 'del', 'GONE', 'one'), /Delete 3 B byte file GONE > one\? .* say --force/);
  assert.match(
    await ok('object', 'rm', 'GONE', 'one', '-f'),
    /^Removed GONE > one\nInformation for Object Store Bucket/,
  );
  assert.match(await refusal('object', 'get', 'GONE', 'one'), /'one' has been deleted/);
  assert.match(await ok('object', 'seal', 'GONE', '--dry-run'), /^Would seal bucket GONE with 1 object \(\d+ B\)\n$/);
  assert.match(await refusal('object', 'seal', 'GONE'), /can not be unsealed or modified\? .* say --force/);
  assert.match(await ok('object', 'seal', 'GONE', '--force'), /^GONE has been sealed\n[\s\S]* Sealed: true\n/);
  const error = await refusal('object', 'put', 'GONE', file('late', 'x'), '--name', 'late');
  assert.match(error, /sealed stream \(10109\): what is sealed stays as it is/);
  assert.deepEqual((await json('object', 'del', 'GONE', '--dry-run')).objects, 1);
  assert.match(await refusal('object', 'del', 'GONE'), /Delete bucket GONE and all its files\? .* say --force/);
  assert.match(await ok('object', 'del', 'GONE', '-f'), /^Deleted bucket GONE with 1 object /);
});

test('watch shows what is there, what comes and what goes', async () => {
  await ok('object', 'add', 'LIVE');
  await ok('object', 'put', 'LIVE', file('old', 'old'), '--name', 'old');
  const running = start(['object', 'watch', 'LIVE']);
  await running.terminal.shows('PUT LIVE > old: 3 B bytes in 1 chunks');
  await ok('object', 'put', 'LIVE', file('new', 'newer'), '--name', 'new');
  await running.terminal.shows('PUT LIVE > new: 5 B bytes in 1 chunks');
  await ok('object', 'del', 'LIVE', 'old', '-f');
  await running.terminal.shows('DEL LIVE > old');
  running.terminal.interrupt();
  assert.equal((await running.ended).code, 130);
});

test('what cannot be put or is not there is refused with what to type', async () => {
  const rows: [RegExp, ...string[]][] = [
    [/<bucket> 'a\.b' can be no bucket's name/, 'object', 'add', 'a.b'],
    [/--name is required when reading from stdin/, 'object', 'put', 'FILES'],
    [/<file> '\/nonexistent': there is no such file/, 'object', 'put', 'FILES', '/nonexistent'],
    [/<file> '\/tmp' is a folder/, 'object', 'put', 'FILES', '/tmp'],
    [/--header 'nothing' is no header/, 'object', 'put', 'FILES', '/etc/hosts', '-H', 'nothing'],
    [/--chunk-size must be 1 byte or more/, 'object', 'put', 'FILES', '/etc/hosts', '--chunk-size', '-1'],
    [/--chunk-size 'x' is no size/, 'object', 'put', 'FILES', '/etc/hosts', '--chunk-size', 'x'],
    [
      /object not found: 'hole' \(did you mean 'whole'\?\); 'contrail object ls FILES'/,
      'object',
      'get',
      'FILES',
      'hole',
    ],
    [/unknown bucket 'FILE' \(did you mean 'FILES'\?\); 'contrail object ls'/, 'object', 'ls', 'FILE'],
    [/'contrail object add NOPE' makes it/, 'object', 'info', 'NOPE'],
    [/'contrail object edit FILES' changes it/, 'object', 'add', 'FILES', '--ttl', '1h'],
    [/<bucket> is required: .* 'contrail object ls' lists them/, 'object', 'info'],
  ];
  for (const [pattern, ...words] of rows) assert.match(await refusal(...words), pattern);
});

test('the name of an object is its path without detours', () => {
  const rows: [string, string][] = [
    ['logo.png', 'logo.png'],
    ['./a//b/../c', 'a/c'],
    ['/tmp/x/', '/tmp/x'],
    ['../up', '../up'],
    ['/../root', '/root'],
    ['.', '.'],
    ['', ''],
  ];
  for (const [path, name] of rows) assert.equal(objectName(path), name, path);
  assert.deepEqual(['a/b.txt', '/a/', 'x', ''].map(fileNameOf), ['b.txt', 'a', 'x', '']);
});
