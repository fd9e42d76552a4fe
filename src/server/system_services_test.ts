import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerWorld } from '../sim/server_world.ts';
import { SystemServices } from './system_services.ts';

test('a client can ask who it is', async () => {
  const world = await new ServerWorld().start();
  new SystemServices(world.server).serve(world.server.bus('$G'));
  const client = await world.connect({ user: 'derek', headers: true });
  client.send('SUB inbox 1\r\nPUB $SYS.REQ.USER.INFO inbox 0\r\n\r\n');
  await world.turn();
  const answer = JSON.parse(client.take().split('\r\n')[1] ?? '');
  assert.deepEqual(answer.data, { user: 'derek', account: '$G', account_name: '$G' });
  assert.equal(answer.server.name, 'test');
  assert.equal(answer.server.seq, 1);
});
