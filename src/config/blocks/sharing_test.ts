import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsed } from '../../base/parsed.ts';
import { EMPTY_WORLD } from '../config_source.ts';
import { readConfiguration } from '../configuration.ts';
import { optionsOf } from '../options.ts';
import { emptyDraft } from '../options_draft.ts';

/** What the accounts of this file share, and what is wrong with it. */
function read(text: string) {
  const draft = emptyDraft();
  const source = { ...EMPTY_WORLD, readFile: () => parsed(new TextEncoder().encode(text)) };
  const { findings } = readConfiguration('/a.conf', draft, source);
  const { accounts, mappings } = optionsOf(draft, null, null);
  const sharing = Object.fromEntries(accounts.map((account) => [account.name, account.sharing]));
  return { sharing, mappings, errors: findings.errors.map((one) => one.text), findings };
}

test('exports, imports and mappings of an account become values', () => {
  const { sharing, errors } = read(`accounts {
    A {
      exports: [
        {service: "q.*", response_type: stream, threshold: "5s", accounts: [B]}
        {service: l, latency: {subject: lat, sampling: "40%"}}
        {stream: "s.>"}
      ]
      mappings: {foo: [{dest: bar, weight: "30%"}, {dest: baz, weight: 10, cluster: east}]}
    }
    B {
      imports: [
        {service: {account: A, subject: "q.x"}, to: ask, share: true}
        {stream: {account: A, subject: "s.a"}, prefix: p}
      ]
    }
  }`);
  assert.deepEqual(errors, []);
  const everybody = { accounts: null, accountTokenPosition: 0 };
  assert.deepEqual(sharing['A'], {
    mappings: [
      {
        source: 'foo',
        destinations: [
          { subject: 'bar', weight: 30, cluster: '' },
          { subject: 'baz', weight: 10, cluster: 'east' },
        ],
      },
    ],
    exports: [
      {
        kind: 'service',
        subject: 'q.*',
        access: { accounts: ['B'], accountTokenPosition: 0 },
        options: { responseType: 'stream', thresholdMs: 5_000, latency: null, allowsTrace: false },
      },
      {
        kind: 'service',
        subject: 'l',
        access: everybody,
        options: {
          responseType: 'singleton',
          thresholdMs: null,
          latency: { subject: 'lat', sampling: 40 },
          allowsTrace: false,
        },
      },
      { kind: 'stream', subject: 's.>', access: everybody },
    ],
    imports: [],
  });
  assert.deepEqual(sharing['B']?.imports, [
    { kind: 'service', account: 'A', subject: 'q.x', to: 'ask', shares: true },
    { kind: 'stream', account: 'A', subject: 's.a', to: '', prefix: 'p', allowsTrace: false },
  ]);
});

test('it does not matter which account is named first', () => {
  const { errors } = read(`accounts {
    B { imports: [{stream: {account: A, subject: s}}] }
    A { exports: [{stream: s}] }
  }`);
  assert.deepEqual(errors, []);
});

test('what accounts share is refused as a whole only when each part is right', () => {
  const { errors } = read(`accounts {
    A { exports: [{service: q, response: odd}] }
    B { imports: [{service: {account: NONE, subject: q}}] }
  }`);
  assert.deepEqual(errors, ['Unknown response type: "odd"']);
  assert.deepEqual(read('accounts { B { imports: [{service: {account: NONE, subject: q}}] } }').errors, [
    '"NONE" account not defined for service import',
  ]);
});

test('latency needs a system account', () => {
  const { errors } = read(`no_system_account: true, accounts { A { exports: [{service: q, latency: lat}] } }`);
  assert.deepEqual(errors, ['Error adding service latency sampling for "q": system account not setup']);
});

test('mappings at the top are those of the global account', () => {
  assert.deepEqual(read('mappings { a: b }').mappings, [
    { source: 'a', destinations: [{ subject: 'b', weight: 100, cluster: '' }] },
  ]);
});

test('allow_trace is understood and changes nothing', () => {
  const { findings } = read('accounts { A { exports: [{service: q, allow_trace: true}] } }');
  assert.deepEqual(
    findings.ineffective.map(({ text }) => text),
    ["'accounts.exports.allow_trace' has no effect in Contrail"],
  );
});
