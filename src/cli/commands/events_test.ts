// `contrail events` against our own server within this process.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { type Running, startCommand } from '../testing_terminal.ts';

let server: CliServer;

before(async () => {
  server = await startCliServer();
});

after(async () => {
  await server.stop();
});

/** Commands until an event must have been shown. */
const TRIES_MAX = 1000;

const { ok, json, refusal } = commandsOn(() => server.url);

function listen(...words: string[]): Running {
  return startCommand(['events', ...words], { environment: { NATS_URL: server.url } });
}

async function outputOf({ terminal, ended }: Running): Promise<string> {
  terminal.interrupt();
  const { code, output } = await ended;
  assert.equal(code, 130);
  return output;
}

test('events of JetStream are shown as they come, as pages or as lines', async () => {
  const [pages, lines] = [listen('--js-advisory'), listen('--js-advisory', '--short')];
  await pages.terminal.shows('CLIENT.AUTH.ERR\n');
  await lines.terminal.shows('CLIENT.AUTH.ERR\n');
  // They say so before the server knows: whoever is told of the one hears of the other as well.
  for (let i = 0; !(pages.terminal.output.includes('Create') && lines.terminal.output.includes('Create')); i++) {
    assert.ok(i < TRIES_MAX, pages.terminal.error + lines.terminal.error);
    await ok('stream', 'add', `MADE${i}`, '--subjects', `made.${i}`, '--defaults');
  }
  assert.match(await outputOf(pages), /\n\[\d\d:\d\d:\d\d\] \[\w+\] Stream Create Action\n\n +Stream: MADE\d+\n/);
  const text = await outputOf(lines);
  assert.match(
    text,
    /^Listening for Advisories on \$JS\.EVENT\.ADVISORY\.>\nListening for Client Connection events on /,
  );
  assert.match(text, /\n\d\d:\d\d:\d\d \[Stream Create\] MADE\d+\n/);
});

test('what is no event, or of a kind that nobody knows, is shown as it is', async () => {
  const running = listen('--no-srv-advisory', '--subjects', 'odd');
  await running.terminal.shows('Listening for advisories on odd\n');
  for (let i = 0; !running.terminal.output.includes('}'); i++) {
    assert.ok(i < TRIES_MAX, running.terminal.error);
    await ok('pub', 'odd', '{"type":"io.nats.new.v1.thing","big":12345678901234567890}');
  }
  await ok('pub', 'odd', 'no JSON at all');
  await running.terminal.shows('no JSON at all\n');
  const output = await outputOf(running);
  assert.match(
    output,
    /\n\[Unknown event\] on subject odd\n\n {2}\{\n {4}"type": "io\.nats\.new\.v1\.thing",\n {4}"big": 12345678901234567890\n {2}\}\n/,
  );
});

test('--filter looks at all of an event, whatever the case, and nothing else is shown', async () => {
  const running = listen('--no-srv-advisory', '--subjects', 'some', '--json', '--filter', 'ORDERS-\\d+');
  const connected = listen('--no-srv-advisory', '--subjects', 'some', '--json');
  for (let i = 0; connected.terminal.output === '' || running.terminal.output === ''; i++) {
    assert.ok(i < TRIES_MAX, connected.terminal.error + running.terminal.error);
    await ok('pub', 'some', '{"path":"other"}');
    await ok('pub', 'some', '{"path":"orders-17"}');
  }
  await outputOf(connected);
  assert.match(await outputOf(running), /^(?:\{"path":"orders-17"\}\n)+$/);
});

test('a stream that has kept events is read, and nothing is left on it after Ctrl-C', async () => {
  await ok('stream', 'add', 'AUDIT', '--subjects', 'audit', '--defaults');
  await ok('pub', 'audit', '{"path":"kept"}', '-J');
  for (const words of [[], ['--since', '1h']]) {
    const running = listen('--stream', 'AUDIT', '--json', ...words);
    await Promise.race([running.terminal.shows('kept'), running.ended]);
    assert.equal(await outputOf(running), '{"path":"kept"}\n');
    assert.equal((await json('stream', 'info', 'AUDIT')).state.consumer_count, 0);
  }
});

test('a choice that cannot be is refused, with what to say', async () => {
  assert.match(await refusal('events', '--no-srv-advisory'), /no events were chosen: say --js-advisory/);
  assert.match(await refusal('events', '--subjects', 'a b'), /--subjects 'a b' is no subject/);
  assert.match(await refusal('events', '--since', '1h'), /--since goes with --stream/);
  assert.match(await refusal('events', '--stream', 'X', '-a'), /cannot specify both Stream and/);
  assert.match(await refusal('events', '--filter', '('), /--filter: invalid body regular expression/);
  assert.match(await refusal('events', '--stream', 'NOPE'), /unknown stream 'NOPE'/);
});
