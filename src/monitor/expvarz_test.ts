import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MonitorWorld } from '../sim/monitor_world.ts';
import { redactedArguments } from './expvarz.ts';

test('secrets of the command line are not shown', () => {
  const words = [
    'srv',
    '--user',
    'u',
    '-pass=p',
    '--auth=',
    '--routes=nats://a:b@h:1,nats://h:2',
    '-cluster',
    'nats://a:b@h:3',
    '--users',
    'x',
    '--pass',
  ];
  assert.deepEqual(redactedArguments(words), [
    'srv',
    '--user',
    '[REDACTED]',
    '-pass=[REDACTED]',
    '--auth=[REDACTED]',
    '--routes=nats://[REDACTED]@h:1,nats://h:2',
    '-cluster',
    'nats://[REDACTED]@h:3',
    '--users',
    'x',
    '--pass',
  ]);
});

test('the variables are JSON of two members, each on a line of its own', () => {
  const { body, contentType } = new MonitorWorld().get('/debug/vars');
  assert.equal(contentType, 'application/json; charset=utf-8');
  assert.match(body, /^\{\n"cmdline": \["simulator"\],\n"memstats": \{"Alloc":\d+,.*\}\n\}\n$/);
  assert.equal(JSON.parse(body).memstats.PauseNs.length, 256);
});
