import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPullLimits, checkPullPriority, type PullRequestBody, parsePullRequest } from './pull_request.ts';

function parse(text: string): PullRequestBody | string {
  const bytes = new TextEncoder().encode(`+NXT${text}`);
  return parsePullRequest(bytes, 4, bytes.length);
}

function parsed(text: string): PullRequestBody {
  const body = parse(text);
  assert.ok(typeof body !== 'string', String(body));
  return body;
}

test('an empty body asks for one message, a number for so many, anything else for one', () => {
  for (const [text, batch] of [
    ['', 1],
    ['  ', 1],
    ['25', 25],
    [' 7\r\n', 7],
    ['-3', -3],
    ['+4', 4],
    ['0', 0],
  ] as const) {
    assert.equal(parsed(text).batch, batch, JSON.stringify(text));
  }
  for (const text of ['hello', '1.5', '[1]', '"3"', '1e3']) assert.equal(parsed(text).batch, 1, text);
});

test('a JSON body gives every field, whatever the case of its key', () => {
  const body = parsed('{"batch":10,"expires":5000000000,"max_bytes":1024,"no_wait":true,"idle_heartbeat":1000000000}');
  assert.deepEqual(
    [body.batch, body.expires, body.max_bytes, body.no_wait, body.idle_heartbeat, body.isJson],
    [10, 5e9, 1024, true, 1e9, true],
  );
  assert.equal(parsed('{"Batch":3,"unknown":{}}').batch, 3);
  assert.equal(parsed('{"batch":null}').batch, 0);
});

test('a body of the wrong type is refused in the words of nats-server', () => {
  const wrong = 'json: cannot unmarshal string into Go struct field JSApiConsumerGetNextRequest.batch of type int';
  assert.equal(parse('{"batch":"10"}'), `400 Bad Request - ${wrong}`);
  assert.equal(parse('{"batch":1'), '400 Bad Request - unexpected end of JSON input');
  assert.match(String(parse('{batch:1}')), /^400 Bad Request - invalid character 'b' looking for beginning of/);
});

test('a heartbeat must fit twice into the expiry', () => {
  assert.equal(parse('{"expires":1999,"idle_heartbeat":1000}'), '400 Bad Request - heartbeat value too large');
  assert.equal(parse('{"idle_heartbeat":1000}'), '400 Bad Request - heartbeat value too large');
  assert.equal(parsed('{"expires":2000,"idle_heartbeat":1000}').idle_heartbeat, 1000);
});

test('limits of the consumer refuse what is beyond them', () => {
  const limits = { batchMax: 10, expiresMaxNs: 90e9, bytesMax: 1000 };
  assert.equal(checkPullLimits(parsed('11'), limits), '409 Exceeded MaxRequestBatch of 10');
  assert.equal(
    checkPullLimits(parsed('{"batch":1,"expires":90000000001}'), limits),
    '409 Exceeded MaxRequestExpires of 1m30s',
  );
  assert.equal(
    checkPullLimits(parsed('{"batch":1,"max_bytes":1001}'), limits),
    '409 Exceeded MaxRequestMaxBytes of 1000',
  );
  assert.equal(checkPullLimits(parsed('{"batch":10,"expires":90000000000,"max_bytes":1000}'), limits), null);
});

test('group fields are refused where the consumer has no such policy', () => {
  assert.equal(
    checkPullPriority(parsed('{"min_pending":1}'), 'none', []),
    '400 Bad Request - Not a Overflow Priority consumer',
  );
  assert.equal(
    checkPullPriority(parsed('{"id":"x"}'), 'none', []),
    '400 Bad Request - Not a Pinned Client Priority consumer',
  );
  assert.equal(
    checkPullPriority(parsed('{"priority":10}'), 'none', []),
    '400 Bad Request - Priority must be between 0 and 9',
  );
  assert.equal(checkPullPriority(parsed('{"batch":1}'), 'overflow', ['g']), '400 Bad Request - Priority Group missing');
  assert.equal(
    checkPullPriority(parsed('{"group":"h"}'), 'overflow', ['g']),
    '400 Bad Request - Invalid Priority Group',
  );
  assert.equal(checkPullPriority(parsed('5'), 'overflow', ['g']), null);
  assert.equal(checkPullPriority(parsed('{"group":"h"}'), 'none', []), null);
});
