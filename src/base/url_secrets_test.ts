import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutSecrets } from './url_secrets.ts';

test('addresses are shown without who is to be let in, each of several, whatever is in a password', () => {
  const rows = [
    ['nats://host:4222', 'nats://host:4222'],
    ['me:secret@host', 'host'],
    [
      'nats://me:secret@host:4222,nats://me:secret@other, tls://secret@third',
      'nats://host:4222,nats://other, tls://third',
    ],
    ['nats://me:sec@ret@host', 'nats://host'],
    ['nats://me:sec/ret@host', 'nats://host'],
    ['http://me:secret@host:8222/varz', 'http://host:8222/varz'],
  ] as const;
  for (const [url, shown] of rows) assert.equal(withoutSecrets(url), shown);
});
