import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ACK_TEXT_ACK,
  ACK_TEXT_NAK,
  ACK_TEXT_NEXT,
  ACK_TEXT_PROGRESS,
  ACK_TEXT_TERM,
  ACK_TEXT_UNKNOWN,
  classifyAck,
  parseNakDelay,
  termReason,
} from './ack_text.ts';

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function kindOf(text: string): number {
  const bytes = bytesOf(`--${text}`);
  return classifyAck(bytes, 2, bytes.length);
}

test('every kind of acknowledgement is told apart', () => {
  for (const text of ['', '+ACK', '+OK']) assert.equal(kindOf(text), ACK_TEXT_ACK, text);
  for (const text of ['-NAK', '-NAK {"delay":1}', '-NAKED']) assert.equal(kindOf(text), ACK_TEXT_NAK, text);
  for (const text of ['+NXT', '+NXT 10', '+NXT{"batch":2}']) assert.equal(kindOf(text), ACK_TEXT_NEXT, text);
  for (const text of ['+TERM', '+TERM because', '+TERMINATOR']) assert.equal(kindOf(text), ACK_TEXT_TERM, text);
  assert.equal(kindOf('+WPI'), ACK_TEXT_PROGRESS);
});

test('what is only similar is nothing', () => {
  for (const text of ['+', '+A', '+AC', '+ACK ', '+ACKS', '+WPI ', '+ok', '-NA', '-ACK', '+TER', ' +ACK', 'hello']) {
    assert.equal(kindOf(text), ACK_TEXT_UNKNOWN, JSON.stringify(text));
  }
});

function delayOf(text: string): number | string | null {
  const bytes = bytesOf(`-NAK${text}`);
  return parseNakDelay(bytes, 4, bytes.length);
}

test('a NAK delay is JSON with nanoseconds or a Go duration', () => {
  assert.equal(delayOf(''), null);
  assert.equal(delayOf('  '), null);
  assert.equal(delayOf(' {"delay": 1500000000}'), 1_500_000_000);
  assert.equal(delayOf('{"Delay":5,"other":"x"}'), 5);
  assert.equal(delayOf(' {}'), 0);
  assert.equal(delayOf(' {"delay":null}'), 0);
  assert.equal(delayOf(' 1m1.5s'), 61_500_000_000);
  assert.equal(delayOf(' -1s'), -1_000_000_000);
});

test('a NAK delay that cannot be read is given back as its text', () => {
  for (const text of ['soon', '10', '{"delay":"1s"}', '{"delay":1.5}', '{', '[1]', '{"delay":true}']) {
    assert.equal(delayOf(` ${text}`), text);
  }
});

test('the reason of a termination stands without blanks around it', () => {
  const bytes = bytesOf('+TERM  poison pill \r\n');
  assert.equal(termReason(bytes, 5, bytes.length), 'poison pill');
  assert.equal(termReason(bytes, 5, 5), '');
});
