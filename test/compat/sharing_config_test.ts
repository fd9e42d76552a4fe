// Exports, imports and mappings in a configuration: what `nats-server -t` accepts we accept, what it refuses we refuse in
// the same words at the same place. Each text has one fault at most, because the reference reads a block in any order.
// Needs the reference server (see server_process.ts).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { contrailSide, referenceSide, type Side } from './server_process.ts';

const ASKED_MAX = 30;

/** What `-t` says, without the name of the program and without what only ours says: what it has not. */
function verdict(side: Side, file: string): string {
  const [program = '', ...args] = side.command;
  const result = spawnSync(program, [...args, '-t', '-c', file], { encoding: 'utf8', timeout: 30_000 });
  assert.equal(result.error, undefined);
  const lines = `${result.stdout}${result.stderr}`.split('\n').filter((line) => line !== '');
  const said = lines.filter((line) => !/is not supported by this version|has no effect in Contrail/.test(line));
  return `${result.status}\n${said.map((line) => shortened(line)).join('\n')}`;
}

/** Where the reference tells of its own program's types we have words of our own. */
function shortened(line: string): string {
  const text = line.replace(/^(?:nats-server|contrail-server): /, '');
  return text.replace(/interface conversion: .*|'\w+' must be .*, but is .*/, 'wrong kind of value');
}

/** Where several accounts are at fault the reference names any of them: it is asked until it names the one that we do. */
function compared(file: string): [ours: string, theirs: string] {
  const ours = verdict(contrailSide(), file);
  let theirs = verdict(referenceSide(), file);
  for (let asked = 1; asked < ASKED_MAX && theirs !== ours; asked++) theirs = verdict(referenceSide(), file);
  return [ours, theirs];
}

function judgeAll(texts: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-sharing-'));
  try {
    const file = join(folder, 'a.conf');
    for (const text of texts) {
      writeFileSync(file, text);
      assert.equal(...compared(file), text);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('mappings are judged as by nats-server -t', () => {
  const good = [
    'foo: bar',
    '"foo.*": "bar.$1"',
    '"foo.*.*": "bar.{{partition(3,1,2)}}.{{wildcard(2)}}.{{split(1,-)}}"',
    'foo: [{dest: a, weight: 50%}, {destination: b, weight: 20}]',
    'foo: {dest: a, weight: 100}',
    'foo: [{dest: a, weight: "60%", cluster: east}, {dest: b, weight: 60, cluster: west}, {dest: c, weight: 100}]',
    'foo: []',
    '">": "x.>"',
    '"foo.>": "bar.>"',
    'foo: "bar.$x"',
    '"foo": "bar.{{random(5)}}"',
    'foo: {dest: a, weight: 0}',
  ];
  const bad = [
    '"foo..bar": x',
    '"foo bar": x',
    '"foo.>.x": x',
    '"foo.*": "bar.*"',
    '"foo.*": "bar.$2"',
    'foo: "bar.$1"',
    'foo: "bar..x"',
    'foo: "bar x"',
    'foo: "bar.>"',
    '"foo.>": bar',
    '"foo.*": "bar.{{nothing(1)}}"',
    '"foo.*": "bar.{{partition(x)}}"',
    '"foo.*": "bar.{{split(1)}}"',
    'foo: 5',
    'foo: true',
    'foo: [a]',
    'foo: [{dest: a}]',
    'foo: {dest: a}',
    'foo: [{dest: a, weight: 101}]',
    'foo: [{dest: a, weight: -1}]',
    'foo: [{dest: a, weight: "x%"}]',
    'foo: [{dest: a, weight: "150%"}]',
    'foo: [{dest: a, weight: true}]',
    'foo: [{dest: a, weight: 10, unknown: 1}]',
    'foo: [{dest: a, weight: 60}, {dest: b, weight: 41}]',
    'foo: [{dest: a, weight: 60}, {dest: a, weight: 10}]',
    'foo: [{dest: a, weight: 60, cluster: e}, {dest: b, weight: 50, cluster: e}]',
  ];
  for (const all of [good, bad]) {
    judgeAll(all.map((line) => `mappings {\n  ${line}\n}\n`));
    judgeAll(all.map((line) => `accounts {\n  A { maps = {\n  ${line}\n} }\n}\n`));
  }
});

const USERS = 'users: [{user: a, password: a}]';

/** Two accounts, one of which has these exports, the other these imports. */
function pair(exports: string, imports: string): string {
  return `accounts {\n  A { exports: [\n${exports}\n] }\n  B { ${USERS}, imports: [\n${imports}\n] }\n}\n`;
}

test('exports are judged as by nats-server -t', () => {
  const exports = [
    '{stream: "x.>"}',
    '{service: "x", response_type: stream, threshold: "2s"}',
    '{service: "x", response: single, response_time: "0s"}',
    '{service: "x", accounts: [B]}',
    '{service: "x", accounts: []}',
    '{stream: "x", accounts: [NONE]}',
    '{service: "x", accounts: [NONE]}',
    '{service: "x", accounts: B}',
    '{service: "x.*", account_token_position: 2}',
    '{service: "x.*", account_token_position: 1}',
    '{service: "x.*", account_token_position: 3}',
    '{stream: "x.>", account_token_position: 2}',
    '{service: "x", response: nothing}',
    '{service: "x", response: 5}',
    '{service: "x", response: single, response_type: stream}',
    '{service: "x", threshold: 5}',
    '{service: "x", threshold: "5x"}',
    '{service: "x", threshold: "1s", response_time: "2s"}',
    '{service: "x", latency: "lat"}',
    '{service: "x", latency: {subject: lat, sampling: 50}}',
    '{service: "x", latency: {subject: lat, sampling: "50%"}}',
    '{service: "x", latency: {subject: lat, sampling: headers}}',
    '{service: "x", latency: {subject: lat, sampling: 0}}',
    '{service: "x", latency: {subject: lat, sampling: 101}}',
    '{service: "x", latency: {subject: lat, sampling: "x%"}}',
    '{service: "x", latency: {subject: lat, sampling: true}}',
    '{service: "x", latency: {sampling: 10}}',
    '{service: "x", latency: {subject: 5}}',
    '{service: "x", latency: 5}',
    '{service: "x", latency: "lat.*"}',
    '{service: "x", latency: "x"}',
    '{service: "x", latency: "lat", response: stream}',
    '{service: "x", allow_trace: true}',
    '{unknown: "x"}',
    '{service: 5}',
    '{stream: 5}',
    'x',
    '{}',
    '{service: "x"}, {service: "x", response: stream}',
    '{stream: "a b"}',
  ];
  judgeAll(exports.map((line) => pair(line, '')));
  judgeAll(['accounts { A { exports: {stream: x} } }\n', 'accounts { A { exports: 5 } }\n']);
});

test('imports are judged as by nats-server -t', () => {
  const exports = [
    '{stream: "s.>"}, {service: "q.>"}, {service: "one.*.two.*"}, {stream: "private", accounts: [C]}',
    '{service: "t.*", account_token_position: 2}, {service: "only", accounts: [C]}',
  ].join(',\n');
  const imports = [
    '{stream: {account: A, subject: "s.>"}}',
    '{stream: {account: A, subject: "s.a"}, prefix: p}',
    '{stream: {account: A, subject: "s.a"}, prefix: "p."}',
    '{stream: {account: A, subject: "s.a"}, prefix: "p.*"}',
    '{stream: {account: A, subject: "s.*"}, to: "p.*"}',
    '{stream: {account: A, subject: "s.*.*"}, to: "p.$2.$1"}',
    '{stream: {account: A, subject: "s.*.*"}, to: "p.$2"}',
    '{stream: {account: A, subject: "s.*"}, to: "p.{{left(1,2)}}"}',
    '{stream: {account: A, subject: "s.>"}, to: "p"}',
    '{stream: {account: A, subject: "s"}}',
    '{stream: {account: A, subject: "none"}}',
    '{stream: {account: A, subject: "private"}}',
    '{stream: {account: NONE, subject: "s.a"}}',
    '{stream: {account: A, subject: "s.a"}}, {stream: {account: A, subject: "s.a"}, to: x}',
    '{stream: {account: A}}',
    '{stream: {subject: "s.a"}}',
    '{stream: {account: A, subject: "s.a", unknown: 1}}',
    '{stream: "s.a"}',
    '{service: {account: A, subject: "q.x"}}',
    '{service: {account: A, subject: "q.x"}, to: "w"}',
    '{service: {account: A, subject: "q.*"}, to: "w.*", share: true}',
    '{service: {account: A, subject: "one.*.two.*"}, to: "w.$2.$1"}',
    '{service: {account: A, subject: "one.*.two.*"}, to: "w.$2"}',
    '{service: {account: A, subject: "one.*.two.*"}, to: "w"}',
    '{service: {account: A, subject: "q.>"}, to: "w"}',
    '{service: {account: A, subject: "q.*"}, to: "a b"}',
    '{service: {account: A, subject: "q..x"}}',
    '{service: {account: A, subject: "none"}}',
    '{service: {account: A, subject: "only"}}',
    '{service: {account: A, subject: "t.B"}}',
    '{service: {account: A, subject: "t.C"}}',
    '{service: {account: A, subject: "t.*"}}',
    '{service: {account: NONE, subject: "q.x"}}',
    '{service: {account: A, subject: "q.x"}}, {service: {account: A, subject: "q.y"}, to: "q.x"}',
    '{service: {account: A, subject: "q.x"}, to: w}, {service: {account: A, subject: "q.y"}, to: w}',
    '{service: {account: A, subject: "q.x"}, allow_trace: true}',
    '{stream: {account: A, subject: "s.x"}, allow_trace: true}',
    '{service: {account: A, subject: "q.x"}, prefix: p}',
    '{service: "q.x"}',
    '{unknown: 1}',
    'x',
    '{}',
  ];
  judgeAll(imports.map((line) => pair(exports, line).replace(/\}\n$/, '  C {}\n}\n')));
  judgeAll(['accounts { A { imports: {} } }\n', 'accounts { A { imports: 5 } }\n']);
});

test('circles of imports are refused as by nats-server -t', () => {
  const services = (subjects: readonly string[]) => subjects.map((subject) => `{service: "${subject}"}`).join(', ');
  const streams = (subjects: readonly string[]) => subjects.map((subject) => `{stream: "${subject}"}`).join(', ');
  const import1 = (kind: string, account: string, subject: string, to = '') =>
    `{${kind}: {account: ${account}, subject: "${subject}"}${to === '' ? '' : `, to: "${to}"`}}`;
  const ring = (exports: string, imports: readonly string[]) =>
    `accounts {\n${['A', 'B', 'C'].map((name, i) => `  ${name} { exports: [${exports}], imports: [${imports[i] ?? ''}] }\n`).join('')}}\n`;
  judgeAll([
    ring(services(['help']), [import1('service', 'B', 'help'), import1('service', 'C', 'help')]),
    ring(services(['help']), [
      import1('service', 'B', 'help'),
      import1('service', 'C', 'help'),
      import1('service', 'A', 'help'),
    ]),
    ring(services(['q.>']), [
      import1('service', 'B', 'q.*'),
      import1('service', 'C', 'q.*'),
      import1('service', 'A', 'q.x'),
    ]),
    ring(services(['q.>']), [import1('service', 'B', 'q.a', 'q.b'), import1('service', 'A', 'q.b', 'q.c')]),
    ring(services(['help']), [import1('service', 'A', 'help')]),
    ring(services(['help']), [import1('service', 'A', 'help', 'other')]),
    ring(streams(['s.>']), [
      import1('stream', 'B', 's.a'),
      import1('stream', 'C', 's.a'),
      import1('stream', 'A', 's.a'),
    ]),
    ring(streams(['s.>']), [import1('stream', 'B', 's.*'), import1('stream', 'A', 's.b')]),
    ring(streams(['s.>']), [import1('stream', 'B', 's.*', 'x.*'), import1('stream', 'C', 's.b')]),
    ring(streams(['s.>', 'x.>']), [import1('stream', 'B', 's.*', 'x.*'), import1('stream', 'A', 'x.b')]),
    ring(streams(['s.>']), [import1('stream', 'A', 's.b')]),
  ]);
});
