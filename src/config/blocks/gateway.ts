// The clusters that this one forms a super-cluster with: `gateway`, as `-t` judges it. Nothing is kept yet.
// Compat: opts.go, parseGateway and parseGateways.
import { goTypeName, shownValue } from '../config_node.ts';
import { blockRule, blocksKey, booleanKey, durationKey, integerKey, textKey } from '../schema.ts';
import { linkAuthorizationKey } from './authorization.ts';
import { checkClusterName } from './cluster.ts';
import { writeTimeoutKey } from './limits.ts';
import { addressKey } from './listen.ts';
import { tlsKey } from './tls.ts';
import { urlKey, urlsKey } from './urls.ts';

const REMOTE_GATEWAY_BLOCK = blockRule<null>('gateway.gateways', [
  textKey(['name']),
  tlsKey(),
  urlKey('url', 'gateway'),
  urlsKey('urls', 'gateway'),
]);

export const GATEWAY_BLOCK = blockRule<null>('gateway', [
  textKey(['name'], (_draft, name, entry) => checkClusterName(name, 'gateway', entry)),
  addressKey(['listen']),
  integerKey(['port']),
  textKey(['host', 'net']),
  linkAuthorizationKey('Gateway'),
  tlsKey(),
  textKey(['advertise']),
  integerKey(['connect_retries']),
  booleanKey(['connect_backoff']),
  blocksKey(['gateways'], REMOTE_GATEWAY_BLOCK, {
    notAnArray: (value) => `Expected gateways field to be an array, got ${goTypeName(value)}`,
    notABlock: (value) => `Expected gateway entry to be a map/struct, got ${shownValue(value)}`,
    inner: () => null,
  }),
  booleanKey(['reject_unknown', 'reject_unknown_cluster']),
  durationKey(['write_deadline']),
  writeTimeoutKey(),
]);
