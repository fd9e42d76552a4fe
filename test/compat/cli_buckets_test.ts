// `contrail kv` and `object` beside `nats kv` and `object` (natscli 0.5.1) on the same server, the reference and ours: the
// same pages and tables, the same buckets, and what one has written the other reads. What our server does not have yet
// (mirrors, sources, clusters) is played on the reference alone.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCommand } from '../../src/cli/testing_terminal.ts';
import { CommandRun, facts, type ProgramName, type Ran, run as runProgram, steady } from './command_pair.ts';
import { ReferenceCluster } from './reference_cluster.ts';
import { contrailSide, endWithServers, referenceSide, ServerProcess, type Side } from './server_process.ts';

endWithServers();
// The reference's programs run there too.
process.env['TZ'] = 'UTC';

const folder = mkdtempSync(join(tmpdir(), 'contrail-buckets-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const LARGE = Buffer.from(Array.from({ length: 300_001 }, (_, at) => (at * 31 + Math.floor(at / 251)) & 0xff));
const largeFile = join(folder, 'large.bin');
const noteFile = join(folder, 'note.txt');
writeFileSync(largeFile, LARGE);
writeFileSync(noteFile, 'hello\n');

const SETUP: readonly (readonly string[])[] = [
  ['kv', 'add', 'CONFIG', '--history', '5', '--description', 'Settings', '--metadata', 'team=a'],
  ['kv', 'add', 'EMPTY', '--ttl', '1h', '--max-bucket-size', '1MB', '--storage', 'memory'],
  ['kv', 'put', 'CONFIG', 'site.title', 'first'],
  ['kv', 'put', 'CONFIG', 'site.title', 'second'],
  ['kv', 'put', 'CONFIG', 'site.lang', 'ä'],
  ['kv', 'put', 'CONFIG', 'long', 'x'.repeat(300)],
  ['kv', 'put', 'CONFIG', 'gone', 'x'],
  ['kv', 'del', 'CONFIG', 'gone', '-f'],
  ['kv', 'put', 'CONFIG', 'purged', '1'],
  ['kv', 'purge', 'CONFIG', 'purged', '-f'],
  ['object', 'add', 'FILES', '--description', 'Files', '--metadata', 'team=a', '--max-bucket-size', '10MB'],
  ['object', 'add', 'VOID', '--ttl', '1h'],
  ['object', 'put', 'FILES', noteFile, '--name', 'note', '-H', 'A: b', '-H', 'A: c', '--description', 'A note'],
  ['object', 'put', 'FILES', largeFile, '--name', 'folder/large'],
  ['object', 'put', 'FILES', noteFile, '--name', 'gone'],
  ['object', 'del', 'FILES', 'gone', '-f'],
];

/** Printed alike for people. */
const LIKE: readonly (readonly string[])[] = [
  ['kv', 'info', 'CONFIG'],
  ['kv', 'status', 'EMPTY'],
  ['kv', 'ls'],
  ['kv', 'ls', '-n'],
  ['kv', 'ls', 'CONFIG'],
  ['kv', 'ls', 'CONFIG', 'site.>'],
  ['kv', 'ls', 'CONFIG', 'site.*', '-v'],
  ['kv', 'ls', 'CONFIG', '--display-value'],
  ['kv', 'ls', 'CONFIG', '-v', '--display-value'],
  ['kv', 'ls', 'EMPTY'],
  ['kv', 'history', 'CONFIG', 'site.title'],
  ['kv', 'history', 'CONFIG', '>'],
  ['kv', 'get', 'CONFIG', 'site.title'],
  ['kv', 'get', 'CONFIG', 'site.title', '--revision', '1'],
  ['kv', 'get', 'CONFIG', 'site.lang'],
  ['kv', 'get', 'CONFIG', 'long'],
  ['kv', 'get', 'CONFIG', 'long', '--raw'],
  ['kv', 'put', 'CONFIG', 'again', 'value'],
  ['kv', 'edit', 'CONFIG', '--description', 'Settings'],
  ['object', 'info', 'FILES'],
  ['object', 'show', 'VOID'],
  ['object', 'info', 'FILES', 'note'],
  ['object', 'info', 'FILES', 'folder/large'],
  ['object', 'ls'],
  ['object', 'ls', '-n'],
  ['object', 'ls', 'FILES'],
  ['object', 'ls', 'FILES', '-n'],
  ['object', 'ls', 'VOID'],
  ['object', 'get', 'FILES', 'folder/large', '-O', join(folder, 'got'), '-f', '--no-progress'],
  ['object', 'edit', 'FILES', '--description', 'Files'],
];

/** Refused by both. */
const REFUSED: readonly (readonly string[])[] = [
  ['kv', 'info', 'NOPE'],
  ['kv', 'add', 'a.b'],
  ['kv', 'add', 'CONFIG', '--history', '2'],
  ['kv', 'add', 'X', '--history', '65'],
  ['kv', 'get', 'CONFIG', 'nope'],
  ['kv', 'get', 'CONFIG', 'gone'],
  ['kv', 'get', 'CONFIG', 'site.*'],
  ['kv', 'get', 'CONFIG', 'site.lang', '--revision', '1'],
  ['kv', 'put', 'CONFIG', 'a b', 'x'],
  ['kv', 'put', 'CONFIG', 'a..b', 'x'],
  ['kv', 'put', 'NOPE', 'a', 'x'],
  ['kv', 'create', 'CONFIG', 'site.title', 'x'],
  ['kv', 'create', 'CONFIG', 'brief', 'x', '--ttl', '5s'],
  ['kv', 'update', 'CONFIG', 'site.title', 'x', '1'],
  ['kv', 'update', 'CONFIG', 'site.title', 'x'],
  ['kv', 'revert', 'CONFIG', 'site.lang', '3', '--force'],
  ['kv', 'history', 'CONFIG', 'nope'],
  ['kv', 'del', 'CONFIG', 'long'],
  ['kv', 'del', 'CONFIG'],
  ['kv', 'del', 'NOPE', '-f'],
  ['kv', 'purge', 'CONFIG', 'long'],
  ['kv', 'compact', 'CONFIG'],
  ['kv', 'watch', 'CONFIG', '--history', '--updates'],
  ['object', 'info', 'NOPE'],
  ['object', 'info', 'FILES', 'gone'],
  ['object', 'get', 'FILES', 'nope'],
  ['object', 'get', 'FILES', 'note', '-O', noteFile],
  ['object', 'put', 'FILES', noteFile, '--name', 'note'],
  ['object', 'put', 'FILES'],
  ['object', 'put', 'FILES', '/nonexistent'],
  ['object', 'del', 'FILES', 'note'],
  ['object', 'del', 'FILES'],
  ['object', 'seal', 'FILES'],
  ['object', 'add', 'a.b'],
];

/** Buckets that both are to make alike. */
const BUCKETS: readonly (readonly string[])[] = [
  ['kv', 'add', 'MADE'],
  ['kv', 'add', 'MADE', '--history', '9', '--ttl', '1m', '--max-value-size', '1KB', '--max-bucket-size', '1MB'],
  ['kv', 'add', 'MADE', '--storage', 'memory', '--description', 'd', '--metadata', 'a=b', '--replicas', '1'],
  ['kv', 'add', 'MADE', '--ttl', '1h', '--republish-source', '$KV.MADE.>', '--republish-destination', 'made.>'],
  ['kv', 'add', 'MADE', '--marker-ttl', '1m'],
  ['object', 'add', 'MADE'],
  ['object', 'add', 'MADE', '--ttl', '1m', '--max-bucket-size', '1MB', '--storage', 'm', '--description', 'd'],
];

/** Only the reference's server has these. */
const REFERENCE_BUCKETS: readonly (readonly string[])[] = [
  ['kv', 'add', 'MADE', '--compress'],
  ['object', 'add', 'MADE', '--compress', '--metadata', 'a=b'],
  ['kv', 'add', 'MADE', '--mirror', 'CONFIG'],
  ['kv', 'add', 'MADE', '--mirror', 'CONFIG', '--mirror-domain', 'hub'],
  ['kv', 'add', 'MADE', '--source', 'CONFIG', '--source', 'EMPTY'],
];

/** Ours within this process, where it starts at once: what it prints and how it ends is the same. */
async function run(name: ProgramName, url: string, words: readonly string[], input = ''): Promise<Ran> {
  if (name === 'nats') return await runProgram(name, url, words, input);
  return await runCommand(words, { environment: { NATS_URL: url }, input });
}

async function ok(url: string, name: ProgramName, words: readonly string[], input = ''): Promise<string> {
  const { code, output, error } = await run(name, url, words, input);
  assert.equal(code, 0, `${name} ${words.join(' ')}: ${output}${error}`);
  return output;
}

async function configMadeBy(url: string, name: ProgramName, words: readonly string[]): Promise<unknown> {
  const [verb = ''] = words;
  await ok(url, name, words);
  const stream = `${verb === 'kv' ? 'KV' : 'OBJ'}_MADE`;
  const { config } = JSON.parse(await ok(url, 'contrail', ['stream', 'info', stream, '--json']));
  await ok(url, 'contrail', [verb, 'del', 'MADE', '--force']);
  return facts(config);
}

/** Both watch until each has shown the last of what there will be. */
async function watchWithBoth(
  url: string,
  words: readonly string[],
  { cause, last }: { readonly cause: () => Promise<void>; readonly last: string },
): Promise<{ readonly ours: string; readonly theirs: string }> {
  const commands = (['contrail', 'nats'] as const).map((name) => new CommandRun(name, url, words));
  // What is there already says that they watch.
  await Promise.all(commands.map((command) => command.shows('PUT')));
  await cause();
  await Promise.all(commands.map((command) => command.shows(last)));
  for (const command of commands) command.signal('SIGINT');
  const [ours, theirs] = await Promise.all(commands.map(({ ended }) => ended));
  return { ours: ours?.output ?? '', theirs: theirs?.output ?? '' };
}

function compare(side: Side): void {
  describe(`against the ${side.name} server`, () => {
    let server: ServerProcess;

    before(async () => {
      server = await ServerProcess.start(side, { jetStream: true });
      for (const words of SETUP) await ok(server.url, 'contrail', words);
    });

    after(async () => {
      await server.stop();
    });

    for (const words of LIKE) {
      test(`[natscli 0.5.1] ${words.join(' ').slice(0, 80)}`, async () => {
        const [ours, theirs] = [await run('contrail', server.url, words), await run('nats', server.url, words)];
        assert.equal(ours.code, theirs.code, ours.error + theirs.error);
        assert.equal(steady(ours.output), steady(theirs.output));
        assert.equal(steady(ours.error), steady(theirs.error));
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

    for (const words of BUCKETS) {
      test(`[ADR-8] [ADR-20] ${words.join(' ')} makes the bucket that the reference makes`, async () => {
        const ours = await configMadeBy(server.url, 'contrail', words);
        assert.deepEqual(ours, await configMadeBy(server.url, 'nats', words));
      });
    }

    test('[ADR-8] each reads the values and markers that the other has written', async () => {
      const url = server.url;
      for (const [writer, reader] of [
        ['nats', 'contrail'],
        ['contrail', 'nats'],
      ] as const) {
        const key = `cross.${writer}`;
        await ok(url, writer, ['kv', 'put', 'CONFIG', key], 'line one\nline two\n');
        assert.equal(await ok(url, reader, ['kv', 'get', 'CONFIG', key, '--raw']), 'line one\nline two\n');
        const { revision } = JSON.parse(await ok(url, 'contrail', ['kv', 'get', 'CONFIG', key, '--json']));
        await ok(url, writer, ['kv', 'update', 'CONFIG', key, 'updated', String(revision)]);
        await ok(url, writer, ['kv', 'del', 'CONFIG', key, '-f']);
        await ok(url, writer, ['kv', 'create', 'CONFIG', key, 'created']);
        await ok(url, writer, ['kv', 'revert', 'CONFIG', key, String(revision), '--force']);
        assert.equal(await ok(url, reader, ['kv', 'get', 'CONFIG', key, '--raw']), 'line one\nline two\n');
        const history = await ok(url, reader, ['kv', 'history', 'CONFIG', key]);
        assert.deepEqual(
          history.match(/│ (?:PUT|DELETE|PURGE) /g)?.map((word) => word.slice(2, -1)),
          ['PUT', 'PUT', 'DELETE', 'PUT', 'PUT'],
        );
        await ok(url, writer, ['kv', 'purge', 'CONFIG', key, '-f']);
        assert.match(await ok(url, reader, ['kv', 'history', 'CONFIG', key]), /PURGE/);
      }
    });

    test('[ADR-20] each reads the objects that the other has put', async () => {
      const url = server.url;
      const target = join(folder, 'back');
      for (const [writer, reader] of [
        ['nats', 'contrail'],
        ['contrail', 'nats'],
      ] as const) {
        for (const flags of [[], ['--chunk-size', '1000']]) {
          const name = `cross/${writer}${flags.length}`;
          await ok(url, writer, ['object', 'put', 'FILES', largeFile, '--name', name, '--no-progress', ...flags]);
          await ok(url, reader, ['object', 'get', 'FILES', name, '-O', target, '-f', '--no-progress']);
          assert.ok(readFileSync(target).equals(LARGE), name);
          await ok(url, reader, ['object', 'put', 'FILES', noteFile, '--name', name, '-f']);
          await ok(url, writer, ['object', 'get', 'FILES', name, '-O', target, '-f']);
          assert.equal(readFileSync(target, 'utf8'), 'hello\n');
          await ok(url, writer, ['object', 'rm', 'FILES', name, '-f']);
          assert.equal((await run(reader, url, ['object', 'info', 'FILES', name])).code, 1);
        }
      }
      const { state } = JSON.parse(await ok(url, 'contrail', ['stream', 'info', 'OBJ_FILES', '--json']));
      // Two objects of four chunks, and a description of each name that there was.
      assert.equal(state.messages, 4 + 7, 'chunks are left behind');
    });

    test('[natscli 0.5.1] kv watch shows what the reference shows', async () => {
      const url = server.url;
      await ok(url, 'contrail', ['kv', 'add', 'LIVE', '--history', '5']);
      for (const value of ['1', '2']) await ok(url, 'contrail', ['kv', 'put', 'LIVE', 'a.b', value]);
      await ok(url, 'contrail', ['kv', 'put', 'LIVE', 'c', 'x']);
      await ok(url, 'contrail', ['kv', 'del', 'LIVE', 'c', '-f']);
      let round = 0;
      const cause = async (): Promise<void> => {
        await ok(url, 'nats', ['kv', 'put', 'LIVE', 'a.d', 'new']);
        await ok(url, 'nats', ['kv', 'purge', 'LIVE', 'a.d', '-f']);
        await ok(url, 'nats', ['kv', 'put', 'LIVE', 'a.end', `end ${++round}`]);
      };
      for (const flags of [[], ['--history'], ['--no-deletes'], ['a.*'], ['--revision', '2']]) {
        const { ours, theirs } = await watchWithBoth(url, ['kv', 'watch', 'LIVE', ...flags], {
          cause,
          last: `end ${round + 1}`,
        });
        assert.equal(ours, theirs, flags.join(' '));
      }
    });

    test('[natscli 0.5.1] object watch shows what the reference shows', async () => {
      const cause = async (): Promise<void> => {
        await ok(server.url, 'nats', ['object', 'put', 'FILES', noteFile, '--name', 'came']);
        await ok(server.url, 'nats', ['object', 'rm', 'FILES', 'came', '-f']);
      };
      const { ours, theirs } = await watchWithBoth(server.url, ['object', 'watch', 'FILES'], {
        cause,
        last: 'DEL FILES > came',
      });
      assert.equal(ours, theirs);
    });

    test('[natscli 0.5.1] what compact leaves is what the reference leaves', async () => {
      const url = server.url;
      const left: unknown[] = [];
      for (const name of ['contrail', 'nats'] as const) {
        await ok(url, name, ['kv', 'add', 'TIDY', '--history', '5']);
        for (const value of ['1', '2']) await ok(url, name, ['kv', 'put', 'TIDY', 'dead', value]);
        await ok(url, name, ['kv', 'put', 'TIDY', 'back', 'old']);
        for (const key of ['dead', 'back']) await ok(url, name, ['kv', 'del', 'TIDY', key, '-f']);
        await ok(url, name, ['kv', 'put', 'TIDY', 'back', 'again']);
        await ok(url, name, ['kv', 'compact', 'TIDY', '--force']);
        const entries = JSON.parse(await ok(url, 'contrail', ['kv', 'history', 'TIDY', '>', '--json']));
        left.push(entries.map(({ key, revision, operation }: Record<string, unknown>) => [key, revision, operation]));
        await ok(url, name, ['kv', 'del', 'TIDY', '-f']);
      }
      assert.deepEqual(left[0], left[1]);
    });

    test('[ADR-20] what is put when the person interrupts is taken back', async () => {
      await ok(server.url, 'contrail', ['object', 'add', 'HALF']);
      const putting = new CommandRun('contrail', server.url, [
        'object',
        'put',
        'HALF',
        '--name',
        'half',
        '--chunk-size',
        '1000',
      ]);
      putting.write('x'.repeat(300_000));
      const state = async (): Promise<{ readonly messages: number }> =>
        JSON.parse(await ok(server.url, 'contrail', ['stream', 'state', 'OBJ_HALF', '--json'])).state;
      while ((await state()).messages < 100);
      putting.signal('SIGINT');
      const { code, error } = await putting.ended;
      assert.equal(code, 130);
      assert.match(error, /interrupted, nothing was put/);
      assert.equal((await state()).messages, 0);
    });

    test('[ADR-20] a bucket that ours has sealed is sealed for the reference', async () => {
      await ok(server.url, 'contrail', ['object', 'add', 'ENDED']);
      await ok(server.url, 'contrail', ['object', 'seal', 'ENDED', '--force']);
      assert.match(await ok(server.url, 'nats', ['object', 'info', 'ENDED']), / Sealed: true\n/);
      assert.equal((await run('nats', server.url, ['object', 'put', 'ENDED', noteFile])).code, 1);
    });

    test('[ADR-48] a key whose life is over is a marker for both, and free again', async () => {
      const url = server.url;
      await ok(url, 'contrail', ['kv', 'add', 'BRIEF', '--marker-ttl', '1m']);
      await ok(url, 'contrail', ['kv', 'put', 'BRIEF', 'k', 'x']);
      const { ours, theirs } = await watchWithBoth(url, ['kv', 'watch', 'BRIEF', '--history'], {
        cause: async () => {
          await ok(url, 'contrail', ['kv', 'edit', 'BRIEF', '--ttl', '1s']);
        },
        last: 'PURGE BRIEF > k',
      });
      assert.equal(ours, theirs);
      const { error } = await run('contrail', url, ['kv', 'get', 'BRIEF', 'k']);
      assert.match(error, /key not found/);
      assert.equal(await ok(url, 'contrail', ['kv', 'ls', 'BRIEF']), 'No keys found in bucket\n');
      await ok(url, 'contrail', ['kv', 'edit', 'BRIEF', '--ttl', '0']);
      await ok(url, 'contrail', ['kv', 'create', 'BRIEF', 'k', 'y', '--ttl', '1h']);
      const last = ['stream', 'get', 'KV_BRIEF', '-S', '$KV.BRIEF.k'];
      assert.match(await ok(url, 'nats', last), /Nats-TTL: 1h0m0s/);
      await ok(url, 'contrail', ['kv', 'purge', 'BRIEF', 'k', '--ttl', '2h', '-f']);
      assert.match(await ok(url, 'nats', last), /Nats-TTL: 2h0m0s/);
    });
  });
}

compare(referenceSide());
compare(contrailSide());

describe('what only the reference server has', () => {
  let server: ServerProcess;

  before(async () => {
    server = await ServerProcess.start(referenceSide(), { jetStream: true });
    for (const words of SETUP.slice(0, 3)) await ok(server.url, 'contrail', words);
  });

  after(async () => {
    await server.stop();
  });

  for (const words of REFERENCE_BUCKETS) {
    test(`[ADR-8] ${words.join(' ')} makes the bucket that the reference makes`, async () => {
      const ours = await configMadeBy(server.url, 'contrail', words);
      assert.deepEqual(ours, await configMadeBy(server.url, 'nats', words));
    });
  }

  test('[ADR-8] a mirror has the keys of its origin, and what is written to it goes there', async () => {
    const url = server.url;
    await ok(url, 'contrail', ['kv', 'add', 'COPY', '--mirror', 'CONFIG']);
    const watching = new CommandRun('contrail', url, ['kv', 'watch', 'COPY']);
    await watching.shows('PUT COPY > site.title: first');
    await ok(url, 'contrail', ['kv', 'put', 'COPY', 'site.title', 'by the mirror']);
    await watching.shows('PUT COPY > site.title: by the mirror');
    watching.signal('SIGINT');
    await watching.ended;
    assert.equal(await ok(url, 'nats', ['kv', 'get', 'CONFIG', 'site.title', '--raw']), 'by the mirror');
    assert.equal(await ok(url, 'contrail', ['kv', 'get', 'COPY', 'site.title', '--raw']), 'by the mirror');
    assert.equal(await ok(url, 'contrail', ['kv', 'ls', 'COPY']), 'site.title\n');
    const page = ['kv', 'info', 'COPY'];
    assert.equal(steady(await ok(url, 'contrail', page)), steady(await ok(url, 'nats', page)));
    const { config } = JSON.parse(await ok(url, 'contrail', ['kv', 'edit', 'COPY', '--no-mirror', '--json']));
    assert.deepEqual([config.mirror, config.subjects], [undefined, ['$KV.COPY.>']]);
  });

  test('[ADR-8] a bucket has the keys of its sources', async () => {
    const url = server.url;
    await ok(url, 'contrail', ['kv', 'add', 'ALL', '--source', 'CONFIG']);
    const watching = new CommandRun('contrail', url, ['kv', 'watch', 'ALL']);
    await watching.shows('PUT ALL > site.title');
    watching.signal('SIGINT');
    await watching.ended;
    const page = ['kv', 'info', 'ALL'];
    assert.equal(steady(await ok(url, 'contrail', page)), steady(await ok(url, 'nats', page)));
  });
});

test('[natscli 0.5.1] buckets with three replicas are shown and used as the reference does', async () => {
  const cluster = await ReferenceCluster.start();
  try {
    const { url } = cluster;
    const until = performance.now() + 60_000;
    // The servers have to choose a leader first.
    for (let done = false; !done; ) {
      const { code, error } = await run('contrail', url, ['kv', 'add', 'CONFIG', '--replicas', '3']);
      done = code === 0;
      assert.ok(done || performance.now() < until, error);
    }
    await ok(url, 'contrail', ['kv', 'put', 'CONFIG', 'k', 'v']);
    assert.equal(await ok(url, 'nats', ['kv', 'get', 'CONFIG', 'k', '--raw']), 'v');
    await ok(url, 'contrail', ['object', 'add', 'FILES', '--replicas', '3']);
    await ok(url, 'contrail', ['object', 'put', 'FILES', largeFile, '--name', 'large']);
    const target = join(folder, 'clustered');
    await ok(url, 'nats', ['object', 'get', 'FILES', 'large', '-O', target, '-f', '--no-progress']);
    assert.ok(readFileSync(target).equals(LARGE));
    for (const page of [
      ['kv', 'info', 'CONFIG'],
      ['object', 'info', 'FILES'],
    ]) {
      const [ours, theirs] = [await ok(url, 'contrail', page), await ok(url, 'nats', page)];
      const lines = (text: string): string[] => steady(text).split('\n').sort();
      assert.deepEqual(lines(ours), lines(theirs));
      assert.match(ours, / Replica: n\d, current, /);
    }
    const { config } = JSON.parse(await ok(url, 'contrail', ['kv', 'edit', 'CONFIG', '--replicas', '1', '--json']));
    assert.equal(config.num_replicas, 1);
  } finally {
    await cluster.stop();
  }
});
