import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCondition } from '../input/expression.ts';
import { plannedMoves } from './leader_balance.ts';
import { peerText, withoutSharedEnd } from './peer_text.ts';
import { gapsOf } from './stream_gaps.ts';
import { columnGroups } from './stream_list.ts';

const FIELDS = {
  state: { messages: 12, bytes: 100 },
  config: { name: 'ORDERS', subjects: ['orders.>', 'o'], metadata: { team: 'a' } },
  info: { cluster: { name: 'lon' } },
};

test('conditions see fields, lists and texts', () => {
  const rows: [string, boolean][] = [
    ['state.messages > 10', true],
    ['state.messages < 10', false],
    ['state.messages * 2 + 1 == 25', true],
    ['info.cluster.name in ["lon", "sfo"]', true],
    ['"orders.>" in config.subjects && !(state.bytes >= 101)', true],
    ['config.name startsWith \'ORD\' and config.name endsWith "ERS"', true],
    ['config.name matches "^O.*S$"', true],
    ['config.name not contains "X"', true],
    ['not (config.metadata.team == "b") or false', true],
    ['len(config.subjects) == 2', true],
    ['config.nothing.at.all == nil', true],
    ['config["name"] == "ORDERS"', true],
    ['config.subjects[1] == "o"', true],
    ['state.messages > 100 ? true : -1 < 0', true],
  ];
  for (const [text, expected] of rows) assert.equal(parseCondition(text)(FIELDS), expected, text);
});

test('what is no condition is refused with its place', () => {
  assert.throws(() => parseCondition('state.messages >'), /'the end' was not expected at column 17/);
  assert.throws(() => parseCondition('a == "open'), /cannot read it from/);
  assert.throws(() => parseCondition('(a'), /expected '\)' but got 'the end'/);
  assert.throws(() => parseCondition('stat.messages > 1')(FIELDS), /there is no 'stat'; there are state, config, info/);
  assert.throws(() => parseCondition('state.messages')(FIELDS), /it gives 12, not true or false/);
  assert.throws(() => parseCondition('config.name > 1')(FIELDS), /"ORDERS" is no number/);
});

test('peers are shown without what their names share, with marks for leader and trouble', () => {
  assert.deepEqual(withoutSharedEnd(['a.lon.net', 'b.lon.net']), ['a', 'b']);
  assert.deepEqual(withoutSharedEnd(['n1', 'n2']), ['n1', 'n2']);
  assert.deepEqual(withoutSharedEnd([]), []);
  const replicas = [
    { name: 'n3.x', current: true, active: 1, offline: true },
    { name: 'n2.x', current: true, active: 1 },
  ];
  assert.equal(peerText({ leader: 'n1.x', replicas }), 'n1*, n2, n3!');
  assert.equal(peerText(null), '');
});

test('missing sequences that follow each other are one gap', () => {
  assert.deepEqual(gapsOf([2, 3, 4, 9, 11, 12]), [
    [2, 4],
    [9, 9],
    [11, 12],
  ]);
  assert.deepEqual(gapsOf([]), []);
});

test('names stand in columns that are read downwards', () => {
  assert.deepEqual(columnGroups(['a', 'b', 'c', 'd', 'e'], 2), [
    ['a', 'd'],
    ['b', 'e'],
    ['c', ''],
  ]);
});

test('leaders move from who leads most to who leads least, and only where that helps', () => {
  const group = (name: string, leader: string, ...others: string[]) => ({
    name,
    stepDown: name,
    cluster: { name: 'C', leader, replicas: others.map((other) => ({ name: other, current: true, active: 1 })) },
  });
  const moves = plannedMoves([
    group('A', 'n1', 'n2', 'n3'),
    group('B', 'n1', 'n2', 'n3'),
    group('C', 'n1', 'n2', 'n3'),
    group('D', 'n1'),
  ]);
  assert.deepEqual(moves.map(({ from, to }) => [from, to]).sort(), [
    ['n1', 'n2'],
    ['n1', 'n3'],
  ]);
  assert.deepEqual(plannedMoves([group('A', 'n1', 'n2'), group('B', 'n2', 'n1')]), []);
});
