// Accounts with their users and limits, and the keys about them at the top of the file. What they share is sharing.ts.
// Compat: opts.go, parseAccounts, parseJetStreamForAccount, parseAccountLimits.
import { decodeNkey, NKEY_ACCOUNT } from '../../base/nkey.ts';
import { type NamedSharing, NOTHING_SHARED } from '../../subject/sharing.ts';
import { type ConfigMap, type ConfigValue, goTypeName, shownValue } from '../config_node.ts';
import type { Findings } from '../findings.ts';
import { goQuote } from '../go_text.ts';
import {
  ACCOUNT_JETSTREAM_UNLIMITED,
  ACCOUNT_LIMITS_NONE,
  type AccountJetStreamOptions,
  type AccountLimitOptions,
  GLOBAL_ACCOUNT,
  type PermissionOptions,
} from '../identity_options.ts';
import type { OptionsDraft } from '../options_draft.ts';
import {
  blockRule,
  booleanKey,
  type Entry,
  inert,
  integerKey,
  type KeyRule,
  later,
  readBlock,
  textKey,
  textMapKey,
  valueKey,
} from '../schema.ts';
import { messageTraceKey } from './message_trace.ts';
import { permissionsKey } from './permissions.ts';
import { checkSharing, emptySharing, mappingsKey, type SharingDraft, sharingKeys } from './sharing.ts';
import { addUsers, type ReadUser, usersKey, withDefaultPermissions } from './users.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface AccountDraft {
  readonly name: string;
  nkey: string | null;
  readonly limits: Writable<AccountLimitOptions>;
  jetstream: AccountJetStreamOptions | null;
  users: readonly ReadUser[];
  /** Where the users stand. */
  usersEntry: Entry | null;
  defaultPermissions: PermissionOptions | null;
  readonly sharing: SharingDraft;
}

const LIMITS_BLOCK = blockRule<Writable<AccountLimitOptions>>(
  '',
  [
    limitKey(['max_connections', 'max_conn'], 'connectionsMax'),
    limitKey(['max_subscriptions', 'max_subs'], 'subscriptionsMax'),
    limitKey(['max_payload', 'max_pay'], 'payloadMax'),
    limitKey(['max_leafnodes', 'max_leafs'], 'leafNodesMax'),
  ],
  (key) => `Unknown field ${goQuote(key)} parsing account limits`,
);

const JETSTREAM_BLOCK = blockRule<Writable<AccountJetStreamOptions>>('accounts.jetstream', [
  limitKey(['max_memory', 'max_mem', 'mem', 'memory'], 'memoryBytesMax'),
  limitKey(['max_store', 'max_file', 'max_disk', 'store', 'disk'], 'storeBytesMax'),
  limitKey(['max_streams', 'streams'], 'streamsMax'),
  limitKey(['max_consumers', 'consumers'], 'consumersMax'),
  booleanKey(['max_bytes_required', 'max_stream_bytes', 'max_bytes'], (draft, isRequired) => {
    draft.requiresMaxBytes = isRequired;
  }),
  limitKey(['mem_max_stream_bytes', 'memory_max_stream_bytes'], 'memoryStreamBytesMax'),
  limitKey(['disk_max_stream_bytes', 'store_max_stream_bytes'], 'storeStreamBytesMax'),
  limitKey(['max_ack_pending'], 'ackPendingMax'),
  // Which account carries the traffic of a cluster.
  inert(
    textKey(['cluster_traffic'], (_draft, traffic, { key, position, findings }) => {
      if (traffic === 'system' || traffic === 'owner' || traffic === '') return;
      findings.error(position, `Expected 'system' or 'owner' string value for ${goQuote(key)}, got ${traffic}`);
    }),
  ),
]);

const ACCOUNT_BLOCK = blockRule<AccountDraft>('accounts', [
  valueKey(['nkey'], (draft, value, { position, findings }) => {
    if (value.kind === 'string' && decodeNkey(NKEY_ACCOUNT, value.value) !== null) draft.nkey = value.value;
    else findings.error(position, `Not a valid public nkey for an account: ${goQuote(shownValue(value))}`);
  }),
  ...sharingKeys<AccountDraft>((draft) => draft.sharing),
  valueKey(['jetstream'], readJetStream),
  usersKey((draft, users, entry) => {
    draft.users = users;
    draft.usersEntry = entry;
  }),
  permissionsKey(['default_permissions'], (draft, permissions) => {
    draft.defaultPermissions = permissions;
  }),
  valueKey(['limits'], (draft, value, { position, findings }) => {
    if (value.kind === 'map') readBlock(LIMITS_BLOCK, value, draft.limits, findings);
    else findings.error(position, `Expected account limits to be a map/struct, got ${shownValue(value)}`);
  }),
  later(messageTraceKey()),
]);

export const ACCOUNT_KEYS: readonly KeyRule<OptionsDraft>[] = [
  valueKey(['accounts'], readAccounts),
  mappingsKey((draft) => draft.mappings),
  textKey(['no_auth_user'], (draft, user) => {
    draft.noAuthUser = user;
  }),
  later(textKey(['default_sentinel']), isEmptyText),
  systemAccountKey('system_account'),
  systemAccountKey('system'),
  booleanKey(['no_system_account', 'no_system', 'no_sys_acc'], (draft, isOff) => {
    draft.hasNoSystemAccount = isOff;
  }),
  later(textMapKey(['default_js_domain'], 'error default_js_domain config')),
];

/** Of the two names the longer one wins. */
function systemAccountKey(name: 'system_account' | 'system'): KeyRule<OptionsDraft> {
  return valueKey([name], (draft, value, { position, findings }) => {
    if (value.kind !== 'string') return findings.error(position, 'system account name must be a string');
    if (name === 'system_account' || draft.systemAccount === null) draft.systemAccount = value.value;
  });
}

function readAccounts(draft: OptionsDraft, value: ConfigValue, entry: Entry): void {
  const { findings } = entry;
  if (value.kind === 'map') return readAccountMap(draft, value, entry);
  if (value.kind !== 'array') return;
  const seen = new Set<string>();
  for (const { value: name, position } of value.items) {
    if (name.kind !== 'string') findings.error(position, `an account's name must be a string`);
    else if (name.value === GLOBAL_ACCOUNT) findings.error(position, `${goQuote(name.value)} is a Reserved Account`);
    else if (seen.has(name.value)) findings.error(position, `Duplicate Account Entry: ${name.value}`);
    else {
      seen.add(name.value);
      draft.accounts.push({
        name: name.value,
        nkey: null,
        limits: ACCOUNT_LIMITS_NONE,
        jetstream: null,
        sharing: NOTHING_SHARED,
      });
    }
  }
}

function readAccountMap(draft: OptionsDraft, accounts: ConfigMap, { position, findings }: Entry): void {
  const shared: NamedSharing[] = [];
  for (const [name, node] of accounts.entries) {
    if (node.isUsedAsVariable) continue;
    if (node.value.kind !== 'map') findings.error(node.position, 'Expected map entries for accounts');
    else if (name === GLOBAL_ACCOUNT) findings.error(node.position, `${goQuote(name)} is a Reserved Account`);
    else shared.push({ name, sharing: readAccount(draft, name, node.value, findings) });
  }
  if (findings.errors.length === 0) checkSharing(shared, !draft.hasNoSystemAccount, position, findings);
}

function readAccount(draft: OptionsDraft, name: string, value: ConfigMap, findings: Findings): SharingDraft {
  const account: AccountDraft = {
    name,
    nkey: null,
    limits: { ...ACCOUNT_LIMITS_NONE },
    jetstream: null,
    users: [],
    usersEntry: null,
    defaultPermissions: null,
    sharing: emptySharing(),
  };
  readBlock(ACCOUNT_BLOCK, value, account, findings);
  const { nkey, limits, jetstream, sharing } = account;
  draft.accounts.push({ name, nkey, limits, jetstream, sharing });
  takeUsers(draft, account);
  return sharing;
}

function takeUsers(draft: OptionsDraft, { name, users, usersEntry, defaultPermissions }: AccountDraft): void {
  if (users.length === 0 || usersEntry === null) return;
  const { position, findings } = usersEntry;
  if ((draft.user ?? '') !== '') findings.error(position, 'Can not have a single user/pass and accounts');
  else if ((draft.token ?? '') !== '') findings.error(position, 'Can not have a token and accounts');
  else addUsers(draft.users, withDefaultPermissions(users, defaultPermissions), name, usersEntry);
}

function readJetStream(draft: AccountDraft, value: ConfigValue, { position, findings }: Entry): void {
  if (value.kind === 'map') {
    const jetstream = { ...ACCOUNT_JETSTREAM_UNLIMITED };
    readBlock(JETSTREAM_BLOCK, value, jetstream, findings);
    draft.jetstream = jetstream;
    return;
  }
  if (value.kind === 'boolean') {
    if (value.value) draft.jetstream = ACCOUNT_JETSTREAM_UNLIMITED;
    return;
  }
  if (value.kind !== 'string') {
    return findings.error(position, `Expected map, bool or string to define JetStream, got ${goTypeName(value)}`);
  }
  if (/^enabled?$/i.test(value.value)) draft.jetstream = ACCOUNT_JETSTREAM_UNLIMITED;
  else if (/^disabled?$/i.test(value.value)) draft.jetstream = null;
  else findings.error(position, `Expected 'enabled' or 'disabled' for string value, got '${value.value}'`);
}

/** A number that is a limit; -1 is none. */
function limitKey<Key extends string>(names: readonly string[], limit: Key): KeyRule<Record<Key, number>> {
  return integerKey(names, (draft, count) => {
    draft[limit] = count;
  });
}

function isEmptyText(value: ConfigValue): boolean {
  return value.kind === 'string' && value.value === '';
}
