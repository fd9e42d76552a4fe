import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MonitorWorld } from '../sim/monitor_world.ts';

test('only queues in which something waits are shown, and all on request, by a part of their name', async () => {
  const world = await new MonitorWorld({}, true).start();
  assert.equal(world.get('/ipqueuesz').body, '{}');
  assert.equal(world.page('/ipqueuesz?all=1')['JetStream API queue'].pending, 0);
  assert.deepEqual(Object.keys(world.page('/ipqueuesz?all=1&queues=info')), ['JetStream API info queue']);
  void world.api('STREAM.CREATE.S', { name: 'S', storage: 'memory' });
  assert.equal(world.get('/ipqueuesz').body, '{\n   "JetStream API queue": {\n      "pending": 1\n   }\n}');
  await world.advance(1);
  assert.ok("[ACC:$G] stream 'S' sendQ" in world.page('/ipqueuesz?all=1'));
});
