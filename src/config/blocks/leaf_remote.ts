// One server that this one is a leaf node of: an entry of `leafnodes.remotes`, as `-t` judges it.
// Compat: opts.go, parseRemoteLeafNodes; leafnode.go, validateLeafNodeProxyOptions.
import { type GoUrl, goUrlText, parseGoUrl } from '../../base/go_url.ts';
import { decodeNkeySeed, NKEY_USER } from '../../base/nkey.ts';
import type { ConfigPosition } from '../config_error.ts';
import { type ConfigValue, goTypeName, shownValue } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import { GLOBAL_ACCOUNT } from '../identity_options.ts';
import {
  type BlockPlace,
  blockKey,
  blockRule,
  booleanKey,
  durationKey,
  type Entry,
  entryOf,
  readDuration,
  textKey,
  valueKey,
  wrongKind,
} from '../schema.ts';
import { compressionKey } from './compression.ts';
import { subjectsKey } from './permissions.ts';
import { tlsKey } from './tls.ts';
import { readUrl, readUrls } from './urls.ts';

export interface LeafRemoteDraft {
  account: string;
  urls: readonly GoUrl[];
  credentials: string;
  nkey: string;
  hasTls: boolean;
  readonly proxy: ProxyDraft;
  /** Where it ends. */
  position: ConfigPosition | null;
  /** False when something about it as a whole was reported. */
  isValid: boolean;
}

interface ProxyDraft {
  /** Where it stands, when there is one. */
  position: ConfigPosition | null;
  url: string;
  user: string;
  password: string;
  timeoutMs: number;
  hasTls: boolean;
  tlsTimeoutSeconds: number;
}

/** Of TLS, what one side of a connection to a proxy can use. */
const PROXY_TLS_KEYS = new Set(
  `cert_file key_file ca_file insecure cipher_suites allow_insecure_cipher_suites curve_preferences min_version timeout
  cert_store cert_match_by cert_match cert_match_skip_invalid ca_certs_match certs certificates`.split(/\s+/),
);

const NOT_BOTH = 'Remote leafnode can not have both creds and nkey defined';

const PROXY_TLS = tlsKey<ProxyDraft>(
  'tls',
  (draft, { timeoutSeconds }) => {
    draft.hasTls = true;
    draft.tlsTimeoutSeconds = timeoutSeconds;
  },
  { isClientFacing: true },
);

const PROXY_BLOCK = blockRule<ProxyDraft>('leafnodes.remotes.proxy', [
  textKey(['url'], (draft, url) => {
    draft.url = url;
  }),
  textKey(['username'], (draft, user) => {
    draft.user = user;
  }),
  textKey(['password'], (draft, password) => {
    draft.password = password;
  }),
  durationKey(
    ['timeout'],
    (draft, ms) => {
      draft.timeoutMs = ms;
    },
    'proxy timeout',
  ),
  valueKey(['tls'], readProxyTls),
]);

export const REMOTE_LEAF_BLOCK = blockRule<LeafRemoteDraft>('leafnodes.remotes', [
  booleanKey(['no_randomize', 'dont_randomize']),
  valueKey(['urls', 'url'], readLeafUrls),
  textKey(['account', 'local'], (draft, account) => {
    draft.account = account;
  }),
  textKey(['credentials', 'creds'], (draft, file, { position, findings }) => {
    if (draft.nkey !== '') findings.error(position, NOT_BOTH);
    else draft.credentials = file;
  }),
  textKey(['nkey', 'seed'], (draft, seed, { position, findings }) => {
    if (decodeNkeySeed(seed)?.prefix !== NKEY_USER) {
      findings.error(position, `Remote leafnode nkey is not a valid seed: ${goQuote(seed)}`);
    } else if (draft.credentials !== '') findings.error(position, NOT_BOTH);
    else draft.nkey = seed;
  }),
  tlsKey(
    'tls',
    (draft) => {
      draft.hasTls = true;
    },
    { isClientFacing: true },
  ),
  booleanKey(['hub']),
  subjectsKey(['deny_imports', 'deny_import']),
  subjectsKey(['deny_exports', 'deny_export']),
  booleanKey(['ws_compression', 'ws_compress', 'websocket_compress', 'websocket_compression']),
  booleanKey(['ws_no_masking', 'websocket_no_masking']),
  valueKey(['jetstream_cluster_migrate', 'js_cluster_migrate'], readMigrate),
  booleanKey(['isolate_leafnode_interest', 'isolate']),
  booleanKey(['request_isolation']),
  compressionKey(),
  durationKey(['first_info_timeout']),
  durationKey(['dial_timeout']),
  booleanKey(['disabled']),
  valueKey(['proxy'], (draft, value, entry) => {
    if (value.kind === 'map') draft.proxy.position = entry.position;
    PROXY.read(entry, draft);
  }),
  booleanKey(['ignore_discovered_servers']),
]);

const PROXY = blockKey<LeafRemoteDraft, ProxyDraft>(
  ['proxy'],
  PROXY_BLOCK,
  (draft) => draft.proxy,
  'Expected proxy to be a map',
);

export function emptyLeafRemote(): LeafRemoteDraft {
  const proxy = { position: null, url: '', user: '', password: '', timeoutMs: 0, hasTls: false, tlsTimeoutSeconds: 0 };
  return { account: '', urls: [], credentials: '', nkey: '', hasTls: false, proxy, position: null, isValid: true };
}

/** What can be said only when all of its keys are known. */
export function finishLeafRemote(remote: LeafRemoteDraft, { position, findings }: BlockPlace): void {
  remote.position = position;
  const fault = proxyFault(remote);
  if (fault === null) return;
  findings.error(remote.proxy.position, fault);
  remote.isValid = false;
}

/** No two remotes may have the same. */
export function leafRemoteName({ account, urls, credentials, nkey }: LeafRemoteDraft, hidesSecrets: boolean): string {
  const shown = urls.map((url) => goQuote(goUrlText(url, hidesSecrets))).join(' ');
  let identity = '';
  if (credentials !== '') identity = `, credentials=${goQuote(credentials)}`;
  else if (nkey !== '') identity = `, nkey=${goQuote(hidesSecrets ? '[REDACTED]' : nkey)}`;
  return `urls=[${shown}], account=${goQuote(account || GLOBAL_ACCOUNT)}${identity}`;
}

function readLeafUrls(draft: LeafRemoteDraft, value: ConfigValue, entry: Entry): void {
  if (value.kind === 'string') {
    const url = readUrl(value.value, 'leafnode', entry);
    if (url !== null) draft.urls = [...draft.urls, url];
  } else if (value.kind === 'array') draft.urls = readUrls(value, 'leafnode', entry) ?? [];
  else {
    const text = `Expected remote leafnode url to be an array or string, got ${shownValue(value)}`;
    entry.findings.error(entry.position, text);
  }
}

function readMigrate(_draft: LeafRemoteDraft, value: ConfigValue, { position, findings }: Entry): void {
  if (value.kind === 'boolean') return;
  if (value.kind !== 'map') {
    const type = goTypeName(value);
    return findings.error(position, `Expected boolean or map for jetstream_cluster_migrate, got ${type}`);
  }
  const field = 'leader_migrate_delay';
  const delay = value.entries.get(field);
  if (delay !== undefined) readDuration(entryOf(field, delay, findings), field);
}

function readProxyTls(draft: ProxyDraft, value: ConfigValue, entry: Entry): void {
  if (value.kind !== 'map') return wrongKind(entry, 'a block');
  const other = [...value.entries].filter(([key]) => !PROXY_TLS_KEYS.has(key.toLowerCase()));
  for (const [key, { position }] of other) {
    entry.findings.error(position, `${goQuote(key)} is not supported for proxy TLS`);
  }
  if (other.length === 0) PROXY_TLS.read(entry, draft);
}

function proxyFault({ proxy, urls, hasTls }: LeafRemoteDraft): string | null {
  const { user, password, timeoutMs, tlsTimeoutSeconds } = proxy;
  if (proxy.url === '') {
    const isSaid = user !== '' || password !== '' || timeoutMs !== 0 || proxy.hasTls || tlsTimeoutSeconds !== 0;
    return isSaid ? 'proxy URL must be specified when other proxy options are set' : null;
  }
  const url = parseGoUrl(proxy.url);
  if (!url.ok) return `invalid proxy URL: parse ${goQuote(proxy.url)}: ${url.error}`;
  const { scheme, host } = url.value;
  if (scheme !== 'http' && scheme !== 'https') return `proxy URL scheme must be http or https, got: ${scheme}`;
  if (host === '') return 'proxy URL must specify a host';
  if (proxy.hasTls && scheme !== 'https') return `proxy TLS configuration requires an https proxy URL, got: ${scheme}`;
  if (timeoutMs < 0) return 'proxy timeout must be >= 0';
  if (tlsTimeoutSeconds < 0) return 'proxy TLS timeout must be >= 0';
  if ((user === '') !== (password === '')) {
    return 'proxy username and password must both be specified or both be empty';
  }
  const secure = hasTls ? undefined : urls.find((remote) => remote.scheme === 'wss');
  if (secure === undefined) return null;
  const advice = 'When using proxy with TLS endpoints, ensure TLS is properly configured for the leafnode remote';
  const what = `proxy is configured but remote URL ${goUrlText(secure)} requires TLS and no TLS configuration is provided`;
  return `${what}. ${advice}`;
}
