import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeMessage } from '../testing_bus.ts';
import { FastReply, isFastReply } from './fast_reply.ts';

function read(subject: string): string | null {
  const message = makeMessage('b', '', subject);
  assert.ok(isFastReply(message));
  const reply = new FastReply();
  if (!reply.read(message)) return null;
  const id = Buffer.from(message.reply.subarray(reply.idStart, reply.idEnd)).toString();
  return `${id} ${reply.flow} ${reply.allowsGaps ? 'ok' : 'fail'} ${reply.sequence} ${reply.operation}`;
}

test('a fast reply subject is read from its end', () => {
  assert.equal(read('_INBOX.A.10.fail.1.0.$FI'), 'A 10 fail 1 0');
  assert.equal(read('_INBOX.with.many.dots.A.100.ok.9007199254740991.1.$FI'), 'A 100 ok 9007199254740991 1');
  assert.equal(read('x.A.1.fail.2.02.$FI'), 'A 1 fail 2 2');
  assert.equal(read('.A.1.fail.2.3.$FI'), 'A 1 fail 2 3');
  assert.equal(read('x..1.fail.2.4.$FI'), ' 1 fail 2 4');
});

test('a flow that is none is ten, and none is above 65535', () => {
  assert.equal(read('x.A.0.fail.1.0.$FI'), 'A 10 fail 1 0');
  assert.equal(read('x.A.-3.fail.1.0.$FI'), 'A 10 fail 1 0');
  assert.equal(read('x.A.many.fail.1.0.$FI'), 'A 10 fail 1 0');
  assert.equal(read('x.A.65536.fail.1.0.$FI'), 'A 65535 fail 1 0');
});

test('only some sequences go with each operation', () => {
  const legal: Record<number, string> = { 0: '1', 1: '2 3', 2: '1 2 3', 3: '2 3', 4: '1 2 3' };
  for (const operation of [0, 1, 2, 3, 4, 5]) {
    const found = [0, 1, 2, 3].filter((sequence) => read(`x.A.1.fail.${sequence}.${operation}.$FI`) !== null);
    assert.equal(found.join(' '), legal[operation] ?? '', `operation ${operation}`);
  }
});

test('what is not of the form is none', () => {
  const wrong = [
    'x.A.10.fail.9007199254740992.1.$FI',
    'x.$FI',
    '1.0.$FI',
    'fail.1.0.$FI',
    '10.fail.1.0.$FI',
    'A.10.fail.1.0.$FI',
    'x.A.10.FAIL.1.0.$FI',
  ];
  for (const subject of [
    ...wrong,
    'x.A.10..1.0.$FI',
    'x.A.10.fail.1..$FI',
    'x.A.10.fail..0.$FI',
    'x.A.10.fail.x.0.$FI',
  ]) {
    assert.equal(read(subject), null, subject);
  }
});

test('other reply subjects are not of fast batches', () => {
  for (const subject of ['', '.$FI', 'x.FI', 'x.$FII', 'x$FI', '_INBOX.I', '_INBOX.abc.$fI']) {
    assert.equal(isFastReply(makeMessage('b', '', subject)), false, subject);
  }
});
