// The users of the authorization block and of accounts: with a name and a password, or with an NKey.
// Compat: opts.go, parseUsers, parseAllowedConnectionTypes.
import { decodeNkey, NKEY_USER } from '../../base/nkey.ts';
import type { ConfigPosition } from '../config_error.ts';
import { type ConfigNode, goTypeName } from '../config_node.ts';
import type { Findings } from '../findings.ts';
import { goQuote } from '../go_text.ts';
import type { PermissionOptions, UserOptions } from '../identity_options.ts';
import {
  blockRule,
  booleanKey,
  type KeyRule,
  later,
  readBlock,
  type Setter,
  textKey,
  textsKey,
  valueKey,
} from '../schema.ts';
import { permissionsKey } from './permissions.ts';

/** A user without its account, which whoever reads the array knows. */
export type ReadUser = Omit<UserOptions, 'account'>;

interface UserDraft {
  name: string;
  password: string;
  nkey: string;
  permissions: PermissionOptions | null;
  connectionTypes: readonly string[];
}

const CONNECTION_TYPES = new Set(['STANDARD', 'WEBSOCKET', 'LEAFNODE', 'LEAFNODE_WS', 'MQTT', 'MQTT_WS', 'IN_PROCESS']);

const USER_BLOCK = blockRule<UserDraft>('users', [
  textKey(['nkey'], (draft, nkey) => {
    draft.nkey = nkey;
  }),
  textKey(['user', 'username'], (draft, name) => {
    draft.name = name;
  }),
  textKey(['password', 'pass'], (draft, password) => {
    draft.password = password;
  }),
  permissionsKey(['permissions', 'permission', 'authorization'], (draft, permissions) => {
    draft.permissions = permissions;
  }),
  textsKey(
    ['allowed_connection_types', 'connection_types', 'clients'],
    (draft, types, { position, findings }) => {
      const upper = types.map((type) => type.toUpperCase());
      const unknown = upper.filter((type) => !CONNECTION_TYPES.has(type));
      draft.connectionTypes = upper.filter((type) => CONNECTION_TYPES.has(type));
      if (unknown.length === 0) return;
      findings.error(position, `invalid connection types [${unknown.map(goQuote).join(' ')}]`);
    },
    'allowed connection types',
  ),
  later(booleanKey(['proxy_required'])),
]);

/** Calls `set` once there is an array, even an empty one. */
export function usersKey<Draft>(set: Setter<Draft, readonly ReadUser[]>): KeyRule<Draft> {
  return valueKey(['users'], (draft, value, entry) => {
    const { position, findings } = entry;
    if (value.kind !== 'array') {
      return findings.error(position, `Expected users field to be an array, got ${goTypeName(value)}`);
    }
    const users: ReadUser[] = [];
    for (const item of value.items) {
      const user = readUser(item, findings);
      if (user !== null) users.push(user);
    }
    set(draft, users, entry);
  });
}

/** Null when it was reported. */
function readUser(item: ConfigNode, findings: Findings): ReadUser | null {
  const { value } = item;
  if (value.kind !== 'map') {
    findings.error(item.position, `Expected user entry to be a map/struct, got ${goTypeName(value)}`);
    return null;
  }
  const user: UserDraft = { name: '', password: '', nkey: '', permissions: null, connectionTypes: [] };
  readBlock(USER_BLOCK, value, user, findings);
  const fault = userFault(user);
  if (fault !== null) {
    const last = [...value.entries.values()].at(-1);
    findings.error(last?.position ?? item.position, fault);
    return null;
  }
  const { permissions, connectionTypes } = user;
  if (user.nkey !== '') return { name: user.nkey, password: null, permissions, connectionTypes };
  return { name: user.name, password: user.password, permissions, connectionTypes };
}

function userFault({ name, password, nkey }: UserDraft): string | null {
  if (name === '' && nkey === '') return 'User entry requires a user';
  if (nkey === '') return null;
  if (decodeNkey(NKEY_USER, nkey) === null) return 'Not a valid public nkey for a user';
  return name !== '' || password !== '' ? 'Nkey users do not take usernames or passwords' : null;
}

/** Users who said nothing of their own get what is the default of their block. */
export function withDefaultPermissions(
  users: readonly ReadUser[],
  permissions: PermissionOptions | null,
): readonly ReadUser[] {
  return users.map((user) => (user.permissions === null ? { ...user, permissions } : user));
}

/** Adds the users of one block to all: names and keys are unique in the whole configuration. */
export function addUsers(
  all: UserOptions[],
  users: readonly ReadUser[],
  account: string,
  where: { readonly position: ConfigPosition; readonly findings: Findings },
): void {
  for (const user of users) {
    if (all.some(({ name }) => name === user.name)) {
      const what = user.password === null ? 'nkey' : 'user';
      where.findings.error(where.position, `Duplicate ${what} ${goQuote(user.name)} detected`);
    } else all.push({ ...user, account });
  }
}
