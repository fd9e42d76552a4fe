import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeWeb } from './node_web.ts';

test('who is to be let in is not told with the page that does not answer, whatever is in a password', async () => {
  // Nobody listens on the first port.
  const page = new NodeWeb().get('http://me:sec@ret@127.0.0.1:1/varz', { timeoutMs: 5_000, authorities: null });
  await assert.rejects(page, /^OperatingError: No answer from http:\/\/127\.0\.0\.1:1\/varz: nothing listens there$/);
});
