import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { type LogSettings, openLogSink } from './node_logging.ts';

const SETTINGS: LogSettings = {
  hasTime: false,
  isUtc: false,
  format: 'nats',
  file: null,
  fileBytesMax: 0,
  filesMax: 0,
  isSyslog: false,
  remoteSyslog: null,
};

function worldWith(lines: string[]) {
  return {
    pid: 7,
    hostName: 'here',
    realtimeMs: () => 0,
    standardError: { write: (line: string) => lines.push(line), reopen: () => false, close: () => Promise.resolve() },
  };
}

async function inDirectory(body: (root: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'contrail-logging-'));
  try {
    await body(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('openLogSink() writes to standard error unless something else is asked for', async () => {
  const lines: string[] = [];
  const sink = await openLogSink(SETTINGS, worldWith(lines));
  sink.say('info', 'hello', undefined);
  assert.deepEqual(
    lines.map((line) => stripVTControlCharacters(line)),
    ['[7] [INF] hello\n'],
  );
  assert.equal(sink.reopen(), false);
});

test('openLogSink() lets a file win over syslog, and rotates it in the format that is asked for', () =>
  inDirectory(async (root) => {
    const file = join(root, 'a.log');
    const settings = { ...SETTINGS, file, isSyslog: true, remoteSyslog: 'tcp://127.0.0.1:1', fileBytesMax: 150 };
    for (const format of ['nats', 'json'] as const) {
      const sink = await openLogSink({ ...settings, format }, worldWith([]));
      for (let i = 0; i < 3; i++) sink.say('info', 'x'.repeat(100), undefined);
      assert.equal(sink.reopen(), true);
      await sink.close();
      const now = readFileSync(file, 'utf8').split('\n')[0] ?? '';
      const backup = `${root}/a.log.`;
      const said = format === 'nats' ? now.slice('[7] [INF] '.length) : JSON.parse(now).msg;
      assert.ok(said.startsWith(`Rotated log, backup saved as "${backup}`), now);
      assert.ok(readdirSync(root).length >= 2);
      rmSync(file);
    }
  }));

test('openLogSink() says what it cannot have', async () => {
  await assert.rejects(
    openLogSink({ ...SETTINGS, file: '/none/a.log' }, worldWith([])),
    /^Error: error opening file: .*ENOENT/,
  );
  await assert.rejects(openLogSink({ ...SETTINGS, remoteSyslog: 'x' }, worldWith([])), /error invalid network type/);
});
