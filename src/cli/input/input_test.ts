import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from './duration.ts';
import { parseHeader } from './header.ts';
import { parseDecimal, parseInteger } from './number.ts';
import { shellWords } from './shell_words.ts';
import { parseSize } from './size.ts';
import { splitSubjects } from './subjects.ts';
import { nearestWord } from './suggestion.ts';
import { expandTemplate } from './template.ts';

const HOUR_NS = 3_600_000_000_000;

function value<T>(read: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string }): T {
  assert.ok(read.ok, read.ok ? '' : read.error);
  return read.value;
}

test('durations have days, weeks, months and years beside the units of Go', () => {
  const rows: [string, number][] = [
    ['30d', 720 * HOUR_NS],
    ['1w', 168 * HOUR_NS],
    ['1W2D', 216 * HOUR_NS],
    ['1M', 720 * HOUR_NS],
    ['1m', HOUR_NS / 60],
    ['1y', 8760 * HOUR_NS],
    ['168h', 168 * HOUR_NS],
    ['1h30m', 1.5 * HOUR_NS],
    ['1.5h', 1.5 * HOUR_NS],
    ['300ms', 300_000_000],
    ['5µs', 5000],
    ['7ns', 7],
    ['0', 0],
    ['-2s', -2_000_000_000],
  ];
  for (const [text, ns] of rows) assert.equal(value(parseDuration(text)), ns, text);
});

test('what is no duration is refused with the forms that are', () => {
  for (const text of ['', '5', 'abc', '5x', '1d garbage', '1..5s', 'm', '--5s', '400y']) {
    const read = parseDuration(text);
    assert.equal(read.ok, false, text);
  }
  const read = parseDuration('10 days');
  assert.match(read.ok ? '' : read.error, /'10 days' is no duration: write it like 300ms, .* 7d/);
});

test('sizes count by 1024 whatever their unit is called', () => {
  const rows: [string, number][] = [
    ['1024', 1024],
    ['1B', 1],
    ['64K', 65_536],
    ['64KB', 65_536],
    ['64kib', 65_536],
    ['512MB', 536_870_912],
    ['1GiB', 1_073_741_824],
    ['2 TB', 2_199_023_255_552],
    ['-1', -1],
    ['-77', -1],
  ];
  for (const [text, bytes] of rows) assert.equal(value(parseSize(text)), bytes, text);
  for (const text of ['', 'x', '1X', '1.5GB', '1KBB', '99999PB']) assert.equal(parseSize(text).ok, false, text);
});

test('numbers are refused outside their range', () => {
  assert.equal(value(parseInteger('-5')), -5);
  assert.equal(value(parseDecimal('2.5')), 2.5);
  for (const text of ['', '1.5', 'x', '9007199254740993']) assert.equal(parseInteger(text).ok, false, text);
  assert.deepEqual(parseInteger('0', { min: 1 }), { ok: false, error: '0 is too small: the least is 1' });
  assert.deepEqual(parseInteger('9', { max: 5 }), { ok: false, error: '9 is too large: the most is 5' });
});

test('subjects may be separated by commas and spaces or repeated', () => {
  assert.deepEqual(splitSubjects(['a.b, c.>', 'd', ' ']), ['a.b', 'c.>', 'd']);
});

test('headers are split at the first colon', () => {
  assert.deepEqual(parseHeader('Link: http://x:1'), { name: 'Link', value: 'http://x:1' });
  assert.throws(() => parseHeader('nothing'), /--header 'nothing' is no header/);
  assert.throws(() => parseHeader('a:b\r\nc:d'), /is no header/);
});

test('commands are split as a shell splits them', () => {
  assert.deepEqual(shellWords(`jq '.a b' "x y\\"z" plain\\ space ''`), ['jq', '.a b', 'x y"z', 'plain space', '']);
  assert.throws(() => shellWords(`echo 'open`), /a ' is not closed/);
  assert.throws(() => shellWords('   '), /empty command/);
});

test('the nearest word is offered where there is one that is near', () => {
  const words = ['stream', 'subscribe', 'server', 'service', '--subjects', '--subject'];
  assert.equal(nearestWord('strem', words), 'stream');
  assert.equal(nearestWord('steram', words), 'stream');
  assert.equal(nearestWord('--subjcts', words), '--subjects');
  assert.equal(nearestWord('subs', words), 'subscribe');
  assert.equal(nearestWord('elephant', words), null);
  assert.equal(nearestWord('--storage', ['--trace']), null);
  assert.equal(nearestWord('', ['s']), null);
});

test('templates call functions with and without arguments, and trim', () => {
  const functions = new Map([
    ['Count', () => '7'],
    ['Pair', (a: string | number = '', b: string | number = '') => `${a}/${b}`],
  ]);
  const expand = (text: string): string => value(expandTemplate(text, functions));
  assert.equal(expand('plain {text}'), 'plain {text}');
  assert.equal(expand('{{Count}}-{{ .Count }}'), '7-7');
  assert.equal(expand('{{ Pair 1 "two words" }}'), '1/two words');
  assert.equal(expand('a {{- Count -}} b'), 'a7b');
  assert.equal(expand('{{/* nothing */}}x'), 'x');
});

test('what templates do not know is refused', () => {
  const refusal = (text: string): string => {
    const read = expandTemplate(text, new Map([['Count', () => '1']]));
    return read.ok ? '' : read.error;
  };
  assert.match(refusal('{{Cuont}}'), /function "Cuont" not defined; there are Count/);
  assert.match(refusal('{{ if Count }}'), /more of Go's template language/);
  assert.match(refusal('{{ Count'), /not closed/);
});
