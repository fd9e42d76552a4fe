import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REPLY_PERMITS_MAX, ReplyPermits } from './reply_permits.ts';

test('a reply may be published as often as is allowed, and not without a request', () => {
  const permits = new ReplyPermits({ messagesMax: 2, expiresMs: 1000 });
  assert.ok(!permits.take('r', 0));
  permits.grant('r', 0);
  assert.ok(permits.take('r', 10));
  assert.ok(permits.take('r', 1000));
  assert.ok(!permits.take('r', 1000));
  assert.equal(permits.count, 0);
});

test('a permit ends after its time', () => {
  const permits = new ReplyPermits({ messagesMax: -1, expiresMs: 1000 });
  permits.grant('r', 500);
  assert.ok(permits.take('r', 1500));
  assert.ok(!permits.take('r', 1501));
  assert.equal(permits.count, 0);
});

test('below zero there is no limit', () => {
  const permits = new ReplyPermits({ messagesMax: -1, expiresMs: -1 });
  permits.grant('r', 0);
  for (let i = 0; i < 1000; i++) assert.ok(permits.take('r', i * 1e9));
});

test('a second request with the same reply counts against a permit that still holds, and renews one that does not', () => {
  const permits = new ReplyPermits({ messagesMax: 1, expiresMs: 1000 });
  permits.grant('r', 0);
  permits.grant('r', 1);
  assert.ok(!permits.take('r', 2));
  permits.grant('r', 3);
  assert.ok(permits.take('r', 4));
});

test('expired permits are dropped as new ones come, and there is an end to their number', () => {
  const permits = new ReplyPermits({ messagesMax: 1, expiresMs: 1000 });
  for (let i = 0; i < 5000; i++) permits.grant(`r${i}`, i);
  assert.ok(permits.count <= 1001, String(permits.count));
  const eternal = new ReplyPermits({ messagesMax: 1, expiresMs: -1 });
  for (let i = 0; i < REPLY_PERMITS_MAX + 10; i++) eternal.grant(`r${i}`, i);
  assert.equal(eternal.count, REPLY_PERMITS_MAX);
  assert.ok(!eternal.take('r0', 0));
});
