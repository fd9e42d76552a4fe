import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exemption } from './exemptions.ts';
import { ROOMS } from './floors.ts';
import { SourceFile } from './source_file.ts';
import { functionsOf, tasteReport } from './taste.ts';
import { entryPointsOf, judge, treeOf, verdictLines } from './tidy.ts';

type Texts = Record<string, string>;

/** The findings of a made-up tree as `rule file:line`. Every file counts as an entry point but those in `dead`. */
function broken(texts: Texts, dead: readonly string[] = []): string[] {
  const entryPoints = Object.keys(texts).filter((path) => !dead.includes(path));
  const { findings } = judge(treeOf(new Map(Object.entries(texts)), entryPoints), []);
  return findings.map(({ rule, file, line }) => `${rule} ${file}:${line}`);
}

/** What one file breaks. */
function breaks(path: string, text: string): string[] {
  return broken({ [path]: text });
}

test('tidy accepts a small tree that keeps the law', () => {
  const tree = {
    'src/base/a.ts': '// A.\nexport const a = 1;\n',
    'src/wire/b.ts': "import { a } from '../base/a.ts';\nexport const b = a;\n",
    'src/server/c.ts': "import { b } from '../wire/b.ts';\nexport const c = b;\n",
    'src/app/main.ts': "import { c } from '../server/c.ts';\nconsole.log(c, process.argv);\n",
  };
  assert.deepEqual(broken(tree, ['src/base/a.ts', 'src/wire/b.ts', 'src/server/c.ts']), []);
});

test('tidy fails on an import upwards', () => {
  assert.deepEqual(breaks('src/base/a.ts', "\nimport { b } from '../wire/b.ts';\n"), ['floor src/base/a.ts:2']);
  assert.deepEqual(breaks('src/store/a.ts', "import type { B } from '../server/b.ts';\n"), ['floor src/store/a.ts:1']);
  assert.deepEqual(breaks('src/raft/a.ts', "export * from '../ports/b.ts';\n"), ['floor src/raft/a.ts:1']);
});

test('tidy fails on an import between rooms of one floor, but for the arrows', () => {
  assert.deepEqual(breaks('src/server/a.ts', "import '../jetstream/b.ts';\n"), ['floor src/server/a.ts:1']);
  assert.deepEqual(breaks('src/wire/a.ts', "import { b } from '../subject/b.ts';\n"), ['floor src/wire/a.ts:1']);
  assert.deepEqual(breaks('src/auth/a.ts', "import { b } from '../subject/b.ts';\n"), []);
  assert.deepEqual(breaks('src/replication/a.ts', "import { b } from '../raft/b.ts';\n"), []);
});

test('tidy fails on node/ and sim/ imported by anything but composition', () => {
  assert.deepEqual(breaks('src/jetstream/a.ts', "const b = await import('../node/b.ts');\n"), [
    'floor src/jetstream/a.ts:1',
  ]);
  assert.deepEqual(breaks('src/app/a.ts', "import { b } from '../node/b.ts';\n"), []);
  assert.deepEqual(breaks('src/app/a.ts', "import { b } from '../sim/b.ts';\n"), ['floor src/app/a.ts:1']);
  assert.deepEqual(breaks('src/sim/a.ts', "import { b } from '../app/b.ts';\n"), []);
});

test('tidy fails on a folder that is no room, and on imports from outside src/', () => {
  assert.deepEqual(breaks('src/utils/a.ts', ''), ['floor src/utils/a.ts:1']);
  assert.deepEqual(breaks('src/app/a.ts', "import { b } from '../../tools/b.ts';\n"), ['floor src/app/a.ts:1']);
});

test('tidy lets tests import what they need, and fails on a product that imports a test', () => {
  const imports = "import { test } from 'node:test';\nimport { b } from '../server/b.ts';\nimport 'node:fs';\n";
  assert.deepEqual(breaks('src/base/a_test.ts', imports), []);
  assert.deepEqual(breaks('src/ports/a_contract.ts', imports), []);
  assert.deepEqual(breaks('src/base/a.ts', "import assert from 'node:assert/strict';\nimport './b_test.ts';\n"), [
    'test-import src/base/a.ts:1',
    'test-import src/base/a.ts:2',
  ]);
});

test('tidy fails on a private file imported from another folder', () => {
  assert.deepEqual(breaks('src/server/links/a.ts', "import { b } from '../_b.ts';\n"), [
    'private src/server/links/a.ts:1',
  ]);
  assert.deepEqual(breaks('src/server/a.ts', "import { b } from './_b.ts';\n"), []);
});

test("tidy fails on Node's own modules outside node/, but for hashing where it is allowed", () => {
  assert.deepEqual(breaks('src/store/a.ts', "import { open } from 'node:fs';\n"), ['builtin src/store/a.ts:1']);
  assert.deepEqual(breaks('src/app/a.ts', "import net from 'node:net';\n"), ['builtin src/app/a.ts:1']);
  assert.deepEqual(breaks('src/wire/a.ts', "import { createHash } from 'node:crypto';\n"), ['builtin src/wire/a.ts:1']);
  assert.deepEqual(breaks('src/auth/a.ts', "import { createHash } from 'node:crypto';\n"), []);
  assert.deepEqual(breaks('src/auth/a.ts', "import { randomBytes } from 'node:crypto';\n"), ['world src/auth/a.ts:1']);
  assert.deepEqual(breaks('src/node/a.ts', "import net from 'node:net';\n"), []);
});

test('tidy fails on clocks, timers, randomness, process and console below node/', () => {
  const words = ['Date.now()', 'new Date(0)', 'performance.now()', 'setTimeout(f, 1)', 'setInterval(f, 1)'];
  words.push('setImmediate(f)', 'queueMicrotask(f)', 'Math.random()', 'process.exit()', 'console.log(1)');
  for (const word of words) {
    assert.deepEqual(breaks('src/server/a.ts', `\nconst x = ${word};\n`), ['world src/server/a.ts:2'], word);
    assert.deepEqual(breaks('src/node/a.ts', `const x = ${word};\n`), [], word);
    assert.deepEqual(breaks('src/server/a_test.ts', `const x = ${word};\n`), [], word);
  }
  assert.deepEqual(breaks('src/app/a.ts', 'process.exitCode = 1;\nconst x = Date.now();\n'), ['world src/app/a.ts:2']);
});

test('tidy sees no banned word in comments, strings, templates, expressions and properties', () => {
  const text = [
    '// Date.now() is banned',
    '/* setTimeout( */',
    'const a = \'Math.random()\' + "process.exit" + `console.log ${this.process.pid} Date.now()`;',
    'const b = /Date.now()|[/]process.x/.test(a) ? 4 / 2 : clock.setTimeout(1) / 3;',
    'class C { #process = 1; get x() { return this.#process.y; } }',
  ].join('\n');
  assert.deepEqual(breaks('src/server/a.ts', text), []);
  assert.deepEqual(breaks('src/server/a.ts', 'const a = `${Date.now()}`;\n'), ['world src/server/a.ts:1']);
});

test('tidy fails on async and await in the rooms that never wait', () => {
  const text = 'export async function open() {\n  await x;\n}\n';
  assert.deepEqual(breaks('src/wire/a.ts', text), ['await src/wire/a.ts:1', 'await src/wire/a.ts:2']);
  assert.deepEqual(breaks('src/store/a.ts', text), []);
  assert.deepEqual(breaks('src/wire/a.ts', 'const x = { async: 1 };\n// await\n'), []);
});

test('tidy fails on async and await in hot files, but not where a life begins or ends', () => {
  const lifecycle =
    '  async recover() {\n    if (x) {\n      await y;\n    }\n  }\n  async #closeFiles() {\n    await z;\n  }\n';
  assert.deepEqual(breaks('src/jetstream/stream/ingest.ts', lifecycle), []);
  assert.deepEqual(breaks('src/jetstream/stream/ingest.ts', `${lifecycle}  async take() {}\n`), [
    'await src/jetstream/stream/ingest.ts:9',
  ]);
});

test('tidy fails on a ring of imports and says the way round, but not where a type closes it', () => {
  const ring = {
    'src/base/a.ts': "import { b } from './b.ts';\n",
    'src/base/b.ts': "\nimport { c } from './c.ts';\n",
    'src/base/c.ts': "import { a } from './a.ts';\n",
  };
  assert.deepEqual(broken(ring), ['cycle src/base/a.ts:1']);
  const { findings } = judge(treeOf(new Map(Object.entries(ring))), []);
  assert.match(findings[0]?.text ?? '', /src\/base\/a\.ts -> src\/base\/b\.ts -> src\/base\/c\.ts -> src\/base\/a\.ts/);
  const byType = { ...ring, 'src/base/c.ts': "import type { A } from './a.ts';\n" };
  assert.deepEqual(broken(byType), []);
  assert.match(tasteReport(treeOf(new Map(Object.entries(byType)))).join('\n'), /Cycles of imports/);
});

test('tidy fails on a file that nothing imports, unless a program starts there', () => {
  const tree = { 'src/base/a.ts': '', 'src/base/a_test.ts': '', 'src/base/x.d.ts': '' };
  assert.deepEqual(broken(tree, ['src/base/a.ts']), ['dead src/base/a.ts:1']);
  assert.deepEqual(broken({ ...tree, 'src/base/a_test.ts': "import './a.ts';\n" }, ['src/base/a.ts']), []);
  assert.deepEqual(entryPointsOf('{"bin":{"x":"dist/src/app/x.js"},"exports":{".":"./dist/src/app/embed.js"}}'), [
    'src/app/x.ts',
    'src/app/embed.ts',
  ]);
});

test('tidy fails on a leftover in a comment anywhere', () => {
  const word = ['FIX', 'ME'].join('');
  assert.deepEqual(breaks('tools/a.ts', `\n// ${word}: later\n`), ['fixme tools/a.ts:2']);
});

test('tidy fails on an error that is swallowed', () => {
  const ways = ['try { f(); } catch {}', 'try { f(); } catch (error) { /* fine */ }', 'f().catch(() => {});'];
  for (const way of ways) assert.deepEqual(breaks('src/store/a.ts', way), ['swallow src/store/a.ts:1'], way);
  assert.deepEqual(breaks('src/store/a.ts', 'try { f(); } catch (error) { log(error); }'), []);
});

test('tidy counts exemptions, and fails on one that is not needed any more', () => {
  const tree = treeOf(new Map([['src/base/a.ts', 'Date.now();\n']]), ['src/base/a.ts']);
  const needed: Exemption = { rule: 'world', file: 'src/base/a.ts', reason: 'Only here.' };
  const unneeded: Exemption = { rule: 'dead', file: 'src/base/b.ts', reason: 'It was.' };
  const verdict = judge(tree, [needed, unneeded]);
  assert.deepEqual([verdict.findings.length, verdict.exempted.length], [0, 1]);
  assert.deepEqual(verdict.unneeded, [unneeded]);
  assert.equal(verdictLines(verdict).at(-1), 'tidy: 1 broken rules, 1 exempted');
});

test('tidy gives every finding a place and a hint', () => {
  const lines = verdictLines(judge(treeOf(new Map([['src/base/a.ts', '\nDate.now();\n']]), ['src/base/a.ts']), []));
  assert.equal(lines[0], 'src/base/a.ts:2: world: uses Date.now');
  assert.match(lines[1] ?? '', /^ {4}hint: .*ports\/clock/);
});

test('tidy reports taste without failing', () => {
  const bold = 'const a = b!;\nconst c = d[1]!;\nif (e! === f) g()!.h();\nif (i !== 1) !j;\n';
  const bolds = tasteReport(treeOf(new Map([['src/base/b.ts', bold]]))).join('\n');
  assert.match(bolds, /no index .*\n +src\/base\/b\.ts:1\n +src\/base\/b\.ts:3$/);
  const long = `export function slow() {\n${'  x();\n'.repeat(60)}}\n`;
  const tree = treeOf(new Map([['src/base/my_util.ts', long]]), ['src/base/my_util.ts']);
  assert.deepEqual(judge(tree, []).findings, []);
  const report = tasteReport(tree).join('\n');
  assert.match(report, /62 {2}src\/base\/my_util\.ts:1 slow/);
  assert.match(report, /Files without a header comment:\n +src\/base\/my_util\.ts/);
  assert.match(report, /File names that say nothing:\n +src\/base\/my_util\.ts/);
});

test('tidy measures functions and methods, not branches', () => {
  const text =
    'class A {\n  async #take(a: B): C {\n    if (x) {\n    }\n  }\n}\nexport function f<T>(\n  a: T,\n) {\n}\n';
  assert.deepEqual(functionsOf(new SourceFile('a.ts', text)), [
    { name: 'a.ts:2 #take', lines: 4 },
    { name: 'a.ts:7 f', lines: 4 },
  ]);
});

test('the floor table is a ladder: every import of a floor goes to a lower one or along an arrow of section B', () => {
  const floorOf = new Map(ROOMS.map(({ name, floor }) => [name, floor]));
  const level: string[] = [];
  for (const { name, floor, mayImport } of ROOMS) {
    for (const other of mayImport) {
      const below = floorOf.get(other);
      assert.notEqual(below, undefined, `${name} -> ${other}`);
      if (floor !== null && below !== null && below !== undefined && below >= floor) level.push(`${name} -> ${other}`);
    }
  }
  assert.deepEqual(level, ['config -> subject', 'auth -> subject', 'app -> cli']);
});
