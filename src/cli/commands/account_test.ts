// Commands on accounts and errors, against our own server within this process where one is needed.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';
import { runCommand } from '../testing_terminal.ts';

let server: CliServer;

before(async () => {
  server = await startCliServer();
});

after(async () => {
  await server.stop();
});

async function ok(...words: string[]): Promise<string> {
  const { code, output, error } = await runCommand(words, { environment: { NATS_URL: server.url } });
  assert.equal(code, 0, error);
  return output;
}

test('account info shows the connection and what JetStream is used for', async () => {
  const output = await ok('account', 'info');
  for (const text of [
    'Account Information\n\n',
    ' Account: $G',
    ` Connected URL: ${server.url}\n`,
    ' TLS Connection: no\n',
    '\nAccount Usage:\n',
    '  Tier: Default:\n',
    ' Streams: 0 of Unlimited\n',
  ]) {
    assert.ok(output.includes(text), `${text} in ${output}`);
  }
  const { connection, jetstream, user } = JSON.parse(await ok('account', 'info', '--json'));
  assert.equal(connection.url, server.url);
  assert.equal(jetstream.streams, 0);
  assert.equal(user.account, '$G');
});

test('account info says where there is no JetStream', async () => {
  const plain = await startCliServer({ jetStream: false });
  try {
    const { output } = await runCommand(['a', 'info'], { environment: { NATS_URL: plain.url } });
    assert.match(output, /JetStream is not supported in this account/);
  } finally {
    await plain.stop();
  }
});

test('account tls says that there is none', async () => {
  const { code, error } = await runCommand(['account', 'tls'], { environment: { NATS_URL: server.url } });
  assert.equal(code, 1);
  assert.match(error, /This connection has no TLS: name the server with tls:\/\//);
});

test('errors are listed, sorted and looked up', async () => {
  assert.match(await ok('errors', 'ls', 'stream not found'), /│ {5}10059 │ {13}404 │ stream not found │/);
  const rows = JSON.parse(await ok('errors', 'ls', 'consumer', 'http', '--json', '-R'));
  assert.ok(rows.length > 10 && rows[0].code >= rows.at(-1).code);
  assert.match(await ok('errors', 'lookup', '10059'), /NATS Error Code: 10059\n\n {8}Description: stream not found\n/);
  const { error } = await runCommand(['errors', 'lookup', '9']);
  assert.match(error, /no error matches code 9/);
});

test('a file of errors is edited and validated', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-errors-'));
  try {
    const file = join(folder, 'errors.json');
    writeFileSync(file, await ok('errors', 'ls', 'stream not found', '--json'));
    assert.match(await ok('errors', 'validate', file), /Validated \d errors/);
    const editor = join(folder, 'editor.sh');
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/stream not found/no such stream {name}/" "$1"\n', { mode: 0o755 });
    const { error } = await runCommand(['errors', 'edit', file, '10059'], { environment: { EDITOR: editor } });
    assert.match(error, /constants for errors with tokens must end in F/);
    assert.ok(!readFileSync(file, 'utf8').includes('no such stream'), 'a faulty row is not written');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
