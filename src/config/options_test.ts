import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOptions, optionsOf } from './options.ts';
import { emptyDraft, type OptionsDraft } from './options_draft.ts';

function optionsWith(change: (draft: OptionsDraft) => void = () => undefined) {
  const draft = emptyDraft();
  change(draft);
  return optionsOf(draft, null, null);
}

test('optionsOf() has the defaults of the reference, and syncs always', () => {
  const options = optionsWith();
  assert.deepEqual(options.listen, { host: '0.0.0.0', port: 4222, clientAdvertise: null });
  assert.equal(options.monitor, null);
  assert.deepEqual(options.limits, {
    payloadMax: 1_048_576,
    controlLineMax: 4096,
    pendingBytesMax: 67_108_864,
    connectionsMax: 65_536,
    subscriptionsMax: 0,
    subscriptionTokensMax: 0,
    closedClientsMax: 10_000,
  });
  assert.deepEqual(options.keepalive, { pingIntervalMs: 120_000, pingsOutMax: 2 });
  assert.deepEqual(options.authorization, {
    user: null,
    password: null,
    token: null,
    timeoutMs: 2_000,
    isConfigured: false,
    users: [],
    noAuthUser: null,
  });
  assert.deepEqual([options.accounts, options.systemAccount], [[], '$SYS']);
  assert.deepEqual(options.lameDuck, { durationMs: 120_000, gracePeriodMs: 10_000 });
  assert.equal(options.writeDeadlineMs, 10_000);
  assert.equal(options.jetstream.isEnabled, false);
  assert.equal(options.jetstream.sync, 'always');
  assert.equal(options.jetstream.isStrict, true);
  assert.equal(options.jetstream.limits.consumersMaxDefault, 1_000);
  assert.equal(options.logging.hasTime, true);
  assert.equal(checkOptions(options), null);
});

test('optionsOf() takes port -1 as any and 0 as the default, and a monitoring port of 0 as none', () => {
  assert.equal(optionsWith((draft) => Object.assign(draft, { port: -1 })).listen.port, 0);
  assert.equal(optionsWith((draft) => Object.assign(draft, { port: 0 })).listen.port, 4222);
  assert.equal(optionsWith((draft) => Object.assign(draft, { monitorPort: 0 })).monitor, null);
  const { monitor } = optionsWith((draft) =>
    Object.assign(draft, { monitorPort: -1, host: 'x', monitorBasePath: 'a//b/' }),
  );
  assert.deepEqual(monitor, {
    host: 'x',
    port: 0,
    isSecure: false,
    unusedTlsPort: null,
    basePath: '/a/b',
    basePathGiven: 'a//b/',
  });
});

test('optionsOf() lets nobody in when max_connections is 0 or less', () => {
  for (const connectionsMax of [0, -1]) {
    assert.equal(optionsWith((draft) => Object.assign(draft, { connectionsMax })).limits.connectionsMax, 0);
  }
});

test('optionsOf() leaves sizes below zero to the machine, and 0 as it is', () => {
  const sizes = (memoryBytesMax: number) =>
    optionsWith((draft) => Object.assign(draft.jetstream, { memoryBytesMax })).jetstream.memoryBytesMax;
  assert.deepEqual([sizes(-1), sizes(0), sizes(5)], [null, 0, 5]);
});

test('optionsOf() takes a sync interval of 0 as the interval of the reference', () => {
  const sync = (value: number) =>
    optionsWith((draft) => Object.assign(draft.jetstream, { sync: value })).jetstream.sync;
  assert.deepEqual([sync(0), sync(1500)], [120_000, 1500]);
});

test('checkOptions() refuses combinations that cannot work', () => {
  const fault = (change: Partial<OptionsDraft>) => checkOptions(optionsWith((draft) => Object.assign(draft, change)));
  assert.equal(
    fault({ payloadMax: 100, pendingBytesMax: 50 }),
    'max_payload (100) cannot be higher than max_pending (50)',
  );
  assert.equal(
    fault({ lameDuckDurationMs: 30_000, lameDuckGracePeriodMs: 30_000 }),
    'lame duck grace period (30s) should be strictly lower than lame duck duration (30s)',
  );
  assert.equal(fault({ serverName: 'a b' }), 'server name cannot contain spaces');
  assert.equal(fault({ port: 65_536 }), 'port 65536 is none: it goes from 1 to 65535, and -1 lets the system choose');
  assert.match(String(fault({ monitorPort: -2 })), /^http_port -2 is none/);
  assert.equal(fault({ pingIntervalMs: -1 }), 'ping_interval must not be negative');
  assert.equal(fault({ controlLineMax: -1 }), 'max_control_line must not be negative');
});

test('checkOptions() wants a JetStream domain to be a name', () => {
  const fault = (domain: string) => checkOptions(optionsWith((draft) => Object.assign(draft.jetstream, { domain })));
  assert.equal(fault('hub'), null);
  assert.equal(fault('a.b'), 'invalid domain name: may not contain ., * or >');
  assert.equal(fault('*'), 'invalid domain name: may not contain ., * or >');
  assert.equal(fault('a b'), 'invalid domain name: derived "$JS.a b.API.>" is not a valid subject');
  assert.equal(fault('>'), 'invalid domain name: derived "$JS.>.API.>" is not a valid subject');
});
