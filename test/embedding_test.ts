// A server as a part of another program: what is left of it when it was stopped, and what a reload may still do to one that
// is about to end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RunningServer } from './security/running_server.ts';

const PROGRAM = fileURLToPath(new URL('./embedded_program.js', import.meta.url));
const LIMIT_MS = 20_000;

test('a program that has stopped its server ends by itself, whatever the server has used', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-embedding-'));
  try {
    for (const words of [[], [folder]]) {
      const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
      const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
      });
      const [code, signal] = await once(child, 'close');
      clearTimeout(limit);
      assert.deepEqual([said, code, signal], ['stopped\n', 0, null]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a reload starts no JetStream in a server that goes away slowly', () =>
  RunningServer.with({ config: '' }, async (running) => {
    const client = await running.connect({ protocol: 1 });
    const { contrail } = running;
    void contrail.lameDuck();
    await client.line(/"ldm":true/);
    assert.equal(await running.reload('max_payload: 1000'), null);
    assert.equal(contrail.engine, null);
    assert.equal(contrail.server.info.jetStream, false);
  }));

test('a reload under way when the server is stopped leaves no JetStream behind', async () => {
  await RunningServer.with({ config: 'jetstream: false', jetStream: false }, async (running) => {
    const { contrail } = running;
    const store = join(running.folder, 'store');
    const reloading = running.reload(`jetstream { store_dir: '${store}' }`);
    await contrail.stop();
    assert.equal(contrail.engine, null);
    await reloading;
    assert.equal(contrail.engine, null);
    // Its directory is free.
    await RunningServer.with({ flags: ['-js', '-sd', store], jetStream: false }, async (other) => {
      assert.notEqual(other.contrail.engine, null);
    });
  });
});
