import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyFlags, flagsHelp, parseFlags } from './flags.ts';
import { emptyDraft } from './options_draft.ts';

function flags(...args: string[]) {
  const result = parseFlags(args);
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
}

function fault(...args: string[]): string {
  const result = parseFlags(args);
  assert.ok(!result.ok);
  return result.error;
}

function draftOf(...args: string[]) {
  const draft = emptyDraft();
  applyFlags(flags(...args), draft);
  return draft;
}

test('parseFlags() takes one or two dashes, and a value behind a blank or =', () => {
  for (const args of [['-p', '5'], ['--p', '5'], ['-p=5'], ['--port', '5'], ['-port=5'], ['--port=0x5']]) {
    assert.deepEqual([...flags(...args).given], [['port', 5]], args.join(' '));
  }
  assert.deepEqual([...flags('-n', '-p').given], [['server_name', '-p']]);
  assert.deepEqual([...flags('--user=a=b').given], [['user', 'a=b']]);
  assert.deepEqual([...flags('--user', '').given], [['user', '']]);
});

test('parseFlags() gives a boolean its value only behind =', () => {
  assert.deepEqual(
    [...flags('-js', '-D=false', '-T=0', '-V=T').given],
    [
      ['jetstream', true],
      ['debug', false],
      ['logtime', false],
      ['trace', true],
    ],
  );
  assert.deepEqual(flags('-js', 'true').rest, ['true']);
  assert.equal(fault('-D=maybe'), 'invalid boolean value "maybe" for -D: parse error');
});

test('parseFlags() ends at the first argument that is no flag', () => {
  assert.deepEqual(flags('-js', 'x', '-D').rest, ['x', '-D']);
  assert.deepEqual(flags('--', '-D').rest, ['-D']);
  assert.deepEqual(flags('-', '-D').rest, ['-', '-D']);
});

test('parseFlags() refuses in the words of the reference', () => {
  assert.equal(fault('--bogus'), 'flag provided but not defined: -bogus');
  assert.equal(fault('-p'), 'flag needs an argument: -p');
  assert.equal(fault('--port'), 'flag needs an argument: -port');
  assert.equal(fault('-p', 'abc'), 'invalid value "abc" for flag -p: parse error');
  assert.equal(
    fault('-p', '99999999999999999999'),
    'invalid value "99999999999999999999" for flag -p: value out of range',
  );
  assert.equal(fault('---x'), 'bad flag syntax: ---x');
  assert.equal(fault('-=x'), 'bad flag syntax: -=x');
});

test('parseFlags() takes one of a few where only these make sense', () => {
  assert.equal(draftOf('--log_format', 'json').logFormat, 'json');
  assert.equal(draftOf().logFormat, null);
  assert.equal(fault('--log_format=xml'), 'invalid value "xml" for flag -log_format: must be nats or json');
});

test('parseFlags() reads integers as Go does', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['0', 0],
    ['-1', -1],
    ['+7', 7],
    ['010', 8],
    ['0x1F', 31],
    ['0b11', 3],
    ['0o17', 15],
    ['1_000', 1000],
  ];
  for (const [text, value] of cases) assert.deepEqual(flags('-p', text).given.get('port'), value, text);
  for (const text of ['', ' 1', '1_', '_1', '08', '1.5', '1e3', '0x', '--1'])
    assert.match(fault(`-p=${text}`), /parse error/);
});

test('parseFlags() names the flags of missing parts as they were written, when they ask for something', () => {
  assert.deepEqual(flags('--profile', '1', '--cluster=nats://x:1').unsupported, ['--profile', '--cluster']);
  assert.deepEqual(flags('--profile', '0', '--routes', '').unsupported, []);
});

test('applyFlags() overwrites what the file said, and only that', () => {
  const draft = emptyDraft();
  Object.assign(draft, { port: 1, host: 'h', isDebug: true, monitorPort: 2 });
  applyFlags(flags('-p', '4333', '-D=false', '-sd', '/d'), draft);
  assert.deepEqual([draft.port, draft.host, draft.isDebug, draft.monitorPort], [4333, 'h', false, 2]);
  assert.equal(draft.jetstream.storeDirectory, '/d');
});

test('applyFlags() has a flag for each mixture of debug and trace', () => {
  const levels = (...args: string[]) => {
    const { isDebug, isTrace, isTraceVerbose } = draftOf(...args);
    return [isDebug, isTrace, isTraceVerbose];
  };
  assert.deepEqual(levels('-D'), [true, false, false]);
  assert.deepEqual(levels('-V'), [false, true, false]);
  assert.deepEqual(levels('-DV'), [true, true, false]);
  assert.deepEqual(levels('-VV'), [false, true, true]);
  assert.deepEqual(levels('-DVV'), [true, true, true]);
});

test('flagsHelp() shows every flag once', () => {
  const help = flagsHelp('x');
  for (const name of ['-p, --port <port>', '-js, --jetstream', '-DVV', '--tlscacert', '-sl, --signal']) {
    assert.equal(help.split(name).length, 2, name);
  }
  for (const line of help.split('\n')) assert.ok(line.length <= 120, line);
});

test('parseFlags() throws nothing, whatever the arguments', () => {
  const argument = fc.oneof(
    fc.string(),
    fc.constantFrom('-p', '--port', '-js', '-D=', '-t', '--', '-', '-n', '=', '-p=', '-DV', '--log_size_limit'),
    fc.string().map((text) => `--${text}`),
  );
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 6 }), (args) => {
      const result = parseFlags(args);
      if (result.ok) applyFlags(result.value, emptyDraft());
      else assert.equal(typeof result.error, 'string');
    }),
  );
});
