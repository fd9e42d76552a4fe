import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advertisedAddress } from './client_advertise.ts';

test('an advertised address is read as in the reference: without a port it has that of the listener', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a', 'a 4222'],
    ['a:1', 'a 1'],
    ['a:0', 'a 4222'],
    ['a:-1', 'a 4222'],
    [' a : 12 ', 'a 12'],
    ['[::1]', '::1 4222'],
    ['[::1]:99', '::1 99'],
    [':5', ' 5'],
  ];
  for (const [text, expected] of cases) {
    const address = advertisedAddress(text, 4222);
    assert.ok(address.ok, text);
    assert.equal(`${address.value.host} ${address.value.port}`, expected);
  }
});

test('what is no address is refused with the reason of the reference', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a:x', 'strconv.Atoi: parsing "x": invalid syntax'],
    ['a:', 'strconv.Atoi: parsing "": invalid syntax'],
    ['a:b:c', 'address a:b:c: too many colons in address'],
    ['::1', 'address ::1: too many colons in address'],
    ['[a]:1:2', 'address [a]:1:2: too many colons in address'],
    ['[::1', "address [::1: missing ']' in address"],
    ['[a', "address [a:4222: missing ']' in address"],
    ['[a]b', 'address [a]b:4222: missing port in address'],
    ['a[:1', "address a[:1: unexpected '[' in address"],
    ['a]:1', "address a]:1: unexpected ']' in address"],
  ];
  for (const [text, fault] of cases) {
    const address = advertisedAddress(text, 4222);
    assert.equal(address.ok ? 'none' : address.error, fault);
  }
});
