// `contrail bench` in a real pseudo-terminal: a bar that moves, and Ctrl-C.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { contrailSide, endWithServers, ServerProcess } from './server_process.ts';
import { TerminalRun } from './terminal_run.ts';

endWithServers();

let server: ServerProcess;

before(async () => {
  server = await ServerProcess.start(contrailSide());
});

after(() => server.stop());

test('a benchmark shows how far it is, in one line that a terminal keeps drawing', async () => {
  const run = new TerminalRun(server.url, ['bench', 'pub', 'bench', '--throughput', '2000', '--duration', '1s']);
  await run.sees('publishing 2,000 messages');
  await run.sees('100% | 2,000/2,000');
  await run.sees('NATS Core NATS publisher stats');
  assert.equal(await run.ended(), 0);
});

test('Ctrl-C ends a benchmark with what it has measured', async () => {
  const run = new TerminalRun(server.url, ['bench', 'pub', 'bench', '--throughput', '100', '--duration', '10m']);
  await run.sees('1%');
  run.type('\u0003');
  await run.sees('interrupted, this is what was measured until then');
  await run.sees('NATS Core NATS publisher stats');
  assert.equal(await run.ended(), 130);
});
