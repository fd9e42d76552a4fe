// Consumer commands against our own server within this process.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { startCommand } from '../testing_terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'contrail-consumer-'));
let server: CliServer;

before(async () => {
  server = await startCliServer();
  await ok('stream', 'add', 'EVENTS', '--subjects', 'events.>', '--defaults');
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const { run, ok, json, refusal } = commandsOn(() => server.url);

/** A stream of its own with so many messages on `name.a`. */
async function filled(name: string, count: number): Promise<void> {
  await ok('stream', 'add', name, '--subjects', `${name.toLowerCase()}.>`, '--defaults');
  for (let i = 0; i < count; i++) await ok('pub', `${name.toLowerCase()}.a`, `body ${i + 1}`, '-J');
}

async function reasons(stream: string, consumer: string): Promise<string[]> {
  const { reasons: found } = await json('consumer', 'why', stream, consumer);
  return found.map(({ code }: { code: string }) => code);
}

test('[article] a pull consumer is made from flags, the rest by defaults where nobody can be asked', async () => {
  assert.equal(await ok('consumer', 'ls', 'EVENTS'), 'No Consumers defined\n');
  const output = await ok('consumer', 'add', 'EVENTS', 'WORKER', '--pull', '--filter', 'events.new', '--max-deliver=5');
  assert.match(output, /^Information for Consumer EVENTS > WORKER created .*\n\nConfiguration:\n\n/);
  assert.match(
    output,
    / {2}Pull Mode: true\n +Filter Subject: events.new\n +Deliver Policy: All\n +Ack Policy: Explicit\n/,
  );
  assert.match(output, /Maximum Deliveries: 5\n/);
  assert.match(
    output,
    /Outstanding Acks: 0 out of maximum 1,000\n +Redelivered Messages: 0\n +Unprocessed Messages: 0\n/,
  );
  assert.match(output, /Waiting Pulls: 0 of maximum 512\n/);
  const { config } = await json('consumer', 'info', 'EVENTS', 'WORKER');
  assert.deepEqual(
    [config.durable_name, config.ack_wait, config.max_deliver, config.filter_subject, config.deliver_policy],
    ['WORKER', 30_000_000_000, 5, 'events.new', 'all'],
  );
});

test('[natscli 0.5.1] an ephemeral consumer that nobody has named gets a name of its own', async () => {
  const add = ['consumer', 'add', 'EVENTS', '--ephemeral', '--pull', '--defaults'];
  const names = [(await json(...add)).name, (await json(...add)).name];
  for (const name of names) assert.match(name, /^[0-9A-Za-z]{8}$/);
  assert.notEqual(names[0], names[1]);
  const path = join(folder, 'nameless.json');
  writeFileSync(path, '{"ack_policy":"explicit"}');
  const { name, config } = await json('consumer', 'add', 'EVENTS', '--config', path);
  assert.match(name, /^[0-9A-Za-z]{8}$/);
  assert.equal(config.durable_name, undefined);
  assert.match(await refusal('consumer', 'add', 'EVENTS', '--pull', '--defaults'), /<consumer> is required/);
});

test('a push consumer has its own flags, and defaults of its own', async () => {
  const output = await ok(
    ...['consumer', 'add', 'EVENTS', 'PUSHED', '--target', 'out.pushed', '--deliver-group', 'crew', '--deliver', 'new'],
    ...['--heartbeat', '5s', '--flow-control', '--bps', '8192', '--metadata', 'team=red', '--defaults'],
  );
  assert.match(
    output,
    /Delivery Subject: out.pushed\n +Deliver Policy: New\n +Deliver Queue Group: crew\n +Ack Policy: None\n/,
  );
  assert.match(
    output,
    /Rate Limit: 1.0 KiB \/ second\n +(?:Max Ack Pending.*\n +)?Idle Heartbeat: 5.00s\n +Flow Control: true\n/,
  );
  assert.match(output, /Metadata:\n\n +team: red\n/);
  assert.match(output, /Active Interest: No interest\n/);
});

test('delays between deliveries grow at equal steps', async () => {
  await ok(
    'consumer',
    'add',
    'EVENTS',
    'SLOWER',
    '--pull',
    '--backoff=linear',
    '--backoff-steps=4',
    '--backoff-max=5m',
  );
  const { config } = await json('consumer', 'info', 'EVENTS', 'SLOWER');
  assert.deepEqual(config.backoff, [60e9, 120e9, 180e9, 240e9]);
  assert.equal(config.max_deliver, 5);
});

test('a consumer is edited, after its differences', async () => {
  await ok('consumer', 'add', 'EVENTS', 'EDITED', '--pull', '--defaults');
  const words = [
    'consumer',
    'edit',
    'EVENTS',
    'EDITED',
    '--max-pending=5',
    '--filter',
    'events.a',
    '--filter',
    'events.b',
  ];
  const rehearsal = await run(...words, '--dry-run');
  assert.equal(rehearsal.code, 1);
  assert.match(
    rehearsal.output,
    /^Differences \(-old \+new\):\n- {2}max_ack_pending: 1000\n\+ {2}max_ack_pending: 5\n/,
  );
  assert.match(await refusal(...words), /There is no terminal to ask on: say --force/);
  assert.equal((await json('consumer', 'info', 'EVENTS', 'EDITED')).config.max_ack_pending, 1000);
  assert.match(await ok(...words, '-f'), /Filter Subjects: events.a, events.b\n[\s\S]*Max Ack Pending: 5\n/);
  assert.equal(await ok(...words, '-f'), 'No difference in configuration\n');
  const { config } = await json('consumer', 'edit', 'EVENTS', 'EDITED', '--filter', 'events.c', '-f');
  assert.deepEqual([config.filter_subject, config.filter_subjects], ['events.c', undefined]);
});

test('a consumer is copied, with changes', async () => {
  const add = ['consumer', 'add', 'EVENTS', 'SOURCE', '--target', 'out.source', '--deliver-group', 'crew'];
  await ok(...add, '--deliver', '1h', '--filter', 'events.a', '--defaults');
  await ok('consumer', 'copy', 'EVENTS', 'SOURCE', 'COPY', '--target', 'out.copy', '--deliver', 'new');
  const { config } = await json('consumer', 'info', 'EVENTS', 'COPY');
  assert.deepEqual(
    [config.durable_name, config.deliver_subject, config.deliver_group, config.deliver_policy, config.filter_subject],
    ['COPY', 'out.copy', 'crew', 'new', 'events.a'],
  );
  const pulled = await json('consumer', 'copy', 'EVENTS', 'SOURCE', 'PULLS', '--pull', '--ephemeral', '--ack', 'all');
  assert.deepEqual(
    [pulled.name, pulled.config.durable_name, pulled.config.deliver_subject, pulled.config.ack_policy],
    ['PULLS', undefined, undefined, 'all'],
  );
});

test('--overflow-groups sends these groups', async () => {
  await ok('consumer', 'add', 'EVENTS', 'OVER', '--pull', '--overflow-groups', 'jobs', '--defaults');
  const { config } = await json('consumer', 'info', 'EVENTS', 'OVER');
  assert.deepEqual([config.priority_policy, config.priority_groups], ['overflow', ['jobs']]);
});

test('wrong values are refused before anything is sent, naming the flag', async () => {
  const add = ['consumer', 'add', 'EVENTS', 'X'];
  const rows: [string[], RegExp][] = [
    [['consumer', 'add', 'EVENTS'], /<consumer> is required: there is no terminal to ask 'Consumer name' on/],
    [['consumer', 'info', 'EVENTS'], /cannot pick a Consumer without a terminal/],
    [['consumer', 'info', 'EVENTS', 'WORKR'], /unknown consumer 'EVENTS > WORKR' \(did you mean 'WORKER'\?\)/],
    [['consumer', 'info', 'EVNTS', 'WORKER'], /unknown stream 'EVNTS' \(did you mean 'EVENTS'\?\)/],
    [['consumer', 'add', 'EVENTS', 'a.b', '--pull'], /'a.b' can be no consumer's name/],
    [[...add, '--pull', '--target', 'x'], /--pull and --target cannot be combined/],
    [[...add, '--pull', '--bps', '100'], /rate limits are only possible on Push consumers/],
    [[...add, '--pull', '--heartbeat', '1s'], /pull subscribers does not support idle heartbeats/],
    [[...add, '--pull', '--deliver', 'soon'], /--deliver 'soon' is none of all, new, last, subject/],
    [[...add, '--pull', '--filter', 'a..b'], /--filter 'a..b' is no subject/],
    [[...add, '--target', 'x', '--heartbeat', 'soon'], /--heartbeat 'soon' is no duration/],
    [[...add, '--pull', '--pause', 'soon'], /--pause 'soon' could not be parsed as either timestamp/],
    [[...add, '--pull', '--pinned-groups', 'a', '--overflow-groups', 'b'], /--pinned-groups and --overflow-groups/],
    [['consumer', 'rm', 'EVENTS', '-f'], /--force requires a stream and consumer name/],
    [['consumer', 'rm', 'EVENTS', 'WORKER'], /There is no terminal to ask on: say --force/],
    [['consumer', 'unpin', 'EVENTS', 'WORKER'], /consumer is not a pinned priority consumer/],
    [['consumer', 'resume', 'EVENTS', 'WORKER', '-f'], /consumer is not paused/],
    [['consumer', 'next', 'EVENTS', 'WORKER', '--term', '--ack'], /can not both Acknowledge and Terminate/],
  ];
  for (const [words, expected] of rows) assert.match(await refusal(...words), expected, words.join(' '));
});

test('a configuration is validated, saved, read again and made elsewhere', async () => {
  const file = join(folder, 'saved.json');
  const checked = await ok('consumer', 'add', 'EVENTS', 'SAVED', '--pull', '--wait', '10s', '--validate');
  assert.match(checked, /\nConfiguration is a valid Consumer\n$/);
  await ok('consumer', 'add', 'EVENTS', 'SAVED', '--pull', '--wait', '10s', '--output', file);
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).ack_wait, 10_000_000_000);
  await ok('consumer', 'add', 'EVENTS', '--config', file);
  writeFileSync(file, await ok('consumer', 'info', 'EVENTS', 'SAVED', '--json'));
  await ok('consumer', 'add', 'EVENTS', 'SAVED2', '--config', file);
  const { config } = await json('consumer', 'info', 'EVENTS', 'SAVED2');
  assert.deepEqual([config.name, config.durable_name, config.ack_wait], ['SAVED2', 'SAVED2', 10_000_000_000]);
  writeFileSync(file, '{"name":"BAD","ack_wait":"7d","filter_subjets":["x"]}');
  const error = await refusal('consumer', 'add', 'EVENTS', '--config', file);
  assert.match(error, /'ack_wait' must be a whole number \(durations are nanoseconds\); unknown key 'filter_subjets'/);
});

test('messages are pulled one by one and acknowledged, refused, given up or left', async () => {
  await filled('PULLED', 4);
  await ok('consumer', 'add', 'PULLED', 'C', '--pull', '--defaults');
  assert.match(
    await ok('consumer', 'next', 'PULLED', 'C'),
    /^\[\d\d:\d\d:\d\d\] subj: pulled.a \/ tries: 1 \/ cons seq: 1 \/ str seq: 1 \/ pending: 3\n\nbody 1\n\nAcknowledged message\n\n$/,
  );
  assert.equal(await ok('consumer', 'next', 'PULLED', 'C', '--raw', '--nak'), 'body 2\n');
  assert.match(await ok('consumer', 'next', 'PULLED', 'C', '--term'), /tries: 2 .*\n\nbody 2\n\nTerminated message\n$/);
  const line = JSON.parse(await ok('consumer', 'next', 'PULLED', 'C', '--no-ack', '--json'));
  assert.deepEqual([line.seq, line.tries, line.data, line.verdict], [3, 1, 'body 3', null]);
  const info = await json('consumer', 'state', 'PULLED', 'C');
  assert.deepEqual([info.ack_floor.stream_seq, info.num_ack_pending, info.num_pending], [2, 1, 1]);
  const { code, output, error } = await run(
    'consumer',
    'next',
    'PULLED',
    'C',
    '--raw',
    '--count',
    '2',
    '--timeout',
    '1s',
  );
  assert.deepEqual([code, output], [1, 'body 4\n']);
  assert.match(error, /no message received within 1s: 'contrail consumer why PULLED C' says why/);
});

test('the list and the report show what waits and what is acknowledged', async () => {
  await filled('LISTED', 4);
  await ok('consumer', 'add', 'LISTED', 'C', '--pull', '--description', 'reads', '--defaults');
  await ok('consumer', 'next', 'LISTED', 'C', '--no-ack');
  assert.match(
    await ok('consumer', 'ls', 'LISTED'),
    /Consumers[\s\S]*Name +│ Description +│ Created +│ Ack Pending +│ Unprocessed +│ Last Delivery[\s\S]*│ C +│ reads +│ [-\d: ]+│ +1 │ +3 │/,
  );
  assert.deepEqual(await json('consumer', 'ls', 'LISTED'), ['C']);
  assert.equal(await ok('consumer', 'ls', 'LISTED', '--names'), 'C\n');
  const report = await ok('consumer', 'report', 'LISTED');
  assert.match(report, /Consumer report for LISTED with 1 consumers/);
  assert.match(report, /│ C +│ Pull │ Explicit +│ 30.00s +│ 1 +│ 0 +│ 3 \/ 75% +│/);
  assert.equal((await json('consumer', 'report', 'LISTED')).consumers[0].unprocessed, 3);
});

test('a consumer is removed, after a rehearsal', async () => {
  await filled('REMOVED', 1);
  await ok('consumer', 'add', 'REMOVED', 'C', '--pull', '--defaults');
  const lost = 'Consumer REMOVED > C with 1 unprocessed message and 0 outstanding acks';
  assert.equal(await ok('consumer', 'rm', 'REMOVED', 'C', '--dry-run'), `Would remove ${lost}\n`);
  assert.equal(await ok('consumer', 'rm', 'REMOVED', 'C', '-f'), `Removed ${lost}\n`);
  assert.deepEqual(await json('consumer', 'ls', 'REMOVED'), []);
});

test('why: paused, until it is resumed', async () => {
  await filled('PAUSED', 1);
  await ok('consumer', 'add', 'PAUSED', 'C', '--pull', '--defaults');
  assert.match(
    await ok('consumer', 'pause', 'PAUSED', 'C', '2h', '-f'),
    /^Paused PAUSED > C until .* \((?:2h0m0s|1h59m\d+s)\)\n$/,
  );
  assert.match(
    await ok('consumer', 'info', 'PAUSED', 'C'),
    /Paused Until Deadline: .* remaining\)\n[\s\S]*Paused Until: .* remaining\)/,
  );
  assert.deepEqual(await reasons('PAUSED', 'C'), ['paused', 'no_pulls_waiting']);
  assert.match(
    await ok('consumer', 'why', 'PAUSED', 'C'),
    / {2}It is paused for another .*\n {4}→ contrail consumer resume PAUSED C\n/,
  );
  assert.match(
    await ok('consumer', 'resume', 'PAUSED', 'C', '-f'),
    /^Consumer PAUSED > C was resumed while previously paused until /,
  );
  assert.deepEqual(await reasons('PAUSED', 'C'), ['no_pulls_waiting']);
});

test('why: nothing in the stream, a filter that matches nothing, nothing left', async () => {
  await filled('EMPTY', 0);
  await ok('consumer', 'add', 'EMPTY', 'ALL', '--pull', '--defaults');
  await ok('consumer', 'add', 'EMPTY', 'OTHER', '--pull', '--filter', 'empty.b', '--defaults');
  assert.deepEqual(await reasons('EMPTY', 'ALL'), ['stream_empty']);
  await ok('pub', 'empty.a', 'one', '-J');
  assert.deepEqual(await reasons('EMPTY', 'OTHER'), ['filter_matches_nothing']);
  await ok('consumer', 'next', 'EMPTY', 'ALL');
  assert.deepEqual(await reasons('EMPTY', 'ALL'), ['nothing_new']);
});

test('why: acknowledgements are owed', async () => {
  await filled('OWED', 2);
  await ok('consumer', 'add', 'OWED', 'C', '--pull', '--max-pending=1', '--defaults');
  await ok('consumer', 'next', 'OWED', 'C', '--no-ack');
  assert.deepEqual(await reasons('OWED', 'C'), ['ack_pending_full', 'no_pulls_waiting']);
  await ok('consumer', 'add', 'OWED', 'ALL', '--pull', '--defaults');
  await ok('consumer', 'next', 'OWED', 'ALL', '--count=2', '--no-ack');
  assert.deepEqual(await reasons('OWED', 'ALL'), ['awaiting_acks']);
});

test('why: what waits for its acknowledgement is said beside what waits to be pulled', async () => {
  await filled('DELAYED', 2);
  await ok('consumer', 'add', 'DELAYED', 'C', '--pull', '--backoff=linear', '--backoff-steps=3', '--backoff-max=3m');
  await ok('consumer', 'next', 'DELAYED', 'C', '--nak');
  assert.match(
    await ok('consumer', 'why', 'DELAYED', 'C'),
    / 1 message waits and no client pulls it\n.* consumer next DELAYED C\n\n {2}1 message waits for its acknowledgement\n.* comes again 1m0s to 2m20s after its delivery, what was refused \(nak\) at once; the last delivery was \S+ ago\n/,
  );
});

test('a consumer with priority groups is pulled for one of them, as why advises', async () => {
  await filled('GROUPS', 3);
  await ok('consumer', 'add', 'GROUPS', 'C', '--pull', '--pinned-groups=g1', '--pinned-ttl=1m', '--defaults');
  assert.match(
    await refusal('consumer', 'next', 'GROUPS', 'C'),
    /Priority Group missing .*'contrail consumer why GROUPS C'/,
  );
  assert.match(await ok('consumer', 'why', 'GROUPS', 'C'), /→ contrail consumer next GROUPS C --group g1\n/);
  const next = ['consumer', 'next', 'GROUPS', 'C', '--group', 'g1', '--raw'];
  assert.equal(await ok(...next, '--count', '2'), 'body 1\nbody 2\n');
  assert.deepEqual(await reasons('GROUPS', 'C'), ['no_pulls_waiting', 'pinned_elsewhere']);
});

test('why: given up after max_deliver, and a reset delivers again', async () => {
  await filled('GIVEN', 1);
  await ok('consumer', 'add', 'GIVEN', 'C', '--pull', '--max-deliver=2', '--defaults');
  await ok('consumer', 'next', 'GIVEN', 'C', '--nak');
  await ok('consumer', 'next', 'GIVEN', 'C', '--nak');
  assert.match(await refusal('consumer', 'next', 'GIVEN', 'C', '--timeout', '1s'), /no message received within 1s/);
  assert.deepEqual(await reasons('GIVEN', 'C'), ['max_deliver_reached']);
  assert.match(await ok('consumer', 'reset', 'GIVEN', 'C', '--sequence=1', '-f'), /^State for Consumer GIVEN > C/);
  assert.match(await ok('consumer', 'next', 'GIVEN', 'C', '--raw'), /^body 1\n$/);
});

test('why: nobody listens to what is pushed', async () => {
  await filled('PUSHES', 1);
  await ok('consumer', 'add', 'PUSHES', 'C', '--target', 'out.pushes', '--deliver-group', 'crew', '--defaults');
  assert.deepEqual(await reasons('PUSHES', 'C'), ['no_interest']);
  assert.match(await ok('consumer', 'why', 'PUSHES', 'C'), /→ contrail sub out.pushes --queue crew\n/);
  assert.match(
    await refusal('consumer', 'next', 'PUSHES', 'C'),
    /consumer "C" is not a Pull consumer: 'contrail sub out.pushes'/,
  );
});

test('consumers are found by what they are and have', async () => {
  await filled('FOUND', 3);
  await ok('consumer', 'add', 'FOUND', 'PULL', '--pull', '--defaults');
  await ok('consumer', 'add', 'FOUND', 'PUSH', '--target', 'out.found', '--deliver', 'new', '--defaults');
  await ok('consumer', 'next', 'FOUND', 'PULL', '--no-ack');
  const rows: [string[], string[]][] = [
    [[], ['PULL', 'PUSH']],
    [['--pull'], ['PULL']],
    [['--push'], ['PUSH']],
    [['--push', '--invert'], ['PULL']],
    [['--bound'], []],
    [['--pending=3'], ['PULL']],
    [['--pending=2'], []],
    [['--pending=1', '--invert'], ['PULL']],
    [['--ack-pending=2'], ['PULL']],
    [['--created=1h'], []],
    [
      ['--created=1h', '--invert'],
      ['PULL', 'PUSH'],
    ],
    [['--idle=1h', '--push'], ['PUSH']],
    [['--expression', 'state.num_pending > 1 and config.ack_policy == "explicit"'], ['PULL']],
    [['--pinned'], []],
    [['--idle=1h', '--invert'], ['PULL']],
    [['--leader=nobody'], []],
    [['--replicas=1'], ['PULL', 'PUSH']],
  ];
  for (const [flags, expected] of rows) {
    assert.deepEqual(await json('consumer', 'find', 'FOUND', ...flags), expected, flags.join(' '));
  }
  assert.equal(await ok('consumer', 'find', 'FOUND', '--pull'), 'PULL\n');
});

test('consumer sub shows what a push consumer delivers, acknowledges it and keeps up with its flow control', async () => {
  await ok('stream', 'add', 'PUSH', '--subjects', 'push.>', '--defaults');
  const add = [
    'consumer',
    'add',
    'PUSH',
    'OUT',
    '--target',
    'out.push',
    '--deliver-group',
    'crew',
    '--ack',
    'explicit',
  ];
  await ok(...add, '--flow-control', '--heartbeat', '1s', '--defaults');
  const environment = { NATS_URL: server.url };
  const { terminal, ended } = startCommand(['consumer', 'sub', 'PUSH', 'OUT'], { environment });
  await ok('pub', 'push.a', 'hello', '-J', '-H', 'Kind: one');
  await terminal.shows('hello\n');
  await ok('pub', 'push.b', 'there', '-J');
  await terminal.shows('there\n');
  terminal.interrupt();
  const { code, output } = await ended;
  assert.equal(code, 130);
  assert.match(
    output,
    /^Subscribing to topic out\.push auto acknowledgment: true\n\nConsumer Info:\n {2}Ack Policy: Explicit\n {4}Ack Wait: 30s\n\n/,
  );
  assert.match(
    output,
    /\] subj: push\.a \/ tries: 1 \/ cons seq: 1 \/ str seq: 1 \/ pending: 0\n\nHeaders:\n\n {3}Kind: one\n\nData:\nhello\n\n/,
  );
  const { ack_floor: floor, num_ack_pending: pending } = await json('consumer', 'info', 'PUSH', 'OUT');
  assert.deepEqual([floor.consumer_seq, pending], [2, 0]);
});

test('consumer sub takes the next message of a pull consumer', async () => {
  await filled('TAKEN', 2);
  await ok('consumer', 'add', 'TAKEN', 'C', '--pull', '--defaults');
  assert.equal(await ok('consumer', 'sub', 'TAKEN', 'C', '--raw'), 'body 1\n');
  const { data, verdict } = JSON.parse(await ok('consumer', 'sub', 'TAKEN', 'C', '--no-ack', '--json'));
  assert.deepEqual([data, verdict], ['body 2', null]);
  assert.equal((await json('consumer', 'info', 'TAKEN', 'C')).num_ack_pending, 1);
});

test('consumer graph counts a second after the other, and wants a terminal where nobody asked for JSON', async () => {
  await filled('GRAPHED', 3);
  await ok('consumer', 'add', 'GRAPHED', 'C', '--pull', '--defaults');
  await ok('consumer', 'next', 'GRAPHED', 'C', '--no-ack');
  assert.match(await refusal('consumer', 'graph', 'GRAPHED', 'C'), /can only graph data on an interactive terminal/);
  const environment = { NATS_URL: server.url };
  const programs = startCommand(['consumer', 'graph', 'GRAPHED', 'C', '--json'], { environment });
  await programs.terminal.shows('}\n');
  programs.terminal.interrupt();
  const [line = ''] = (await programs.ended).output.split('\n');
  assert.deepEqual(JSON.parse(line), {
    pending: 2,
    ack_pending: 1,
    acknowledged_per_second: 0,
    delivered_per_second: 0,
  });
  const person = startCommand(['c', 'graph', 'GRAPHED', 'C'], { environment, size: { columns: 80, rows: 50 } });
  await person.terminal.shows('Messages Delivered / second');
  person.terminal.interrupt();
  const { output } = await person.ended;
  assert.match(output, /Consumer Statistics for GRAPHED > C\n/);
  for (const caption of ['Messages Pending', 'Messages Waiting for Ack', 'Messages Acknowledged / second']) {
    assert.ok(output.includes(caption), caption);
  }
});

test('consumer cluster on one server says that there is nothing to do', async () => {
  await ok('consumer', 'add', 'EVENTS', 'SINGLE', '--pull', '--defaults');
  const error = await refusal('consumer', 'cluster', 'step-down', 'EVENTS', 'SINGLE');
  assert.match(error, /consumer "EVENTS > SINGLE" is not clustered: it has one replica/);
  assert.match(await refusal('consumer', 'cluster', 'evacuate', 'EVENTS', 'SINGLE', 'n1', '-f'), /\(\d+\)/);
  assert.equal((await json('consumer', 'cluster', 'balance', 'EVENTS')).balanced, 0);
});
