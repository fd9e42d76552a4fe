import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiText } from './bytes.ts';
import { Nuid, type NuidEntropy } from './nuid.ts';
import { Prng } from './prng.ts';

function constant(value: number): NuidEntropy & { calls: number } {
  const source = {
    calls: 0,
    fill(bytes: Uint8Array): void {
      source.calls++;
      bytes.fill(value);
    },
  };
  return source;
}

test('Nuid.next() gives 22 characters of base 62 and never the same again', () => {
  const nuid = new Nuid(new Prng(1));
  const seen = new Set<string>();
  for (let i = 0; i < 10_000; i++) {
    const id = nuid.next();
    assert.match(id, /^[0-9A-Za-z]{22}$/);
    seen.add(id);
  }
  assert.equal(seen.size, 10_000);
});

test('Nuid.next() keeps the prefix and counts in one stride of 33 to 332', () => {
  const nuid = new Nuid(constant(0));
  assert.equal(nuid.next(), '000000000000000000000X');
  assert.equal(nuid.next(), '0000000000000000000014');
});

test('Nuid draws a new prefix when the counter runs over', () => {
  const source = constant(61);
  const nuid = new Nuid(source);
  assert.equal(source.calls, 1);
  assert.equal(nuid.next(), 'z'.repeat(22));
  assert.equal(source.calls, 2);
});

test('Nuid.writeNext() writes what next() returns', () => {
  const a = new Nuid(new Prng(2));
  const b = new Nuid(new Prng(2));
  const to = new Uint8Array(30);
  for (let i = 0; i < 100; i++) {
    assert.equal(a.writeNext(to, 4), 26);
    assert.equal(asciiText(to, 4, 26), b.next());
  }
});
