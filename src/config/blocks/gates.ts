// Other ways in: `websocket` and `mqtt`, and the proxies in front of the server, as far as their shape goes.
import { parseDuration } from '../../base/duration.ts';
import { isPublicNkey } from '../../base/nkey.ts';
import { type ConfigValue, goTypeName } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import type { OptionsDraft } from '../options_draft.ts';
import {
  type BlockRule,
  blockKey,
  blockRule,
  blocksKey,
  booleanKey,
  durationKey,
  type Entry,
  integerKey,
  type KeyRule,
  later,
  textKey,
  textsKey,
  valueKey,
} from '../schema.ts';
import { addressKey } from './listen.ts';
import { tlsKey } from './tls.ts';

const ACK_PENDING_MAX = 0xffff;

const WEBSOCKET_BLOCK = blockRule<null>('websocket', [
  addressKey(['listen']),
  integerKey(['port']),
  textKey(['host', 'net']),
  textKey(['advertise']),
  booleanKey(['no_tls']),
  tlsKey(),
  booleanKey(['same_origin']),
  textsKey(
    ['allowed_origins', 'allowed_origin', 'allow_origins', 'allow_origin', 'origins', 'origin'],
    undefined,
    'allowed origins',
  ),
  valueKey(['handshake_timeout'], (_draft, value, { position, findings }) => {
    if (value.kind === 'integer') return;
    if (value.kind !== 'string') {
      return findings.error(position, `error parsing handshake timeout: unsupported type ${goTypeName(value)}`);
    }
    const duration = parseDuration(value.value);
    if (!duration.ok) findings.error(position, duration.error);
  }),
  booleanKey(['compression', 'compress']),
  blockKey(['authorization', 'authentication'], authenticationBlock('websocket.authorization'), () => null),
  textKey(['jwt_cookie']),
  textKey(['user_cookie']),
  textKey(['pass_cookie']),
  textKey(['token_cookie']),
  textKey(['no_auth_user']),
  valueKey(['headers'], readHeaders),
  durationKey(['ping_interval']),
]);

const MQTT_BLOCK = blockRule<null>('mqtt', [
  addressKey(['listen']),
  integerKey(['port']),
  textKey(['host', 'net']),
  tlsKey(),
  blockKey(['authorization', 'authentication'], authenticationBlock('mqtt.authorization'), () => null),
  textKey(['no_auth_user']),
  durationKey(['ack_wait', 'ackwait'], undefined, 'ack_wait'),
  durationKey(['js_api_timeout', 'api_timeout'], undefined, 'js_api_timeout'),
  integerKey(['max_ack_pending', 'max_pending', 'max_inflight'], (_draft, count, { position, findings }) => {
    if (count >= 0 && count <= ACK_PENDING_MAX) return;
    findings.error(position, `invalid value ${count}, should in [0..${ACK_PENDING_MAX}] range`);
  }),
  textKey(['js_domain']),
  integerKey(['stream_replicas']),
  valueKey(['consumer_replicas'], (_draft, _value, { key, position, findings }) => {
    const text = 'consumer replicas setting ignored in this server version';
    findings.warning(position, `invalid use of field "${key}": ${text}`);
  }),
  booleanKey(['consumer_memory_storage']),
  durationKey(['consumer_inactive_threshold', 'consumer_auto_cleanup'], undefined, 'consumer_inactive_threshold'),
  booleanKey(['reject_qos2_publish']),
  booleanKey(['downgrade_qos2_subscribe']),
]);

const TRUSTED_PROXY_BLOCK = blockRule<null>('proxies.trusted', [
  textKey(['key', 'public_key'], (_draft, key, { position, findings }) => {
    if (!isPublicNkey(key)) findings.error(position, `invalid proxy key ${goQuote(key)}`);
  }),
]);

const PROXIES_BLOCK = blockRule<null>('proxies', [
  blocksKey(['trusted'], TRUSTED_PROXY_BLOCK, {
    notAnArray: (value) => `expected proxies' trusted field to be an array, got ${goTypeName(value)}`,
    notABlock: (value) => `expected proxies' trusted entry to be a map/struct, got ${goTypeName(value)}`,
    inner: () => null,
  }),
]);

export const GATE_KEYS: readonly KeyRule<OptionsDraft>[] = [
  later(blockKey(['websocket', 'ws'], WEBSOCKET_BLOCK, () => null, 'Expected websocket to be a map')),
  later(blockKey(['mqtt'], MQTT_BLOCK, () => null, 'Expected mqtt to be a map')),
  later(blockKey(['proxies'], PROXIES_BLOCK, () => null, 'expected proxies to be a map/struct')),
  later(booleanKey(['proxy_protocol'])),
];

function readHeaders(_draft: null, value: ConfigValue, { position, findings }: Entry): void {
  if (value.kind !== 'map') {
    return findings.error(position, `error parsing headers: unsupported type ${goTypeName(value)}`);
  }
  for (const [key, node] of value.entries) {
    if (node.value.kind === 'string') continue;
    findings.error(node.position, `error parsing header key ${key}: unsupported type ${goTypeName(node.value)}`);
  }
}

/** Compat: opts.go, parseSimpleAuth: any kind of timeout is accepted. */
function authenticationBlock(path: string): BlockRule<null> {
  return blockRule(path, [
    textKey(['user', 'username']),
    textKey(['password', 'pass']),
    textKey(['token']),
    valueKey<null>(['timeout'], (_draft: null, _value: ConfigValue) => undefined),
  ]);
}
