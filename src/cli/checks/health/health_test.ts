// Signals of health from what servers tell, without any server: clusters in trouble, many streams, clocks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsumerInfo, PeerInfo, StreamInfo } from '../../client/js_types.ts';
import { consumerSignal } from './consumer_signal.ts';
import { HealthReport } from './health_report.ts';
import { monitorUrl } from './monitor_probe.ts';
import { type Signal, signalStatus, skippedSignal, unknownSignal } from './signal.ts';
import { isLeftBehind } from './storage_probe.ts';
import { streamSignal } from './stream_signal.ts';

const LIMITS = { lagCritical: 100, seenCritical: 5 };

function stream(
  name: string,
  replicas: readonly PeerInfo[] = [],
  leader = 'n1',
  wanted = replicas.length + 1,
): StreamInfo {
  return {
    config: {
      name,
      retention: 'limits',
      max_consumers: -1,
      max_msgs: -1,
      max_bytes: -1,
      max_age: 0,
      storage: 'file',
      discard: 'old',
      num_replicas: wanted,
    },
    created: '2026-01-01T00:00:00Z',
    state: { messages: 0, bytes: 0, first_seq: 0, first_ts: '', last_seq: 0, last_ts: '', consumer_count: 0 },
    cluster: { name: 'c', leader, replicas },
  };
}

function peer(name: string, state: Partial<PeerInfo> = {}): PeerInfo {
  return { name, current: true, active: 1e8, ...state };
}

function streams(...infos: readonly StreamInfo[]): Signal {
  return streamSignal({ streams: infos, missing: [], offline: {} }, LIMITS);
}

function line(signal: Signal): string {
  return new HealthReport('s', [signal]).nagios().replace(/ \| .*/, '');
}

test('streams whose peers are current are well', () => {
  assert.equal(
    line(streams(stream('A', [peer('n2'), peer('n3')]), stream('B'))),
    'OK s OK:stream leader: 2 streams with leader',
  );
});

test('a stream without leader is critical, with one replica too, and so is one that nobody answers for', () => {
  assert.equal(line(streams(stream('A', [peer('n2'), peer('n3')], ''))), 'CRITICAL s Crit:stream leader: A: No leader');
  assert.equal(line(streams(stream('B', [], ''))), 'CRITICAL s Crit:stream leader: B: No leader');
  const silent = streamSignal({ streams: [], missing: ['C'], offline: { D: 'unsupported' } }, LIMITS);
  assert.match(line(silent), /C: No leader: nobody answers for it Crit:stream leader: D: Offline: unsupported$/);
});

test('peers that are missing, offline, far behind or silent are critical; one that is not current is a warning', () => {
  const judged = (...peers: readonly PeerInfo[]): string => line(streams(stream('A', peers, 'n1', 3)));
  assert.match(judged(peer('n2')), /^CRITICAL s Crit:stream leader: A: Expected 3 replicas got 2$/);
  assert.match(judged(peer('n2'), peer('n3', { offline: true })), /^CRITICAL .*A: 1 replicas offline/);
  assert.match(judged(peer('n2'), peer('n3', { lag: 101 })), /^CRITICAL .*A: 1 replicas lagged/);
  assert.match(judged(peer('n2'), peer('n3', { active: 6e9 })), /^CRITICAL .*A: 1 replicas inactive/);
  const behind = judged(peer('n2'), peer('n3', { current: false, active: 0, lag: 2 }));
  assert.match(behind, /^WARNING s Warn:stream leader: A: replica n3 is not current, 2 operations behind$/);
});

test('a thousand streams in trouble are told by the first of them and their number', () => {
  const many = streams(...Array.from({ length: 1000 }, (_, index) => stream(`S${index}`, [], '')));
  assert.match(line(many), / S19: No leader Crit:stream leader: and 980 more$/);
});

test('what is critical counts for more than a warning, that for more than what is unknown, and skipped for nothing', () => {
  const unknown = unknownSignal('storage', 'no rights');
  const skipped = skippedSignal('monitoring', 'left out');
  const warned = streams(stream('A', [peer('n2', { current: false }), peer('n3')]));
  const of = (...signals: readonly Signal[]): string => new HealthReport('s', signals).total.status;
  assert.equal(of(skipped), 'OK');
  assert.equal(of(skipped, unknown), 'UNKNOWN');
  assert.equal(of(unknown, warned), 'WARNING');
  assert.equal(of(unknown, warned, streams(stream('B', [], ''))), 'CRITICAL');
});

function consumer(state: Partial<ConsumerInfo>): ConsumerInfo {
  return {
    stream_name: 'A',
    name: 'W',
    created: '2026-01-01T00:00:00Z',
    config: { ack_policy: 'explicit', max_ack_pending: 10 },
    delivered: { consumer_seq: 1, stream_seq: 1, last_active: '2026-01-01T00:00:00Z' },
    ack_floor: { consumer_seq: 0, stream_seq: 0 },
    num_pending: 0,
    num_ack_pending: 0,
    num_redelivered: 0,
    num_waiting: 0,
    ts: '2026-01-01T00:10:00Z',
    ...state,
  };
}

test('only a consumer for which messages wait is stalled, by the clock of the server', () => {
  const judged = (state: Partial<ConsumerInfo>): string => {
    const limits = { options: { lastDeliveryCritical: 300 }, nowMs: 0 };
    return line(consumerSignal({ consumers: [consumer(state)], silent: [] }, limits));
  };
  assert.match(judged({}), /^OK /);
  assert.match(judged({ num_pending: 1 }), /^CRITICAL s Crit:consumer lag: A_W: Last delivery 10m0s ago$/);
  assert.match(judged({ num_pending: 1, ts: '2026-01-01T00:04:00Z' }), /^OK /);
});

test('a consumer that nobody answers for is critical', () => {
  const signal = consumerSignal({ consumers: [], silent: [['A_W', 'No leader']] }, { options: {}, nowMs: 0 });
  assert.equal(signalStatus(signal), 'CRITICAL');
});

test('only a stream of a check, by name and metadata, and only an old one, is removed as left behind', () => {
  const metadata = { 'contrail.check': 'storage-probe' };
  const probe = (name: string, minutes: number, marks: StreamInfo['config']['metadata'] = metadata): StreamInfo => {
    const info = stream(name);
    const config = marks === undefined ? info.config : { ...info.config, metadata: marks };
    return { ...info, config, ts: `2026-01-01T00:${String(minutes).padStart(2, '0')}:00Z` };
  };
  assert.equal(isLeftBehind(probe('CONTRAIL_CHECK_1', 10), 0), true);
  assert.equal(isLeftBehind(probe('CONTRAIL_CHECK_1', 9), 0), false);
  assert.equal(isLeftBehind(probe('EVENTS', 10), 0), false);
  assert.equal(isLeftBehind(probe('CONTRAIL_CHECK_1', 10, {}), 0), false);
});

test('monitoring is where one says, or on its usual port of the same host', () => {
  assert.equal(monitorUrl(undefined, 'nats-0'), 'http://nats-0:8222');
  assert.equal(monitorUrl('8333', '[::1]'), 'http://[::1]:8333');
  assert.equal(monitorUrl('other:1/', 'x'), 'http://other:1');
  assert.equal(monitorUrl('https://other/nats/', 'x'), 'https://other/nats');
  assert.throws(() => monitorUrl('ws://other', 'x'), /--monitor 'ws:\/\/other' is no address/);
});
