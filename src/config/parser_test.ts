import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsed, refused } from '../base/parsed.ts';
import { ConfigError } from './config_error.ts';
import { CONFIG_DEPTH_MAX, CONFIG_ENVIRONMENT_DEPTH_MAX, CONFIG_INCLUDE_DEPTH_MAX } from './config_limits.ts';
import type { ConfigNode, ConfigValue } from './config_node.ts';
import { type ConfigSource, EMPTY_WORLD } from './config_source.ts';
import { canonicalText } from './digest.ts';
import { parseConfigFile, parseConfigText } from './parser.ts';

type GoldenNode = [kind: string, value: unknown, line: number, column: number, used: boolean];
interface GoldenRow {
  readonly text: string;
  readonly error?: string;
  readonly node?: GoldenNode;
  readonly canonical?: string;
}

/** See main.go beside it. */
const GOLDEN = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/config_language/golden.json', import.meta.url), 'utf8'),
) as GoldenRow[];

const GOLDEN_ENVIRONMENT = { ENVI: '42', ENVA: '[x, y ]', ENVM: '{k: v}', ENVC: '$ENVC', EMPTY: '', ENVS: 'a b' };

/** What the reference accepts and then drops, in part or whole, without a word; see docs/deviations.md. */
const REFUSED_HERE = [
  /'Unexpected EOF\.'/,
  /Expected a value but got '}'/,
  /has the unknown unit/,
  /config is invalid/,
];

function sourceOf(files: Record<string, string>, environment: Record<string, string> = {}): ConfigSource {
  return {
    ...EMPTY_WORLD,
    readFile(path) {
      if (path === '.') return refused('read .: is a directory');
      const text = Object.hasOwn(files, path) ? files[path] : undefined;
      return text === undefined ? refused(`open ${path}: no such file or directory`) : parsed(Buffer.from(text));
    },
    environment: (name) => (Object.hasOwn(environment, name) ? (environment[name] ?? null) : null),
    sha256: () => '',
  };
}

function parse(text: string, environment: Record<string, string> = {}) {
  return parseConfigText(text, 'a.conf', sourceOf({}, environment));
}

function faultOf(text: string, environment: Record<string, string> = {}): string {
  try {
    parse(text, environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  return '';
}

function plain(value: ConfigValue): unknown {
  switch (value.kind) {
    case 'map':
      return Object.fromEntries([...value.entries].map(([key, node]) => [key, plain(node.value)]));
    case 'array':
      return value.items.map((item) => plain(item.value));
    default:
      return value.value;
  }
}

/** A node in the fixture's form; where the reference keeps no place (the environment), ours is left out too. */
function goldenForm(node: ConfigNode, like: GoldenNode): unknown {
  const { value } = node;
  const hasPlace = like[2] !== -1;
  const place = hasPlace ? [node.position.line, node.position.column, node.isUsedAsVariable] : [-1, -1, like[4]];
  const inner = Array.isArray(like[1]) ? like[1] : [];
  switch (value.kind) {
    case 'map': {
      const keys = [...value.entries.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const entries = keys.map((key, i) => [key, goldenForm(entryOf(value, key), inner[i]?.[1] ?? [])]);
      return ['map', entries, ...place];
    }
    case 'array':
      return ['array', value.items.map((item, i) => goldenForm(item, inner[i] ?? [])), ...place];
    case 'integer':
      return ['integer', String(value.value), ...place];
    default:
      return [value.kind, value.value, ...place];
  }
}

function entryOf(value: ConfigValue, key: string): ConfigNode {
  assert.ok(value.kind === 'map');
  const node = value.entries.get(key);
  assert.ok(node !== undefined, key);
  return node;
}

const POSITION = { file: '', line: -1, column: -1 };

function checkGolden(row: GoldenRow): void {
  const label = JSON.stringify(row.text);
  let map: ConfigValue;
  try {
    map = parseConfigText(row.text, '', sourceOf({}, GOLDEN_ENVIRONMENT));
  } catch (error) {
    assert.ok(error instanceof ConfigError, `${label}: ${error}`);
    if (row.error !== error.message) {
      assert.ok(
        REFUSED_HERE.some((pattern) => pattern.test(error.message)),
        `${label}: ${error.message}; ${row.error}`,
      );
    }
    return;
  }
  assert.equal(row.error, undefined, label);
  assert.ok(row.node !== undefined);
  const form = goldenForm({ value: map, position: POSITION, isUsedAsVariable: false }, row.node);
  assert.deepEqual(form, row.node, label);
  // Bytes that are not UTF-8 are lost here, and escaped there.
  if (row.canonical?.includes('\\ufffd') === false) assert.equal(canonicalText(map), row.canonical, label);
}

test('parseConfigText() makes the tree of the reference, with its places, and refuses with its sentences', () => {
  assert.ok(GOLDEN.length >= 700);
  for (const row of GOLDEN) checkGolden(row);
});

test('parseConfigText() refuses what the reference drops in silence', () => {
  assert.match(faultOf('a { b }'), /^Parse error on line 1: 'Expected a value but got '}' instead.'$/);
  assert.equal(faultOf('a = 4kbb'), "integer '4kbb' has the unknown unit 'kbb'");
  assert.match(faultOf('a = [ "'), /Unexpected EOF/);
  assert.match(faultOf('"\u0000" = 1'), /Unexpected EOF/);
  assert.match(faultOf('}\u0000 a = 1'), /config is invalid/);
});

test('parseConfigText() says where the fault is', () => {
  const place = (text: string) => {
    try {
      parse(text);
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return [error.position?.file, error.position?.line, error.position?.column];
    }
    return [];
  };
  assert.deepEqual(place('a = 1\nb = "\\q"\n'), ['a.conf', 2, 7]);
  assert.deepEqual(place('a =\n'), ['a.conf', 1, 4]);
  assert.deepEqual(place('a = 1\n  b = $nope\n'), ['a.conf', 2, 8]);
  assert.deepEqual(place('a {\n b = 1\n'), ['a.conf', 3, 1]);
});

test('parseConfigText() takes names of the language it is written in as any other', () => {
  const map = parse('__proto__ { x = 1 }\nconstructor = 2\nhasOwnProperty = 3\na = $__proto__\n');
  assert.deepEqual([...map.entries.keys()], ['__proto__', 'constructor', 'hasOwnProperty', 'a']);
  assert.deepEqual(plain(entryOf(map, 'a').value), { x: 1n });
  assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
  assert.equal(faultOf('a = $toString'), `variable reference for 'toString' on line 1 can not be found`);
});

test('parseConfigFile() includes files relative to the including one, and their keys into the block', () => {
  const source = sourceOf({
    '/etc/nats/main.conf': 'a = 1\nb { include "parts/b.conf" }\ninclude ../shared.conf\n',
    '/etc/nats/parts/b.conf': 'c = 2\ninclude deeper.conf\n',
    '/etc/nats/parts/deeper.conf': 'd = 3',
    '/etc/shared.conf': 'a = 4\nname = x\n',
  });
  const map = parseConfigFile('/etc/nats/main.conf', source);
  assert.deepEqual(plain(map), { a: 4n, b: { c: 2n, d: 3n }, name: 'x' });
  const { position } = entryOf(entryOf(map, 'b').value, 'd');
  assert.deepEqual(position, { file: '/etc/nats/parts/deeper.conf', line: 1, column: 0 });
});

test('parseConfigFile() knows variables of an included file, which does not know those of the including one', () => {
  const map = parseConfigFile('a', sourceOf({ a: 'include b\nport = $p\n', b: 'p = 1' }));
  assert.deepEqual(plain(map), { p: 1n, port: 1n });
  assert.equal(entryOf(map, 'p').isUsedAsVariable, true);
  assert.throws(() => parseConfigFile('a', sourceOf({ a: 'p = 1\ninclude b\n', b: 'port = $p' })), /can not be found/);
});

test('parseConfigFile() names the way to a fault in an included file', () => {
  const source = sourceOf({ 'x/a': 'p = 1\n include b\n', 'x/b': '\n\nq = "\\z"' });
  assert.throws(
    () => parseConfigFile('x/a', source),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.position, { file: 'x/a', line: 2, column: 10 });
      assert.match(error.message, /^error parsing include file 'b', x\/b:3:7: Parse error on line 3: 'Invalid escape/);
      return true;
    },
  );
  assert.throws(() => parseConfigFile('nope', source), /^ConfigError: open nope: no such file or directory$/);
});

test('parseConfigFile() refuses files that include each other', () => {
  const cycle = sourceOf({ a: 'include b', b: 'include ./c', c: 'x { include a }' });
  assert.throws(() => parseConfigFile('a', cycle), /which includes itself: a -> b -> c -> a/);
  const twice = sourceOf({ a: 'x { include b }\ny { include b }', b: 'p = 1' });
  assert.deepEqual(plain(parseConfigFile('a', twice)), { x: { p: 1n }, y: { p: 1n } });
  const chain: Record<string, string> = {};
  for (let i = 0; i <= CONFIG_INCLUDE_DEPTH_MAX; i++) chain[`f${i}`] = `include f${i + 1}`;
  assert.throws(() => parseConfigFile('f0', sourceOf(chain)), /more than 32 files include each other/);
});

test('parseConfigText() reads an environment variable as a value of the language', () => {
  const environment = {
    PORT: '4222',
    ON: 'yes',
    LIST: '[a, 1 ]',
    MAP: '{x: 1k}',
    TEXT: '"4222"',
    WORDS: 'a b',
    OTHER: '$PORT',
  };
  assert.deepEqual(plain(parse('a = $PORT\nb = $ON\nc = $LIST\nd = $MAP\ne = $TEXT\nf = $OTHER\n', environment)), {
    a: 4222n,
    b: true,
    c: ['a', 1n],
    d: { x: 1000n },
    e: '4222',
    f: 4222n,
  });
  assert.match(
    faultOf('a = $WORDS', environment),
    /^variable reference for 'WORDS' on line 1 could not be parsed: Parse/,
  );
});

test('parseConfigText() refuses environment variables that refer to each other in a circle or without end', () => {
  assert.match(faultOf('a = $A', { A: '[$B ]', B: '$A' }), /variable reference cycle for 'A'$/);
  const chain: Record<string, string> = {};
  for (let i = 0; i < 100; i++) chain[`V${i}`] = `$V${i + 1}`;
  assert.match(faultOf('a = $V0', chain), new RegExp(`more than ${CONFIG_ENVIRONMENT_DEPTH_MAX} variables`));
  const bomb: Record<string, string> = { B25: '1' };
  for (let i = 0; i < 25; i++) bomb[`B${i}`] = `[$B${i + 1}, $B${i + 1} ]`;
  assert.match(faultOf('a = $B0', bomb), /more than 1000000 values/);
});

test('parseConfigText() refuses depth that is written, and depth that variables make', () => {
  const nested = (depth: number) => `a=${'['.repeat(depth)}${']'.repeat(depth)}`;
  assert.equal(faultOf(nested(CONFIG_DEPTH_MAX)), '');
  assert.match(faultOf(nested(CONFIG_DEPTH_MAX + 1)), /nest deeper than 500/);
  assert.match(faultOf(`a=${'['.repeat(1_000_000)}`), /nest deeper than 500/);
  assert.equal(faultOf('{'.repeat(1_000_000)), '');
  const third = CONFIG_DEPTH_MAX / 2;
  const text = `${nested(third)}\nb=${'['.repeat(third)}$a${']'.repeat(third)}\n`;
  assert.equal(faultOf(text), '');
  assert.match(faultOf(`${text}c=[$b]\n`), /nest deeper than 500/);
  assert.match(faultOf('a=$E', { E: `${'['.repeat(300)}$F ${']'.repeat(300)}`, F: `${'['.repeat(300)}` }), /deeper/);
});

test('canonicalText() refuses what a few variables blow up', () => {
  let text = 'v0 = [aaaaaaaaaa, bbbbbbbbbb]\n';
  for (let i = 1; i < 40; i++) text += `v${i} = [$v${i - 1}, $v${i - 1}]\n`;
  const map = parse(text);
  assert.throws(() => canonicalText(map), ConfigError);
});

const PIECES = [
  ...GOLDEN.map((row) => row.text),
  ...[
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '"',
    "'",
    '\\',
    '$',
    '#',
    '//',
    ',',
    ';',
    ':',
    '=',
    '\n',
    '\r',
    '\t',
    ' ',
    '\0',
    '-',
  ],
];

test('parseConfigText() throws nothing but ConfigError, whatever the text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join('')),
  );
  const environment = fc.dictionary(fc.constantFrom('a', 'b', 'x', 'ENVI', 'ENVC'), text, { maxKeys: 3 });
  fc.assert(
    fc.property(text, environment, (written, variables) => {
      try {
        canonicalText(parse(written, variables));
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        assert.ok(error.position === null || (error.position.line >= 1 && error.position.column >= 0));
      }
    }),
    { numRuns: 3000 },
  );
});

test('parseConfigText() reads back what JSON writes', () => {
  // Neither a dollar nor a bare number: JSON has no variables, and its exponents are strings here.
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'grapheme' }),
      fc.boolean(),
      fc.maxSafeInteger(),
      tie('map'),
      tie('array'),
    ),
    array: fc.array(tie('any'), { maxLength: 4 }),
    map: fc.dictionary(fc.stringMatching(/^[a-z_ ]{1,8}$/), tie('any'), { maxKeys: 4 }),
  })).map;
  const escapes = /\\u|\\b|\\f|\\\//;
  fc.assert(
    fc.property(value, (tree) => {
      const text = JSON.stringify(tree, null, 2);
      if (escapes.test(text)) return;
      const numbers = (node: unknown): unknown => {
        if (typeof node === 'bigint') return Number(node);
        if (Array.isArray(node)) return node.map(numbers);
        if (node === null || typeof node !== 'object') return node;
        return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, numbers(inner)]));
      };
      assert.deepEqual(numbers(plain(parse(text))), JSON.parse(text));
    }),
    { numRuns: 300 },
  );
});
