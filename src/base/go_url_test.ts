import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goUrlHostName, goUrlPort, goUrlText, parseGoUrl } from './go_url.ts';

function url(text: string) {
  const result = parseGoUrl(text);
  assert.ok(result.ok, text);
  return result.value;
}

function fault(text: string): string {
  const result = parseGoUrl(text);
  return result.ok ? 'none' : result.error;
}

test('parseGoUrl() takes a URL apart', () => {
  const { scheme, user, host, path, query, fragment } = url('NATS://u%3A:p%40@a.b:4222/x%41?y#z');
  assert.deepEqual([scheme, host, path, query, fragment], ['nats', 'a.b:4222', '/xA', 'y', 'z']);
  assert.deepEqual(user, { name: 'u:', password: 'p@' });
  assert.equal(url('nats://token@h').user?.password, null);
  assert.equal(url('mailto:a@b').opaque, 'a@b');
  assert.equal(url('x/y').path, 'x/y');
  assert.equal(url('').host, '');
});

test('parseGoUrl() knows hosts, ports and addresses', () => {
  const parts = (text: string) => [goUrlHostName(url(text)), goUrlPort(url(text))];
  assert.deepEqual(parts('nats://a:1'), ['a', '1']);
  assert.deepEqual(parts('nats://a'), ['a', '']);
  assert.deepEqual(parts('nats://[::1]:1'), ['::1', '1']);
  assert.deepEqual(parts('nats://[fe80::1%25en0]'), ['fe80::1%en0', '']);
  assert.deepEqual(parts('nats://a,b:1'), ['a,b', '1']);
});

test('parseGoUrl() refuses in the words of Go', () => {
  const cases: readonly (readonly [text: string, error: string])[] = [
    ['127.0.0.1:4222', 'first path segment in URL cannot contain colon'],
    [':', 'missing protocol scheme'],
    ['nats://a b', 'invalid character " " in host name'],
    ['nats://a:x', 'invalid port ":x" after host'],
    ['http://a:1:2', 'invalid port ":1:2" after host'],
    ['nats://[::1', `missing ']' in host`],
    ['nats://[1.2.3.4]', 'invalid IP-literal'],
    ['nats://a[b', 'invalid IP-literal'],
    ['nats://[::1%25]', 'invalid host: ParseAddr("::1%"): zone must be a non-empty string'],
    ['nats://h/%zz', 'invalid URL escape "%zz"'],
    ['nats://a%20b', 'invalid URL escape "%20"'],
    ['nats://u<:p@h', 'net/url: invalid userinfo'],
    ['nats://h/\x7f', 'net/url: invalid control character in URL'],
  ];
  for (const [text, error] of cases) assert.equal(fault(text), error, text);
  for (const text of ['nats://a:1:2', 'nats://h:', 'nats://[::ffff:1.2.3.4]', 'nats://é/é', '*', '#', '//a/b']) {
    assert.equal(fault(text), 'none', text);
  }
});

test('goUrlText() writes the same URL the same way, and hides the password where asked to', () => {
  const texts: readonly (readonly [text: string, written: string])[] = [
    ['NATS://a', 'nats://a'],
    ['nats://u:p@a:1/x?y#z', 'nats://u:p@a:1/x?y#z'],
    ['nats://h/a b', 'nats://h/a%20b'],
    ['nats://h/%41', 'nats://h/%41'],
    ['nats://é', 'nats://%C3%A9'],
    ['nats:/a', 'nats:/a'],
    ['http:////', 'http:////'],
    ['./a:b', './a:b'],
    ['nats://h?', 'nats://h?'],
    ['*', '*'],
  ];
  for (const [text, written] of texts) assert.equal(goUrlText(url(text)), written, text);
  assert.equal(goUrlText(url('nats://u:p@h'), true), 'nats://u:xxxxx@h');
  assert.equal(goUrlText(url('nats://u@h'), true), 'nats://u@h');
});
