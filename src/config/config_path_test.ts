import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { cleanPath, includedPath } from './config_path.ts';

test('includedPath() is relative to the folder of the file, even for absolute names', () => {
  assert.equal(includedPath('/etc/nats/a.conf', 'b.conf'), '/etc/nats/b.conf');
  assert.equal(includedPath('/etc/nats/a.conf', '../b.conf'), '/etc/b.conf');
  assert.equal(includedPath('/a.conf', '../../b.conf'), '/b.conf');
  assert.equal(includedPath('a.conf', './b.conf'), 'b.conf');
  assert.equal(includedPath('a.conf', '../b.conf'), '../b.conf');
  assert.equal(includedPath('', 'b.conf'), 'b.conf');
  assert.equal(includedPath('x/a.conf', '/b.conf'), 'x/b.conf');
});

test('cleanPath() agrees with node:path but for slashes at the end', () => {
  const name = fc.constantFrom('', '.', '..', 'a', 'b.conf');
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 7 }), (names) => {
      const path = names.join('/');
      assert.equal(cleanPath(path), posix.normalize(path).replace(/(.)\/$/, '$1'));
    }),
  );
});
