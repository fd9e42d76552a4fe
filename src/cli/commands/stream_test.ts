// Stream commands against our own server within this process.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { type Ran, runCommand } from '../testing_terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'contrail-stream-'));
let server: CliServer;

before(async () => {
  server = await startCliServer();
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const { run, ok, json, refusal } = commandsOn(() => server.url);

test('[article] a stream is made from flags, the rest by defaults where nobody can be asked', async () => {
  assert.equal(await ok('stream', 'ls'), 'No Streams defined\n');
  const output = await ok(
    ...['stream', 'add', 'EVENTS', '--subjects', 'events.>', '--storage', 'file'],
    ...['--retention', 'limits', '--max-msgs=-1', '--max-age=168h'],
  );
  assert.match(output, /^Stream EVENTS was created\n\nInformation for Stream EVENTS created .*\n\n/);
  assert.match(output, / {14}Maximum Age: 7d0h0m0s\n/);
  const { config } = await json('stream', 'info', 'EVENTS');
  assert.deepEqual(
    [
      config.max_age,
      config.max_msgs,
      config.duplicate_window,
      config.discard,
      config.num_replicas,
      config.allow_direct,
    ],
    [604_800_000_000_000, -1, 120_000_000_000, 'old', 1, true],
  );
});

test('[article] days are days, and three replicas need a cluster', async () => {
  const error = await refusal(
    ...['stream', 'add', 'AUDIT', '--subjects', 'audit.>', '--replicas', '3', '--discard', 'old', '--max-age', '30d'],
  );
  assert.match(error, /could not create Stream: .* \(10074\): this server is no cluster, say --replicas 1/);
  await ok('stream', 'add', 'AUDIT', '--subjects', 'audit.>', '--discard', 'old', '--max-age', '30d');
  assert.equal((await json('stream', 'info', 'AUDIT')).config.max_age, 2_592_000_000_000_000);
});

test('what is missing is named where nobody can be asked', async () => {
  assert.match(await refusal('stream', 'add'), /<stream> is required: there is no terminal to ask 'Stream Name' on/);
  assert.match(
    await refusal('stream', 'add', 'X'),
    /--subjects is required: there is no terminal to ask 'Subjects' on/,
  );
  assert.match(await refusal('stream', 'info'), /cannot pick a Stream without a terminal/);
});

test('wrong values are refused before anything is sent, naming the flag', async () => {
  const rows: [string[], RegExp][] = [
    [['stream', 'add', 'a.b', '--subjects', 'x'], /'a.b' can be no stream's name/],
    [['stream', 'add', 'X', '--subjects', 'a..b'], /--subjects 'a..b' is no subject/],
    [['stream', 'add', 'X', '--subjects', 'x', '--max-age', '5'], /--max-age '5' is no duration/],
    [['stream', 'add', 'X', '--subjects', 'x', '--max-bytes', 'much'], /--max-bytes 'much' is no size/],
    [
      ['stream', 'add', 'X', '--subjects', 'x', '--storage', 'tape'],
      /--storage 'tape' is not one of file, f, memory, m/,
    ],
    [['stream', 'add', 'X', '--subjects', 'x', '--republish-source', 'a'], /must specify both --republish-source/],
    [['stream', 'add', 'X', '--mirror', 'EVENTS', '--subjects', 'x'], /mirrors cannot listen for messages on subjects/],
    [['stream', 'add', 'X', '--source', '{"nme":"A"}', '--subjects', 'x'], /--source: name is required/],
    [['stream', 'purge', 'EVENTS', '--seq', '3', '--keep', '1', '-f'], /sequence and keep cannot be combined/],
    [['stream', 'info', 'EVNTS'], /unknown stream 'EVNTS' \(did you mean 'EVENTS'\?\)/],
    [
      ['stream', 'find', '--expression', 'state.messages >'],
      /--expression 'state.messages >': 'the end' was not expected/,
    ],
    [['stream', 'find', '--cluster', '('], /--cluster '\(' is no regular expression/],
  ];
  for (const [words, expected] of rows) assert.match(await refusal(...words), expected);
});

test('a configuration is validated, saved, read again and made elsewhere', async () => {
  const file = join(folder, 'saved.json');
  const checked = await ok('stream', 'add', 'SAVED', '--subjects', 'saved.>', '--max-bytes', '1MB', '--validate');
  assert.match(checked, /\nConfiguration is a valid Stream matching io.nats.jetstream.api.v1.stream_configuration\n$/);
  await ok('stream', 'add', 'SAVED', '--subjects', 'saved.>', '--max-bytes', '1MB', '--output', file);
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).max_bytes, 1_048_576);
  await ok('stream', 'add', '--config', file);
  writeFileSync(file, await ok('stream', 'info', 'SAVED', '--json'));
  await ok('stream', 'add', 'SAVED2', '--config', file, '--subjects', 'saved2.>');
  assert.deepEqual((await json('stream', 'info', 'SAVED2')).config.subjects, ['saved2.>']);
  writeFileSync(file, '{"name":"BAD","max_age":"7d","subject":["x"]}');
  const error = await refusal('stream', 'add', '--config', file);
  assert.match(
    error,
    /'max_age' must be a whole number \(durations are nanoseconds\); unknown key 'subject' \(did you mean 'subjects'\?\)/,
  );
});

test('messages are viewed, got, counted by subject', async () => {
  for (const [subject, body] of [
    ['events.a', 'one'],
    ['events.b', 'two'],
    ['events.a', 'three'],
  ] as const) {
    await ok('pub', subject, body, '-J', '-H', 'K: v');
  }
  const view = await ok('stream', 'view', 'EVENTS', '2');
  assert.match(view, /^\[1\] Subject: events.a Received: .*\n\n {2}K: v\none\n\n\n\[2\] Subject: events.b/);
  assert.match((await run('stream', 'view', 'EVENTS', '2')).error, /There is more: say --id 3 to go on/);
  const rows = (await ok('stream', 'view', 'EVENTS', '--id', '2', '--subject', 'events.a', '--json')).trim();
  assert.deepEqual([JSON.parse(rows).seq, JSON.parse(rows).data], [3, 'three']);
  assert.match(
    await ok('stream', 'get', 'EVENTS', '2'),
    /^Item: EVENTS#2 received .* on Subject events.b\n\nHeaders:\n {2}K: v\n\ntwo\n/,
  );
  assert.equal((await json('stream', 'get', 'EVENTS', '-S', 'events.a')).seq, 3);
  assert.match(
    await refusal('stream', 'get', 'EVENTS', '99'),
    /could not retrieve EVENTS#99: no message found \(10037\)/,
  );
  assert.deepEqual(await json('stream', 'subjects', 'EVENTS'), { 'events.b': 1, 'events.a': 2 });
  assert.match(await ok('stream', 'subjects', 'EVENTS'), /2 Subjects in stream EVENTS/);
  assert.equal(await ok('stream', 'subjects', 'EVENTS', 'events.b', '--names'), 'events.b\n');
});

test('lists and reports show the same streams', async () => {
  assert.deepEqual(await json('stream', 'ls'), ['AUDIT', 'EVENTS', 'SAVED', 'SAVED2']);
  assert.equal(await ok('stream', 'ls', '--names', '--subject', 'events.a'), 'EVENTS\n');
  assert.match(await ok('stream', 'ls', '--subject', 'events.a'), /Streams matching events.a/);
  const { streams } = await json('stream', 'report');
  assert.deepEqual(streams.find(({ name }: { name: string }) => name === 'EVENTS')?.messages, 3);
  assert.match(await ok('stream', 'report', '-n'), /│ EVENTS │ File {4}│ {11}│ 0 {9}│ 3 {8}│/);
});

test('streams are found by conditions and their opposites', async () => {
  assert.deepEqual(await json('stream', 'find', '--empty'), ['AUDIT', 'SAVED', 'SAVED2']);
  assert.deepEqual(await json('stream', 'find', '--empty', '--invert'), ['EVENTS']);
  const expression = 'state.messages > 2 and "events.>" in config.subjects';
  assert.deepEqual(await json('stream', 'find', '--expression', expression), ['EVENTS']);
  assert.equal(await ok('stream', 'find', '--subject', 'saved2.*', '--names'), '');
  assert.equal(await ok('stream', 'find', '--subject', 'saved2.>', '--names'), 'SAVED2\n');
});

test('an edit shows what differs, rehearses, and changes nothing that was not named', async () => {
  const rehearsed = await run('stream', 'edit', 'SAVED', '--max-age', '1d', '--dry-run');
  assert.equal(rehearsed.code, 1);
  assert.equal(rehearsed.output, 'Differences (-old +new):\n-  max_age: 0s\n+  max_age: 1d\n');
  assert.match(
    await refusal('stream', 'edit', 'SAVED', '--max-age', '1d'),
    /Really edit Stream SAVED\? .* say --force/,
  );
  const before = (await json('stream', 'info', 'SAVED')).config;
  const edited = await ok('stream', 'edit', 'SAVED', '--max-age', '1d', '--metadata', 'team=a', '-f');
  assert.match(edited, /Stream SAVED was updated\n/);
  const { config } = await json('stream', 'info', 'SAVED');
  assert.deepEqual({ ...config, metadata: null }, { ...before, max_age: 86_400_000_000_000, metadata: null });
  assert.equal(config.metadata.team, 'a');
  assert.match(await ok('stream', 'edit', 'SAVED', '--max-age', '1d', '-f'), /No difference in configuration/);
});

test('an edit in an editor is checked', async () => {
  const editor = join(folder, 'editor.sh');
  const edit = (script: string): Promise<Ran> => {
    writeFileSync(editor, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const environment = { NATS_URL: server.url, EDITOR: editor };
    return runCommand(['stream', 'edit', 'SAVED2', '--interactive', '--force'], { environment });
  };
  assert.equal((await edit('sed -i "s/max_msgs: -1/max_msgs: 77/" "$1"')).code, 0);
  assert.equal((await json('stream', 'info', 'SAVED2')).config.max_msgs, 77);
  assert.match(
    (await edit('sed -i "s/max_msgs: 77/max_mgs: 5/" "$1"')).error,
    /unknown key 'max_mgs' \(did you mean 'max_msgs'\?\)/,
  );
  assert.match((await edit('exit 3')).error, /ended with 3: nothing was changed/);
});

test('a copy has the configuration and none of the messages', async () => {
  await ok('stream', 'copy', 'EVENTS', 'EVENTS3', '--subjects', 'events3.>');
  const { config, state } = await json('stream', 'info', 'EVENTS3');
  assert.deepEqual([config.max_age, config.subjects, state.messages], [604_800_000_000_000, ['events3.>'], 0]);
  assert.match(await refusal('stream', 'copy', 'EVENTS', 'EVENTS'), /cannot be the same/);
});

test('who has the subjects that a new stream wants is said with these subjects', async () => {
  const add = ['stream', 'add', 'TWICE', '--defaults', '--subjects'];
  assert.match(
    await refusal(...add, 'events.new'),
    /\(10065\): 'contrail stream ls --subject "events.new"' shows who has the subject/,
  );
  assert.match(await refusal(...add, 'events.new,other'), /shows who has one of events.new, other/);
});

test('removals ask, rehearse and count', async () => {
  assert.match(await refusal('stream', 'rmm', 'EVENTS', '2'), /Really remove message 2 from Stream EVENTS\?/);
  assert.match(await ok('stream', 'rmm', 'EVENTS', '2', '--dry-run'), /Would remove message 2 from EVENTS/);
  assert.deepEqual(await json('stream', 'rmm', 'EVENTS', '2', '-f'), {
    stream: 'EVENTS',
    seq: 2,
    removed: 1,
    dry_run: false,
  });
  assert.deepEqual(await json('stream', 'gaps', 'EVENTS'), [[2, 2]]);
  assert.match(await ok('stream', 'gaps', 'EVENTS'), /1 gap found in Stream EVENTS/);
  for (const [flags, count] of [
    [[], 2],
    [['--subject', 'events.a'], 2],
    [['--subject', 'events.b'], 0],
    [['--keep', '1'], 1],
    [['--seq', '3'], 1],
  ] as const) {
    assert.equal((await json('stream', 'purge', 'EVENTS', '--dry-run', ...flags)).purged, count, flags.join(' '));
  }
  assert.match(
    await ok('stream', 'purge', 'EVENTS', '--seq', '3', '-f'),
    /^Purged 1 message from EVENTS\n\nState for Stream EVENTS/,
  );
  assert.match(await ok('stream', 'rm', 'EVENTS', '--dry-run'), /Would remove Stream EVENTS with 1 message \(/);
  assert.equal((await json('stream', 'rm', 'EVENTS', '-f')).removed, 1);
  assert.match(await refusal('stream', 'rm', 'EVENTS', '-f'), /unknown stream 'EVENTS'/);
});

test('a sealed stream is shown as sealed', async () => {
  assert.match(await ok('stream', 'seal', 'SAVED2', '-f'), / Sealed: true\n/);
});

test('without JetStream that is said', async () => {
  const plain = await startCliServer({ jetStream: false });
  try {
    const { code, error } = await runCommand(['stream', 'ls'], { environment: { NATS_URL: plain.url } });
    assert.equal(code, 1);
    assert.match(error, /JetStream is not enabled on this server or for this account: start the server with -js/);
  } finally {
    await plain.stop();
  }
});
