// The servers that this one forms a cluster with: `cluster`, as `-t` judges it. Nothing is kept yet.
// Compat: opts.go, parseCluster.
import { isValidSubject } from '../../subject/subject.ts';
import { goQuote } from '../go_text.ts';
import type { PermissionOptions } from '../identity_options.ts';
import { blockRule, booleanKey, durationKey, type Entry, integerKey, textKey, textsKey } from '../schema.ts';
import { linkAuthorizationKey } from './authorization.ts';
import { compressionKey } from './compression.ts';
import { writeTimeoutKey } from './limits.ts';
import { addressKey } from './listen.ts';
import { permissionsKey } from './permissions.ts';
import { tlsKey } from './tls.ts';
import { urlsKey } from './urls.ts';

/** What leaf nodes without a cluster have instead of its name. */
const NAME_RESERVED = '_';
const PING_INTERVAL_MS_MAX = 30_000;

export const CLUSTER_BLOCK = blockRule<null>('cluster', [
  textKey(['name'], (_draft, name, entry) => checkClusterName(name, 'cluster', entry)),
  addressKey(['listen']),
  integerKey(['port']),
  textKey(['host', 'net']),
  linkAuthorizationKey('Cluster', (permissions, entry) => {
    if (!checkPermissions(permissions, entry)) return;
    const { key, position, findings } = entry;
    const advice = 'setting "permissions" within cluster authorization block is deprecated';
    findings.warning(position, `invalid use of field ${goQuote(key)}: ${advice}`);
  }),
  urlsKey('routes', 'route'),
  tlsKey(),
  textKey(['cluster_advertise', 'advertise']),
  booleanKey(['no_advertise']),
  integerKey(['connect_retries']),
  booleanKey(['connect_backoff']),
  permissionsKey(['permissions'], (_draft, permissions, entry) => {
    if (permissions.responses === null) checkPermissions(permissions, entry);
    else entry.findings.error(entry.position, 'Cluster permissions do not support dynamic responses');
  }),
  integerKey(['pool_size']),
  textsKey(['accounts']),
  compressionKey(),
  durationKey(['ping_interval'], (_draft, ms, { position, findings }) => {
    if (ms <= PING_INTERVAL_MS_MAX) return;
    findings.warning(position, `Cluster 'ping_interval' will reset to 30s which is the max for routes`);
  }),
  integerKey(['ping_max']),
  durationKey(['write_deadline']),
  writeTimeoutKey(),
]);

/** `what` is `cluster` or `gateway`: both are names of clusters. */
export function checkClusterName(name: string, what: string, { position, findings }: Entry): void {
  if (name.includes(' ')) findings.error(position, `${what} name cannot contain spaces`);
  else if (name === NAME_RESERVED) findings.error(position, 'cluster name is reserved');
}

/** What subscriptions know as a queue group, routes do not. False when it was reported. */
function checkPermissions({ publish, subscribe }: PermissionOptions, { position, findings }: Entry): boolean {
  const lists = [
    ['import allow', publish?.allow],
    ['import deny', publish?.deny],
    ['export allow', subscribe?.allow],
    ['export deny', subscribe?.deny],
  ] as const;
  for (const [what, subjects] of lists) {
    const wrong = subjects?.find((subject) => !isValidSubject(subject));
    if (wrong === undefined) continue;
    findings.error(position, `cluster ${what}: subject ${goQuote(wrong)} is not a valid subject`);
    return false;
  }
  return true;
}
