import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PatternSet } from './pattern_set.ts';
import { isSubsetMatch, isValidSubject, tokensOf } from './subject.ts';

/** Every subject of up to `depth` tokens from the alphabet. */
function subjects(alphabet: readonly string[], depth: number): string[] {
  let last = alphabet.slice();
  const all = last.slice();
  for (let i = 1; i < depth; i++) {
    last = last.flatMap((head) => alphabet.map((token) => `${head}.${token}`));
    all.push(...last);
  }
  return all;
}

const PATTERNS = subjects(['a', 'b', '*', '>'], 3).filter(isValidSubject);

test('match() agrees with the subset rule for every pattern and every subject, wildcards included', () => {
  for (const pattern of PATTERNS) {
    const set = new PatternSet();
    set.insert(pattern, null);
    for (const subject of PATTERNS) {
      const expected = isSubsetMatch(tokensOf(subject), tokensOf(pattern));
      assert.equal(set.match(subject, 'covered').isPlain, expected, `${subject} in ${pattern}`);
    }
  }
});

test('match() of denied subjects lets * take a final >, and nothing else more', () => {
  for (const pattern of PATTERNS) {
    const set = new PatternSet();
    set.insert(pattern, null);
    for (const subject of PATTERNS) {
      const literal = subject.endsWith('>') ? `${subject.slice(0, -1)}literal` : subject;
      const expected =
        isSubsetMatch(tokensOf(subject), tokensOf(pattern)) || isSubsetMatch(tokensOf(literal), tokensOf(pattern));
      assert.equal(set.match(subject, 'touched').isPlain, expected, `${subject} touched by ${pattern}`);
    }
  }
});

test('match() of many patterns is the union of the matches of each', () => {
  const set = new PatternSet();
  const some = PATTERNS.filter((_, at) => at % 7 === 3);
  for (const pattern of some) set.insert(pattern, null);
  for (const subject of PATTERNS) {
    const expected = some.some((pattern) => isSubsetMatch(tokensOf(subject), tokensOf(pattern)));
    assert.equal(set.match(subject, 'covered').isPlain, expected, subject);
  }
});

test('match() names the queue groups of patterns that have one', () => {
  const set = new PatternSet();
  set.insert('foo.*', 'v1');
  set.insert('foo.>', 'v2.*');
  set.insert('bar', null);
  assert.deepEqual(set.match('foo.a', 'covered'), { isPlain: false, queues: ['v2.*', 'v1'] });
  assert.deepEqual(set.match('foo.a.b', 'covered'), { isPlain: false, queues: ['v2.*'] });
  assert.deepEqual(set.match('bar', 'covered'), { isPlain: true, queues: [] });
});

test('match() covers no subject with an empty token', () => {
  const set = new PatternSet();
  set.insert('>', null);
  for (const subject of ['', '.', 'a.', '.a', 'a..b']) assert.equal(set.match(subject, 'touched').isPlain, false);
});
