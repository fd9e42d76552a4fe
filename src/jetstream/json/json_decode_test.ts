import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRequest, decodeSingle } from './json_decode.ts';
import { normalTime, TIME, timeNanos } from './json_time.ts';
import * as json from './json_type.ts';

interface Inner {
  cluster: string;
  tags: readonly string[];
}
interface Outer {
  name: string;
  size: number;
  inner: Inner | null;
  when: string | null;
  labels: ReadonlyMap<string, string>;
  policy: 'old' | 'new';
}

const INNER = json.struct<Inner>('Inner', {
  cluster: json.field(json.STRING),
  tags: json.field(json.list(json.STRING)),
});
const POLICY = json.choice<'old' | 'new'>('server.Policy', 'old', { old: 'old', new: 'new' }, (raw) => `no ${raw}`);
const OUTER = json.struct<Outer>('Outer', {
  ...json.embed<{ name: string; size: number }>('Base', {
    name: json.field(json.STRING),
    size: json.field(json.INT32),
  }),
  inner: json.field(json.pointer(INNER)),
  when: json.field(json.pointer(TIME)),
  labels: json.field(json.STRING_MAP),
  policy: json.field(POLICY),
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function refusal(text: string): string {
  const result = decodeRequest(bytes(text), OUTER);
  return result.ok ? 'accepted' : result.text;
}

test('decodeRequest() fills a value and leaves the rest at zero', () => {
  const result = decodeRequest(
    bytes('{"NAME":"a\\u00e9","inner":{"tags":["x"]},"labels":{"k":"v"},"policy":"new"}'),
    OUTER,
  );
  assert.ok(result.ok);
  assert.equal(result.value.name, 'aé');
  assert.equal(result.value.size, 0);
  assert.deepEqual(result.value.inner, { cluster: '', tags: ['x'] });
  assert.deepEqual([...result.value.labels], [['k', 'v']]);
  assert.equal(result.value.policy, 'new');
});

test('decodeRequest() takes an empty body for a zero value, and merges values that follow one another', () => {
  assert.ok(decodeRequest(bytes('  '), OUTER).ok);
  const result = decodeRequest(bytes('{"name":"a","size":1} {"size":2}'), OUTER);
  assert.ok(result.ok && result.value.name === 'a' && result.value.size === 2);
});

const REFUSALS: readonly (readonly [string, string])[] = [
  ['{"name":1}', 'json: cannot unmarshal number into Go struct field Outer.Base.name of type string'],
  ['{"size":"1"}', 'json: cannot unmarshal string into Go struct field Outer.Base.size of type int32'],
  ['{"size":1.5}', 'json: cannot unmarshal number 1.5 into Go struct field Outer.Base.size of type int32'],
  [
    '{"size":2147483648}',
    'json: cannot unmarshal number 2147483648 into Go struct field Outer.Base.size of type int32',
  ],
  ['{"inner":{"tags":[1]}}', 'json: cannot unmarshal number into Go struct field Inner.inner.tags of type string'],
  ['{"inner":[]}', 'json: cannot unmarshal array into Go struct field Outer.inner of type server.Inner'],
  ['{"labels":{"a":true}}', 'json: cannot unmarshal bool into Go struct field Outer.labels of type string'],
  ['{"labels":"x"}', 'json: cannot unmarshal string into Go struct field Outer.labels of type map[string]string'],
  ['[1]', 'json: cannot unmarshal array into Go value of type server.Outer'],
  ['{"nope":1,"name":2}', 'json: unknown field "nope"'],
  ['{"name":2,"policy":3}', 'no 3'],
  ['{"policy":null}', 'no null'],
  ['{"when":5}', 'Time.UnmarshalJSON: input is not a JSON string'],
  ['{', 'unexpected EOF'],
  ['{"name"}', "invalid character '}' after object key at offset 8"],
  ['{"name":"a",}', "invalid character '}' looking for beginning of object key string at offset 13"],
  ['{"name":"a"]', "invalid character ']' after object key:value pair at offset 12"],
  ['{"name":"a\n"}', "invalid character '\\n' in string literal at offset 11"],
  ['{"name":"\\x"}', "invalid character 'x' in string escape code at offset 11"],
  ['{"size":01}', "invalid character '1' after object key:value pair at offset 10"],
  ['{"size":1.}', "invalid character '}' after decimal point in numeric literal at offset 11"],
  ['{"size":nul}', "invalid character '}' in literal null (expecting 'l') at offset 12"],
  ['{} x', "invalid character 'x' looking for beginning of value at offset 4"],
  ['\u00ff', "invalid character 'Ã' looking for beginning of value at offset 1"],
];

test('decodeRequest() refuses in the words of encoding/json', () => {
  for (const [body, text] of REFUSALS) assert.equal(refusal(body), text, body);
});

test('decodeRequest() refuses nesting deeper than its stack may grow', () => {
  assert.match(refusal('['.repeat(10_001)), /^invalid character '\[' exceeded max depth at offset 10001$/);
});

test('decodeSingle() ignores unknown fields and wants nothing behind the value', () => {
  assert.ok(decodeSingle(bytes('{"nope":1} '), OUTER).ok);
  const result = decodeSingle(bytes('{} 1'), OUTER);
  assert.ok(!result.ok && result.text === "invalid character '1' after top-level value");
});

test('normalTime() prints a time as Go does', () => {
  assert.deepEqual(normalTime('2024-02-29T01:02:03.100Z'), { ok: true, value: '2024-02-29T01:02:03.1Z' });
  assert.deepEqual(normalTime('2024-02-29T1:02:03+02:30'), { ok: true, value: '2024-02-29T01:02:03+02:30' });
  assert.deepEqual(normalTime('2023-02-29T01:02:03Z'), {
    ok: false,
    error: 'parsing time "2023-02-29T01:02:03Z": day out of range',
  });
});

test('timeNanos() knows the calendar and the zone', () => {
  assert.equal(timeNanos('1970-01-01T00:00:00.000000001Z'), 1n);
  assert.equal(timeNanos('2024-02-29T01:00:00+01:00'), 1709164800_000_000_000n);
  assert.equal(timeNanos('0001-01-01T00:00:00Z'), -62135596800_000_000_000n);
});
