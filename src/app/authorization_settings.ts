// From the configuration's identities to what the server and JetStream take: who may come in, into which accounts, and
// which of those have JetStream. Pure.
import type { AccountJetStreamOptions } from '../config/identity_options.ts';
import type { Options } from '../config/options.ts';
import { ACCOUNT_UNLIMITED, type AccountLimits } from '../jetstream/limits.ts';
import { GLOBAL_ACCOUNT } from '../server/account.ts';
import type { AuthorizationSettings } from '../server/server.ts';

/** `standInName`: a name that nobody knows, for the user of those who present nothing. */
export function authorizationSettings(options: Options, standInName: string): AuthorizationSettings {
  const { user, password, token, users, noAuthUser } = options.authorization;
  const rules = { user, password, token, users, noAuthUser, mapsCertificates: options.tls?.mapsUsers ?? false };
  const accounts = options.accounts.map(({ name, limits }) => ({ name, limits }));
  const settings = { rules, accounts, systemAccount: options.systemAccount, announcesNoAuthUser: true };
  if (!isSystemAccountAlone(options)) return settings;
  // Whoever only gives the system account a password does not want to lock everybody else out.
  const standIn = {
    name: standInName,
    password: standInName,
    account: GLOBAL_ACCOUNT,
    permissions: null,
    connectionTypes: [],
  };
  const open = { ...rules, users: [...users, standIn], noAuthUser: standInName };
  return { ...settings, rules: open, announcesNoAuthUser: false };
}

/** Nothing is configured but users of the system account. Compat: server.go, configureAccounts, sysAccOnlyNoAuthUser. */
function isSystemAccountAlone({ accounts, systemAccount, authorization }: Options): boolean {
  const [only] = accounts;
  if (accounts.length !== 1 || only?.name !== systemAccount) return false;
  return !authorization.isConfigured && authorization.noAuthUser === null;
}

/**
 * The accounts with JetStream and what they may have: those that say so, or `$G` where there are no others.
 * Compat: jetstream.go, enableJetStreamAccounts.
 */
export function jetStreamAccounts({ accounts, systemAccount }: Options): ReadonlyMap<string, AccountLimits> {
  const others = accounts.filter(({ name }) => name !== systemAccount);
  if (others.length === 0) return new Map([[GLOBAL_ACCOUNT, ACCOUNT_UNLIMITED]]);
  const enabled = new Map<string, AccountLimits>();
  for (const { name, jetstream } of others) if (jetstream !== null) enabled.set(name, accountLimits(jetstream));
  return enabled;
}

function accountLimits(options: AccountJetStreamOptions): AccountLimits {
  return {
    max_memory: options.memoryBytesMax,
    max_storage: options.storeBytesMax,
    max_streams: options.streamsMax,
    max_consumers: options.consumersMax,
    max_ack_pending: options.ackPendingMax,
    memory_max_stream_bytes: options.memoryStreamBytesMax,
    storage_max_stream_bytes: options.storeStreamBytesMax,
    max_bytes_required: options.requiresMaxBytes,
  };
}
