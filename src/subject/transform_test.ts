import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SubjectBuffer } from './subject_buffer.ts';
import { checkMapping, SubjectTransform, tokenize, untokenize } from './transform.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Source, destination, subject, and what nats-server 2.15.2 makes of it (`nats server mappings`). */
const TRANSFORMED: readonly (readonly [string, string, string, string])[] = [
  ['foo', 'bar', 'foo', 'bar'],
  ['foo', 'bar.{{partition(3)}}', 'foo', 'bar.0'],
  ['foo', 'bar.{{partition(3,1)}}', 'foo', 'bar.0'],
  ['foo.*', 'bar.$1', 'foo.a', 'bar.a'],
  ['foo.*.*', 'bar.$2.x.{{ wildcard( 1 ) }}', 'foo.a.b', 'bar.b.x.a'],
  ['foo.*', 'bar.$0.{{wildcard(-3)}}', 'foo.a', 'bar.foo.foo'],
  ['foo.*', '$1', 'foo.a', 'a'],
  ['foo.*', 'bar.$x.$1.$2a', 'foo.a', 'bar.$x.a.$2a'],
  ['foo.*', 'a{{wildcard(1)}}', 'foo.q', 'a{{wildcard(1)}}'],
  ['foo.>', 'bar.>', 'foo.a.b.c', 'bar.a.b.c'],
  ['foo.>', 'bar.>', 'foo.a', 'bar.a'],
  ['>', 'bar.>', 'a.b', 'bar.a.b'],
  ['*.>', '$1.x.>', 'a.b.c', 'a.x.b.c'],
  ['foo.*.>', 'bar.{{partition(5,1)}}.>', 'foo.a.b.c', 'bar.0.b.c'],
  ['foo.*.*', 'bar.{{partition(10,1,2)}}.{{partition(4)}}.$1', 'foo.a.b', 'bar.6.2.a'],
  ['foo.*.*', 'bar.{{partition(10,1,2)}}.{{partition(4)}}.$1', 'foo.hello.b', 'bar.9.1.hello'],
  ['foo.*.*', 'bar.{{partition(10,1,2)}}.{{partition(4)}}.$1', 'foo.x1.b', 'bar.2.0.x1'],
  ['foo.*.*', 'bar.{{partition(10,1,2)}}.{{partition(4)}}.$1', 'foo.ü.b', 'bar.6.0.ü'],
  ['foo.*.*', 'bar.{{partition(10,1,2)}}.{{partition(4)}}.$1', 'foo.us-east-1.b', 'bar.9.1.us-east-1'],
  ['foo.*.*', '{{partition(0,1,2)}}.{{partition(-3,1,2)}}', 'foo.a.b', '0.1294271946'],
  ['foo.*.*', 'bar.{{Partition(3, 2 ,1)}}.{{partition(-4294967295,1)}}', 'foo.a.b', 'bar.2.0'],
  ['*', '{{splitFromLeft(1,3)}}', 'abcdefghij', 'abc.defghij'],
  ['*', '{{splitfromright(1,3)}}', 'abcdefghij', 'abcdefg.hij'],
  ['*', '{{SliceFromLeft(1,3)}}', 'abcdefghij', 'abc.def.ghi.j'],
  ['*', '{{slicefromRight(1,3)}}', 'abcdefghij', 'a.bcd.efg.hij'],
  ['*', '{{left(1,3)}}.{{right(1,3)}}', 'abcdefghij', 'abc.hij'],
  ['*', '{{splitFromLeft(1,3)}}.{{splitFromRight(1,3)}}', 'abc', 'abc.abc'],
  ['*', '{{sliceFromLeft(1,3)}}.{{sliceFromRight(1,3)}}', 'abc', 'abc.abc'],
  ['*', '{{left(1,3)}}.{{right(1,3)}}', 'ab', 'ab.ab'],
  ['*', '{{SliceFromLeft(1,3)}}', 'abcdef', 'abc.def'],
  ['*', '{{slicefromRight(1,3)}}', 'abcdef', 'abc.def'],
  ['*', '{{splitfromright(1,3)}}', 'grüße', 'grü.ße'],
  ['*', '{{left(1,0)}}.{{right(1,-3)}}.{{sliceFromLeft(1,0)}}', 'abc', 'abc.abc.abc'],
  ['*', '{{sliceFromRight(1,-1)}}.{{splitFromLeft(1,0)}}.{{splitFromRight(1,-1)}}', 'abc', 'abc.abc.abc'],
  ['*', '{{split(1,-)}}', 'a-b', 'a.b'],
  ['*', '{{split(1,-)}}', 'a--b', 'a.b'],
  ['*', '{{split(1,-)}}', 'a--', 'a'],
  ['*', '{{split(1,-)}}', 'abc', 'abc'],
  ['x.*', 'y.{{split(1,-)}}', 'x.-a-b', 'y.a.b'],
  ['x.*', 'y.{{split(1,-)}}', 'x.--a', 'y..a'],
  ['x.*', 'y.{{split(1,-)}}', 'x.-', 'y.'],
  ['x.*', 'y.{{split(1,-)}}', 'x.-a-', 'y.a'],
  ['*', 'x.{{split(1,--)}}', 'a--b-c---d', 'x.a.b-c.-d'],
  ['*', 'x.{{split(1,)}}', 'aüb', 'x.a.ü.b'],
  ['foo.*', 'bar.{{random(1)}}.$1.{{random(0)}}', 'foo.q', 'bar.0.q.0'],
];

test('a transform gives what nats-server gives', () => {
  for (const [source, destination, subject, expected] of TRANSFORMED) {
    const made = SubjectTransform.make(source, destination);
    assert.ok(made.ok, `${source} to ${destination}`);
    assert.equal(
      made.value.apply(subject, () => 0),
      expected,
      `${subject} by ${source} to ${destination}`,
    );
  }
});

/** Source, destination, and nats-server's words. */
const REFUSED: readonly (readonly [string, string, string])[] = [
  ['foo.*', 'bar.{{wildcard()}}', 'not enough arguments passed to the function in {{wildcard()}}'],
  ['foo.*', 'bar.{{wildcard(1,2)}}', 'too many arguments passed to the function in {{wildcard(1,2)}}'],
  ['foo.*', 'bar.{{wildcard(x)}}', 'function argument is invalid or in the wrong format in {{wildcard(x)}}'],
  ['foo.*', 'bar.{{wildcard(2)}}', 'wildcard index out of range in {{wildcard(2)}}: [2]'],
  ['foo.*', 'bar.$2', 'wildcard index out of range in $2: [2]'],
  ['foo.*', 'bar.{{partition()}}', 'function argument is invalid or in the wrong format in {{partition()}}'],
  ['foo.*', 'bar.{{partition(3,y)}}', 'function argument is invalid or in the wrong format in {{partition(3,y)}}'],
  ['foo.*', 'bar.{{partition(3,2)}}', 'wildcard index out of range in {{partition(3,2)}}: [2]'],
  [
    'foo.*',
    '{{partition(2147483648)}}',
    'function argument is invalid or in the wrong format in {{partition(2147483648)}}',
  ],
  ['foo.*', 'bar.{{left(1)}}', 'not enough arguments passed to the function in {{left(1)}}'],
  ['foo.*', 'bar.{{left(1,2,3)}}', 'too many arguments passed to the function in {{left(1,2,3)}}'],
  ['foo.*', 'bar.{{left(1,y)}}', 'function argument is invalid or in the wrong format in {{left(1,y)}}'],
  [
    'foo.*',
    '{{right(1,2147483648)}}',
    'function argument is invalid or in the wrong format in {{right(1,2147483648)}}',
  ],
  ['foo.*', 'bar.{{split(1)}}', 'not enough arguments passed to the function in {{split(1)}}'],
  ['foo.*', 'bar.{{split(1,a,b)}}', 'too many arguments passed to the function in {{split(1,a,b)}}'],
  ['foo.*', 'bar.{{split(1,x y)}}', 'function argument is invalid or in the wrong format in {{split(1,x y)}}'],
  ['foo.*', 'bar.{{random()}}', 'function argument is invalid or in the wrong format in {{random()}}'],
  ['foo.*', 'bar.{{random(1,2)}}', 'not enough arguments passed to the function in {{random(1,2)}}'],
  ['foo.*', 'bar.{{unknown(1)}}', 'unknown function in {{unknown(1)}}'],
  [
    'foo.*',
    '{{wildcard(9223372036854775807)}}',
    'wildcard index out of range in {{wildcard(9223372036854775807)}}: [9223372036854775807]',
  ],
  ['foo', 'bar.$1', 'wildcard index out of range in $1'],
  ['foo', 'bar.{{left(1,2)}}', 'wildcard index out of range in {{left(1,2)}}'],
];

test("a transform that cannot be made is refused in nats-server's words", () => {
  for (const [source, destination, expected] of REFUSED) {
    const made = SubjectTransform.make(source, destination);
    assert.equal(
      made.ok ? null : made.error,
      `invalid mapping destination: ${expected}`,
      `${source} to ${destination}`,
    );
  }
  for (const [source, destination] of [
    ['foo.*', 'bar..$1'],
    ['foo.*', 'bar.*'],
    ['foo.*', 'bar.>'],
    ['foo.>', 'bar'],
    ['foo..x', 'bar'],
    ['foo.>.x', 'bar.>'],
    ['foo.*', '.bar'],
  ] as const) {
    const made = SubjectTransform.make(source, destination);
    assert.equal(made.ok ? null : made.error, 'invalid subject', `${source} to ${destination}`);
  }
});

test('a mapping destination is looked at by itself first', () => {
  assert.equal(checkMapping('foo', 'bar..x'), 'invalid mapping destination: invalid transform');
  assert.equal(checkMapping('foo.>', 'bar.>.x'), 'invalid mapping destination: invalid transform in x');
  assert.equal(checkMapping('foo', 'bar x'), 'invalid mapping destination: invalid transform');
  assert.equal(
    checkMapping('foo', 'bar.{{nothing(1)}}'),
    'invalid mapping destination: unknown function in {{nothing(1)}}',
  );
  assert.equal(checkMapping('foo', 'bar.>'), 'invalid subject');
  assert.equal(checkMapping('foo', ''), null);
});

test('a transform matches the literal subjects that its source stands for, and no other', () => {
  for (const [source, subject, expected] of [
    ['>', 'a.b', true],
    ['', 'a', true],
    ['a', 'a', true],
    ['a', 'ab', false],
    ['ab', 'a', false],
    ['a', 'a.b', false],
    ['a.b', 'a', false],
    ['a.*', 'a', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a.b.c', false],
    ['*.b', 'x.b', true],
    ['*.b', 'x.c', false],
    ['a.>', 'a', false],
    ['a.>', 'a.b.c', true],
    ['a.>', 'b.b', false],
    ['>', 'a.*', false],
    ['>', 'a..b', false],
    ['*', '', false],
  ] as const) {
    const made = SubjectTransform.make(source, source === '' || source.endsWith('>') ? 'x.>' : 'x');
    assert.ok(made.ok, source);
    const bytes = new TextEncoder().encode(`<${subject}>`);
    assert.equal(made.value.matches(bytes, 1, bytes.length - 1), expected, `${source} ${subject}`);
  }
});

test('a reversible transform takes nothing but wildcards, and all of them', () => {
  const lacking = SubjectTransform.make('foo.*.*', 'bar.$1', { isReversible: true });
  assert.equal(
    lacking.ok ? null : lacking.error,
    'invalid mapping destination: not using all of the token wildcard(s) in bar.$1',
  );
  const other = SubjectTransform.make('foo.*', 'bar.{{left(1,2)}}', { isReversible: true });
  assert.equal(
    other.ok ? null : other.error,
    'invalid mapping destination: the only mapping function allowed for import transforms is {{Wildcard()}} in {{left(1,2)}}',
  );
});

test('reverse() leads back', () => {
  const token = fc.constantFrom('a', 'bb', 'c-d', 'ü');
  fc.assert(
    fc.property(token, token, token, fc.boolean(), (x, y, z, isOpen) => {
      const rest = isOpen ? '.>' : '';
      const made = SubjectTransform.make(`in.*.k.*${rest}`, `out.$2.{{wildcard(1)}}${rest}`, { isReversible: true });
      assert.ok(made.ok);
      const subject = `in.${x}.k.${y}${isOpen ? `.${z}` : ''}`;
      const there = made.value.apply(subject, () => 0);
      assert.equal(there, `out.${y}.${x}${isOpen ? `.${z}` : ''}`);
      assert.equal(
        made.value.reverse()?.apply(there, () => 0),
        subject,
      );
    }),
  );
});

test("tokenize() and untokenize() are each other's way back", () => {
  assert.equal(tokenize('foo.*.b.*.>'), 'foo.$1.b.$2.>');
  assert.deepEqual(untokenize('foo.$2.{{wildcard(1)}}.$x.>'), {
    subject: 'foo.*.*.$x.>',
    placeholders: ['$2', '{{wildcard(1)}}'],
  });
});

test('write() appends behind what is there, from any range, however many tokens', () => {
  const many = Array.from({ length: 40 }, (_, i) => `t${i}`).join('.');
  const made = SubjectTransform.make('>', 'p.>');
  assert.ok(made.ok);
  const bytes = encoder.encode(`<${many}>`);
  const out = new SubjectBuffer();
  out.byte(33);
  made.value.write(bytes, 1, bytes.length - 1, out, () => 0);
  assert.equal(decoder.decode(out.copy()), `!p.${many}`);
});

test('random() stays below its bound', () => {
  const made = SubjectTransform.make('foo', 'bar.{{random(7)}}');
  assert.ok(made.ok);
  const seen = new Set<string>();
  for (let i = 0; i < 7; i++) {
    seen.add(
      made.value.apply('foo', (count) => {
        assert.equal(count, 7);
        return i;
      }),
    );
  }
  assert.equal(seen.size, 7);
});
