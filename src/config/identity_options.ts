// Identities of a configuration: users, their permissions, and accounts with their limits, as Options carry them. The
// blocks make them, app/ gives each room its part.
import type { SharingRules } from '../subject/sharing.ts';

/** Null allows everything; an empty list of allowed subjects allows nothing. */
export interface SubjectPermissionOptions {
  readonly allow: readonly string[] | null;
  readonly deny: readonly string[];
}

export interface ResponsePermissionOptions {
  /** Below zero: as many as they like. */
  readonly messagesMax: number;
  /** Below zero: for ever. */
  readonly expiresMs: number;
}

export interface PermissionOptions {
  readonly publish: SubjectPermissionOptions | null;
  readonly subscribe: SubjectPermissionOptions | null;
  readonly responses: ResponsePermissionOptions | null;
}

export interface UserOptions {
  /** The name, or the public key of an NKey user. */
  readonly name: string;
  /** Plain or a bcrypt hash; null for NKey users. */
  readonly password: string | null;
  /** `$G` for users of the authorization block. */
  readonly account: string;
  /** Null: everything is allowed. */
  readonly permissions: PermissionOptions | null;
  /** In upper case; empty: all. */
  readonly connectionTypes: readonly string[];
}

/** -1: no limit. */
export interface AccountLimitOptions {
  readonly connectionsMax: number;
  readonly subscriptionsMax: number;
  readonly payloadMax: number;
  readonly leafNodesMax: number;
}

/** -1: no limit. */
export interface AccountJetStreamOptions {
  readonly memoryBytesMax: number;
  readonly storeBytesMax: number;
  readonly streamsMax: number;
  readonly consumersMax: number;
  readonly ackPendingMax: number;
  readonly memoryStreamBytesMax: number;
  readonly storeStreamBytesMax: number;
  readonly requiresMaxBytes: boolean;
}

export interface AccountOptions {
  readonly name: string;
  /** Its public key, or null. */
  readonly nkey: string | null;
  readonly limits: AccountLimitOptions;
  /** Null: it has no JetStream of its own. */
  readonly jetstream: AccountJetStreamOptions | null;
  /** What it exports, imports and maps. */
  readonly sharing: SharingRules;
}

export const GLOBAL_ACCOUNT = '$G';

export const ACCOUNT_LIMITS_NONE: AccountLimitOptions = {
  connectionsMax: -1,
  subscriptionsMax: -1,
  payloadMax: -1,
  leafNodesMax: -1,
};

export const ACCOUNT_JETSTREAM_UNLIMITED: AccountJetStreamOptions = {
  memoryBytesMax: -1,
  storeBytesMax: -1,
  streamsMax: -1,
  consumersMax: -1,
  ackPendingMax: -1,
  memoryStreamBytesMax: -1,
  storeStreamBytesMax: -1,
  requiresMaxBytes: false,
};
