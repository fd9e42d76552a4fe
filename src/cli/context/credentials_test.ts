import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { NodeFiles } from '../../node/node_files.ts';
import { NodePrograms } from '../../node/node_programs.ts';
import { credentialPath, readCredential, readLiteral, schemeOf } from './credentials.ts';

const folder = mkdtempSync(join(tmpdir(), 'contrail-credentials-'));
const file = join(folder, 'user.creds');
writeFileSync(file, 'secret\n');
const doors = {
  files: new NodeFiles(),
  programs: new NodePrograms(),
  environment: (name: string): string | null => ({ PASSWORD: 'from environment', FOLDER: folder })[name] ?? null,
};

after(() => rmSync(folder, { recursive: true }));

async function read(reference: string): Promise<string> {
  return Buffer.from(await readCredential(reference, 'the credentials', doors)).toString();
}

test('credentials are read from files, variables and data', async () => {
  assert.equal(await read(file), 'secret\n');
  assert.equal(await read(`file://${file}`), 'secret\n');
  assert.equal(await read('$FOLDER/user.creds'), 'secret\n');
  assert.equal(await read('env://PASSWORD'), 'from environment');
  assert.equal(await read(`data:;base64,${Buffer.from('inline').toString('base64')}`), 'inline');
});

test('what cannot be read is named, its content never', async () => {
  await assert.rejects(read(join(folder, 'none')), /Cannot read the credentials: there is no file/);
  await assert.rejects(read('env://NOTHING'), /the environment variable 'NOTHING' is not set/);
  await assert.rejects(read('data:text/plain,abc'), /write data as data:;base64,CONTENT/);
  await assert.rejects(
    read('ftp://x/y'),
    /nobody knows the scheme of 'ftp:\/\/x\/y'; there are file, env, data, op, nsc/,
  );
  assert.throws(() => credentialPath('env://X', 'the TLS key', doors), /the TLS key: it must be a path/);
});

test('a password is itself unless it has a scheme', async () => {
  assert.equal(await readLiteral('plain:text', 'the password', doors), 'plain:text');
  assert.equal(await readLiteral('env://PASSWORD', 'the password', doors), 'from environment');
  assert.equal(await readLiteral(`file://${file}`, 'the password', doors), 'secret');
  assert.equal(schemeOf('C:\\keys'), '');
});

test('other programs are asked for credentials, and their failure is told', async () => {
  const op = join(folder, 'op');
  writeFileSync(op, '#!/bin/sh\n[ "$2" = "op://vault/item/field" ] && echo "the secret" || exit 3\n');
  chmodSync(op, 0o755);
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${before}`;
  try {
    assert.equal(await read('op://vault/item/field'), 'the secret\n');
    await assert.rejects(read('op://vault/other'), /'op read' failed with code 3/);
  } finally {
    process.env['PATH'] = before;
  }
  await assert.rejects(doors.programs.run(['/nonexistent/program']), /there is no such program/);
});
