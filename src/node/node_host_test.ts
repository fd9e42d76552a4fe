import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { NodeHost } from './node_host.ts';

test('NodeHost knows the process and the machine', () => {
  const host = new NodeHost();
  assert.equal(host.pid, process.pid);
  assert.ok(host.hostName.length > 0);
  assert.ok(host.cores >= 1);
  assert.ok(host.totalMemoryBytes > 1 << 20);
  assert.match(host.runtime, /^node v\d+\./);
  assert.equal(host.environment('CONTRAIL_NOT_SET'), null);
  assert.equal(host.environment('PATH'), process.env.PATH);
  assert.equal(host.workingDirectory(), process.cwd());
  assert.ok(host.temporaryDirectory().length > 0);
  assert.equal(host.platform, process.platform);
});

test('NodeHost.usage() gives memory in bytes and CPU time that only grows', () => {
  const host = new NodeHost();
  const first = host.usage();
  assert.ok(first.residentBytes > 10 << 20);
  assert.ok(first.cpuMicros > 0);
  assert.ok(host.usage().cpuMicros >= first.cpuMicros);
});

test('NodeHost.onSignal() calls each listener until it stops listening', async () => {
  const host = new NodeHost();
  let calls = 0;
  const count = () => {
    calls++;
  };
  const stops = [host.onSignal('SIGHUP', count), host.onSignal('SIGHUP', count)];
  const arrived = new Promise<void>((resolve) => {
    stops.push(host.onSignal('SIGHUP', resolve));
  });
  // Listening for a signal does not keep a process alive.
  const alive = setInterval(() => {}, 1000);
  process.kill(process.pid, 'SIGHUP');
  await arrived;
  clearInterval(alive);
  assert.equal(calls, 2);
  for (const stop of stops) stop();
  assert.equal(process.listenerCount('SIGHUP'), 0);
});

test('NodeHost.exit() ends the process with the code', () => {
  const url = new URL('./node_host.js', import.meta.url).href;
  const script = `import { NodeHost } from '${url}'; new NodeHost().exit(3); process.exitCode = 4;`;
  assert.equal(spawnSync(process.execPath, ['--input-type=module', '-e', script]).status, 3);
});
