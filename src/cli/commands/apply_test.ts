// `contrail apply` and `contrail diff` against our own server within this process.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { carryOut } from '../apply/carry_out.ts';
import type { Step } from '../apply/step.ts';
import { defineCommand } from '../command.ts';
import { runCommand, startCommand } from '../testing_terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'contrail-apply-'));
let server: CliServer;
let files = 0;

before(async () => {
  server = await startCliServer();
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const { run, ok, json, refusal } = commandsOn(() => server.url);

function file(text: string): string {
  const path = join(folder, `${++files}.yaml`);
  writeFileSync(path, text);
  return path;
}

function apply(text: string, ...words: string[]): Promise<string> {
  return ok('apply', '-f', file(text), ...words);
}

/** What the plan says of each asset: `update Stream A`. */
async function actions(text: string, ...words: string[]): Promise<string[]> {
  const plan = await json('apply', '-f', file(text), '--dry-run', ...words);
  return plan.steps.map(({ action, kind, name }: Record<string, string>) => `${action} ${kind} ${name}`);
}

interface ChangeJson {
  readonly key: string;
  readonly old: unknown;
  readonly new: unknown;
  readonly origin: string;
}

async function changes(text: string, ...words: string[]): Promise<ChangeJson[]> {
  const plan = await json('apply', '-f', file(text), '--dry-run', ...words);
  return plan.steps.flatMap((step: { readonly changes: ChangeJson[] }) => step.changes);
}

async function configOf(stream: string) {
  return (await json('stream', 'info', stream)).config;
}

test('streams, consumers and buckets are made in order, and applying again changes nothing', async () => {
  const text = `
kind: Consumer
stream: FIRST
name: worker
ack_policy: explicit
backoff: [1s, 1m]
max_deliver: 5
---
kind: Stream
name: FIRST
subjects: [first.>]
max_age: 7d
---
kind: KeyValue
bucket: first
history: 5
ttl: 1h
---
kind: ObjectStore
bucket: first
`;
  const output = await apply(text);
  assert.match(output, /\+ create Stream FIRST {2}\S+:9 \(document 2\)\n/);
  assert.match(
    output,
    /4 to create\n\nCreated Stream FIRST\nCreated KeyValue first\nCreated ObjectStore first\nCreated Consumer FIRST > worker\n$/,
  );
  assert.equal(await apply(text), '4 unchanged\n');
  assert.equal((await run('diff', '-f', file(text))).code, 0);
  const { max_age: age, subjects, metadata } = await configOf('FIRST');
  assert.deepEqual([age, subjects], [168 * 3_600_000_000_000, ['first.>']]);
  assert.equal(metadata['io.contrail.apply.of'], 'FIRST');
});

test('every default that the server fills in is the same as nothing said, whatever the document leaves out', async () => {
  const documents = [
    'name: DEFAULTS\nsubjects: [defaults]\n',
    'name: AGED\nsubjects: [aged]\nmax_age: 1m\n',
    'name: TTL\nsubjects: [ttl]\nallow_msg_ttl: true\nstorage: memory\ndiscard: new\nmax_msgs: 5\n',
    'name: LIMITED\nsubjects: [limited]\nconsumer_limits: {max_ack_pending: 5, inactive_threshold: 1h}\n',
    'kind: Consumer\nstream: LIMITED\nname: pull\nack_policy: explicit\n',
    'kind: Consumer\nstream: DEFAULTS\nname: push\ndeliver_subject: out\nidle_heartbeat: 5s\nflow_control: true\nack_policy: all\n',
    'kind: Consumer\nstream: DEFAULTS\nname: filtered\nfilter_subjects: [defaults]\nack_policy: none\nsample_freq: "50"\n',
    'kind: Consumer\nstream: DEFAULTS\nname: pinned\nack_policy: explicit\npriority_policy: pinned_client\npriority_groups: [a]\n',
    'kind: Consumer\nstream: DEFAULTS\nname: from\ndeliver_policy: byStartTime\nopt_start_time: 2026-01-01T00:00:00+02:00\nack_policy: explicit\n',
  ];
  await apply(documents.join('---\n'));
  assert.equal(await apply(documents.join('---\n')), `${documents.length} unchanged\n`);
});

test('what the document changes is updated, field by field, after a question that --yes answers', async () => {
  await apply('name: EDIT\nsubjects: [edit]\nmax_age: 1d\nmetadata: {team: a}');
  const next = 'name: EDIT\nsubjects: [edit, more]\nmetadata: {team: b}';
  const { code, output, error } = await run('apply', '-f', file(next));
  assert.equal(code, 1);
  assert.match(output, /~ update Stream EDIT .*\n {4}subjects: \["edit"\] → \["edit","more"\]\n {4}max_age: 1d → 0s\n/);
  assert.match(output, / {4}metadata.team: "a" → "b"\n/);
  assert.match(error, /Really apply this, 1 to update\? There is no terminal to ask on: say --yes/);
  assert.equal((await configOf('EDIT')).max_age, 86_400_000_000_000);
  assert.match(await apply(next, '--yes'), /Updated Stream EDIT\n$/);
  const { max_age: age, subjects, metadata } = await configOf('EDIT');
  assert.deepEqual([age, subjects, metadata.team], [0, ['edit', 'more'], 'b']);
  assert.equal(await apply(next), '1 unchanged\n');
});

test('drift is told from a change of the document, and an apply takes it back', async () => {
  const text = 'name: DRIFT\nsubjects: [drift]\nmax_age: 1d\ndescription: mine';
  await apply(text);
  await ok('stream', 'edit', 'DRIFT', '--max-age', '2d', '--max-msgs', '9', '--force');
  assert.deepEqual(
    (await changes(text)).map(({ key, origin }) => [key, origin]),
    [
      ['max_msgs', 'server'],
      ['max_age', 'server'],
    ],
  );
  const other = text.replace('1d', '3d').replace('mine', 'ours');
  assert.deepEqual(
    (await changes(other)).map(({ key, old, new: now, origin }) => [key, old, now, origin]),
    [
      ['description', 'mine', 'ours', 'document'],
      ['max_msgs', 9, -1, 'server'],
      ['max_age', 172_800_000_000_000, 259_200_000_000_000, 'both'],
    ],
  );
  const { code, output } = await run('diff', '-f', file(text));
  assert.equal(code, 2);
  assert.match(output, /max_msgs: 9 → -1 \(changed on the server\)\n/);
  await apply(text, '--yes');
  assert.equal((await run('diff', '-f', file(text))).code, 0);
});

test('metadata that others have written stays, what the document has no more goes', async () => {
  await apply('name: META\nsubjects: [meta]\nmetadata: {a: "1", b: "2"}');
  await ok('stream', 'edit', 'META', '--metadata', 'a=1', '--metadata', 'b=2', '--metadata', 'theirs=3', '--force');
  const { metadata: lost } = await configOf('META');
  // The edit has replaced the whole of it, our own entries with it: the next apply takes the stream for a stranger.
  assert.equal(lost['io.contrail.apply.of'], undefined);
  await apply('name: META\nsubjects: [meta]\nmetadata: {a: "1", b: "2"}');
  await apply('name: META\nsubjects: [meta]\nmetadata: {b: "2"}', '--yes');
  const { metadata } = await configOf('META');
  assert.deepEqual([metadata.a, metadata.b, metadata.theirs], [undefined, '2', '3']);
});

test('what is there already and the same is adopted without a question', async () => {
  await ok('stream', 'add', 'OLD', '--subjects', 'old', '--allow-direct', '--defaults');
  const text = 'name: OLD\nsubjects: [old]\nallow_direct: true';
  assert.deepEqual(await actions(text), ['adopt Stream OLD']);
  assert.match(await apply(text), /Adopted Stream OLD\n$/);
  assert.equal(await apply(text), '1 unchanged\n');
});

test('--dry-run changes nothing, and with --detailed-exitcode tells by its exit code whether there is something to do', async () => {
  const path = file('name: DRY\nsubjects: [dry]');
  assert.equal((await run('apply', '-f', path, '--dry-run')).code, 0);
  const { code, output } = await run('apply', '-f', path, '--dry-run', '--detailed-exitcode');
  assert.equal(code, 2);
  assert.match(output, /\+ create Stream DRY/);
  assert.match(await refusal('stream', 'info', 'DRY'), /unknown stream '/);
  await ok('apply', '-f', path);
  assert.equal((await run('apply', '-f', path, '--dry-run', '--detailed-exitcode')).code, 0);
  assert.match(await refusal('apply', '-f', path, '--detailed-exitcode'), /--detailed-exitcode goes with --dry-run/);
});

test('what cannot change is refused before anything is sent, with the reason and the way out', async () => {
  await apply('name: FIXED\nsubjects: [fixed]\nconsumers: [{name: c, ack_policy: explicit}]');
  const text =
    'name: FIXED\nsubjects: [fixed]\nstorage: memory\nretention: workqueue\n---\nname: BESIDE\nsubjects: [beside]';
  const error = await refusal('apply', '-f', file(text), '--yes');
  assert.match(error, /2 things cannot be, nothing was sent:\n/);
  assert.match(error, /Stream FIXED: retention: .*can not change retention policy to\/from workqueue/);
  assert.match(error, /Stream FIXED: storage: .*can not change storage type .*contrail stream rm FIXED/);
  assert.match(await refusal('stream', 'info', 'BESIDE'), /unknown stream '/);
  const consumer = 'kind: Consumer\nstream: FIXED\nname: c\nack_policy: all\nmax_deliver: 3';
  const refused = await refusal('apply', '-f', file(consumer), '--yes');
  assert.match(refused, /Consumer FIXED > c: ack_policy: ack policy can not be updated .*contrail consumer rm FIXED c/);
  assert.match(refused, /Nothing was sent/);
  const dryRunOf = async (...words: string[]) =>
    JSON.parse((await run('apply', '-f', file(consumer), '--json', ...words)).output).dry_run;
  assert.deepEqual([await dryRunOf('--yes'), await dryRunOf('--dry-run')], [false, true]);
});

test('what the server would refuse is refused before anything is sent', async () => {
  const rows: [string, RegExp][] = [
    ['name: BAD\nsubjects: [bad]\nmax_age: 1ms', /Stream BAD: max age needs to be >= 100ms \(10052\)/],
    ['name: BAD\nsubjects: ["bad..x"]', /Stream BAD: invalid subject/],
    ['name: BAD\nsubjects: [bad]\nsealed: true', /Stream BAD: sealed: nobody could write/],
    [
      'kind: Consumer\nstream: NOWHERE\nname: c',
      /there is no stream NOWHERE, neither on the server nor in the documents/,
    ],
    [
      'name: BAD\nsubjects: [bad.>]\n---\nname: WORSE\nsubjects: [bad.a]',
      /'bad.a' overlaps with 'bad.>' of stream BAD/,
    ],
    ['name: BAD\nsubjects: [bad]\n---\nname: BAD\nsubjects: [b]', /Stream BAD: it stands in .*\(document 1\) already/],
    ['name: KV_bad\nsubjects: [bad]\n---\nkind: KeyValue\nbucket: bad', /KeyValue bad: it stands in .*already/],
    [
      'name: BAD\nsubjects: [bad]\nretention: workqueue\nconsumers: [{name: a, ack_policy: explicit}, {name: b, ack_policy: explicit}]',
      /Consumer BAD > b: multiple non-filtered consumers not allowed on workqueue stream \(10099\)/,
    ],
  ];
  for (const [text, pattern] of rows) assert.match(await refusal('apply', '-f', file(text)), pattern, text);
  assert.match(await refusal('stream', 'info', 'BAD'), /unknown stream '/);
});

test('a subject may move from one stream to another in one apply', async () => {
  await apply('name: FROM\nsubjects: [from, moved]\n---\nname: INTO\nsubjects: [into]');
  const output = await apply('name: INTO\nsubjects: [into, moved]\n---\nname: FROM\nsubjects: [from]', '--yes');
  assert.match(output, /Updated Stream FROM\nUpdated Stream INTO\n$/);
});

test('limits that take messages away say so before', async () => {
  await apply('name: LOSES\nsubjects: [loses]');
  for (const body of ['a', 'b', 'c']) await ok('pub', 'loses', body, '-J');
  const { output } = await run('apply', '-f', file('name: LOSES\nsubjects: [loses]\nmax_msgs: 1'));
  assert.match(output, / {4}loses the oldest 2 of 3 messages \(max_msgs\)\n/);
});

test('--prune removes only what the set has made and its documents have no more, consumers before streams', async () => {
  await ok('stream', 'add', 'STRANGE', '--subjects', 'strange', '--defaults');
  const both =
    'name: KEEP\nsubjects: [keep]\nconsumers: [{name: a, ack_policy: none}, {name: b, ack_policy: none}]\n---\nname: GO\nsubjects: [go]';
  await apply(both, '--set', 'pruned');
  await apply('name: OTHERS\nsubjects: [others]', '--set', 'another');
  const less = 'name: KEEP\nsubjects: [keep]\nconsumers: [{name: a, ack_policy: none}]';
  assert.match(
    await apply(less, '--set', 'pruned'),
    /Note: Stream GO belongs to the set 'pruned' .* --prune would remove it\n/,
  );
  const words = ['--set', 'pruned', '--prune'];
  assert.deepEqual(await actions(less, ...words), [
    'none Stream KEEP',
    'none Consumer a',
    'delete Consumer b',
    'delete Stream GO',
  ]);
  assert.match(await refusal('apply', '-f', file(less), ...words), /Really apply this, 2 to delete/);
  const output = await apply(less, ...words, '--yes');
  assert.match(output, /- delete Stream GO\n {4}loses 0 messages \(0 B\) and 0 consumers\n/);
  assert.match(output, /Deleted Consumer KEEP > b\nDeleted Stream GO\n$/);
  for (const stream of ['KEEP', 'STRANGE', 'OTHERS']) await ok('stream', 'info', stream);
  assert.match(await refusal('apply', '-f', file(less), '--prune'), /--prune requires --set/);
});

test('a stream that holds messages is not pruned unless --prune-nonempty says so', async () => {
  await apply('name: FULL\nsubjects: [full]\n---\nname: REST\nsubjects: [rest]', '--set', 'full');
  await ok('pub', 'full', 'x', '-J');
  const rest = file('name: REST\nsubjects: [rest]');
  const words = ['apply', '-f', rest, '--set', 'full', '--yes'];
  assert.match(
    await refusal(...words, '--prune'),
    /Stream FULL: it is to be pruned, but it holds 1 message: say --prune-nonempty/,
  );
  await ok('stream', 'info', 'FULL');
  assert.match(await ok(...words, '--prune-nonempty'), /Deleted Stream FULL\n$/);
});

test('a stream that changed hands, was written to or is listened to since the plan is not removed', async () => {
  const step = (name: string): Step => ({
    ...{ action: 'delete', kind: 'Stream', name, stream: name, place: null, request: null },
    ...{ changes: [], losses: [], notes: [] },
  });
  const names = ['LEFT', 'WRITTEN', 'HEARD', 'GIVEN'];
  await apply(names.map((name) => `name: ${name}\nsubjects: [since.${name}]`).join('\n---\n'), '--set', 'since');
  await ok('pub', 'since.WRITTEN', 'x', '-J');
  await ok('consumer', 'add', 'HEARD', 'somebody', '--pull', '--defaults');
  await apply('name: GIVEN\nsubjects: [since.GIVEN]', '--set', 'other', '--take-over');
  const load = async () =>
    defineCommand({
      ...{ name: 'carry', summary: '', examples: [], json: '' },
      run: async (session) => {
        for (const name of names) {
          const options = { set: 'since', pruneNonempty: false, onResult: () => undefined };
          const [result] = await carryOut(session, [step(name)], options);
          session.print(`${name} ${result?.status} ${result?.error}`);
        }
      },
    });
  const verbs = [{ name: 'carry', aliases: [], summary: '', load }];
  const { output, error } = await runCommand(['carry'], { environment: { NATS_URL: server.url }, verbs });
  const [left, written, heard, given] = output.split('\n');
  assert.equal(left, 'LEFT done null', error);
  assert.match(written ?? '', /^WRITTEN failed by now it holds 1 message: say --prune-nonempty/);
  assert.match(heard ?? '', /^HEARD failed by now it has 1 consumer that is not of this set: say --prune-nonempty/);
  assert.match(given ?? '', /^GIVEN failed by now it belongs to the set 'since' no more: it was left as it is/);
  for (const name of names.slice(1)) await ok('stream', 'info', name);
});

test('a copy of what a set has made is not of the set', async () => {
  await apply('name: ORIGINAL\nsubjects: [original]', '--set', 'copies');
  await ok('stream', 'copy', 'ORIGINAL', 'COPY', '--subjects', 'copy');
  assert.equal((await configOf('COPY')).metadata['io.contrail.apply.set'], 'copies');
  const output = await apply('name: ORIGINAL\nsubjects: [original]', '--set', 'copies', '--prune', '--yes');
  assert.equal(output, '1 unchanged\n');
});

test('preventDelete keeps from pruning, preventUpdate from changing', async () => {
  const text = 'name: SAFE\nsubjects: [safe]\npreventDelete: true\n---\nname: STILL\nsubjects: [still]';
  await apply(text, '--set', 'safe');
  const next = 'name: STILL\nsubjects: [still]\nmax_age: 1d\npreventUpdate: true';
  const output = await apply(next, '--set', 'safe', '--prune', '--yes');
  assert.match(output, /! keep Stream STILL .*\n {4}max_age: 0s → 1d\n! keep Stream SAFE\n/);
  assert.match(
    output,
    /Note: Stream STILL: preventUpdate is set: it stays as it is\nNote: Stream SAFE: .*preventDelete was set\n/,
  );
  assert.equal((await configOf('STILL')).max_age, 0);
  await ok('stream', 'info', 'SAFE');
});

test('what belongs to another set is left alone unless --take-over says so', async () => {
  const text = 'name: THEIRS\nsubjects: [theirs]';
  await apply(text, '--set', 'them');
  const path = file(text);
  assert.match(
    await refusal('apply', '-f', path, '--set', 'us'),
    /it belongs to the set 'them': say --set them, or --take-over/,
  );
  assert.match(await refusal('apply', '-f', path), /it belongs to the set 'them'/);
  assert.match(await ok('apply', '-f', path, '--set', 'us', '--take-over'), /Adopted Stream THEIRS\n$/);
  assert.equal(await ok('apply', '-f', path, '--set', 'us'), '1 unchanged\n');
});

test('a pause is applied where the document has one, and left to operators where it has none', async () => {
  const consumer = 'kind: Consumer\nstream: PAUSE\nname: c\nack_policy: explicit\n';
  await apply(`name: PAUSE\nsubjects: [pause]\n---\n${consumer}`);
  await ok('consumer', 'pause', 'PAUSE', 'c', '1h', '--force');
  assert.equal(await apply(consumer), '1 unchanged\n');
  const paused = `${consumer}pause_until: 2999-01-01T00:00:00Z\n`;
  await apply(paused, '--yes');
  assert.equal((await json('consumer', 'info', 'PAUSE', 'c')).config.pause_until, '2999-01-01T00:00:00Z');
  assert.equal(await apply(paused), '1 unchanged\n');
  await apply(consumer, '--yes');
  assert.notEqual((await json('consumer', 'info', 'PAUSE', 'c')).paused, true);
  assert.equal(
    await apply(`${consumer}pause_until: 2020-01-01T00:00:00Z\n`, '--yes').then(() => apply(consumer)),
    '1 unchanged\n',
  );
});

test('what this server cannot do is refused before anything is sent, on a dry run too', async () => {
  const rows: [string, RegExp][] = [
    ['name: HB\nsubjects: [hb]\ncompression: s2', /Stream HB: compression s2 is not supported .*\(10052\)/],
    [
      'name: HB\nsubjects: [hb]\nreplicas: 3',
      /Stream HB: num_replicas: replicas > 1 not supported .*\(10074\).* say 1/,
    ],
    ['name: HB\nmirror: {name: HA}', /Stream HB: mirror is not supported/],
    ['name: HB\nsubjects: [hb]\nallow_msg_counter: true', /Stream HB: allow_msg_counter is not supported/],
    ['name: HB\nsubjects: [hb]\nmax_bytes: 8000TiB', /Stream HB: insufficient storage resources available \(10047\)/],
    ['kind: KeyValue\nbucket: hb\ncompression: true', /KeyValue hb: compression s2 is not supported/],
  ];
  for (const [document, expected] of rows) {
    const path = file(`name: HA\nsubjects: [ha]\n---\n${document}`);
    for (const more of [[], ['--dry-run']]) assert.match(await refusal('apply', '-f', path, ...more), expected);
  }
  assert.ok(!(await json('stream', 'ls')).includes('HA'));
  await apply('name: HA\nsubjects: [ha]');
  const changed = await refusal('apply', '-f', file('name: HA\nsubjects: [ha]\ncompression: s2'), '--yes');
  assert.match(changed, /Stream HA: compression s2 is not supported .*\nNothing was sent/);
});

test('who may not ask beforehand applies all the same, and is told so', async () => {
  const rights = 'publish: ["$JS.API.INFO", "$JS.API.STREAM.LIST", "$JS.API.STREAM.CREATE.*"]';
  const config = `authorization { users: [{ user: maker, password: maker, permissions { ${rights} } }] }`;
  const strict = await startCliServer({ config });
  const asMaker = ['--user', 'maker', '--password', 'maker', '--timeout', '2s'];
  const output = await commandsOn(() => strict.url).ok('apply', '-f', file('name: MADE\nsubjects: [made]'), ...asMaker);
  await strict.stop();
  assert.match(
    output,
    /Note: the server could not be asked beforehand .*STREAM\.UPDATE\.[\s\S]*\nCreated Stream MADE\n$/,
  );
});

test('more than the account may have is refused before anything is sent', async () => {
  const config = 'accounts { A { jetstream: { max_store: 1000, max_streams: 3 }, users: [{ user: a, password: a }] } }';
  const small = await startCliServer({ config });
  const on = commandsOn(() => small.url);
  const plan = (text: string) => on.refusal('apply', '-f', file(text), '--user', 'a', '--password', 'a');
  const bytes = await plan('name: A\nsubjects: [a]\nmax_bytes: 600\n---\nname: B\nsubjects: [b]\nmax_bytes: 600');
  const number = await plan(['a', 'b', 'c', 'd'].map((name) => `name: ${name}\nsubjects: [${name}]`).join('\n---\n'));
  await small.stop();
  assert.match(bytes, /Stream B: insufficient storage resources available \(10047\).*\nNothing was sent/);
  assert.match(number, /Stream d: maximum number of streams reached \(10027\)/);
});

test('where a step fails, what was done, what failed and what was not begun is told apart', async () => {
  const small = await startCliServer({ config: 'jetstream { max_file_store: 1000 }' });
  const on = commandsOn(() => small.url);
  // Either has room; both have not, which only the server knows.
  const text =
    'name: ONE\nsubjects: [one]\nmax_bytes: 600\n---\nname: TWO\nsubjects: [two]\nmax_bytes: 600\n---\nkind: Consumer\nstream: ONE\nname: c\nack_policy: none';
  const { code, output, error } = await on.run('apply', '-f', file(text));
  assert.equal(code, 1);
  assert.match(
    output,
    /Created Stream ONE\nFailed to create Stream TWO: insufficient storage.*\nNot done: create Consumer ONE > c\n$/,
  );
  assert.match(error, /insufficient storage.*\n1 of 3 steps were done, 1 failed, 1 were not begun: apply again/);
  const plan = await on.run('apply', '-f', file(text), '--json');
  await small.stop();
  assert.equal(plan.code, 1);
  const { refusals } = JSON.parse(plan.output);
  assert.deepEqual(
    refusals.map(({ name, reason }: Record<string, string>) => [name, reason]),
    [['TWO', 'insufficient storage resources available (10047)']],
  );
});

test('documents come from folders and from standard input as well', async () => {
  const documents = join(folder, 'documents');
  mkdirSync(join(documents, 'deeper'), { recursive: true });
  writeFileSync(join(documents, 'b.yml'), 'name: B\nsubjects: [b]');
  writeFileSync(join(documents, 'a.json'), '{"name": "A", "subjects": ["a"]}');
  writeFileSync(join(documents, 'README.md'), '# no document');
  writeFileSync(join(documents, 'deeper', 'c.yaml'), 'name: C\nsubjects: [c]');
  const steps = async (...words: string[]) =>
    (await json('apply', '-f', documents, '--dry-run', ...words)).steps.map(({ name }: { name: string }) => name);
  assert.deepEqual(await steps(), ['A', 'B']);
  assert.deepEqual(await steps('-R'), ['A', 'B', 'C']);
  const environment = { NATS_URL: server.url };
  const piped = await runCommand(['apply', '-f', '-'], { input: 'name: PIPED\nsubjects: [piped]', environment });
  assert.equal(piped.code, 0, piped.error);
  assert.match(piped.output, /\+ create Stream PIPED {2}standard input:1/);
});

test('what -f names and is not there, or holds no document, is refused', async () => {
  assert.match(await refusal('apply'), /-f is required/);
  assert.match(await refusal('apply', '-f', join(folder, 'nothing.yaml')), /there is no such file/);
  assert.match(await refusal('apply', '-f', file('# nothing')), /There is no document in/);
  mkdirSync(join(folder, 'empty'));
  assert.match(await refusal('apply', '-f', join(folder, 'empty')), /no .yaml, .yml or .json in this folder/);
  const account = 'apiVersion: jetstream.nats.io/v1beta2\nkind: Account\nspec: {}';
  assert.match(await refusal('apply', '-f', file(account)), /ask for no stream, consumer or bucket: nothing was done/);
  assert.match(await refusal('apply', '-f', file('name: a'), '--set', 'a b'), /--set 'a b' is no name of a set/);
});

test('documents of accounts are told apart by --account, those of another domain are refused', async () => {
  const nack = (account: string, subject: string) =>
    `apiVersion: jetstream.nats.io/v1beta2\nkind: Stream\nspec: {name: SHARED, subjects: [${subject}], account: ${account}, storage: file}\n`;
  const path = file(`${nack('a', 'shared.a')}---\n${nack('b', 'shared.b')}`);
  assert.match(
    await refusal('apply', '-f', path),
    /Stream SHARED: it stands in .* already: --account NAME takes the documents/,
  );
  await ok('apply', '-f', path, '--account', 'b');
  assert.deepEqual((await configOf('SHARED')).subjects, ['shared.b']);
  assert.match(
    await refusal('apply', '-f', file('name: a\njs_domain: hub')),
    /jsDomain is 'hub', .*: say --js-domain hub/,
  );
});

test('export writes documents that make the same again, and says only what is not the default', async () => {
  const text = `kind: KeyValue
bucket: exported
history: 5
ttl: 1h30m
---
kind: Stream
name: EXPORTED
subjects:
  - exported.>
max_age: 7d
max_bytes: 1073741824
metadata:
  "on": "12"
---
kind: Consumer
stream: EXPORTED
name: worker
ack_policy: explicit
backoff:
  - 1s
  - 1m
max_deliver: 5
`;
  await apply(text, '--set', 'exported');
  const exported = await ok('export', '--set', 'exported');
  const order = (yaml: string): string[] => yaml.split('---\n').sort();
  assert.deepEqual(
    order(exported).map((document) => document.split('\n').sort()),
    order(text).map((document) => document.split('\n').sort()),
  );
  assert.equal(await apply(exported, '--set', 'exported'), '3 unchanged\n');
  const documents = await json('export', 'EXPORTED');
  assert.deepEqual(
    documents.map(({ kind, name }: Record<string, string>) => [kind, name]),
    [
      ['Stream', 'EXPORTED'],
      ['Consumer', 'worker'],
    ],
  );
  assert.match(await refusal('export', 'EXPORTD'), /There is no stream 'EXPORTD' \(did you mean 'EXPORTED'\?\)/);
});

test('export takes everything on the server, but consumers that go away by themselves', async () => {
  await ok('stream', 'add', 'EPHEMERAL', '--subjects', 'ephemeral', '--defaults');
  await ok('consumer', 'add', 'EPHEMERAL', 'short', '--pull', '--ephemeral', '--defaults');
  const exported = await ok('export');
  assert.doesNotMatch(exported, /name: short/);
  const { counts } = await json('apply', '-f', file(exported), '--dry-run', '--take-over');
  assert.deepEqual([counts.create, counts.update, counts.delete], [0, 0, 0]);
});

test('an interrupted apply ends after the step under way, and says what was done and what was not begun', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `INTERRUPTED${index}`);
  const text = names.map((name) => `{name: ${name}, subjects: [${name}]}`).join('\n---\n');
  const { terminal, ended } = startCommand(['apply', '-f', file(text)], { environment: { NATS_URL: server.url } });
  await terminal.shows('Created Stream INTERRUPTED0\n');
  terminal.interrupt();
  const { code, output, error } = await ended;
  assert.equal(code, 130);
  const done = [...output.matchAll(/^Created Stream/gm)].length;
  assert.ok(done > 0 && done < names.length, `${done} were made`);
  assert.match(output, /Not done: create Stream INTERRUPTED199\n$/);
  assert.match(
    error,
    new RegExp(`interrupted\\n${done} of 200 steps were done, 0 failed, ${200 - done} were not begun`),
  );
});
