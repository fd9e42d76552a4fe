import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestingTerminal } from '../testing_terminal.ts';
import { Page } from './columns.ts';
import { clockText, countText, decimalText, durationHuman, sizeText, timeText } from './human.ts';
import { exactJson, jsonLine, jsonText } from './json.ts';
import { Style } from './style.ts';
import { TextTable } from './table.ts';

function style(environment: Readonly<Record<string, string>> = {}, columns?: number, scheme = ''): Style {
  const terminal = new TestingTerminal(columns === undefined ? {} : { size: { columns, rows: 24 } });
  return new Style(terminal, { scheme, environment: (name) => environment[name] ?? null });
}

test('numbers have commas', () => {
  assert.deepEqual([0, 999, 1000, 1_234_567, -1000].map(countText), ['0', '999', '1,000', '1,234,567', '-1,000']);
  assert.equal(countText(18_446_744_073_709_551_615n), '18,446,744,073,709,551,615');
  assert.deepEqual([1234.5678, 0.5, -0.25, -1234.5, 3].map(decimalText), [
    '1,234.568',
    '0.5',
    '-0.25',
    '-1,234.5',
    '3',
  ]);
});

test('sizes are binary with at most one digit behind the point', () => {
  const rows: [number, string][] = [
    [0, '0 B'],
    [9, '9 B'],
    [110, '110 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [10_240, '10 KiB'],
    [10_230, '10 KiB'],
    [10_180, '9.9 KiB'],
    [300_530, '293 KiB'],
    [1_825_361_101, '1.7 GiB'],
    [1_048_576, '1.0 MiB'],
    [2 ** 62, '4.0 EiB'],
  ];
  for (const [bytes, text] of rows) assert.equal(sizeText(bytes), text);
});

test('durations are shown as the reference shows them', () => {
  const rows: [number, string][] = [
    [0, '0s'],
    [114_700, '115µs'],
    [353_400_000, '353ms'],
    [1_500_000_000, '1.50s'],
    [120_000_000_000, '2m0s'],
    [3_600_000_000_000, '1h0m0s'],
    [604_800_000_000_000, '7d0h0m0s'],
    [34_300_405_000_000_000, '1y31d23h53m25s'],
    [2 ** 63, 'never'],
  ];
  for (const [ns, text] of rows) assert.equal(durationHuman(ns), text);
});

test('times are local', () => {
  assert.equal(timeText(1_795_761_658_041, 0), '2026-11-27 06:40:58');
  assert.equal(timeText(1_795_761_658_041, 330), '2026-11-27 12:10:58');
  assert.equal(clockText(1_795_761_658_041, -60), '05:40:58');
});

test('JSON keeps every digit of a number and the order of keys', () => {
  const bytes = Buffer.from('{"b":9223372036854775807,"a":[1,{}],"c":0.10}');
  assert.equal(jsonLine(exactJson(bytes)), '{"b":9223372036854775807,"a":[1,{}],"c":0.10}');
  assert.equal(jsonText({ a: [1], b: undefined, c: [] }), '{\n  "a": [\n    1\n  ],\n  "c": []\n}');
});

test('a table is a rounded box with its title in the middle and totals at its foot', () => {
  const table = new TextTable('Streams', ['Name', 'Count']);
  table.row('A', 1);
  table.row('LONGER', 20);
  table.separator();
  table.row('B', 3);
  table.foot('', '24');
  assert.equal(
    table.render(style()),
    [
      '╭────────────────╮',
      '│     Streams    │',
      '├────────┬───────┤',
      '│ Name   │ Count │',
      '├────────┼───────┤',
      '│ A      │     1 │',
      '│ LONGER │    20 │',
      '├────────┼───────┤',
      '│ B      │     3 │',
      '├────────┼───────┤',
      '│        │    24 │',
      '╰────────┴───────╯',
      '',
    ].join('\n'),
  );
});

test('a table of a thousand rows is drawn at once, and wide letters take two columns', () => {
  const table = new TextTable('', ['Name']);
  for (let i = 0; i < 1000; i++) table.row(`row ${i}`);
  assert.equal(table.render(style()).split('\n').length, 1005);
  const wide = new TextTable('', ['N']);
  wide.row('日本');
  wide.row('a\nb');
  assert.equal(wide.render(style()), '╭──────╮\n│ N    │\n├──────┤\n│ 日本 │\n│ a    │\n│ b    │\n╰──────╯\n');
});

test('a table without rows has its title and head', () => {
  assert.equal(new TextTable('Empty', ['A']).render(style()).split('\n').length, 7);
});

test('NATS_TABLE_FORMAT chooses Markdown, CSV and TSV', () => {
  const table = new TextTable('T', ['Name', 'N']);
  table.row('a|b, "c"', 1);
  assert.equal(
    table.render(style({ NATS_TABLE_FORMAT: 'md' })),
    '# T\n| Name | N |\n| --- | ---: |\n| a\\|b, "c" | 1 |\n',
  );
  assert.equal(table.render(style({ NATS_TABLE_FORMAT: 'csv' })), 'T\nName,N\n"a|b, \\"c\\"",1\n');
  assert.equal(table.render(style({ NATS_TABLE_FORMAT: 'tsv' })), 'T\nName\tN\n"a|b, ""c"""\t1\n');
});

test('a table is cut at the width of the terminal with a mark, its title and colours are not', () => {
  const table = new TextTable('A long title', ['Name']);
  table.row('a'.repeat(40));
  assert.equal(
    table.render(style({}, 20)),
    [
      '╭──────────────────╮',
      '│   A long title   │',
      '├───────────────── ≈',
      '│ Name             ≈',
      '├───────────────── ≈',
      '│ aaaaaaaaaaaaaaaa ≈',
      '╰───────────────── ≈',
      '',
    ].join('\n'),
  );
  const colored = table.render(style({}, 20, 'red'));
  assert.ok(colored.includes('\u001b[31m╭'), colored);
  assert.ok(!table.render(style({ NO_COLOR: '1' }, 20, 'red')).includes('\u001b['));
});

test('a page has its labels to the right and an empty line around titles', () => {
  const page = new Page('Information');
  page.row('A', 1000);
  page.title('Options');
  page.row('Long Label', true);
  page.list('Names', ['b', 'a'], style());
  page.text();
  page.title('State');
  page.row('Z', 'text');
  assert.equal(
    page.render(style()),
    [
      'Information',
      '',
      '           A: 1,000',
      '',
      'Options:',
      '',
      '  Long Label: true',
      '       Names: a',
      '              b',
      '',
      'State:',
      '',
      '           Z: text',
      '',
    ].join('\n'),
  );
});

test('a page is Markdown for models', () => {
  const page = new Page('Head');
  page.row('A', 'b');
  page.title('Part');
  page.row('', 'c');
  assert.equal(page.render(style({ LLMFORMAT: '1' })), '# Head\n\n- **A:** b\n\n## Part\n\n- c\n');
});
