import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PageQuery } from './page_query.ts';

function query(text: string): PageQuery {
  return new PageQuery(new URLSearchParams(text));
}

test('what a query leaves out or leaves empty is the zero value', () => {
  const asked = query('b=&i=&u=');
  assert.equal(asked.bool('b'), false);
  assert.equal(asked.int('i'), 0);
  assert.equal(asked.uint64('nothing'), 0);
  assert.equal(asked.text('t'), '');
  assert.equal(asked.fault, null);
});

test('a boolean is one of the words that Go reads', () => {
  for (const word of ['1', 't', 'T', 'true', 'TRUE', 'True']) assert.equal(query(`b=${word}`).bool('b'), true, word);
  for (const word of ['0', 'f', 'F', 'false', 'FALSE', 'False'])
    assert.equal(query(`b=${word}`).bool('b'), false, word);
  const wrong = query('b=yes');
  assert.equal(wrong.bool('b'), false);
  assert.equal(wrong.fault, `Error decoding boolean for 'b': strconv.ParseBool: parsing "yes": invalid syntax`);
});

test('whole numbers have a sign where Go lets them, and a range', () => {
  assert.equal(query('i=%2B5').int('i'), 5);
  assert.equal(query('i=-5').int('i'), -5);
  assert.equal(query('i=9223372036854775807').int('i'), 2 ** 63);
  const faults: [string, 'int' | 'uint64', string][] = [
    ['x=1.5', 'int', `Error decoding int for 'x': strconv.Atoi: parsing "1.5": invalid syntax`],
    [
      'x=9223372036854775808',
      'int',
      `Error decoding int for 'x': strconv.Atoi: parsing "9223372036854775808": value out of range`,
    ],
    ['x=-1', 'uint64', `Error decoding uint64 for 'x': strconv.ParseUint: parsing "-1": invalid syntax`],
    [
      'x=18446744073709551616',
      'uint64',
      `Error decoding uint64 for 'x': strconv.ParseUint: parsing "18446744073709551616": value out of range`,
    ],
  ];
  for (const [text, type, fault] of faults) {
    const asked = query(text);
    asked[type]('x');
    assert.equal(asked.fault, fault);
  }
});

test('the first fault is the one that is told', () => {
  const asked = query('a=x&b=y');
  asked.bool('b');
  asked.bool('a');
  assert.match(asked.fault ?? '', /for 'b'/);
});

test('subs is a boolean or the word detail in any case', () => {
  assert.deepEqual(query('subs=1').subscriptions(), { isWanted: true, isDetailed: false });
  assert.deepEqual(query('subs=DeTail').subscriptions(), { isWanted: false, isDetailed: true });
  assert.deepEqual(query('').subscriptions(), { isWanted: false, isDetailed: false });
});
