import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeJsonLog } from './node_json_log.ts';
import type { LineWriter } from './node_log_lines.ts';

function writerInto(lines: string[]): LineWriter {
  return { write: (line) => lines.push(line), reopen: () => true, close: () => Promise.resolve() };
}

const OPTIONS = { pid: 4711, hasTime: true, realtimeMs: () => Date.UTC(2026, 10, 23, 10, 2, 11) + 482.11328125 };

test('NodeJsonLog writes an object a line: level, time in UTC, pid, fields, message', async () => {
  const lines: string[] = [];
  const log = await NodeJsonLog.open(OPTIONS, () => writerInto(lines));
  log.say('info', 'Server is ready', undefined);
  log.say('fatal', 'Cannot listen\n"here"', { port: 4222, isShared: false, host: 'a' });
  assert.deepEqual(lines, [
    '{"level":"info","time":"2026-11-23T10:02:11.482113Z","pid":4711,"msg":"Server is ready"}\n',
    '{"level":"fatal","time":"2026-11-23T10:02:11.482113Z","pid":4711,"port":4222,"isShared":false,"host":"a","msg":"Cannot listen\\n\\"here\\""}\n',
  ]);
});

test('NodeJsonLog knows every level, and no time without logtime', async () => {
  const lines: string[] = [];
  const log = await NodeJsonLog.open({ ...OPTIONS, hasTime: false }, () => writerInto(lines));
  for (const level of ['error', 'warn', 'info', 'debug', 'trace'] as const) log.say(level, 'x', undefined);
  assert.deepEqual(
    lines,
    ['error', 'warn', 'info', 'debug', 'trace'].map((level) => `{"level":"${level}","pid":4711,"msg":"x"}\n`),
  );
});

test('NodeJsonLog makes lines for its writer too, which writes them itself', async () => {
  const lines: string[] = [];
  let line: (level: 'info', text: string) => string = () => '';
  const log = await NodeJsonLog.open({ ...OPTIONS, hasTime: false }, (make) => {
    line = make;
    return writerInto(lines);
  });
  log.say('info', 'before', undefined);
  lines.push(line('info', 'Rotated log'));
  log.say('info', 'after', undefined);
  assert.deepEqual(
    lines.map((text) => JSON.parse(text).msg),
    ['before', 'Rotated log', 'after'],
  );
  assert.equal(log.reopen(), true);
});
