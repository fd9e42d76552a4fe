import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  hasWildcard,
  isSubsetMatch,
  isValidLiteralBytes,
  isValidLiteralSubject,
  isValidSubject,
  isValidSubjectBytes,
  subjectMatches,
  subjectsCollide,
  tokensOf,
} from './subject.ts';

const encoder = new TextEncoder();
const token = fc.constantFrom('a', 'b', 'ab', '*', '>', 'a*', '>b');
const literalToken = fc.constantFrom('a', 'b', 'ab', 'a*');
const anySubject = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
const validSubject = anySubject.filter(isValidSubject);
const literal = fc.array(literalToken, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));

test('isValidSubject() refuses empty tokens, white space and a > that is not last', () => {
  for (const subject of ['a', 'a.b', '*', '>', 'a.*.c', 'a.>', 'a*b', '$JS.API.>'])
    assert.ok(isValidSubject(subject), subject);
  for (const subject of ['', '.', 'a.', '.a', 'a..b', 'a.>.b', '>.a', 'a b', 'a\tb', 'a\r', 'a\nb']) {
    assert.ok(!isValidSubject(subject), subject);
  }
});

test('hasWildcard() sees a wildcard only as a whole token', () => {
  assert.ok(hasWildcard('a.*') && hasWildcard('*.a') && hasWildcard('>') && hasWildcard('a.>'));
  assert.ok(!hasWildcard('a*.b') && !hasWildcard('a.b>') && !hasWildcard('a'));
  assert.ok(isValidLiteralSubject('a.b*') && !isValidLiteralSubject('a.*'));
});

test('the forms for strings and for bytes agree on every subject without white space', () => {
  fc.assert(
    fc.property(fc.oneof(anySubject, fc.constantFrom('', '.', 'a.', '.a', 'a..b')), (subject) => {
      const bytes = encoder.encode(subject);
      assert.equal(isValidSubjectBytes(bytes, 0, bytes.length), isValidSubject(subject));
      assert.equal(isValidLiteralBytes(bytes, 0, bytes.length), isValidLiteralSubject(subject));
    }),
  );
});

test('subjectMatches() follows the rules of * and >', () => {
  assert.ok(subjectMatches('a.b', 'a.*') && subjectMatches('a.b', '>') && subjectMatches('a.b.c', 'a.>'));
  assert.ok(!subjectMatches('a', 'a.>') && !subjectMatches('a.b.c', 'a.*') && !subjectMatches('a', 'b'));
});

test('isSubsetMatch() holds exactly when every literal of the subset matches the pattern', () => {
  const literals: string[] = [];
  for (const x of ['a', 'b', 'ab', 'a*', 'zz']) {
    literals.push(x);
    for (const y of ['a', 'b', 'zz']) {
      literals.push(`${x}.${y}`);
      for (const z of ['a', 'zz']) literals.push(`${x}.${y}.${z}`);
    }
  }
  fc.assert(
    fc.property(validSubject, validSubject, (subset, pattern) => {
      if (!isSubsetMatch(tokensOf(subset), tokensOf(pattern))) return;
      for (const one of literals) if (subjectMatches(one, subset)) assert.ok(subjectMatches(one, pattern), one);
    }),
  );
});

test('subjectsCollide() is true for every pair that shares a literal, and symmetric', () => {
  fc.assert(
    fc.property(literal, validSubject, validSubject, (one, a, b) => {
      if (subjectMatches(one, a) && subjectMatches(one, b)) assert.ok(subjectsCollide(a, b), `${a} ${b} share ${one}`);
      assert.equal(subjectsCollide(a, b), subjectsCollide(b, a));
    }),
  );
  assert.ok(!subjectsCollide('a.b', 'a.c') && !subjectsCollide('a', 'a.>') && !subjectsCollide('a.*', 'a.b.c'));
});
