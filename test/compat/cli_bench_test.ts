// `contrail bench` and `nats bench` (natscli 0.5.1) against one server, the reference and ours: the same banner and the same
// lines of the report but for their figures, each measures what the other sends, and TLS and keys are those of every other
// command. How quick they are is docs/bench.md's matter.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CommandRun, type ProgramName, run } from './command_pair.ts';
import {
  contrailSide,
  endWithServers,
  referenceSide,
  repositoryRoot,
  ServerProcess,
  type Side,
} from './server_process.ts';

endWithServers();

type Words = readonly string[];

const JS_PUBLISH = ['--create', '--storage', 'memory', '--msgs', '600', '--batch', '100'];

/** Run by both; the report is the same but for what was measured. */
const LIKE: readonly Words[] = [
  ['pub', 'a', '--msgs', '1000'],
  ['pub', 'a', '--msgs', '1000', '--clients', '2', '--multisubject', '--size', '1KB'],
  ['js', 'pub', 'async', 'js.a', ...JS_PUBLISH],
  ['js', 'pub', 'atomic', 'js.a', ...JS_PUBLISH],
  ['js', 'pub', 'fast', 'js.a', ...JS_PUBLISH, '--purge'],
  ['js', 'ordered', '--msgs', '300', '--clients', '2'],
  ['js', 'consume', '--msgs', '300', '--acks', 'none'],
  ['js', 'get', 'sync', '--msgs', '50'],
  ['js', 'get', 'batch', '--msgs', '300', '--batch', '100'],
  ['kv', 'put', '--msgs', '100', '--storage', 'memory'],
  ['kv', 'get', '--msgs', '100', '--clients', '2'],
];

/** What does not depend on how long it took. */
function shape(text: string): string {
  return text
    .replace(/^\d\d:\d\d:\d\d /gm, '')
    .replace(/[\d,.]+ msgs\/sec ~ [\d.]+ [KMGT]?i?B\/sec/g, 'RATE')
    .replace(/[\d,.]+us/g, 'TIME')
    .replace(/(min|avg|max|stddev) [\d,]+/g, '$1 COUNT')
    .replace(/\n+$/, '\n');
}

/** Lines of several clients come in any order. */
function sorted(text: string): string[] {
  return shape(text).trim().split('\n').sort();
}

function bench(program: ProgramName, url: string, words: Words) {
  return run(program, url, ['bench', ...words, '--no-progress']);
}

function start(program: ProgramName, url: string, words: Words): CommandRun {
  const command = new CommandRun(program, url, ['bench', ...words, '--no-progress']);
  command.end('');
  return command;
}

function compare(side: Side): void {
  describe(`against the ${side.name} server`, () => {
    let server: ServerProcess;

    before(async () => {
      server = await ServerProcess.start(side, { jetStream: true });
    });

    after(() => server.stop());

    for (const words of LIKE) {
      test(`[natscli 0.5.1] bench ${words.join(' ')}`, async () => {
        const theirs = await bench('nats', server.url, words);
        assert.equal(theirs.code, 0, theirs.error);
        if (words.includes('put')) await run('nats', server.url, ['kv', 'del', 'benchbucket', '-f']);
        const ours = await bench('contrail', server.url, words);
        assert.equal(ours.code, 0, ours.error);
        assert.equal(shape(ours.output), shape(theirs.output));
        assert.deepEqual(sorted(ours.error), sorted(theirs.error));
      });
    }

    test('[natscli 0.5.1] what one publishes the other receives', async () => {
      for (const [receiver, publisher] of [
        ['contrail', 'nats'],
        ['nats', 'contrail'],
      ] as const) {
        const receiving = start(receiver, server.url, ['sub', 'both', '--msgs', '500']);
        await receiving.shows('expecting 500 messages');
        // The reference says so before it is so.
        await run('contrail', server.url, ['rtt', '2']);
        const rounds = receiver === 'nats' ? 3 : 1;
        for (let i = 0; i < rounds; i++) await bench(publisher, server.url, ['pub', 'both', '--msgs', '500']);
        assert.match((await receiving.ended).output, /NATS Core NATS subscriber stats/);
      }
    });

    test('[natscli 0.5.1] each serves the requests of the other', async () => {
      for (const [server_, requester] of [
        ['contrail', 'nats'],
        ['nats', 'contrail'],
      ] as const) {
        const serving = start(server_, server.url, ['service', 'serve', `svc.${server_}`]);
        await serving.shows('hit control-c to stop');
        await run('contrail', server.url, ['rtt', '2']);
        const ran = await bench(requester, server.url, ['service', 'request', `svc.${server_}`, '--msgs', '200']);
        assert.match(ran.output, /NATS Core NATS service requester stats: [\d,]+ msgs/, ran.error);
        if (server_ === 'contrail') {
          const listed = await run('nats', server.url, ['service', 'ls']);
          assert.match(listed.output, /nats-bench-service/);
        }
        serving.signal('SIGINT');
        const { output } = await serving.ended;
        if (server_ === 'contrail') assert.match(output, /NATS Core NATS service server stats/);
      }
    });

    test('[natscli 0.5.1] TLS, a key and a password let clients in, one or several', async () => {
      const folder = join(repositoryRoot, 'test', 'fixtures', 'tls');
      const user = await ServerProcess.start(side, {
        config: `tls { cert_file: "${join(folder, 'server.pem')}", key_file: "${join(folder, 'server.key.pem')}" }
authorization { users: [ { nkey: ${NKEY} }, { user: app, password: secret } ] }`,
      });
      const seed = ['--nkey', `data:;base64,${Buffer.from(SEED).toString('base64')}`];
      try {
        for (const identity of [seed, ['--user', 'app', '--password', 'secret']]) {
          for (const clients of ['1', '3']) {
            const words = ['pub', 'a', '--msgs', '3000', '--clients', clients, '--tlsca', join(folder, 'ca.pem')];
            const ran = await bench('contrail', user.url, [...words, ...identity]);
            assert.equal(ran.code, 0, ran.error);
          }
        }
        const refused = await bench('contrail', user.url, ['pub', 'a', '--tlsca', join(folder, 'ca.pem')]);
        assert.match(refused.error, /does not let these credentials in/);
        const distrusted = await bench('contrail', user.url, ['pub', 'a', '--clients', '2', ...seed]);
        assert.match(distrusted.error, /certificate is not trusted.*--tlsca/);
      } finally {
        await user.stop();
      }
    });
  });
}

const SEED = 'SUAJBTAZ335SZYARSOVMOJIIO7LO27V3QDN2JE5MQ7F432KGGGQPPV4FNU';
const NKEY = 'UBOPFLZ76V3CIY42L5OJ3356CVKAM24QPHZ52KF4KIHQSTUWBWSIF5GT';

compare(referenceSide());
compare(contrailSide());
