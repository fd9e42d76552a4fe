// Leaf nodes: where this server takes them, and the servers that it is one of (leaf_remote.ts), as `-t` judges them. Nothing
// is kept yet.
// Compat: opts.go, parseLeafNodes, parseLeafAuthorization, parseLeafUsers; leafnode.go, validateLeafNodeAuthOptions.
import { decodeNkey, NKEY_USER } from '../../base/nkey.ts';
import { goTypeName, shownValue } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import {
  blockRule,
  blocksKey,
  booleanKey,
  durationKey,
  integerKey,
  readBlock,
  textKey,
  valueKey,
  wrongKind,
} from '../schema.ts';
import { timeoutKey } from './authorization.ts';
import { compressionKey } from './compression.ts';
import { emptyLeafRemote, finishLeafRemote, leafRemoteName, REMOTE_LEAF_BLOCK } from './leaf_remote.ts';
import { writeTimeoutKey } from './limits.ts';
import { addressKey } from './listen.ts';
import { tlsKey } from './tls.ts';

interface LeafUserDraft {
  name: string;
}

interface LeafAuthorizationDraft {
  user: string;
  nkey: string;
  users: readonly LeafUserDraft[];
}

const LEAF_USER_BLOCK = blockRule<LeafUserDraft>('leafnodes.authorization.users', [
  textKey(['user', 'username'], (draft, name) => {
    draft.name = name;
  }),
  textKey(['password', 'pass']),
  textKey(['account']),
  booleanKey(['proxy_required']),
]);

const LEAF_AUTHORIZATION_BLOCK = blockRule<LeafAuthorizationDraft>('leafnodes.authorization', [
  textKey(['user', 'username'], (draft, user) => {
    draft.user = user;
  }),
  textKey(['password', 'pass']),
  textKey(['nkey'], (draft, nkey, { position, findings }) => {
    draft.nkey = nkey;
    if (decodeNkey(NKEY_USER, nkey) === null) {
      findings.error(position, 'Not a valid public nkey for leafnode authorization');
    }
  }),
  timeoutKey('leafnode authorization', () => undefined),
  blocksKey(['users'], LEAF_USER_BLOCK, {
    notAnArray: (value) => `Expected users field to be an array, got ${shownValue(value)}`,
    notABlock: (value) => `Expected user entry to be a map/struct, got ${shownValue(value)}`,
    inner: () => ({ name: '' }),
    allRead: (draft, users) => {
      draft.users = users;
    },
  }),
  textKey(['account']),
  booleanKey(['proxy_required']),
]);

export const LEAFNODES_BLOCK = blockRule<null>('leafnodes', [
  addressKey(['listen']),
  integerKey(['port']),
  textKey(['host', 'net']),
  valueKey(['authorization'], (_draft, value, entry) => {
    if (value.kind !== 'map') return wrongKind(entry, 'a block');
    const said: LeafAuthorizationDraft = { user: '', nkey: '', users: [] };
    readBlock(LEAF_AUTHORIZATION_BLOCK, value, said, entry.findings);
    const fault = authorizationFault(said);
    if (fault !== null) entry.findings.error(entry.position, fault);
  }),
  blocksKey(['remotes'], REMOTE_LEAF_BLOCK, {
    notAnArray: (value) => `Expected remotes field to be an array, got ${goTypeName(value)}`,
    notABlock: (value) => `Expected remote leafnode entry to be a map/struct, got ${shownValue(value)}`,
    inner: emptyLeafRemote,
    itemRead: finishLeafRemote,
    allRead: (_draft, remotes, { position, findings }) => {
      const names = new Set<string>();
      for (const remote of remotes) {
        if (!remote.isValid) continue;
        const name = leafRemoteName(remote, false);
        const where = remote.position ?? position;
        if (names.has(name)) findings.error(where, `duplicate remote ${leafRemoteName(remote, true)}`);
        names.add(name);
      }
    },
  }),
  durationKey(['reconnect_interval', 'reconnect', 'reconnect_delay'], undefined, 'reconnect'),
  durationKey(['dial_timeout'], undefined, 'dial_timeout'),
  tlsKey('tls', undefined, { isClientFacing: true }),
  textKey(['leafnode_advertise', 'advertise']),
  booleanKey(['no_advertise']),
  textKey(['min_version', 'minimum_version'], (_draft, version, { position, findings }) => {
    const fault = minVersionFault(version);
    if (fault !== null) findings.error(position, fault);
  }),
  compressionKey(),
  booleanKey(['isolate_leafnode_interest', 'isolate']),
  durationKey(['write_deadline'], undefined, 'write_deadline'),
  writeTimeoutKey(),
]);

function authorizationFault({ user, nkey, users }: LeafAuthorizationDraft): string | null {
  if (users.length === 0) return null;
  if (user !== '') return 'can not have a single user/pass and a users array';
  if (nkey !== '') return 'can not have a single nkey and a users array';
  const twice = users.find(({ name }, i) => users.findIndex((other) => other.name === name) < i);
  return twice === undefined ? null : `duplicate user ${goQuote(twice.name)} detected in leafnode authorization`;
}

const SEMANTIC_VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;
/** 2.8.0: the first whose leaf nodes say their version. */
const MINOR_MIN = 8;

function minVersionFault(version: string): string | null {
  const [, major, minor] = SEMANTIC_VERSION.exec(version) ?? [];
  if (major === undefined) return `invalid leafnode's minimum version: invalid semver`;
  const isEnough = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= MINOR_MIN);
  return isEnough ? null : 'the minimum version should be at least 2.8.0';
}
