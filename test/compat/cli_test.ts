// `contrail` and `nats` (natscli 0.5.1) side by side against one server, the reference and ours: what they print is the same,
// line by line where people read it and key by key where programs do. What passes while they run (ages, round trips,
// numbers of connections) is blanked first.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { facts, run, steady } from './command_pair.ts';
import { contrailSide, endWithServers, referenceSide, ServerProcess, type Side } from './server_process.ts';

endWithServers();

const SETUP: readonly (readonly string[])[] = [
  ['stream', 'add', 'EVENTS', '--subjects', 'events.>', '--defaults', '--description', 'All of them'],
  ['stream', 'add', 'SMALL', '--subjects', 'small', '--max-msgs', '3', '--storage', 'memory', '--defaults'],
  ['stream', 'add', 'EMPTY', '--subjects', 'empty.>', '--max-age', '30d', '--metadata', 'team=a', '--defaults'],
  ['pub', 'events.a', 'first', '-J', '-H', 'Kind: one', '-H', 'Kind: two'],
  ['pub', 'events.b', 'message {{Count}}', '-J', '--count', '4'],
  ['pub', 'small', 'x', '-J', '--count', '5'],
  ['stream', 'rmm', 'EVENTS', '3', '-f'],
];

/** Printed alike for people. */
const LIKE: readonly (readonly string[])[] = [
  ['stream', 'info', 'EVENTS'],
  ['stream', 'info', 'EMPTY'],
  ['stream', 'state', 'SMALL'],
  ['stream', 'ls'],
  ['stream', 'ls', '--names'],
  ['stream', 'ls', '--subject', 'events.>'],
  ['stream', 'report'],
  ['stream', 'report', '--name'],
  ['stream', 'subjects', 'EVENTS', '--sort', 'name'],
  ['stream', 'subjects', 'EVENTS', 'events.b', '--names'],
  ['stream', 'subjects', 'EMPTY'],
  ['stream', 'find', '--empty'],
  ['stream', 'find', '--names', '--expression', 'state.messages > 3'],
  ['stream', 'get', 'EVENTS', '1'],
  ['stream', 'get', 'EVENTS', '--last-for', 'events.b'],
  ['stream', 'gaps', 'EVENTS', '--force', '--no-progress'],
  ['stream', 'gaps', 'EMPTY'],
  ['stream', 'edit', 'EMPTY', '--max-age', '30d', '--force'],
  ['sub', '--stream', 'EVENTS', '--all', '--terminate-at-end'],
  ['sub', 'events.b', '--last', '--count', '1', '--raw'],
  ['sub', 'events.b', '--last-per-subject', '--count', '1', '--headers-only'],
  ['sub', 'events.>', '--all', '--terminate-at-end', '--dump=-'],
  ['rtt', '2'],
  ['account', 'info'],
  ['pub', 'nobody', 'there'],
  ['errors', 'lookup', '10040'],
  ['context', 'ls'],
];

/** The same for programs. */
const JSON_LIKE: readonly (readonly string[])[] = [
  ['stream', 'info', 'EVENTS', '--json'],
  ['stream', 'info', 'SMALL', '-j'],
  ['stream', 'state', 'EMPTY', '--json'],
  ['stream', 'ls', '--json'],
  ['stream', 'subjects', 'EVENTS', '--json'],
  ['stream', 'get', 'EVENTS', '1', '--json'],
  ['stream', 'gaps', 'EVENTS', '--force', '--json'],
];

/** Refused by both. */
const REFUSED: readonly (readonly string[])[] = [
  ['stream', 'info', 'NOPE'],
  ['stream', 'add', 'X', '--subjects', 'events.>', '--defaults'],
  ['stream', 'add', 'X', '--subjects', 'x', '--replicas', '3', '--defaults'],
  ['stream', 'get', 'EVENTS', '99'],
  ['stream', 'rm', 'NOPE', '-f'],
  ['stream', 'nonsense'],
  ['pub', 'nobody', 'there', '-J'],
  ['sub', 'a', 'b', '--all'],
  ['sub', '--stream', 'NOPE', '--all'],
  ['context', 'select', 'nope'],
  ['errors', 'lookup', '1'],
];

function compare(side: Side): void {
  describe(`against the ${side.name} server`, () => {
    let server: ServerProcess;

    before(async () => {
      server = await ServerProcess.start(side, { jetStream: true });
      for (const words of SETUP) {
        const { code, error } = await run('contrail', server.url, words);
        assert.equal(code, 0, `${words.join(' ')}: ${error}`);
      }
    });

    after(async () => {
      await server.stop();
    });

    for (const words of LIKE) {
      test(`[natscli 0.5.1] ${words.join(' ')}`, async () => {
        const [ours, theirs] = [await run('contrail', server.url, words), await run('nats', server.url, words)];
        assert.equal(ours.code, theirs.code, ours.error + theirs.error);
        assert.equal(steady(ours.output), steady(theirs.output));
        assert.equal(steady(ours.error), steady(theirs.error));
      });
    }

    for (const words of JSON_LIKE) {
      test(`[natscli 0.5.1] ${words.join(' ')}`, async () => {
        const [ours, theirs] = [await run('contrail', server.url, words), await run('nats', server.url, words)];
        assert.equal(ours.code, 0, ours.error);
        assert.deepEqual(facts(JSON.parse(ours.output)), facts(JSON.parse(theirs.output)));
      });
    }

    for (const words of REFUSED) {
      test(`[natscli 0.5.1] ${words.join(' ')} is refused`, async () => {
        const [ours, theirs] = [await run('contrail', server.url, words), await run('nats', server.url, words)];
        assert.equal(theirs.code, 1, `the reference took it: ${theirs.output}`);
        assert.equal(ours.code, 1, `ours took it: ${ours.output}`);
        assert.match(ours.error, /^(?:\d\d:\d\d:\d\d .*\n)*contrail: error: /);
      });
    }

    test('[natscli 0.5.1] each understands what the other has sent', async () => {
      const listening = run('nats', server.url, ['sub', 'cross.>', '--count', '2']);
      const ours = run('contrail', server.url, ['sub', 'cross.>', '--count', '2']);
      // Nobody tells when a subscription is there: publish until both have what they wait for.
      let isOver = false;
      void Promise.all([listening, ours]).then(() => {
        isOver = true;
      });
      while (!isOver) await run('contrail', server.url, ['pub', 'cross.a', 'hello', '-H', 'A: b']);
      assert.equal(steady((await ours).output), steady((await listening).output));
    });
  });
}

compare(referenceSide());
compare(contrailSide());
