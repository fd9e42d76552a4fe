import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SILENT_LOGGER } from '../base/log.ts';
import { RunFiles } from './run_files.ts';

function inDirectory(body: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'contrail-run-'));
  try {
    body(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const PORTS = { nats: ['nats://127.0.0.1:4222'], monitoring: ['http://127.0.0.1:8222'] };

test('RunFiles writes the pid and the ports, and takes both away again', () => {
  inDirectory((root) => {
    const files = new RunFiles(4711, SILENT_LOGGER, () => PORTS);
    const pidFile = join(root, 'pid');
    const ports = join(root, 'nats-server_4711.ports');
    files.write({ pidFile, portsFileDirectory: root });
    assert.equal(readFileSync(pidFile, 'utf8'), '4711');
    assert.deepEqual(JSON.parse(readFileSync(ports, 'utf8')), PORTS);
    files.remove();
    assert.deepEqual([existsSync(pidFile), existsSync(ports)], [false, false]);
  });
});

test('RunFiles writes the pid for its own user, and the ports for whoever the umask lets', () => {
  inDirectory((root) => {
    const pidFile = join(root, 'pid');
    new RunFiles(4711, SILENT_LOGGER, () => PORTS).write({ pidFile, portsFileDirectory: root });
    const modeOf = (name: string) => statSync(join(root, name)).mode & 0o777;
    assert.deepEqual([modeOf('pid'), modeOf('nats-server_4711.ports')], [0o600, 0o666 & ~process.umask()]);
  });
});

test('RunFiles writes others after a reload, and says what it cannot do', () => {
  inDirectory((root) => {
    const said: string[] = [];
    const files = new RunFiles(4711, { ...SILENT_LOGGER, error: (text) => said.push(text) }, () => PORTS);
    files.write({ pidFile: null, portsFileDirectory: root });
    const other = join(root, 'other');
    mkdirSync(other);
    const options = { pidFile: join(root, 'pid'), portsFileDirectory: other };
    files.changePidFile(options);
    files.changePortsFile(options);
    assert.equal(readFileSync(options.pidFile, 'utf8'), '4711');
    assert.equal(existsSync(join(root, 'nats-server_4711.ports')), false);
    assert.equal(existsSync(join(other, 'nats-server_4711.ports')), true);
    files.changePidFile({ ...options, pidFile: join(root, 'none', 'pid') });
    assert.match(said.join(), /^Failed to write pidfile: open .*none\/pid: no such file or directory$/);
    assert.throws(
      () => files.write({ pidFile: join(root, 'none', 'pid'), portsFileDirectory: null }),
      /: no such file/,
    );
  });
});

test('RunFiles says where the ports cannot be written, and the server runs without that file', () => {
  inDirectory((root) => {
    const said: string[] = [];
    const log = { ...SILENT_LOGGER, error: (text: string) => said.push(text) };
    const files = new RunFiles(4711, log, () => PORTS);
    const pidFile = join(root, 'pid');
    files.write({ pidFile, portsFileDirectory: join(root, 'none') });
    assert.match(
      said.join(),
      /^Error writing ports file \((.*none\/nats-server_4711\.ports)\): open \1: no such file or directory$/,
    );
    assert.ok(existsSync(pidFile));
  });
});

test('RunFiles leaves nothing where nothing is asked for', () => {
  inDirectory((root) => {
    const files = new RunFiles(4711, SILENT_LOGGER, () => PORTS);
    files.write({ pidFile: null, portsFileDirectory: null });
    files.changePortsFile({ pidFile: null, portsFileDirectory: root });
    files.changePortsFile({ pidFile: null, portsFileDirectory: null });
    files.remove();
    assert.equal(existsSync(join(root, 'nats-server_4711.ports')), false);
  });
});
