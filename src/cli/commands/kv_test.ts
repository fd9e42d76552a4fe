// Commands on key-value buckets against our own server within this process.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { startCommand } from '../testing_terminal.ts';

let server: CliServer;
const { run, ok, json, refusal } = commandsOn(() => server.url);

before(async () => {
  server = await startCliServer();
  await ok('kv', 'add', 'CONFIG', '--history', '5', '--description', 'Settings');
  await ok('kv', 'put', 'CONFIG', 'site.title', 'first');
  await ok('kv', 'put', 'CONFIG', 'site.title', 'second');
  await ok('kv', 'put', 'CONFIG', 'site.lang', 'en');
});

after(async () => {
  await server.stop();
});

function start(words: readonly string[], input?: string) {
  return startCommand(words, { environment: { NATS_URL: server.url }, ...(input === undefined ? {} : { input }) });
}

test('a new bucket is shown with what it keeps', async () => {
  const output = await ok('kv', 'add', 'NEW', '--history', '3', '--max-value-size', '1MB', '--metadata', 'team=a');
  for (const line of [
    /^Information for Key-Value Store Bucket NEW created /,
    / Bucket Name: NEW\n/,
    / History Kept: 3\n/,
    / Maximum Value Size: 1\.0 MiB\n/,
    / Maximum Age: unlimited\n/,
    / JetStream Stream: KV_NEW\n/,
    /Metadata:\n\n +team: a\n/,
  ]) {
    assert.match(output, line);
  }
  const { config } = await json('kv', 'info', 'NEW');
  assert.deepEqual(
    [config.subjects, config.max_msgs_per_subject, config.discard, config.deny_delete, config.allow_rollup_hdrs],
    [['$KV.NEW.>'], 3, 'new', true, true],
  );
});

test('an edit changes what is named and nothing else', async () => {
  await ok('kv', 'add', 'EDITED', '--history', '3', '--ttl', '1h', '--metadata', 'a=b');
  const { config } = await json('kv', 'edit', 'EDITED', '--ttl', '1m', '--description', 'shorter');
  assert.deepEqual(
    [config.max_age, config.duplicate_window, config.max_msgs_per_subject, config.description, config.metadata.a],
    [60e9, 60e9, 3, 'shorter', 'b'],
  );
});

test('values are read by key and by revision, for people, programs and pipes', async () => {
  const entry = await json('kv', 'get', 'CONFIG', 'site.title');
  assert.deepEqual([entry.key, entry.operation, entry.length, entry.value], ['site.title', 'PUT', 6, 'second']);
  assert.match(entry.created, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.match(
    await ok('kv', 'get', 'CONFIG', 'site.title', '--revision', '1'),
    /^CONFIG > site\.title revision: 1 created @ [\d-]+ [\d:]+\n\nfirst\n\n$/,
  );
  assert.equal(await ok('kv', 'get', 'CONFIG', 'site.title', '--raw'), 'second');
});

test('a value may come from standard input, whatever its bytes are', async () => {
  const { code, error } = await start(['kv', 'put', 'CONFIG', 'piped'], 'line one\nline two\n').ended;
  assert.equal(code, 0, error);
  assert.equal(await ok('kv', 'get', 'CONFIG', 'piped', '--raw'), 'line one\nline two\n');
  // Not plain ASCII: shown as base64, as the reference does.
  await ok('kv', 'put', 'CONFIG', 'umlaut', 'ä');
  assert.match(await ok('kv', 'get', 'CONFIG', 'umlaut'), /\nw6Q=\n/);
  await ok('kv', 'put', 'CONFIG', 'long', 'x'.repeat(500));
  assert.match(await ok('kv', 'get', 'CONFIG', 'long'), /Showing first 120 bytes of 500, use --raw/);
});

test('create takes only a free key, update only an unchanged one', async () => {
  await ok('kv', 'add', 'LOCKS');
  const { revision } = await json('kv', 'create', 'LOCKS', 'job', 'one');
  assert.match(
    await refusal('kv', 'create', 'LOCKS', 'job', 'two'),
    /key 'job' exists already: wrong last sequence: 1 \(10071\)/,
  );
  assert.match(
    await refusal('kv', 'update', 'LOCKS', 'job', 'two', '99'),
    /key 'job' is not at revision 99: wrong last sequence: 1 .*'contrail kv get LOCKS job' shows the latest/,
  );
  await ok('kv', 'update', 'LOCKS', 'job', 'two', String(revision));
  await ok('kv', 'del', 'LOCKS', 'job', '--force');
  await ok('kv', 'create', 'LOCKS', 'job', 'three');
  assert.equal(await ok('kv', 'get', 'LOCKS', 'job', '--raw'), 'three');
});

test('a key and a marker may have a life of their own where the bucket allows it', async () => {
  const config = { name: 'KV_TTL', subjects: ['$KV.TTL.>'], max_msgs_per_subject: 1, allow_msg_ttl: true };
  const shape = { ...config, allow_direct: true, allow_rollup_hdrs: true, discard: 'new' };
  await ok('req', '$JS.API.STREAM.CREATE.KV_TTL', JSON.stringify(shape));
  await ok('kv', 'create', 'TTL', 'k', 'x', '--ttl', '1h');
  assert.match(await ok('stream', 'get', 'KV_TTL', '1'), /Nats-TTL: 1h0m0s/);
  await ok('kv', 'purge', 'TTL', 'k', '--ttl', '90s', '-f');
  assert.match(await ok('stream', 'get', 'KV_TTL', '2'), /KV-Operation: PURGE[\s\S]*Nats-TTL: 1m30s/);
  await ok('kv', 'add', 'FOREVER');
  const create = ['kv', 'create', 'FOREVER', 'brief', 'x', '--ttl', '5s'];
  assert.match(await refusal(...create), /'contrail stream edit KV_FOREVER --allow-msg-ttl' allows keys/);
  await ok('stream', 'edit', 'KV_FOREVER', '--allow-msg-ttl', '-f');
  await ok(...create);
  assert.match(await refusal('kv', 'create', 'TTL', 'x', 'x', '--ttl', '5ms'), /--ttl must be 1s or more/);
});

test('ls shows buckets, keys, and values beside them', async () => {
  const buckets = await json('kv', 'ls');
  const config = buckets.find(({ bucket }: { bucket: string }) => bucket === 'CONFIG');
  assert.equal(config.description, 'Settings');
  assert.match(await ok('kv', 'ls'), /│ CONFIG +│ Settings +│ [\d-]+ [\d:]+ │/);
  assert.ok((await ok('kv', 'ls', '--names')).split('\n').includes('CONFIG'));
  assert.equal(await ok('kv', 'ls', 'CONFIG', 'site.*'), 'site.title\nsite.lang\n');
  assert.deepEqual(await json('kv', 'ls', 'CONFIG', 'site.>'), ['site.title', 'site.lang']);
  // The flag has no effect without --verbose.
  assert.equal(await ok('kv', 'ls', 'CONFIG', 'site.title', '--display-value'), 'site.title\n');
  assert.match(await ok('kv', 'ls', 'CONFIG', 'site.title', '-v', '--display-value'), /│ site\.title │ .* │ second │/);
  assert.equal(await ok('kv', 'ls', 'CONFIG', 'nothing.here'), 'No keys found in bucket\n');
});

test('history has every value, and revert makes one of them the latest again', async () => {
  await ok('kv', 'add', 'PAST', '--history', '5');
  for (const value of ['1', '2', '3']) await ok('kv', 'put', 'PAST', 'k', value);
  await ok('kv', 'del', 'PAST', 'k', '-f');
  assert.match(await ok('kv', 'history', 'PAST', 'k'), /History for PAST > k[\s\S]*│ k {3}│ {8}4 │ DELETE │/);
  assert.match(await refusal('kv', 'revert', 'PAST', 'k', '1'), /Really revert to revision 1\? .* say --force/);
  const entries = await json('kv', 'revert', 'PAST', 'k', '1', '--force');
  assert.deepEqual(
    entries.map(({ revision, operation, value }: Record<string, unknown>) => [revision, operation, value]),
    [
      [1, 'PUT', '1'],
      [2, 'PUT', '2'],
      [3, 'PUT', '3'],
      [4, 'DELETE', ''],
      [5, 'PUT', '1'],
    ],
  );
  assert.match(await refusal('kv', 'revert', 'PAST', 'k', '4', '-f'), /'k' is deleted \(revision 4\)/);
  await ok('kv', 'put', 'PAST', 'once', 'x');
  assert.match(await refusal('kv', 'revert', 'PAST', 'once', '6', '-f'), /its history has one value/);
});

test('del and purge say what they would take before they do', async () => {
  await ok('kv', 'add', 'GONE', '--history', '5');
  for (const value of ['1', '2']) await ok('kv', 'put', 'GONE', 'k', value);
  assert.equal(await ok('kv', 'del', 'GONE', 'k', '--dry-run'), 'Would delete GONE > k (2 values stored under it)\n');
  assert.match(await refusal('kv', 'del', 'GONE', 'k'), /say --force to go ahead/);
  assert.equal(await ok('kv', 'get', 'GONE', 'k', '--raw'), '2');
  assert.equal(await ok('kv', 'del', 'GONE', 'k', '--force'), 'Deleted GONE > k (2 values stored before)\n');
  assert.match(await refusal('kv', 'get', 'GONE', 'k'), /'k' is deleted \(revision 3\)/);
  assert.equal((await json('kv', 'purge', 'GONE', 'k', '--dry-run')).values, 3);
  assert.equal(await ok('kv', 'purge', 'GONE', 'k', '-f'), 'Purged GONE > k with 3 values\n');
  assert.equal((await json('kv', 'history', 'GONE', 'k')).length, 1);
  assert.match(await ok('kv', 'del', 'GONE', '--dry-run'), /^Would delete bucket GONE with 1 value \(\d+ B\)\n$/);
  assert.match(await refusal('kv', 'del', 'GONE'), /Delete bucket GONE\? .* say --force/);
  assert.equal((await json('kv', 'del', 'GONE', '--force')).removed, 1);
  assert.match(await refusal('kv', 'info', 'GONE'), /unknown bucket 'GONE'/);
});

test('compact takes the history of deleted keys and never of a key that is alive', async () => {
  await ok('kv', 'add', 'TIDY', '--history', '5');
  for (const value of ['1', '2']) await ok('kv', 'put', 'TIDY', 'dead', value);
  await ok('kv', 'put', 'TIDY', 'back', 'old');
  for (const key of ['dead', 'back']) await ok('kv', 'del', 'TIDY', key, '-f');
  await ok('kv', 'put', 'TIDY', 'back', 'again');
  assert.deepEqual(await json('kv', 'compact', 'TIDY', '--dry-run'), {
    bucket: 'TIDY',
    deleted_keys: 1,
    purged: 2,
    markers_kept: 1,
    dry_run: true,
  });
  assert.match(await refusal('kv', 'compact', 'TIDY'), /deleted keys in bucket TIDY\? .* say --force/);
  assert.equal(
    await ok('kv', 'compact', 'TIDY', '--force'),
    'Purged 2 old values of 1 deleted key in bucket TIDY; 1 delete marker younger than 30m stays\n',
  );
  assert.equal(
    await ok('kv', 'compact', 'TIDY', '--force'),
    'Nothing to purge in bucket TIDY: of its 1 deleted key only 1 delete marker younger than 30m stays\n',
  );
  assert.equal((await json('kv', 'history', 'TIDY', 'back')).length, 3);
  assert.equal((await json('kv', 'history', 'TIDY', 'dead')).length, 1);
  await ok('kv', 'put', 'TIDY', 'dead', 'alive');
  const nothing = 'Nothing to purge in bucket TIDY: it has no deleted keys\n';
  assert.equal(await ok('kv', 'compact', 'TIDY', '--dry-run'), nothing);
});

test('watch shows what is there and what comes, until it is interrupted', async () => {
  await ok('kv', 'add', 'LIVE', '--history', '5');
  for (const value of ['1', '2']) await ok('kv', 'put', 'LIVE', 'a', value);
  const all = start(['kv', 'watch', 'LIVE', '--history']);
  const updates = start(['kv', 'watch', 'LIVE', '--updates', '--no-deletes', '--json']);
  await all.terminal.shows('LIVE > a: 2');
  await ok('kv', 'put', 'LIVE', 'b', '3');
  await all.terminal.shows('LIVE > b: 3');
  // Whether the other one listens yet, nobody tells.
  while (updates.terminal.output === '') await ok('kv', 'put', 'LIVE', 'c', 'x');
  await ok('kv', 'del', 'LIVE', 'c', '-f');
  await all.terminal.shows('DELETE LIVE > c');
  await ok('kv', 'put', 'LIVE', 'd', 'last');
  await updates.terminal.shows('"last"');
  for (const { terminal } of [all, updates]) terminal.interrupt();
  const [shown, lines] = [(await all.ended).output, (await updates.ended).output];
  assert.match(shown, /^\[[\d-]+ [\d:]+\] PUT LIVE > a: 1\n\[.*\] PUT LIVE > a: 2\n/);
  const operations = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).operation);
  assert.ok(
    operations.every((operation) => operation === 'PUT'),
    lines,
  );
  const { consumers } = await json('kv', 'info', 'LIVE').then(({ state }) => ({ consumers: state.consumer_count }));
  assert.equal(consumers, 0, 'a consumer is left behind');
});

test('what cannot be a bucket, a key or a revision is refused before anything is sent', async () => {
  const rows: [RegExp, ...string[]][] = [
    [/<bucket> 'a\.b' can be no bucket's name: it has letters, digits/, 'kv', 'add', 'a.b'],
    [/<key> 'a\.\*' is no key: .* wildcards are for 'kv ls'/, 'kv', 'put', 'CONFIG', 'a.*', 'x'],
    [/<key> 'a\.\*' is no key/, 'kv', 'del', 'CONFIG', 'a.*', '--force'],
    [/<key> '\.a' is no key/, 'kv', 'get', 'CONFIG', '.a'],
    [/<key> 'a b' is no pattern of keys/, 'kv', 'watch', 'CONFIG', 'a b'],
    [/required argument 'revision' not provided/, 'kv', 'update', 'CONFIG', 'k', 'v'],
    [/<revision> 'x' is no whole number/, 'kv', 'revert', 'CONFIG', 'k', 'x'],
    [/<revision> 0 is too small: the least is 1/, 'kv', 'update', 'CONFIG', 'k', 'v', '0'],
    [/--history 65 is too large: the most is 64/, 'kv', 'add', 'X', '--history', '65'],
    [/--max-value-size .* is too big/, 'kv', 'add', 'X', '--max-value-size', '9GB'],
    [
      /republishing needs both --republish-source and --republish-destination/,
      'kv',
      'add',
      'X',
      '--republish-source',
      'x',
    ],
    [/give --mirror or --source, not both/, 'kv', 'add', 'X', '--mirror', 'A', '--source', 'B'],
    [/--mirror-domain requires --mirror/, 'kv', 'add', 'X', '--mirror-domain', 'hub'],
    [/give --history or --updates, not both/, 'kv', 'watch', 'CONFIG', '--history', '--updates'],
    [/<bucket> is required: .* 'contrail kv ls' lists them/, 'kv', 'info'],
  ];
  for (const [pattern, ...words] of rows) assert.match(await refusal(...words), pattern);
});

test('what is not there is named with what to type', async () => {
  assert.match(await refusal('kv', 'get', 'CONFIG', 'nope'), /key not found: 'nope'; 'contrail kv ls CONFIG' shows/);
  assert.match(await refusal('kv', 'get', 'CONFIG', 'site.title', '--revision', '99'), /has no revision 99/);
  assert.match(await refusal('kv', 'history', 'CONFIG', 'nope'), /key not found/);
  assert.match(await refusal('kv', 'put', 'CONFG', 'k', 'v'), /unknown bucket 'CONFG' \(did you mean 'CONFIG'\?\)/);
  assert.match(await refusal('kv', 'ls', 'NOPE'), /'contrail kv add NOPE' makes it/);
  assert.match(await refusal('kv', 'add', 'CONFIG', '--history', '9'), /'contrail kv edit CONFIG' changes it/);
  // The same again is no fault: the server says so too.
  assert.equal((await run('kv', 'add', 'CONFIG', '--history', '5', '--description', 'Settings')).code, 0);
});
