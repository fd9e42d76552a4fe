import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { JsonDecimal, type JsonValue, parseJson } from './json_parser.ts';

const GOLDEN = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/go_texts/golden.json', import.meta.url), 'utf8'),
) as { unmarshal: [string, string, string][] };

function valueOf(text: string): JsonValue {
  const result = parseJson(Buffer.from(text));
  assert.ok(result.ok, text);
  return result.value;
}

test('parseJson() refuses what Go refuses, with its texts and offsets', () => {
  for (const [hex, answer] of GOLDEN.unmarshal) {
    const bytes = Buffer.from(hex, 'hex');
    const result = parseJson(bytes);
    if (answer.startsWith('=')) assert.ok(result.ok, bytes.toString());
    else assert.equal(result.ok ? result.value : `${result.error} @${result.offset}`, answer, bytes.toString());
  }
});

test('parseJson() reads what JSON.parse reads', () => {
  for (const text of [
    '{}',
    '[]',
    '[[],{}]',
    ' { "a" : [ 1 , -2 , "x" , null , true , false ] , "b" : { "c" : {} } } ',
    '"\\u0041\\n\\/😀"',
  ]) {
    assert.deepEqual(JSON.parse(JSON.stringify(valueOf(text))), JSON.parse(text));
  }
});

test('parseJson() keeps integers exact and tells them from decimals', () => {
  assert.deepEqual(valueOf('[0, -0, 9007199254740991, 9007199254740992, -9223372036854775808, 18446744073709551615]'), [
    0,
    0,
    9007199254740991,
    9007199254740992n,
    -9223372036854775808n,
    18446744073709551615n,
  ]);
  for (const text of ['1.0', '1e3', '-0.5E-2', '1'.repeat(41), '7'.repeat(9000)]) {
    const value = valueOf(text);
    assert.ok(value instanceof JsonDecimal);
    assert.equal(value.text, text);
    assert.equal(value.value, Number(text));
  }
});

test('parseJson() lets the last of equal keys win and gives __proto__ no power', () => {
  const value = valueOf('{"a":1,"a":2,"__proto__":{"evil":true},"constructor":3}');
  assert.deepEqual(Object.keys(value as object), ['a', '__proto__', 'constructor']);
  assert.equal((value as { a: number }).a, 2);
  assert.equal(Object.getPrototypeOf(value), null);
  assert.equal(({} as { evil?: boolean }).evil, undefined);
});

test('parseJson() joins surrogate pairs and repairs lone ones', () => {
  assert.equal(valueOf('"\\ud83d\\ude00"'), '😀');
  assert.equal(valueOf('"\\ud83dx"'), '\ufffdx');
  assert.equal(valueOf('"\\ud83d\\u0041"'), '\ufffdA');
  assert.equal(valueOf('"\\ude00\\ud83d\\ude00"'), '\ufffd😀');
  const wrong = parseJson(Buffer.from('"\\ud83d\\udex0"'));
  assert.ok(!wrong.ok && wrong.error === "invalid character 'x' in \\u hexadecimal character escape");
});

test('parseJson() repairs wrong UTF-8 byte by byte', () => {
  const result = parseJson(Buffer.from('"a\xffb\xe2\x80z"', 'latin1'));
  assert.ok(result.ok && result.value === 'a\ufffdb\ufffd\ufffdz');
});

test('parseJson() stops at the depth that Go stops at, without deep calls', () => {
  assert.ok(parseJson(Buffer.from('['.repeat(10_000) + ']'.repeat(10_000))).ok);
  const arrays = parseJson(Buffer.from('['.repeat(10_001)));
  assert.deepEqual(arrays, { ok: false, error: "invalid character '[' exceeded max depth", offset: 10_001 });
  const objects = parseJson(Buffer.from('{"a":'.repeat(10_001)));
  assert.deepEqual(objects, { ok: false, error: "invalid character '{' exceeded max depth", offset: 50_001 });
});
