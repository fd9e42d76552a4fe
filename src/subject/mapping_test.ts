import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMappingRule, type Mapping, SubjectMappings } from './mapping.ts';
import { SubjectBuffer } from './subject_buffer.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function mapping(source: string, ...destinations: readonly (readonly [string, number, string?])[]): Mapping {
  return {
    source,
    destinations: destinations.map(([subject, weight, cluster = '']) => ({ subject, weight, cluster })),
  };
}

/** What a subject becomes when `draw` is drawn; null when it is not mapped. */
function mapped(mappings: SubjectMappings, subject: string, draw = 0): string | null {
  const out = new SubjectBuffer();
  const bytes = encoder.encode(subject);
  return mappings.select(bytes, 0, bytes.length, out, () => draw) ? decoder.decode(out.copy()) : null;
}

test('a subject that no source matches stays what it is', () => {
  const mappings = new SubjectMappings([mapping('foo', ['bar', 100]), mapping('a.*', ['b.$1', 100])]);
  assert.equal(mapped(mappings, 'foo'), 'bar');
  assert.equal(mapped(mappings, 'a.x'), 'b.x');
  assert.equal(mapped(mappings, 'bar'), null);
  assert.equal(mapped(mappings, 'a.x.y'), null);
});

test('weights share the messages, and what is missing to 100 stays on the source', () => {
  const mappings = new SubjectMappings([mapping('foo.*', ['b.$1', 50], ['a.$1', 20])]);
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 100; draw++) {
    const subject = mapped(mappings, 'foo.x', draw) ?? '';
    counts.set(subject, (counts.get(subject) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(counts), { 'a.x': 20, 'foo.x': 30, 'b.x': 50 });
});

test('messages are lost where the source is named with a weight', () => {
  const mappings = new SubjectMappings([mapping('foo', ['foo', 90])]);
  assert.equal(mapped(mappings, 'foo', 89), 'foo');
  assert.equal(mapped(mappings, 'foo', 90), '');
});

test('destinations of the own cluster replace those of none', () => {
  const rule = mapping('foo', ['bar', 100], ['baz', 40, 'east']);
  assert.equal(mapped(new SubjectMappings([rule]), 'foo', 0), 'bar');
  assert.equal(mapped(new SubjectMappings([rule], 'west'), 'foo', 0), 'bar');
  assert.equal(mapped(new SubjectMappings([rule], 'east'), 'foo', 39), 'baz');
  assert.equal(mapped(new SubjectMappings([rule], 'east'), 'foo', 40), 'foo');
});

test('where there are destinations of other clusters only, the subject stays', () => {
  const mappings = new SubjectMappings([mapping('foo', ['baz', 100, 'east'])]);
  assert.equal(mapped(mappings, 'foo', 99), 'foo');
});

test('the first source that matches is taken, and a source that comes again keeps its place', () => {
  const mappings = new SubjectMappings([
    mapping('foo.*', ['first', 100]),
    mapping('foo.a', ['second', 100]),
    mapping('foo.*', ['third', 100]),
  ]);
  assert.equal(mapped(mappings, 'foo.a'), 'third');
});

// Compat: 261 is FNV-1a of nothing, 2166136261, in 1000 parts; 223 is that of `foo`.
test('partition() of a literal source hashes nothing in the first mapping, the subject in others', () => {
  const part = mapping('foo', ['bar.{{partition(1000)}}', 100]);
  assert.equal(mapped(new SubjectMappings([part]), 'foo'), 'bar.261');
  assert.equal(mapped(new SubjectMappings([mapping('x', ['y', 100]), part]), 'foo'), 'bar.223');
});

test('what is no mapping is refused in the words of nats-server', () => {
  const cases: readonly (readonly [Mapping, string])[] = [
    [mapping('foo..bar', ['x', 100]), 'invalid subject'],
    [mapping('foo', ['x', 10], ['x', 20]), 'duplicate entry for "x"'],
    [mapping('foo', ['x', 101]), 'individual weights need to be <= 100'],
    [mapping('foo', ['x', 60], ['y', 60]), 'total weight needs to be <= 100'],
    [mapping('foo.*', ['x.*', 100]), 'invalid subject'],
    [mapping('foo', ['x.$1', 100]), 'invalid mapping destination: wildcard index out of range in $1'],
    [mapping('foo', ['', 100]), 'invalid subject'],
  ];
  for (const [rule, expected] of cases) assert.equal(checkMappingRule(rule), expected);
  assert.equal(checkMappingRule(mapping('foo', ['x', 60], ['y', 60, 'east'])), null);
});
