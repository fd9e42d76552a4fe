// Identities, permissions and accounts: the same configurations and the same clients for the reference and for ours; every
// client must see the same errors and the same messages. Needs the reference server (see server_process.ts).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play } from './identity_stage.ts';
import { IDENTITY_CASES, type IdentityCase } from './permissions_cases.ts';
import { contrailSide, endWithServers, referenceSide, ServerProcess, type Side } from './server_process.ts';

endWithServers();

async function seenOn(side: Side, { config, jetStream, steps }: IdentityCase): Promise<string[]> {
  const server = await ServerProcess.start(side, { config, jetStream: jetStream === true });
  try {
    return await play(server.port, steps);
  } finally {
    await server.stop();
  }
}

for (const one of IDENTITY_CASES) {
  test(one.name, async () => {
    const [theirs, ours] = await Promise.all([seenOn(referenceSide(), one), seenOn(contrailSide(), one)]);
    assert.deepEqual(ours, theirs);
    assert.ok(theirs.length >= one.steps.length / 4, `${theirs.length} lines`);
  });
}
