import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NodeConfigSource } from './node_config_source.ts';

test('NodeConfigSource.readFile() reads a file up to a size, and says why not', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a.conf');
  writeFileSync(file, 'port: 1');
  const source = new NodeConfigSource();
  const text = source.readFile(file, 7);
  assert.ok(text.ok);
  assert.equal(Buffer.from(text.value).toString(), 'port: 1');
  assert.deepEqual(source.readFile(file, 6), { ok: false, error: `read ${file}: more than 6 bytes` });
  assert.deepEqual(source.readFile('/nope', 6), { ok: false, error: 'open /nope: no such file or directory' });
  assert.deepEqual(source.readFile(folder, 6), { ok: false, error: `read ${folder}: is a directory` });
  assert.equal(source.readFile('/dev/zero', 100_000).ok, false);
});

test('NodeConfigSource.sha256() is in lower case hexadecimal', () => {
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  assert.equal(new NodeConfigSource().sha256(''), empty);
});
