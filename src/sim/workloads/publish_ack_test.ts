import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultProfile } from '../faults.ts';
import type { ToyFault } from '../toy_server.ts';
import { toyServer } from '../toy_server.ts';
import { Trace } from '../trace.ts';
import { World } from '../world.ts';
import type { PublishAckOptions, WorkloadReport } from './publish_ack.ts';
import { publishAck } from './publish_ack.ts';

function run(seed: number, faults: readonly ToyFault[], options: PublishAckOptions = {}): Promise<WorkloadReport> {
  return publishAck(new World({ seed, factory: toyServer(...faults), trace: new Trace(0) }), options);
}

/** How many seeds it takes until the checker finds the fault. */
async function seedsUntilFound(fault: ToyFault, options: PublishAckOptions): Promise<number> {
  for (let seed = 1; seed <= 200; seed++) {
    const { violations } = await run(seed, [fault], options);
    if (violations.length > 0) return seed;
  }
  return Number.POSITIVE_INFINITY;
}

test('publish_ack finds nothing wrong with a server that keeps its promises', async () => {
  let acked = 0;
  let crashes = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const report = await run(seed, []);
    assert.deepEqual(report.violations, [], `seed ${seed}`);
    acked += report.acked;
    crashes += report.crashes;
  }
  assert.ok(acked > 2000 && crashes > 200);
});

const FAULTS: readonly (readonly [ToyFault, Partial<FaultProfile>])[] = [
  ['acknowledges before the sync', { hasDiskErrors: false }],
  ['does not sync the directory', { hasDiskErrors: false }],
  ['believes any record', { hasDiskErrors: false }],
  ['counts only what it found', { hasDiskErrors: false }],
  ['forgets message ids', { hasDiskErrors: false }],
  ['syncs again after a failed sync', { hasDiskErrors: true }],
  ['says nothing of half-written records', { hasDiskErrors: true }],
];

for (const [fault, faults] of FAULTS) {
  test(`publish_ack finds a server that ${fault}`, async () => {
    assert.ok((await seedsUntilFound(fault, { faults })) <= 200);
  });
}

test('publish_ack is the same run for the same seed', async () => {
  const digests = [];
  for (const seed of [11, 11, 12]) {
    const world = new World({ seed, factory: toyServer() });
    const report = await publishAck(world);
    digests.push(`${world.trace.digest()} ${JSON.stringify(report)}`);
  }
  assert.equal(digests[0], digests[1]);
  assert.notEqual(digests[0], digests[2]);
});
