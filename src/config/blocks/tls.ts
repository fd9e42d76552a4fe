// The `tls` block of every listener and link: what a side shows, whom it believes, which suites, curves and versions it
// agrees to, and how the handshake goes. The files are looked at when all is read, as in the reference.
// Compat: opts.go, parseTLS and GenTLSConfig.
import { parseDuration } from '../../base/duration.ts';
import { CIPHER_SUITES, CURVES } from '../../base/tls_names.ts';
import { type ConfigMap, type ConfigNode, type ConfigValue, goTypeName } from '../config_node.ts';
import type { Findings } from '../findings.ts';
import { goQuote } from '../go_text.ts';
import {
  blockRule,
  booleanKey,
  type Entry,
  integerKey,
  type KeyRule,
  later,
  milliseconds,
  readBlock,
  type Setter,
  textKey,
  valueKey,
  wrongKind,
} from '../schema.ts';
import { certificatesOf, emptyTlsDraft, type TlsCertificateDraft, type TlsDraft } from '../tls_draft.ts';
import { timeoutKey } from './authorization.ts';

const FALLBACK_MS_DEFAULT = 50;
const KEY_ID = /^[0-9a-f]{64}$/;
const KEY_ID_FORM = 'hex-encoded sha256 of DER encoded SubjectPublicKeyInfo';
/** Those of Windows; every other system refuses them, and so do we there. Compat: certstore.go. */
const CERT_STORES: readonly string[] = ['windowscurrentuser', 'windowslocalmachine'];
const CERT_MATCHES: readonly string[] = ['issuer', 'subject', 'thumbprint'];

const CERTIFICATE_BLOCK = blockRule<TlsCertificateDraft>(
  '',
  [
    textKey(['cert_file'], (draft, file) => {
      draft.certFile = file;
    }),
    textKey(['key_file'], (draft, file) => {
      draft.keyFile = file;
    }),
  ],
  (key) => `error parsing tls certs config, unknown field ${goQuote(key)}`,
);

/** As far as its form goes. Compat: ocsp_peer.go, parseOCSPPeer. */
const OCSP_PEER_BLOCK = blockRule<null>(
  'tls.ocsp_peer',
  [
    ...['verify', 'warn_only', 'unknown_is_good', 'allow_when_ca_unreachable'].map((name) => booleanKey<null>([name])),
    ...['allowed_clockskew', 'ca_timeout', 'cache_ttl_when_next_update_unset'].map((name) => {
      return valueKey<null>([name], (_draft, value, { position, findings }) => {
        if (value.kind === 'integer' || value.kind === 'float') return;
        if (value.kind === 'string' && parseDuration(value.value).ok) return;
        findings.error(position, 'error parsing tls peer config, conversion error: unexpected type');
      });
    }),
  ],
  (key) => `error parsing tls peer config, unknown field [${goQuote(key)}]`,
);

const TLS_BLOCK = blockRule<TlsDraft>(
  'tls',
  [
    textKey(['cert_file'], (draft, file) => {
      draft.certFile = file;
    }),
    textKey(['key_file'], (draft, file) => {
      draft.keyFile = file;
    }),
    textKey(['ca_file'], (draft, file) => {
      draft.caFile = file;
    }),
    booleanKey(['insecure'], (draft, isInsecure) => {
      draft.isInsecure = isInsecure;
    }),
    booleanKey(['verify'], (draft, verifies) => {
      draft.verifies = verifies;
    }),
    booleanKey(['verify_and_map'], (draft, maps) => {
      draft.maps = maps;
    }),
    booleanKey(['verify_cert_and_check_known_urls'], (draft, checks) => {
      draft.checksKnownUrls = checks;
    }),
    booleanKey(['allow_insecure_cipher_suites'], (draft, allows) => {
      draft.allowsInsecureSuites = allows;
    }),
    namesKey('cipher_suites', 'cipher', CIPHER_SUITES, (draft, names) => {
      draft.cipherSuites = names;
    }),
    namesKey('curve_preferences', 'curve preference', CURVES, (draft, names) => {
      draft.curves = names;
    }),
    timeoutKey('tls', setTimeoutSeconds, { warnsWhenHigh: false }),
    integerKey(['connection_rate_limit'], (draft, perSecond) => {
      draft.handshakesPerSecondMax = perSecond;
    }),
    valueKey(['pinned_certs'], readPinned),
    textKey(['cert_store'], (_draft, store, { position, findings }) => {
      const isKnown = CERT_STORES.includes(store.toLowerCase());
      const fault = isKnown
        ? 'cert_store not compatible with current operating system'
        : 'cert store type not implemented';
      findings.error(position, store === '' ? `expected 'cert_store' to be a valid non-empty string` : fault);
    }),
    textKey(['cert_match_by'], (_draft, match, { position, findings }) => {
      if (match === '') findings.error(position, `expected 'cert_match_by' to be a valid non-empty string`);
      else if (!CERT_MATCHES.includes(match.toLowerCase())) {
        findings.error(position, 'cert match by type not implemented');
      }
    }),
    textKey(['cert_match'], (_draft, text, { position, findings }) => {
      if (text === '') findings.error(position, `expected 'cert_match' to be a valid non-empty string`);
    }),
    booleanKey(['cert_match_skip_invalid']),
    valueKey(['ca_certs_match'], (_draft, value, { position, findings }) => {
      if (value.kind !== 'array') return;
      const other = value.items.find((item) => item.value.kind !== 'string');
      if (other === undefined) return;
      findings.error(position, 'error parsing ca_cert_match: unsupported type where string is expected');
    }),
    valueKey(['handshake_first', 'first', 'immediate'], readHandshakeFirst),
    later(valueKey(['ocsp_peer'], readOcspPeer)),
    valueKey(['certs', 'certificates'], readCertificates),
    textKey(['min_version'], readMinVersion),
  ],
  (key) => `error parsing tls config, unknown field ${goQuote(key)}`,
);

/** `isClientFacing`: peers are no servers whose addresses could be known. */
export function tlsKey<Draft>(
  name = 'tls',
  set: Setter<Draft, TlsDraft> = nothing,
  { isClientFacing = false } = {},
): KeyRule<Draft> {
  return valueKey([name], (draft, value, entry) => {
    if (value.kind !== 'map') return wrongKind(entry, 'a block');
    const tls = readTls(value, entry, isClientFacing);
    if (tls !== null) set(draft, tls, entry);
  });
}

function nothing(): void {
  // Only checked.
}

/** Null when it was found wrong. */
function readTls(map: ConfigMap, { position, findings }: Entry, isClientFacing: boolean): TlsDraft | null {
  const draft = emptyTlsDraft();
  const errorsBefore = findings.errors.length;
  readBlock(TLS_BLOCK, map, draft, findings);
  const fault = combinationFault(draft, isClientFacing);
  if (fault !== null) findings.error(position, fault);
  if (findings.errors.length > errorsBefore) return null;
  findings.whenRead((source) => {
    const wrong = source.tlsFault({ certificates: certificatesOf(draft), caFile: draft.caFile || null });
    if (wrong !== null) findings.error(position, wrong);
  });
  return draft;
}

function combinationFault(draft: TlsDraft, isClientFacing: boolean): string | null {
  if (draft.checksKnownUrls && isClientFacing) return 'verify_cert_and_check_known_urls not supported in this context';
  if (draft.certificates.length > 0 && draft.certFile !== '') {
    return `error parsing tls config, cannot combine 'cert_file' option with 'certs' option`;
  }
  if (!draft.allowsInsecureSuites) {
    const insecure = CIPHER_SUITES.filter(({ name, isInsecure }) => isInsecure && draft.cipherSuites?.includes(name));
    const names = insecure.map(({ name }) => name).join(', ');
    if (names !== '') {
      return `insecure cipher suites configured without 'allow_insecure_cipher_suites' option set: ${names}`;
    }
  }
  if (draft.certFile !== '' && draft.keyFile === '') return `missing 'key_file' in TLS configuration`;
  if (draft.certFile === '' && draft.keyFile !== '') return `missing 'cert_file' in TLS configuration`;
  return null;
}

function setTimeoutSeconds(draft: TlsDraft, seconds: number): void {
  draft.timeoutSeconds = seconds;
}

/** An array that must have something in it, of names that are known. */
function namesKey(
  key: string,
  what: string,
  known: readonly { readonly name: string }[],
  set: (draft: TlsDraft, names: readonly string[]) => void,
): KeyRule<TlsDraft> {
  return valueKey([key], (draft, value, entry) => {
    if (value.kind !== 'array') return wrongKind(entry, 'an array');
    if (value.items.length === 0) {
      return entry.findings.error(entry.position, `error parsing tls config, '${key}' cannot be empty`);
    }
    const names: string[] = [];
    for (const item of value.items) {
      const name = textOf(item, key, entry.findings);
      if (name === null) continue;
      if (known.some((one) => one.name === name)) names.push(name);
      else entry.findings.error(item.position, `unrecognized ${what} ${name}`);
    }
    set(draft, names);
  });
}

/** Null when it was reported. */
function textOf(
  { value, position }: Pick<ConfigNode, 'value' | 'position'>,
  key: string,
  findings: Findings,
): string | null {
  if (value.kind === 'string') return value.value;
  findings.error(position, `error parsing tls config, '${key}' must be a list of strings, got ${goTypeName(value)}`);
  return null;
}

function readPinned(draft: TlsDraft, value: ConfigValue, { key, position, findings }: Entry): void {
  if (value.kind !== 'array') {
    return findings.error(position, `error parsing tls config, expected '${key}' to be a list of ${KEY_ID_FORM}`);
  }
  const ids: string[] = [];
  for (const item of value.items) {
    const id = textOf(item, key, findings)?.toLowerCase();
    if (id === undefined) continue;
    if (KEY_ID.test(id)) ids.push(id);
    else {
      const fault = `'pinned_certs' key ${id} does not look like ${KEY_ID_FORM}`;
      findings.error(item.position, `error parsing tls config, ${fault}`);
    }
  }
  if (ids.length > 0) draft.pinnedKeys = ids;
}

function readHandshakeFirst(draft: TlsDraft, value: ConfigValue, { key, position, findings }: Entry): void {
  if (value.kind === 'boolean') {
    draft.isHandshakeFirst = value.value;
    return;
  }
  if (value.kind !== 'string') {
    return findings.error(position, `field ${goQuote(key)} should be a boolean or a string, got ${goTypeName(value)}`);
  }
  switch (value.value.toLowerCase()) {
    case 'true':
    case 'on':
      draft.isHandshakeFirst = true;
      return;
    case 'false':
    case 'off':
      draft.isHandshakeFirst = false;
      return;
    case 'auto':
    case 'auto_fallback':
      draft.isHandshakeFirst = true;
      draft.fallbackMs = FALLBACK_MS_DEFAULT;
      return;
  }
  const delay = parseDuration(value.value);
  if (!delay.ok) {
    return findings.error(position, `field ${goQuote(key)}'s value ${goQuote(value.value)} is invalid`);
  }
  draft.isHandshakeFirst = true;
  draft.fallbackMs = milliseconds(delay.value);
}

function readOcspPeer(_draft: TlsDraft, value: ConfigValue, { position, findings }: Entry): void {
  if (value.kind === 'boolean') return;
  if (value.kind === 'map') return readBlock(OCSP_PEER_BLOCK, value, null, findings);
  findings.error(position, `error parsing ocsp peer config: unsupported type ${goTypeName(value)}`);
}

function readCertificates(draft: TlsDraft, value: ConfigValue, { position, findings }: Entry): void {
  if (value.kind !== 'array') {
    return findings.error(position, `error parsing certificates config: unsupported type ${goTypeName(value)}`);
  }
  for (const item of value.items) {
    if (item.value.kind !== 'map') {
      const type = goTypeName(item.value);
      findings.error(item.position, `error parsing certificates config: unsupported type ${type}`);
      continue;
    }
    const pair: TlsCertificateDraft = { certFile: '', keyFile: '' };
    const errorsBefore = findings.errors.length;
    readBlock(CERTIFICATE_BLOCK, item.value, pair, findings);
    if (findings.errors.length > errorsBefore) continue;
    if (pair.certFile !== '' && pair.keyFile !== '') draft.certificates.push(pair);
    else {
      const required = `both 'cert_file' and 'cert_key' options are required`;
      findings.error(item.position, `error parsing certificates config: ${required}`);
    }
  }
}

function readMinVersion(draft: TlsDraft, version: string, { position, findings }: Entry): void {
  if (version === '1.2' || version === '1.3') draft.minVersion = version;
  else if (version === '1.0' || version === '1.1') {
    findings.error(position, `error parsing tls config: unsupported TLS version: TLS ${version}`);
  } else findings.error(position, `error parsing tls config: unknown version: ${version}`);
}
