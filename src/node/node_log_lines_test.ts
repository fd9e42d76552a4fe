import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { type LogLevels, NodeLog } from './node_log.ts';
import { type LineWriter, NodeLogLines, type NodeLogLinesOptions } from './node_log_lines.ts';

interface Logged {
  readonly log: NodeLog;
  readonly lines: string[];
}

function writerInto(lines: string[]): LineWriter {
  return { write: (line) => lines.push(line), reopen: () => false, close: () => Promise.resolve() };
}

function logger({ isDebug = false, isTrace = false, ...options }: Partial<NodeLogLinesOptions & LogLevels>): Logged {
  const lines: string[] = [];
  const all = {
    pid: 4711,
    hasTime: true,
    isUtc: true,
    isColored: false,
    realtimeMs: () => Date.UTC(2026, 10, 23, 10, 2, 11) + 482.11328125,
    ...options,
  };
  return { log: new NodeLog(new NodeLogLines(all, () => writerInto(lines)), { isDebug, isTrace }), lines };
}

test('NodeLogLines writes the line of nats-server: pid, microseconds, level, text', () => {
  const { log, lines } = logger({});
  log.info('Server is ready');
  log.warn('Careful');
  log.error('Broken');
  log.fatal('Over');
  assert.deepEqual(lines, [
    '[4711] 2026/11/23 10:02:11.482113 [INF] Server is ready\n',
    '[4711] 2026/11/23 10:02:11.482113 [WRN] Careful\n',
    '[4711] 2026/11/23 10:02:11.482113 [ERR] Broken\n',
    '[4711] 2026/11/23 10:02:11.482113 [FTL] Over\n',
  ]);
});

test('NodeLogLines tells the time of this place unless UTC is asked for', () => {
  const url = new URL('./node_log_lines.js', import.meta.url).href;
  const script = `import { NodeLogLines } from '${url}';
    const writer = { write: (line) => process.stdout.write(line) };
    for (const isUtc of [false, true])
      new NodeLogLines({ pid: 1, hasTime: true, isUtc, realtimeMs: () => 1.5 }, () => writer).say('info', 'x');`;
  const env = { ...process.env, TZ: 'Asia/Kathmandu' };
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' });
  assert.equal(run.stdout, '[1] 1970/01/01 05:30:00.001500 [INF] x\n[1] 1970/01/01 00:00:00.001500 [INF] x\n');
});

test('NodeLogLines spells a new second, and no time at all without logtime', () => {
  let nowMs = 999.999;
  const { log, lines } = logger({ realtimeMs: () => nowMs });
  log.info('a');
  nowMs = 1000;
  log.info('b');
  assert.deepEqual(lines, [
    '[4711] 1970/01/01 00:00:00.999999 [INF] a\n',
    '[4711] 1970/01/01 00:00:01.000000 [INF] b\n',
  ]);
  const untimed = logger({ hasTime: false });
  untimed.log.info('a');
  assert.deepEqual(untimed.lines, ['[4711] [INF] a\n']);
});

test('NodeLogLines writes debug and trace only when asked for', () => {
  const quiet = logger({});
  quiet.log.debug('d');
  quiet.log.trace('t');
  assert.deepEqual(quiet.lines, []);
  const loud = logger({ isDebug: true, isTrace: true, hasTime: false });
  loud.log.debug('d');
  loud.log.trace('t');
  assert.deepEqual(loud.lines, ['[4711] [DBG] d\n', '[4711] [TRC] t\n']);
  assert.equal(loud.log.isDebug && loud.log.isTrace, true);
});

test('NodeLogLines colours its levels as nats-server does', () => {
  const { log, lines } = logger({ isColored: true, hasTime: false, isDebug: true, isTrace: true });
  for (const level of ['info', 'debug', 'warn', 'error', 'fatal', 'trace'] as const) log[level]('x');
  assert.deepEqual(lines, [
    '[4711] [\x1b[32mINF\x1b[0m] x\n',
    '[4711] [\x1b[36mDBG\x1b[0m] x\n',
    '[4711] [\x1b[0;93mWRN\x1b[0m] x\n',
    '[4711] [\x1b[31mERR\x1b[0m] x\n',
    '[4711] [\x1b[31mFTL\x1b[0m] x\n',
    '[4711] [\x1b[33mTRC\x1b[0m] x\n',
  ]);
});

test('NodeLogLines puts fields behind the sentence and quotes what needs it', () => {
  const { log, lines } = logger({ hasTime: false });
  log.info('Stream recovered', { stream: 'ORDERS', messages: 12, isWhole: true, path: '/a b', empty: '' });
  assert.deepEqual(lines, [
    '[4711] [INF] Stream recovered stream=ORDERS messages=12 isWhole=true path="/a b" empty=""\n',
  ]);
});

test('NodeLogLines keeps one call on one line', () => {
  const { log, lines } = logger({ hasTime: false });
  log.info('name\r\n[1] [INF] forged\t\x1b[2J\x00', { name: 'a\nb' });
  assert.deepEqual(lines, ['[4711] [INF] name\\r\\n[1] [INF] forged\\t\\x1b[2J\\x00 name="a\\nb"\n']);
});

test('standardErrorWriter() outlives a standard error that nobody reads any more', () => {
  const url = new URL('./node_standard_error.js', import.meta.url).href;
  const script = `import { standardErrorWriter } from '${url}';
    const writer = standardErrorWriter();
    setTimeout(() => { writer.write('a\\n'); setTimeout(() => { writer.write('b\\n'); process.stdout.write('alive'); }, 20); }, 100);`;
  const run = spawnSync('sh', ['-c', `"$0" --input-type=module -e "$1" 2>&1 >&3 | true`, process.execPath, script], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  assert.equal(run.output[3], 'alive');
});

test('NodeLogLines lets through nothing that a terminal or a reader of lines would take for more than text', () => {
  const { log, lines } = logger({ hasTime: false });
  log.info('a\u009b31mb\u0085c\u2028d\u2029e \u00e9');
  assert.deepEqual(lines, ['[4711] [INF] a\\x9b31mb\\x85c\\u2028d\\u2029e \u00e9\n']);
});
