// `contrail server` in a real pseudo-terminal: passwords that nobody sees, mappings tried one after the other, confirmation
// before something is lost, tables and views within the terminal.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SYSTEM_CONFIG } from '../cli_server.ts';
import { contrailSide, endWithServers, ServerProcess } from './server_process.ts';
import { TerminalRun } from './terminal_run.ts';

endWithServers();

let server: ServerProcess;

before(async () => {
  server = await ServerProcess.start(contrailSide(), { jetStream: true, config: SYSTEM_CONFIG });
});

after(async () => {
  await server.stop();
});

function terminal(words: readonly string[], columns = 100): TerminalRun {
  return new TerminalRun(server.url.replace('://', '://sys:sys@'), ['server', ...words], { columns });
}

test('[natscli 0.5.1] server passwd asks twice, and shows nothing of what is typed', async () => {
  const run = terminal(['passwd', '--cost', '4']);
  await run.sees('Enter password');
  run.type('correct horse\r');
  await run.sees('Re-enter password');
  run.type('correct horse\r');
  await run.sees('$2a$04$');
  assert.equal(await run.ended(), 0);
  assert.ok(!run.text.includes('correct'), run.text);
});

test('[natscli 0.5.1] server mappings takes subject after subject, until an empty one', async () => {
  const run = terminal(['mappings', 'a.*', 'b.$1']);
  await run.sees('Enter subjects to test, empty subject terminates.');
  await run.sees('Subject');
  run.type('a.x\r');
  await run.sees('b.x');
  await run.sees('Subject');
  run.type('c.x\r');
  await run.sees("'c.x' does not match 'a.*'");
  await run.sees('Subject');
  run.type('\r');
  assert.equal(await run.ended(), 0);
});

test('[natscli 0.5.1] server account purge is confirmed, and no is the default', async () => {
  const run = terminal(['account', 'purge', 'A']);
  await run.sees('This operation deletes all data from the A account and cannot be reversed');
  await run.sees('Really purge account A (y/N)');
  run.type('\r');
  assert.equal(await run.ended(), 0);
  assert.ok(!run.text.includes('initiated'), run.text);
});

test('tables of servers stay within a narrow terminal', async () => {
  const run = terminal(['list'], 60);
  assert.equal(await run.ended(), 0);
  assert.match(run.text, /│ stage │/);
  for (const line of run.text.split('\n')) assert.ok([...line].length <= 60, line);
});

test('a view is drawn on an empty screen, and left with Ctrl-C', async () => {
  const run = terminal(['watch', 'servers']);
  await run.sees('Totals (All Servers)');
  run.type('\u0003');
  assert.equal(await run.ended(), 130);
  assert.ok(run.raw.includes('\u001b[2J\u001b[H'), 'the screen is not cleared');
});
