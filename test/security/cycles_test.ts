// Accounts that import from each other in circles: a configuration that closes one is refused, at the start and on reload,
// and where the circle is one of subjects only, what is published goes round no more than once.
// Advisories: CVE-2020-28466, CVE-2022-42709.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCommandLine } from '../../src/app/command_line.ts';
import { NodeConfigSource } from '../../src/node/node_config_source.ts';
import { SharingWorld, serviceExport, serviceImport, streamExport, streamImport } from '../../src/sim/sharing_world.ts';
import type { Mapping } from '../../src/subject/mapping.ts';
import { RunningServer } from './running_server.ts';

const NAMES = ['A', 'B', 'C', 'D', 'E'];

/** `exports` and `imports` of each account, in the order of NAMES. */
function accounts(...parts: readonly (readonly [exports: string, imports: string])[]): string {
  const texts = parts.map(([exports, imports], i) => {
    const name = NAMES[i] ?? '';
    return `${name} { users: [{user: ${name}, password: x}], exports: [${exports}], imports: [${imports}] }`;
  });
  return `accounts {\n${texts.join('\n')}\n}\n`;
}

function service(account: string, subject: string, to = subject): string {
  return `{service: {account: ${account}, subject: "${subject}"}, to: "${to}"}`;
}

function stream(account: string, subject: string, more = ''): string {
  return `{stream: {account: ${account}, subject: "${subject}"}${more}}`;
}

/** Every account imports from the next one, the last one from the first one. */
function ring(count: number, exported: string, imported: (account: string) => string): string {
  const at = (i: number): string => NAMES[i % count] ?? '';
  return accounts(...NAMES.slice(0, count).map((_, i) => [exported, imported(at(i + 1))] as const));
}

const CIRCLES: readonly string[] = [
  ring(2, '{service: "q"}', (next) => service(next, 'q')),
  ring(3, '{service: "q"}', (next) => service(next, 'q')),
  ring(5, '{service: "q.*"}', (next) => service(next, 'q.*')),
  ring(5, '{service: ">"}', (next) => service(next, 'q.>')),
  accounts(['{service: "q.*"}', service('B', 'q.x')], ['{service: "q.x"}', service('A', 'q.*')]),
  accounts(['{service: ">"}', service('B', 'b.*', 'a.*')], ['{service: ">"}', service('A', 'a.*', 'b.*')]),
  ring(2, '{stream: "s.>"}', (next) => stream(next, 's.>')),
  ring(5, '{stream: "s.*"}', (next) => stream(next, 's.*')),
  ring(5, '{stream: ">"}', (next) => stream(next, 's.*')),
  accounts(['{stream: "s.*"}', stream('B', 's.x')], ['{stream: "s.>"}', stream('A', 's.*')]),
  ring(2, '{stream: ">"}', (next) => stream(next, 'foo.>', ', prefix: foo')),
];

function isRefused(config: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-cycles-'));
  try {
    const file = join(folder, 'a.conf');
    writeFileSync(file, config);
    const command = readCommandLine(['-c', file], new NodeConfigSource(), { compatible: '2.15.2', contrail: '0' });
    if (command.kind === 'run') return false;
    assert.match(JSON.stringify(command), /import forms a cycle/, config);
    return true;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('CVE-2020-28466, CVE-2022-42709: a configuration in which imports close a circle does not start', () => {
  for (const config of CIRCLES) assert.ok(isRefused(config), config);
});

test('CVE-2020-28466, CVE-2022-42709: the same accounts without the link that closes it start', () => {
  const chain = [
    ['{service: "q.*"}, {stream: "s.*"}', ''],
    ['{service: "q.*"}, {stream: "s.*"}', `${service('A', 'q.*')}, ${stream('A', 's.*')}`],
    ['', `${service('B', 'q.*')}, ${stream('B', 's.*')}`],
  ] as const;
  assert.ok(!isRefused(accounts(...chain)));
});

test('CVE-2020-28466, CVE-2022-42709: a reload that closes a circle is refused, and the accounts go on as they were', async () => {
  const open = accounts(['{service: "q.*"}', ''], ['{service: "q.*"}', service('A', 'q.*')]);
  await RunningServer.with({ config: open, jetStream: false }, async (running) => {
    const [server, asker] = [
      await running.connect({ user: 'A', pass: 'x' }),
      await running.connect({ user: 'B', pass: 'x' }),
    ];
    server.send('SUB q.* 1\r\n');
    await server.flush();
    for (const config of CIRCLES) {
      assert.match((await running.reload(config)) ?? '', /import forms a cycle/, config);
      asker.send('PUB q.x 1\r\nx\r\n');
      await asker.flush();
      await server.flush();
      assert.equal(server.messages.splice(0).length, 1, config);
    }
  });
});

/** What the reference does with them too: the import is taken once, and what came by it is not taken again. */
const SELVES: readonly (readonly [config: string, subject: string, heard: readonly string[]])[] = [
  [accounts(['{service: "q"}', service('A', 'q')]), 'q', ['q', 'q']],
  [accounts(['{service: "q.*"}', service('A', 'q.*', 'p.*')]), 'p.x', ['p.x', 'q.x']],
  [accounts(['{service: ">"}', service('A', 'q.>', 'q.x.>')]), 'q.x.x.x.y', ['q.x.x.x.y', 'q.x.x.y']],
  [accounts(['{stream: "s"}', stream('A', 's')]), 's', ['s', 's']],
  [accounts(['{stream: ">"}', stream('A', 's.>', ', prefix: s')]), 's.x', ['s.s.x', 's.x']],
];

test('CVE-2020-28466, CVE-2022-42709: an account that imports from itself hears itself no more than once again', async () => {
  for (const [config, subject, heard] of SELVES) {
    await RunningServer.with({ config, jetStream: false }, async (running) => {
      const client = await running.connect({ user: 'A', pass: 'x' });
      client.send(`SUB q 1\r\nSUB q.> 2\r\nSUB p.> 3\r\nSUB s 4\r\nSUB s.> 5\r\nPUB ${subject} 1\r\nx\r\n`);
      await client.flush();
      assert.deepEqual(client.messages.map((message) => message.subject).sort(), heard, config);
    });
  }
});

test('CVE-2020-28466, CVE-2022-42709: mappings that lead around a circle which no import closes end it after one turn', async () => {
  const world = new SharingWorld({
    A: {
      exports: [serviceExport('>'), streamExport('>')],
      imports: [serviceImport('B', 'b', 'to.b'), streamImport('B', 'sb', 'a.s')],
      mappings: [mapping('a', 'to.b'), mapping('a.s', 'sa')],
    },
    B: {
      exports: [serviceExport('>'), streamExport('>')],
      imports: [serviceImport('A', 'a', 'to.a'), streamImport('A', 'sa', 'b.s')],
      mappings: [mapping('b', 'to.a'), mapping('b.s', 'sb')],
    },
  });
  const [a, b] = [await world.client('A'), await world.client('B')];
  a.subscribe('>');
  b.subscribe('>');
  for (const subject of ['a', 'to.b', 'a.s', 'sa']) {
    a.publish(subject, 'x', 'inbox');
    const [atA, atB] = [await a.take(), await b.take()];
    assert.ok(atA.length <= 3 && atB.length <= 3, `${subject}: ${JSON.stringify([atA, atB])}`);
    assert.ok(atA.length > 0, subject);
  }
});

function mapping(source: string, subject: string): Mapping {
  return { source, destinations: [{ subject, weight: 100, cluster: '' }] };
}
