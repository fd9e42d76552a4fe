import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MonitorWorld } from '../sim/monitor_world.ts';

async function healthy(): Promise<MonitorWorld> {
  const world = await new MonitorWorld({}, true).start();
  await world.advance(1);
  await world.api('STREAM.CREATE.S', { name: 'S', storage: 'memory' });
  await world.api('CONSUMER.DURABLE.CREATE.S.C', {
    stream_name: 'S',
    config: { durable_name: 'C', ack_policy: 'explicit' },
  });
  return world;
}

function answer(world: MonitorWorld, query: string): readonly [number, string] {
  const { status, body } = world.get(`/healthz${query}`);
  return [status, body];
}

test('all is well where nothing is wrong, as far as one asks', async () => {
  const world = await healthy();
  for (const query of [
    '',
    '?details=1',
    '?account=$G',
    '?account=$G&stream=S',
    '?account=$G&stream=S&consumer=C',
    '?js-enabled-only=1',
  ]) {
    assert.deepEqual(answer(world, query), [200, '{"status":"ok"}'], query);
  }
});

test('a question that names too little is refused', async () => {
  const world = await healthy();
  const text = '\\"account\\" must not be empty when checking stream health';
  assert.deepEqual(answer(world, '?stream=S'), [400, `{"status":"error","error":"${text}"}`]);
  assert.deepEqual(answer(world, '?stream=S&details=1'), [
    400,
    `{"status":"error","errors":[{"type":"BAD_REQUEST","error":"${text}"}]}`,
  ]);
  assert.match(answer(world, '?account=$G&consumer=C')[1], /stream.. must not be empty when checking consumer health/);
});

test('what is not there is not found', async () => {
  const world = await healthy();
  assert.deepEqual(answer(world, '?account=Z'), [
    404,
    '{"status":"unavailable","error":"JetStream account \\"Z\\" not found"}',
  ]);
  assert.deepEqual(answer(world, '?account=$G&stream=Z&details=1'), [
    404,
    '{"status":"error","errors":[{"type":"STREAM","account":"$G","stream":"Z","error":"JetStream stream \\"Z\\" not found on account \\"$G\\""}]}',
  ]);
  assert.equal(answer(world, '?account=$G&stream=S&consumer=Z')[0], 404);
});

test('before clients are served the server is not ready', () => {
  const text = 'failed to be ready for connections after 1ms: server';
  assert.deepEqual(answer(new MonitorWorld(), ''), [500, `{"status":"error","error":"${text}"}`]);
});

test('what could not be read from disk makes the server unavailable, except where nobody asks for it', async () => {
  const world = await healthy();
  world.damages.push({ account: '$G', stream: 'T', consumer: null, problem: 'Stream T is broken' });
  world.damages.push({ account: '$G', stream: 'S', consumer: 'D', problem: 'Consumer D is broken' });
  const [status, body] = answer(world, '');
  assert.deepEqual(
    [status, body],
    [503, `{"status":"unavailable","error":"JetStream stream '$G \\u003e T' could not be recovered"}`],
  );
  assert.equal(JSON.parse(answer(world, '?details=1')[1]).errors.length, 2);
  assert.deepEqual(answer(world, '?account=$G&stream=S&details=1'), [
    503,
    '{"status":"error","errors":[{"type":"CONSUMER","account":"$G","stream":"S","consumer":"D","error":"Consumer D is broken"}]}',
  ]);
  assert.equal(answer(world, '?js-server-only=1')[0], 200);
  assert.equal(answer(world, '?js-enabled-only=1')[0], 200);
});
