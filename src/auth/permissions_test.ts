import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasWildcard, isSubsetMatch, isValidSubject, subjectMatches, tokensOf } from '../subject/subject.ts';
import { type PermissionRules, Permissions, type SubjectRules } from './permissions.ts';

const encoder = new TextEncoder();
const OPEN: PermissionRules = { publish: null, subscribe: null, responses: null };

function subscribing(subscribe: SubjectRules): Permissions {
  return new Permissions({ ...OPEN, subscribe });
}

function mayPublish(permissions: Permissions, subject: string): boolean {
  const bytes = encoder.encode(`x${subject}y`);
  return permissions.mayPublish(bytes, 1, bytes.length - 1);
}

function hides(permissions: Permissions, subject: string, queue: string | null = null): boolean {
  const bytes = encoder.encode(subject);
  return permissions.hides(bytes, 0, bytes.length, queue);
}

function allSubjects(alphabet: readonly string[], depth: number): string[] {
  let last = alphabet.slice();
  const all = last.slice();
  for (let i = 1; i < depth; i++) {
    last = last.flatMap((head) => alphabet.map((token) => `${head}.${token}`));
    all.push(...last);
  }
  return all.filter(isValidSubject);
}

const LITERALS = allSubjects(['a', 'b'], 3);
const PATTERNS = allSubjects(['a', 'b', '*', '>'], 3);
const SHORT_PATTERNS = allSubjects(['a', '*', '>'], 2);

test('mayPublish() is allowed and not denied, for every pair of patterns', () => {
  for (const allow of PATTERNS) {
    for (const deny of SHORT_PATTERNS) {
      const permissions = new Permissions({ ...OPEN, publish: { allow: [allow], deny: [deny] } });
      for (const subject of LITERALS) {
        const expected = subjectMatches(subject, allow) && !subjectMatches(subject, deny);
        assert.equal(mayPublish(permissions, subject), expected, `${subject}: allow ${allow}, deny ${deny}`);
        assert.equal(mayPublish(permissions, subject), expected, 'asked again');
      }
    }
  }
});

test('what a subscription is allowed and shown is allowed and not denied, for every pair of patterns', () => {
  for (const allow of PATTERNS) {
    for (const deny of SHORT_PATTERNS) {
      const permissions = subscribing({ allow: [allow], deny: [deny] });
      for (const pattern of PATTERNS) {
        const may = permissions.maySubscribe(pattern, null);
        const filters = may && permissions.mayOverlapDenied(pattern, null);
        for (const subject of LITERALS) {
          if (!may || !subjectMatches(subject, pattern)) continue;
          const label = `SUB ${pattern} sees ${subject}: allow ${allow}, deny ${deny}`;
          assert.ok(subjectMatches(subject, allow), label);
          const isSeen = !(filters && hides(permissions, subject));
          assert.equal(isSeen, !subjectMatches(subject, deny), label);
        }
      }
    }
  }
});

test('maySubscribe() refuses no pattern that is allowed whole and touches nothing denied', () => {
  for (const allow of PATTERNS) {
    const permissions = subscribing({ allow: [allow], deny: [] });
    for (const pattern of PATTERNS) {
      assert.equal(permissions.maySubscribe(pattern, null), isSubsetMatch(tokensOf(pattern), tokensOf(allow)));
    }
  }
});

test('foo.* does not allow foo.>, and denies it', () => {
  assert.ok(!subscribing({ allow: ['foo.*'], deny: [] }).maySubscribe('foo.>', null));
  assert.ok(!subscribing({ allow: null, deny: ['foo.*'] }).maySubscribe('foo.>', null));
});

test('queue permissions narrow what queue subscriptions may do, and only them', () => {
  const permissions = subscribing({ allow: ['foo', 'foo v1', 'foo v2.>', 'bar', 'only q'], deny: [] });
  const asked: readonly (readonly [string, string | null, boolean])[] = [
    ['foo', null, true],
    ['foo', 'v1', true],
    ['foo', 'v2.a.b', true],
    ['foo', 'v2', false],
    ['foo', 'v3', false],
    ['bar', 'any', true],
    ['only', 'q', true],
    ['only', null, false],
    ['only', 'p', false],
  ];
  for (const [subject, queue, expected] of asked) {
    assert.equal(permissions.maySubscribe(subject, queue), expected, `${subject} ${queue}`);
  }
});

test('denied queue groups are denied, a plain deny holds for queue groups too', () => {
  const permissions = subscribing({ allow: null, deny: ['foo q.*', 'bar'] });
  assert.ok(permissions.maySubscribe('foo', null));
  assert.ok(permissions.maySubscribe('foo', 'q'));
  assert.ok(!permissions.maySubscribe('foo', 'q.1'));
  assert.ok(!permissions.maySubscribe('bar', 'q'));
  // A larger subscription is filtered where it is delivered to.
  assert.ok(permissions.maySubscribe('*', 'q.1') && permissions.mayOverlapDenied('*', 'q.1'));
  assert.ok(hides(permissions, 'foo', 'q.1'));
  assert.ok(!hides(permissions, 'foo', 'q'));
  assert.ok(!hides(permissions, 'foo'));
  assert.ok(hides(permissions, 'bar') && hides(permissions, 'bar', 'x'));
});

test('a queue subscription to a wildcard sees nothing denied [CVE-2022-29946]', () => {
  const permissions = subscribing({ allow: null, deny: ['secret.>'] });
  for (const pattern of PATTERNS.filter(hasWildcard)) {
    const subject = pattern.replaceAll('a', 'secret');
    if (!permissions.maySubscribe(subject, 'q')) continue;
    for (const seen of ['secret.a', 'secret.b', 'secret.secret.b']) {
      if (subjectMatches(seen, subject)) assert.ok(permissions.mayOverlapDenied(subject, 'q'), subject);
      assert.ok(hides(permissions, seen, 'q'));
    }
  }
});

test('a plain deny wins over a queue permission for the same subject [2026-18]', () => {
  const permissions = subscribing({ allow: ['foo q'], deny: ['foo', 'foo other'] });
  assert.ok(!permissions.maySubscribe('foo', 'q'));
});

test('whoever may answer may publish nothing else, unless something is allowed', () => {
  const responses = { messagesMax: 1, expiresMs: 1000 };
  assert.ok(!mayPublish(new Permissions({ ...OPEN, responses }), 'a'));
  assert.ok(!mayPublish(new Permissions({ ...OPEN, publish: { allow: null, deny: ['b'] }, responses }), 'a'));
  assert.ok(mayPublish(new Permissions({ ...OPEN, publish: { allow: ['a'], deny: [] }, responses }), 'a'));
  assert.ok(!new Permissions({ ...OPEN, subscribe: { allow: ['x'], deny: [] } }).limitsPublishing);
});

test('subjects are compared byte by byte, whatever letters they have', () => {
  const permissions = new Permissions({
    publish: { allow: ['größe.*', '日本'], deny: ['größe.ß'] },
    subscribe: { allow: ['größe.> grün'], deny: [] },
    responses: null,
  });
  for (const [subject, expected] of [
    ['größe.x', true],
    ['größe.ß', false],
    ['日本', true],
    ['gr\u00c3\u00b6\u00c3\u009fe.x', false],
  ] as const) {
    assert.equal(mayPublish(permissions, subject), expected, subject);
  }
  assert.ok(permissions.maySubscribe(Buffer.from('größe.x').toString('latin1'), 'grün'));
});

test('verdicts stay right when more subjects are asked about than are remembered', () => {
  const permissions = new Permissions({ ...OPEN, publish: { allow: ['even.*'], deny: [] } });
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 2000; i++) {
      assert.equal(mayPublish(permissions, `${i % 2 === 0 ? 'even' : 'odd'}.${i}`), i % 2 === 0);
    }
  }
});

test('a subject with an empty token is never allowed', () => {
  const permissions = new Permissions({ ...OPEN, publish: { allow: ['>'], deny: [] } });
  for (const subject of ['', '.', 'a.', '.a', 'a..b']) assert.ok(!mayPublish(permissions, subject), subject);
});
