// Who may connect: `authorization { user, password, token, users, timeout }`. The callout is declared (permissions.ts) and
// comes later.
import { parseDuration, SECOND } from '../../base/duration.ts';
import type { ConfigValue } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import { GLOBAL_ACCOUNT, type PermissionOptions } from '../identity_options.ts';
import type { OptionsDraft } from '../options_draft.ts';
import {
  type BlockRule,
  blockRule,
  booleanKey,
  type Entry,
  type KeyRule,
  later,
  readBlock,
  textKey,
  valueKey,
  wrongKind,
} from '../schema.ts';
import { authCalloutKey, type CalloutDraft } from './auth_callout.ts';
import { permissionsKey } from './permissions.ts';
import { addUsers, type ReadUser, usersKey, withDefaultPermissions } from './users.ts';

/** What one such block says: the server's own, or that of a link. */
export interface AuthorizationDraft {
  user: string;
  password: string;
  token: string;
  timeoutSeconds: number;
  /** Null: there is no array of users. */
  users: readonly ReadUser[] | null;
  defaultPermissions: PermissionOptions | null;
  /** Null: there is none, or what is wrong with it was reported. */
  callout: CalloutDraft | null;
}

const TIMEOUT_SECONDS_HIGH = 60;

/** `path` is what stands in front of its keys in messages. */
export function authorizationBlock(path: string): BlockRule<AuthorizationDraft> {
  return blockRule(path, [
    textKey(['user', 'username'], (draft, user) => {
      draft.user = user;
    }),
    textKey(['password', 'pass'], (draft, password) => {
      draft.password = password;
    }),
    textKey(['token'], (draft, token) => {
      draft.token = token;
    }),
    timeoutKey('authorization', (draft, seconds) => {
      draft.timeoutSeconds = seconds;
    }),
    usersKey((draft, users) => {
      draft.users = users;
    }),
    permissionsKey(['default_permissions', 'default_permission', 'permissions'], (draft, permissions) => {
      draft.defaultPermissions = permissions;
    }),
    later(
      authCalloutKey((draft, callout) => {
        draft.callout = callout;
      }),
    ),
    later(booleanKey(['proxy_required'])),
  ]);
}

const SERVER_AUTHORIZATION = authorizationBlock('authorization');

export const AUTHORIZATION_KEYS: readonly KeyRule<OptionsDraft>[] = [
  valueKey(['authorization'], (draft, value, entry) => {
    const said = readAuthorization(SERVER_AUTHORIZATION, value, entry);
    if (said === null) return;
    const { position, findings } = entry;
    draft.hasAuthorization = true;
    const hasUsers = said.users !== null || draft.users.length > 0;
    if ((said.user !== '' || said.password !== '') && said.token !== '') {
      findings.error(position, 'Cannot have a user/pass and token');
    } else if (hasUsers && said.user !== '') {
      findings.error(position, 'Can not have a single user/pass and a users array');
    } else if (hasUsers && said.token !== '') {
      findings.error(position, 'Can not have a token and a users array');
    }
    draft.user = said.user;
    draft.password = said.password;
    draft.token = said.token;
    draft.authTimeoutSeconds = said.timeoutSeconds;
    const allowed = said.callout?.allowedAccounts ?? [];
    findings.whenRead(() => {
      const unknown = allowed.filter((name) => !isConfiguredAccount(draft, name));
      for (const name of unknown) {
        findings.error(null, `auth_callout allowed account ${goQuote(name)} not found in configured accounts`);
      }
    });
    addUsers(draft.users, withDefaultPermissions(said.users ?? [], said.defaultPermissions), GLOBAL_ACCOUNT, entry);
  }),
];

/** Mappings at the top of the file are those of the global account. */
function isConfiguredAccount({ accounts, mappings }: OptionsDraft, name: string): boolean {
  return accounts.some((account) => account.name === name) || (name === GLOBAL_ACCOUNT && mappings.length > 0);
}

/** The authorization of a link, which knows no users and no tokens. `link` is `Cluster` or `Gateway`. */
export function linkAuthorizationKey(
  link: string,
  /** Looks at the permissions, where they are given. */
  checkPermissions: (permissions: PermissionOptions, entry: Entry) => void = () => undefined,
): KeyRule<null> {
  const block = authorizationBlock(`${link.toLowerCase()}.authorization`);
  return valueKey(['authorization'], (_draft, value, entry) => {
    const said = readAuthorization(block, value, entry);
    if (said === null) return;
    const { position, findings } = entry;
    if (said.users !== null) findings.error(position, `${link} authorization does not allow multiple users`);
    else if (said.token !== '') findings.error(position, `${link} authorization does not support tokens`);
    else if (said.callout !== null) findings.error(position, `${link} authorization does not support callouts`);
    else if (said.defaultPermissions !== null) checkPermissions(said.defaultPermissions, entry);
  });
}

function readAuthorization(
  block: BlockRule<AuthorizationDraft>,
  value: ConfigValue,
  entry: Entry,
): AuthorizationDraft | null {
  if (value.kind !== 'map') {
    wrongKind(entry, 'a block');
    return null;
  }
  const said: AuthorizationDraft = {
    user: '',
    password: '',
    token: '',
    timeoutSeconds: 0,
    users: null,
    defaultPermissions: null,
    callout: null,
  };
  readBlock(block, value, said, entry.findings);
  return said;
}

/** Seconds from a number or a duration. `where` stands in messages. Compat: opts.go, parseAuthorization. */
export function timeoutKey<Draft>(
  where: string,
  set: (draft: Draft, seconds: number) => void,
  { warnsWhenHigh = true } = {},
): KeyRule<Draft> {
  return valueKey(['timeout'], (draft, value, { key, position, findings }) => {
    let seconds = 0;
    if (value.kind === 'integer' || value.kind === 'float') seconds = Number(value.value);
    else if (value.kind === 'string') {
      const duration = parseDuration(value.value);
      if (!duration.ok) return findings.error(position, `error parsing ${where} config, 'timeout' ${duration.error}`);
      seconds = Number(duration.value) / Number(SECOND);
    } else return findings.error(position, `error parsing ${where} config, 'timeout' wrong type`);
    if (seconds > TIMEOUT_SECONDS_HIGH && warnsWhenHigh) {
      const much = `timeout of ${value.value} (${seconds.toFixed(6)} seconds) is high`;
      const advice = `possibly caused by unquoted duration; use '1m' instead of 1m, for example`;
      const text = `${much}, consider keeping it under 60 seconds. ${advice}`;
      findings.warning(position, `invalid use of field ${goQuote(key)}: ${text}`);
    }
    set(draft, seconds);
  });
}
