// The command line in a real pseudo-terminal (util-linux `script`): questions with their defaults in the reference's order,
// Ctrl-C at a question, confirmation before something is lost, tables within the terminal's width, colours.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run as commandEnded } from './command_pair.ts';
import { contrailSide, endWithServers, ServerProcess } from './server_process.ts';
import { TerminalRun } from './terminal_run.ts';

endWithServers();

const folder = mkdtempSync(join(tmpdir(), 'contrail-terminal-'));
let server: ServerProcess;

before(async () => {
  server = await ServerProcess.start(contrailSide(), { jetStream: true });
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const QUESTIONS = [
  'Storage',
  'Replication (1)',
  'Retention Policy',
  'Discard Policy',
  'Stream Messages Limit (-1)',
  'Per Subject Messages Limit (-1)',
  'Total Stream Size (-1)',
  'Message TTL (-1)',
  'Max Message Size (-1)',
  'Duplicate tracking time window (2m0s)',
  'Allow message Roll-ups (y/N)',
  'Allow message deletion (Y/n)',
  'Allow purging subjects or the entire stream (Y/n)',
];

test('[natscli 0.5.1] stream add asks what is not given, in the reference order with its defaults', async () => {
  const run = new TerminalRun(server.url, ['stream', 'add']);
  await run.sees('Stream Name');
  run.type('ORDERS\r');
  await run.sees('Subjects');
  run.type('orders.>\r');
  for (const question of QUESTIONS) {
    await run.sees(question);
    run.type('\r');
  }
  await run.sees('Stream ORDERS was created');
  await run.sees('Duplicate Window: 2m0s');
  assert.equal(await run.ended(), 0);
});

test('Ctrl-C at a question changes nothing and says so', async () => {
  const run = new TerminalRun(server.url, ['stream', 'add', 'NEVER', '--subjects', 'never']);
  await run.sees('Storage');
  run.type('\u0003');
  await run.sees('interrupted, nothing was changed');
  assert.equal(await run.ended(), 130);
});

test('a removal is confirmed, and no is the default', async () => {
  const kept = new TerminalRun(server.url, ['stream', 'rm', 'ORDERS']);
  await kept.sees('Really delete Stream ORDERS (y/N)');
  kept.type('\r');
  assert.equal(await kept.ended(), 0);
  const removed = new TerminalRun(server.url, ['stream', 'rm']);
  await removed.sees('Select a Stream');
  removed.type('\r');
  await removed.sees('Really delete Stream ORDERS (y/N)');
  removed.type('y\r');
  await removed.sees('Removed Stream ORDERS with 0 messages');
  assert.equal(await removed.ended(), 0);
});

test('tables stay within the terminal and have the colour of the scheme', async () => {
  const run = new TerminalRun(server.url, ['errors', 'ls', 'stream name', '--colors', 'cyan'], { columns: 60 });
  assert.equal(await run.ended(), 0);
  assert.ok(run.raw.includes('\u001b[36m'), 'no colour');
  for (const line of run.text.split('\n')) assert.ok([...line].length <= 60, line);
});

test('apply asks before it changes what is there, no is the default, and Ctrl-C changes nothing', async () => {
  const path = join(folder, 'applied.yaml');
  writeFileSync(path, '{name: APPLIED, subjects: [applied]}');
  const made = new TerminalRun(server.url, ['apply', '-f', path]);
  await made.sees('Created Stream APPLIED');
  assert.equal(await made.ended(), 0);
  writeFileSync(path, '{name: APPLIED, subjects: [applied], max_age: 1d}');
  const kept = new TerminalRun(server.url, ['apply', '-f', path]);
  await kept.sees('max_age: 0s → 1d');
  await kept.sees('Really apply this, 1 to update (y/N)');
  kept.type('\r');
  assert.equal(await kept.ended(), 0);
  const stopped = new TerminalRun(server.url, ['apply', '-f', path]);
  await stopped.sees('Really apply this, 1 to update (y/N)');
  stopped.type('\u0003');
  await stopped.sees('interrupted, nothing was changed');
  assert.equal(await stopped.ended(), 130);
  const changed = new TerminalRun(server.url, ['apply', '-f', path]);
  await changed.sees('Really apply this, 1 to update (y/N)');
  changed.type('y\r');
  await changed.sees('Updated Stream APPLIED');
  assert.equal(await changed.ended(), 0);
});

test('a large object moves under a bar that ends at its size; --no-progress has none', async () => {
  const path = join(folder, 'large.bin');
  writeFileSync(path, Buffer.alloc(3 * 1024 * 1024, 'contrail'));
  assert.equal(await new TerminalRun(server.url, ['object', 'add', 'FILES']).ended(), 0);
  const put = new TerminalRun(server.url, ['object', 'put', 'FILES', path, '--name', 'large']);
  await put.sees('100% | 3.0 MiB/3.0 MiB');
  await put.sees('Object information for FILES > large');
  assert.equal(await put.ended(), 0);
  const got = join(folder, 'got.bin');
  const get = new TerminalRun(server.url, ['object', 'get', 'FILES', 'large', '-O', got]);
  await get.sees('100% | 3.0 MiB/3.0 MiB');
  await get.sees(`Wrote: 3.0 MiB to ${got}`);
  assert.equal(await get.ended(), 0);
  assert.ok(readFileSync(got).equals(readFileSync(path)));
  const quiet = new TerminalRun(server.url, ['object', 'get', 'FILES', 'large', '-O', got, '--no-progress']);
  await quiet.sees(`Replace existing target file ${got}`);
  quiet.type('y\r');
  await quiet.sees('Wrote: 3.0 MiB');
  assert.equal(await quiet.ended(), 0);
  assert.ok(!quiet.text.includes('%'), quiet.text);
});

test('a bucket is picked from a list, and what a key loses is confirmed', async () => {
  for (const words of [
    ['kv', 'add', 'CONFIG', '--history', '5'],
    ['kv', 'put', 'CONFIG', 'k', 'first'],
    ['kv', 'put', 'CONFIG', 'k', 'second'],
  ]) {
    assert.equal(await new TerminalRun(server.url, words).ended(), 0);
  }
  const picked = new TerminalRun(server.url, ['kv', 'info']);
  await picked.sees('Select a Bucket');
  picked.type('\r');
  await picked.sees('Information for Key-Value Store Bucket CONFIG');
  assert.equal(await picked.ended(), 0);
  const reverted = new TerminalRun(server.url, ['kv', 'revert', 'CONFIG', 'k', '1']);
  await reverted.sees('Revision: 1');
  await reverted.sees('first');
  await reverted.sees('Really revert to revision 1 (y/N)');
  reverted.type('y\r');
  await reverted.sees('History for CONFIG > k');
  assert.equal(await reverted.ended(), 0);
  const kept = new TerminalRun(server.url, ['kv', 'del', 'CONFIG', 'k']);
  await kept.sees('Delete key CONFIG > k (y/N)');
  kept.type('\r');
  await kept.sees('Skipping delete');
  assert.equal(await kept.ended(), 0);
});

/** Of a pull consumer, as the reference asks them. */
const CONSUMER_QUESTIONS = [
  'Delivery target (empty for Pull Consumers)',
  'Start policy (all, new, last, subject, 1h, msg sequence)',
  'Acknowledgment policy',
  'Replay policy',
  'Filter Stream by subjects (blank for all)',
  'Maximum Allowed Deliveries',
  'Maximum Acknowledgments Pending',
  'Deliver headers only without bodies',
  'Add a Retry Backoff Policy',
];

test('[natscli 0.5.1] consumer add asks what the reference asks, in its order', async () => {
  await done('stream', 'add', 'ASKED', '--subjects', 'asked.>', '--defaults');
  const run = new TerminalRun(server.url, ['consumer', 'add', 'ASKED']);
  await run.sees('Consumer name');
  run.type('WORKER\r');
  for (const question of CONSUMER_QUESTIONS) {
    await run.sees(question);
    run.type('\r');
  }
  await run.sees('Information for Consumer ASKED > WORKER');
  assert.equal(await run.ended(), 0);
});

test('[natscli 0.5.1] stream view shows a page, asks for the next one, and ends', async () => {
  await done('stream', 'add', 'PAGED', '--subjects', 'paged', '--defaults');
  await done('pub', 'paged', 'message {{Count}}', '-J', '--count', '5');
  const run = new TerminalRun(server.url, ['stream', 'view', 'PAGED', '2']);
  await run.sees('[1] Subject: paged Received: ');
  await run.sees('message 2');
  await run.sees('Next Page?');
  assert.ok(!run.text.includes('message 3'), run.text);
  run.type('\r');
  await run.sees('message 4');
  await run.sees('Next Page?');
  run.type('n\r');
  assert.equal(await run.ended(), 0);
  assert.ok(!run.text.includes('message 5'), run.text);
});

test('Ctrl-C ends what would go on for ever, with the code of an interruption', async () => {
  const listening = new TerminalRun(server.url, ['sub', 'ctrl.c']);
  await listening.sees('Subscribing on ctrl.c');
  listening.type('\u0003');
  assert.equal(await listening.ended(), 130);
  const watching = new TerminalRun(server.url, ['events', '--js-advisory']);
  await watching.sees('CLIENT.AUTH.ERR');
  watching.type('\u0003');
  assert.equal(await watching.ended(), 130);
});

test('Ctrl-C in the middle says how far it came', async () => {
  const run = new TerminalRun(server.url, ['pub', 'many', 'x', '--count', '100000', '--sleep', '5ms']);
  await run.sees('% | ');
  run.type('\u0003');
  await run.sees('interrupted: ');
  assert.equal(await run.ended(), 130);
  assert.match(run.text, /interrupted: [\d,]+ of 100,000 messages were published/);
});

test('many messages have a bar that comes to its end', async () => {
  const run = new TerminalRun(server.url, ['pub', 'many', 'x', '--count', '2000']);
  await run.sees('100% | ');
  assert.equal(await run.ended(), 0);
});

test('a graph takes the size that the terminal has by now, and leaves an empty screen', async () => {
  await done('consumer', 'add', 'ASKED', 'DRAWN', '--pull', '--defaults');
  const run = new TerminalRun(server.url, ['consumer', 'graph', 'ASKED', 'DRAWN'], { columns: 120, rows: 60 });
  await run.sees('Messages Delivered / second');
  const widest = (): number =>
    Math.max(
      ...run.text
        .slice(-4000)
        .split('\n')
        .map((line) => [...line].length),
    );
  assert.ok(widest() > 80 && widest() <= 120, run.text);
  run.resize(60, 50);
  // The first picture may be of before.
  for (let i = 0; i < 2; i++) {
    run.lookAhead();
    await run.sees('Messages Delivered / second');
  }
  const picture = run.text.slice(run.text.lastIndexOf('Consumer Statistics for ASKED > DRAWN'));
  for (const line of picture.split('\n')) assert.ok([...line].length <= 60, line);
  run.type('\u0003');
  assert.equal(await run.ended(), 130);
  assert.ok(run.raw.trimEnd().endsWith('\u001b[2J\u001b[H'), 'the screen is not empty');
});

async function done(...words: string[]): Promise<void> {
  const { code, error } = await commandEnded('contrail', server.url, words);
  assert.equal(code, 0, error);
}
