// Going away slowly, seen from outside: what clients are told, who still comes in, which signals count, how it ends; the
// same of both servers. Needs the reference server (see server_process.ts).
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LoggedProcess } from './logged_process.ts';
import { contrailSide, referenceSide, type Side } from './server_process.ts';
import { TextClient } from './text_client.ts';

const LIMIT_MS = 30_000;
/** The shortest there is: the smallest duration is half a minute, and with it clients are closed within a second each. */
const QUICK = 'lame_duck_duration: "30s", lame_duck_grace_period: "100ms"';
const SLOW = 'lame_duck_duration: "120s", lame_duck_grace_period: "100s"';

async function onBoth(config: string, body: (server: LoggedProcess, port: number) => Promise<unknown>): Promise<void> {
  const results: unknown[] = [];
  for (const side of [referenceSide(), contrailSide()]) results.push(await onOne(side, config, body));
  const [theirs, ours] = results;
  assert.deepEqual(ours, theirs);
}

async function onOne(
  side: Side,
  config: string,
  body: (server: LoggedProcess, port: number) => Promise<unknown>,
): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-lame-duck-'));
  const file = join(folder, 'server.conf');
  writeFileSync(file, `port: -1, host: 127.0.0.1\n${config}\n`);
  const server = LoggedProcess.start([...side.command, '-c', file]);
  try {
    const port = await server.ready();
    assert.ok(port !== null, server.log);
    return await body(server, port);
  } finally {
    await server.dispose();
    rmSync(folder, { recursive: true });
  }
}

function said(server: LoggedProcess): string[] {
  const lines = server.log.split('\n').map((line) => line.replace(/^\[\d+\] [\d/]+ [\d:.]+ /, ''));
  return lines.slice(lines.findIndex((line) => line.includes('Trapped')));
}

function refusesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

test('SIGUSR2 tells clients, lets nobody in, closes them and ends with 0', () =>
  onBoth(QUICK, async (server, port) => {
    const [one, two] = [await TextClient.connect(port), await TextClient.connect(port)];
    const old = await TextClient.connect(port, { protocol: 0 });
    for (const client of [one, two, old]) client.text = '';
    process.kill(server.pid, 'SIGUSR2');
    await server.until((log) => log.includes('Entering lame duck mode'), LIMIT_MS);
    // The listener is closed a moment after the log says so.
    while (!(await refusesConnections(port))) await new Promise((resolve) => setTimeout(resolve, 20));
    const ending = await server.ended;
    await Promise.all([one.closed(), two.closed(), old.closed()]);
    const isTold = [one, two].map(({ text }) => /^INFO \{.*"ldm":true.*\} \r\n$/.test(text));
    return { ending, isTold, old: old.text, log: said(server) };
  }));

test('SIGTERM does not hurry a server that goes away slowly, SIGINT does', () =>
  onBoth(SLOW, async (server, port) => {
    const client = await TextClient.connect(port);
    process.kill(server.pid, 'SIGUSR2');
    await client.until(() => client.text.includes('"ldm":true'));
    process.kill(server.pid, 'SIGTERM');
    await server.until((log) => log.includes('terminated'), LIMIT_MS);
    await client.settled();
    process.kill(server.pid, 'SIGINT');
    const ending = await server.ended;
    return { ending, log: said(server) };
  }));

test('a server without clients is gone at once', () =>
  onBoth(SLOW, async (server) => {
    process.kill(server.pid, 'SIGUSR2');
    return { ending: await server.ended, log: said(server) };
  }));

test('--signal speaks to a server by its id and by its pid file', () =>
  onBoth('', async (server) => {
    const folder = mkdtempSync(join(tmpdir(), 'contrail-signal-'));
    try {
      const file = join(folder, 'pid');
      writeFileSync(file, String(server.pid));
      const [program = '', ...words] = contrailSide().command;
      const signal = async (target: string) => {
        const process = LoggedProcess.start([program, ...words, '--signal', target]);
        return [(await process.ended).code, process.log, process.output];
      };
      assert.deepEqual(await signal(`reopen=${server.pid}`), [0, '', '']);
      await server.until((log) => log.includes('re-open'), LIMIT_MS);
      assert.deepEqual(await signal(`ldm=${file}`), [0, '', '']);
      const result = { ending: await server.ended, log: said(server) };
      const gone = `contrail-server: cannot signal process ${server.pid}: there is none of that id\n`;
      assert.deepEqual(await signal(`ldm=${server.pid}`), [1, gone, '']);
      return result;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }));
