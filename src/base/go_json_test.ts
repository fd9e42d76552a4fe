import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { utf8Text } from './bytes.ts';
import { type GoJsonValue, goJson, goJsonIndented, goJsonString, omitEmpty, RawJson } from './go_json.ts';

const GOLDEN = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/go_texts/golden.json', import.meta.url), 'utf8'),
) as { strings: [string, string][]; floats: [string, string][]; indent: string };

test('goJsonString() escapes what Go escapes, and nothing else', () => {
  for (const [hex, text] of GOLDEN.strings) {
    const bytes = Buffer.from(hex, 'hex');
    // Go knows bytes that are no text; here they became U+FFFD before, which it writes as it is.
    assert.equal(goJsonString(utf8Text(bytes, 0, bytes.length)), text.replace('\\ufffd', '\ufffd'), hex);
  }
  assert.equal(goJsonString('a\\ud800<'), '"a\\\\ud800\\u003c"');
  assert.equal(goJsonString('\ud800x\udc00😀'), '"\\ufffdx\\ufffd😀"');
});

test('goJson() writes fields in the order given and leaves out undefined ones', () => {
  assert.equal(goJson({ z: 1, a: undefined, b: null, c: [true, false] }), '{"z":1,"b":null,"c":[true,false]}');
});

test('goJson() sorts the keys of a Map by bytes', () => {
  const map = new Map([
    ['b', 1],
    ['10', 2],
    ['\u{1f600}', 3],
    ['\uff5e', 4],
    ['9', 5],
    ['<', 6],
  ]);
  assert.equal(goJson(map), '{"10":2,"9":5,"\\u003c":6,"b":1,"\uff5e":4,"\u{1f600}":3}');
});

test('goJson() keeps integers beyond 2^53 and writes bytes in base64', () => {
  assert.equal(
    goJson({ n: 18446744073709551615n, data: Uint8Array.of(0x68, 0x69, 0x3f) }),
    '{"n":18446744073709551615,"data":"aGk/"}',
  );
});

test('goJson() writes floating point numbers as Go does', () => {
  for (const [number, text] of GOLDEN.floats) assert.equal(goJson(Number(number)), text);
  assert.throws(() => goJson(Number.NaN));
});

test('goJsonIndented() breaks lines as MarshalIndent does', () => {
  const value = { a: [], b: new Map(), c: [1, { x: null }], d: Buffer.from('hi?') };
  assert.equal(goJsonIndented(value), GOLDEN.indent);
});

test('omitEmpty() drops what omitempty drops', () => {
  for (const empty of [0, 0n, '', false, null, [], new Map(), new Uint8Array(0)]) {
    assert.equal(omitEmpty(empty), undefined);
  }
  for (const full of [1, -1n, ' ', true, [0], {}, new Map([['a', 0]]), new Uint8Array(1)])
    assert.equal(omitEmpty(full), full);
});

test('raw JSON is written as it is, and indented like the rest', () => {
  const raw = new RawJson('{"a":[1,{"b":"x:,{\\"}"}],"c":{},"d":[],"e":"\\\\"}');
  assert.equal(goJson({ raw }), `{"raw":${raw.text}}`);
  const parsedValue = JSON.parse(raw.text) as GoJsonValue;
  assert.equal(goJsonIndented({ raw, last: 1 }), goJsonIndented({ raw: parsedValue, last: 1 }));
});
