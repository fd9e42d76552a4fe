import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactedConnect } from './redacted_connect.ts';

const CANARY = 'c4n4ry';

test('redactedConnect() keeps what is no secret as it was written', () => {
  assert.equal(
    redactedConnect('{"verbose":false, "user":"a","name":"pass"}'),
    '{"verbose":false, "user":"a","name":"pass"}',
  );
  assert.equal(
    redactedConnect(`{"user":"a","pass" : "${CANARY}","Sig":"${CANARY}\\"x","lang":"go"}`),
    '{"user":"a","pass" : "[REDACTED]","Sig":"[REDACTED]","lang":"go"}',
  );
});

test('redactedConnect() shows no secret, however it is written', () => {
  const ways = [
    `{"pass":"${CANARY}"}`,
    `{"PASS":"${CANARY}"}`,
    `{"auth_token":"${CANARY}","jwt":"${CANARY}","sig":"${CANARY}","nkey":"${CANARY}","proxy_sig":"${CANARY}"}`,
    `{"pa\\u0073s":"${CANARY}"}`,
    `{"pass":"x","pa\\u0073s":"${CANARY}"}`,
    `{"pass":"x","pass":"${CANARY}"}`,
    `{"pass":["${CANARY}"]}`,
    `{"pass":{"x":"${CANARY}"}}`,
    `{"pass":"a\\"${CANARY}"}`,
    `{"pass":"${CANARY}`,
    `{pass:"${CANARY}"}`,
    `{"x":{"pass":"${CANARY}"}}`,
    `"${CANARY}"`,
    `["pass","${CANARY}"]`,
    CANARY,
  ];
  for (const way of ways) assert.ok(!redactedConnect(way).includes(CANARY), way);
  assert.equal(redactedConnect('{"pass":12345}'), '[REDACTED]');
});
