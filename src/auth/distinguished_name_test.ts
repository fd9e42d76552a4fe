import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDistinguishedName } from './distinguished_name.ts';

function shown(text: string): string | null {
  const name = parseDistinguishedName(text);
  return name === null
    ? null
    : name.map((parts) => parts.map(({ type, value }) => `${type}|${value}`).join('+')).join('/');
}

test('parseDistinguishedName() reads types, values, several in a part, spaces and escapes', () => {
  const cases: readonly (readonly [text: string, name: string | null])[] = [
    ['CN=a', 'CN|a'],
    ['cn=a,OU=b', 'CN|a/OU|b'],
    ['CN=a+OU=b,O=c', 'CN|a+OU|b/O|c'],
    [' CN = a  ,  O= b ', 'CN|a/O|b'],
    ['CN=a\\ ', 'CN|a '],
    ['CN=\\ a', 'CN| a'],
    ['CN=a\\,b', 'CN|a,b'],
    ['CN=\\41\\c3\\a9', 'CN|Aé'],
    ['CN=a\\=b', 'CN|a=b'],
    ['CN=é', 'CN|é'],
    ['CN=,O=b', 'CN|/O|b'],
  ];
  for (const [text, name] of cases) assert.equal(shown(text), name, text);
});

test('parseDistinguishedName() refuses what is none', () => {
  for (const text of [
    '',
    'alice',
    'CN=',
    ',',
    'a,CN=b',
    'CN=#0401',
    'CN=a\\',
    'CN=a\\4',
    'CN=a\\zz',
    'CN=\\ff',
    '+CN=a',
  ]) {
    assert.equal(shown(text), null, text);
  }
});
