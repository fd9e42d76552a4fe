import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectFailure } from './connect_failure.ts';
import { ApiError, requestFailure } from './js_api.ts';

function sentence(error: unknown, contextName: string | null = null): string {
  return connectFailure(error, { servers: ['nats://me:secret@host:4222'], contextName, timeoutMs: 2000 }).message;
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test('each reason why nobody is reached has its own sentence, and none shows a secret', () => {
  const rows: [unknown, RegExp][] = [
    [
      new Error('connection refused', { cause: withCode('ECONNREFUSED') }),
      /nothing listens there; start a server with/,
    ],
    [withCode('ENOTFOUND'), /nobody knows that host name/],
    [withCode('EHOSTUNREACH'), /the network has no way there/],
    [new Error('unexpected response from server'), /what listens there speaks, but not as a NATS server does/],
    [undefined, /what answers there is no NATS server/],
    [
      new Error('Authorization Violation'),
      /does not let these credentials in .*; give others with --user and --password/,
    ],
    [withCode('DEPTH_ZERO_SELF_SIGNED_CERT'), /its certificate is not trusted .* --tlsca FILE/],
    [new Error('timeout'), /no NATS server has greeted within 2s; is it the client port \(4222\)/],
    [new AggregateError([withCode('ECONNREFUSED')], ''), /nothing listens there/],
    [withCode('ERR_INVALID_URL'), /that is no address; write it like nats:\/\/127\.0\.0\.1:4222/],
    [new Error('something else'), /something else$/],
  ];
  for (const [error, expected] of rows) {
    const text = sentence(error);
    assert.match(text, expected);
    assert.ok(text.startsWith('Cannot connect to nats://host:4222: '), text);
  }
  assert.match(sentence(withCode('ENOTFOUND'), 'prod'), /\(context 'prod'\)/);
});

test('each reason why a request has no answer has its own sentence', () => {
  const named = (name: string, text: string): Error => Object.assign(new Error(text), { name });
  const api = '$JS.API.INFO';
  const rows: [Error, string, RegExp][] = [
    [
      new Error('no responders'),
      api,
      /JetStream is not enabled on this server or for this account: start the server with -js/,
    ],
    [new Error('no responders'), 'svc', /Nobody answers requests on 'svc'/],
    [named('PermissionViolationError', 'Permissions Violation'), api, /This user may not use '\$JS\.API\.INFO'/],
    [
      Object.assign(named('PermissionViolationError', 'Permissions Violation'), {
        operation: 'subscription',
        subject: '_INBOX.x',
      }),
      'svc',
      /This user may not subscribe to '_INBOX\.x', where the answer to 'svc' would come: .* --inbox-prefix/,
    ],
    [named('TimeoutError', 'timeout'), api, /No answer on '\$JS\.API\.INFO' within 1.5s: there may be no leader/],
    [named('TimeoutError', 'timeout'), 'svc', /it may be busy/],
  ];
  for (const [error, subject, expected] of rows) assert.match(requestFailure(error, subject, 1500).message, expected);
});

test('a refusal of the API has its number, and advice where there is some', () => {
  const refusal = new ApiError({ code: 404, err_code: 10059, description: 'stream not found' });
  assert.equal(refusal.message, "stream not found (10059): 'contrail stream ls' shows the streams there are");
  assert.match(refusal.during('could not do it').message, /^could not do it: stream not found \(10059\)/);
  assert.equal(new ApiError({ code: 400, err_code: 1, description: 'odd' }).message, 'odd (1)');
});
