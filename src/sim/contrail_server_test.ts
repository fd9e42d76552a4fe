import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contrailServer } from './contrail_server.ts';
import { Trace } from './trace.ts';
import type { WorkloadReport } from './workloads/publish_ack.ts';
import { publishAck } from './workloads/publish_ack.ts';
import { World } from './world.ts';

async function run(seed: number): Promise<{ readonly report: WorkloadReport; readonly trace: Trace }> {
  const trace = new Trace(100_000);
  const world = new World({ seed, factory: contrailServer(), trace });
  return { report: await publishAck(world, { storage: 'memory' }), trace };
}

test('Contrail keeps the order and the sequences of a stream in memory, seed after seed', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { report } = await run(seed);
    assert.deepEqual(report.violations, [], `seed ${seed}`);
    assert.ok(report.acked > 0);
  }
});

test('Contrail runs the same for the same seed, to the byte', async () => {
  const [first, second] = [await run(5), await run(5)];
  assert.deepEqual(first.trace.lines(), second.trace.lines());
  assert.notEqual(first.trace.digest(), (await run(6)).trace.digest());
});
