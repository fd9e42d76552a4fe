// Backups over the network with `contrail` and `nats` (natscli 0.5.1) against nats-server 2.15: what the one has written the
// other restores, and what is there then is what was there before, consumers included.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { facts, type ProgramName, run } from './command_pair.ts';
import { endWithServers, referenceSide, ServerProcess } from './server_process.ts';
import { TerminalRun } from './terminal_run.ts';

endWithServers();

const folder = mkdtempSync(join(tmpdir(), 'contrail-cli-backup-'));
let server: ServerProcess;

before(async () => {
  server = await ServerProcess.start(referenceSide(), { jetStream: true });
  await ok('contrail', 'stream', 'add', 'EVENTS', '--subjects', 'events.>', '--max-age', '30d', '--defaults');
  await ok('contrail', 'stream', 'add', 'FAST', '--subjects', 'fast', '--storage', 'memory', '--defaults');
  await ok(
    'contrail',
    'pub',
    'events.a',
    'message {{Count}} {{Random 200 400}}',
    '-J',
    '--count',
    '500',
    '-H',
    'Kind: one',
  );
  await ok('contrail', 'pub', 'fast', 'x', '-J', '--count', '3');
  await ok('contrail', 'stream', 'rmm', 'EVENTS', '17', '-f');
  await ok('contrail', 'consumer', 'add', 'EVENTS', 'C', '--pull', '--max-deliver', '9', '--defaults');
  await ok('contrail', 'consumer', 'next', 'EVENTS', 'C', '--count', '5', '--raw');
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function ok(name: ProgramName, ...words: string[]): Promise<string> {
  const { code, output, error } = await run(name, server.url, words);
  assert.equal(code, 0, `${name} ${words.join(' ')}: ${output}${error}`);
  return output;
}

/** Everything there is to know of the stream, without when it was made. */
async function everything(stream: string, consumer: string | null): Promise<unknown> {
  const info = JSON.parse(await ok('nats', 'stream', 'info', stream, '--json'));
  const messages = await ok('nats', 'sub', '--stream', stream, '--all', '--terminate-at-end', '--raw');
  const more = consumer === null ? null : JSON.parse(await ok('nats', 'consumer', 'info', stream, consumer, '--json'));
  const { config, state } = info;
  const position = more === null ? null : [more.config, more.delivered?.stream_seq, more.ack_floor?.stream_seq];
  return facts([config, { ...state, consumer_count: 0 }, messages, position]);
}

for (const [saves, restores] of [
  ['contrail', 'nats'],
  ['nats', 'contrail'],
  ['contrail', 'contrail'],
] as const) {
  test(`[natscli 0.5.1] ${saves} backs up, ${restores} restores`, async () => {
    const target = join(folder, `${saves}-${restores}`);
    const before = await everything('EVENTS', 'C');
    const said = await ok(saves, 'backup', 'stream', 'EVENTS', target, '--no-progress', '--chunk-size', '4KB');
    assert.match(said, /Starting backup of Stream "EVENTS" with \d+ KiB/);
    assert.match(said, /Received \d+ KiB compressed data in \d\d+ chunks for stream "EVENTS" in \S+/);
    // nats reads its count of these while another of its threads still unpacks: where it is quick it says 0 B.
    if (saves === 'contrail') assert.match(said, /, \d+ KiB uncompressed/);
    assert.deepEqual(readdirSync(target).sort(), ['backup.json', 'stream.arc.s2']);
    await ok('contrail', 'stream', 'rm', 'EVENTS', '-f');
    const restored = await ok(restores, 'backup', 'restore', 'stream', target, '--no-progress');
    assert.match(restored, /Starting restore of Stream "EVENTS" from file ".*"\n[\s\S]*Restored stream "EVENTS" in /);
    assert.deepEqual(await everything('EVENTS', 'C'), before);
  });
}

test('[natscli 0.5.1] both write the same files, of the same length and meaning', async () => {
  const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
  await ok('contrail', 'stream', 'backup', 'EVENTS', ours, '--no-progress', '--check');
  await ok('nats', 'backup', 'stream', 'EVENTS', theirs, '--no-progress', '--check');
  const meta = (path: string): unknown => facts(JSON.parse(readFileSync(join(path, 'backup.json'), 'utf8')));
  assert.deepEqual(meta(ours), meta(theirs));
  // The times within differ, and so may the packing by a few bytes.
  const size = (path: string): number => statSync(join(path, 'stream.arc.s2')).size;
  assert.ok(Math.abs(size(ours) - size(theirs)) < 64, `${size(ours)} and ${size(theirs)}`);
  for (const name of ['contrail', 'nats'] as const) {
    const { code, error } = await run(name, server.url, ['backup', 'stream', 'EVENTS', ours]);
    assert.equal(code, 1);
    assert.match(error, /backup already exists in/);
  }
});

test('[natscli 0.5.1] a backup without consumers restores none', async () => {
  const target = join(folder, 'bare');
  await ok('contrail', 'stream', 'backup', 'EVENTS', target, '--no-consumers', '--no-progress');
  const copy = await ok('contrail', 'stream', 'info', 'EVENTS', '--json');
  await ok('contrail', 'stream', 'rm', 'EVENTS', '-f');
  const answer = JSON.parse(await ok('contrail', 'stream', 'restore', target, '--json'));
  assert.equal(answer.state.messages, JSON.parse(copy).state.messages);
  assert.equal(JSON.parse(await ok('contrail', 'consumer', 'ls', 'EVENTS', '--json')).length, 0);
  await ok('contrail', 'consumer', 'add', 'EVENTS', 'C', '--pull', '--defaults');
});

for (const [saves, restores] of [
  ['contrail', 'nats'],
  ['nats', 'contrail'],
] as const) {
  test(`[natscli 0.5.1] ${saves} backs up an account, ${restores} restores it`, async () => {
    const target = join(folder, `account-${saves}`);
    const before = [await everything('EVENTS', 'C'), await everything('FAST', null)];
    const said = await ok(saves, 'account', 'backup', target, '--force');
    assert.match(said, /Performing backup of all streams to .*\n\n +Streams: 2\n +Size: \d+ KiB\n +Consumers:+ \d+\n/);
    assert.ok(existsSync(join(target, 'EVENTS', 'stream.arc.s2')) && existsSync(join(target, 'FAST', 'backup.json')));
    const refused = await run(restores, server.url, ['account', 'restore', target]);
    assert.equal(refused.code, 1);
    assert.match(refused.error, /stream "EVENTS" exists already/);
    for (const name of ['EVENTS', 'FAST']) await ok('contrail', 'stream', 'rm', name, '-f');
    assert.match(await ok(restores, 'account', 'restore', target), /Restoring backup of all 2 streams in directory/);
    assert.deepEqual([await everything('EVENTS', 'C'), await everything('FAST', null)], before);
  });
}

test('[natscli 0.5.1] another configuration is taken, but not another name', async () => {
  const target = join(folder, 'other');
  await ok('contrail', 'stream', 'backup', 'FAST', target, '--no-progress');
  await ok('contrail', 'stream', 'rm', 'FAST', '-f');
  const config = join(folder, 'config.json');
  const { config: before } = JSON.parse(readFileSync(join(target, 'backup.json'), 'utf8'));
  const write = (change: object): void => writeFileSync(config, JSON.stringify({ ...before, ...change }));
  write({ name: 'RENAMED' });
  for (const name of ['contrail', 'nats'] as const) {
    const { code, error } = await run(name, server.url, ['stream', 'restore', target, '--config', config]);
    assert.equal(code, 1);
    assert.match(error, /stream names may not be changed during restore/);
  }
  write({ description: 'Restored' });
  await ok('contrail', 'stream', 'restore', target, '--config', config);
  const { config: now, state } = JSON.parse(await ok('nats', 'stream', 'info', 'FAST', '--json'));
  assert.deepEqual([now.description, state.messages], ['Restored', 3]);
});

test('on a terminal a backup and a restore show how far they are', async () => {
  const target = join(folder, 'shown');
  const saving = new TerminalRun(server.url, ['stream', 'backup', 'EVENTS', target]);
  await saving.sees('Starting backup of Stream "EVENTS" with');
  await saving.sees('100% | ');
  await saving.sees('uncompressed');
  assert.equal(await saving.ended(), 0);
  await ok('contrail', 'stream', 'rm', 'EVENTS', '-f');
  const restoring = new TerminalRun(server.url, ['stream', 'restore', target]);
  await restoring.sees('Starting restore of Stream "EVENTS"');
  await restoring.sees('100% | ');
  await restoring.sees('Restored stream "EVENTS" in');
  assert.equal(await restoring.ended(), 0);
});
