import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CompiledFilter, isLiteral, subjectPasses } from './store_filter.ts';
import { modelMatches } from './stream_model_contract.ts';

const encoder = new TextEncoder();

function passes(filter: string, subject: string): boolean {
  const bytes = encoder.encode(`<${subject}>`);
  return subjectPasses(encoder.encode(filter), bytes, 1, bytes.length - 1);
}

test('subjectPasses() takes * for one token and > for one or more', () => {
  assert.equal(passes('a.*.c', 'a.b.c'), true);
  assert.equal(passes('a.*.c', 'a.c'), false);
  assert.equal(passes('a.>', 'a'), false);
  assert.equal(passes('a.>', 'a.b.c'), true);
  assert.equal(passes('>', 'a'), true);
  assert.equal(passes('a', 'a.b'), false);
  assert.equal(passes('a.b', 'a'), false);
  assert.equal(passes('*', 'abc'), true);
  assert.equal(passes('*', 'a.b'), false);
});

test('a star inside a token is an ordinary byte', () => {
  assert.equal(passes('a*', 'a*'), true);
  assert.equal(passes('a*', 'ab'), false);
  assert.equal(isLiteral('a*.b>'), true);
  assert.equal(isLiteral('a.*'), false);
});

test('subjectPasses() agrees with a comparison token by token', () => {
  const token = fc.constantFrom('a', 'b', 'ab', 'abc');
  const subject = fc.array(token, { minLength: 1, maxLength: 5 }).map((tokens) => tokens.join('.'));
  const filter = fc
    .tuple(fc.array(fc.oneof(token, fc.constant('*')), { minLength: 1, maxLength: 5 }), fc.boolean())
    .map(([tokens, isOpen]) => (isOpen ? `${tokens.join('.')}.>` : tokens.join('.')));
  fc.assert(
    fc.property(filter, subject, (f, s) => passes(f, s) === modelMatches(f, s)),
    { numRuns: 2000 },
  );
});

test('a filter that only one subject passes knows which', () => {
  const filter = new CompiledFilter(['a.*']);
  const name = encoder.encode('a.1');
  filter.assigned(70, name, 0, name.length);
  assert.equal(filter.onlyId, 70);
  filter.assigned(5, name, 0, name.length);
  assert.equal(filter.onlyId, -1);
  filter.released(5);
  assert.equal(filter.onlyId, 70);
  assert.equal(filter.has(5), false);
  assert.equal(filter.has(70), true);
});
