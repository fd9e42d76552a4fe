// TLS settings over node:tls: reads the files, words what is wrong with them as the reference does, and makes of them what a
// handshake needs. Made once per configuration; connections keep what they were made with, so that a reload is a new one.
import {
  createHash,
  createPrivateKey,
  constants as cryptoConstants,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, getCiphers, type SecureContext, type SecureContextOptions } from 'node:tls';
import { errorText, OperatingError } from '../base/errors.ts';
import { CIPHER_SUITES, CURVES } from '../base/tls_names.ts';
import type { TlsCertificateFiles, TlsContext, TlsSettings } from '../ports/tls.ts';
import { fileReason } from './_file_reason.ts';

/** A file of certificates or a key has some kilobytes; nobody means a larger one. */
const PEM_BYTES_MAX = 16 * 1024 * 1024;
/**
 * Its lines stand alone: what has something in front of it, also a byte order mark, is not one. Where several begin before
 * one ends, the last counts. Compat: Go encoding/pem, Decode.
 */
const PEM_BLOCK =
  /(?<![^\n])-----BEGIN ([^\n]+?)-----[ \t]*\r?\n(?:(?!-----BEGIN )[\s\S])*?(?<=\n)-----END \1-----(?=[ \t]*\r?(?:\n|$))/g;

/** The files that settings name: all that `-t` looks at. */
export type TlsFiles = Pick<TlsSettings, 'certificates' | 'caFile'>;

/** One certificate that can be shown. */
interface Identity {
  readonly certificate: X509Certificate;
  readonly certPem: string;
  readonly keyPem: string;
}

export class NodeTlsContext implements TlsContext {
  readonly settings: TlsSettings;
  readonly notAfterMs: number | null;
  readonly digest: string;
  /** What is shown to whoever asks for no name that another one has. */
  readonly secureContext: SecureContext;
  /** The same in the form of options, for servers that Node.js makes of them. */
  readonly options: SecureContextOptions;
  readonly #byName: readonly { readonly certificate: X509Certificate; readonly secureContext: SecureContext }[];

  /** Throws OperatingError `TLS_SETTINGS`. */
  constructor(settings: TlsSettings) {
    this.settings = settings;
    const identities = valueOf(readIdentities(settings.certificates));
    const authorities = settings.caFile === null ? null : valueOf(readAuthorities(settings.caFile));
    const common = policyOptions(settings, authorities);
    const contexts = (identities.length > 0 ? identities : [null]).map((identity) => contextOf(common, identity));
    const [first] = contexts as [ContextParts, ...ContextParts[]];
    this.options = first.options;
    this.secureContext = first.secureContext;
    this.#byName = identities.map(({ certificate }, i) => {
      return { certificate, secureContext: (contexts[i] as ContextParts).secureContext };
    });
    this.digest = digestOf(settings, identities);
    const [shown] = identities;
    this.notAfterMs = shown === undefined ? null : Date.parse(shown.certificate.validTo);
  }

  /** Whether more than one certificate is there to choose from. */
  get hasChoice(): boolean {
    return this.#byName.length > 1;
  }

  /** What to show to a client that asks for this name. Compat: Go crypto/tls, Config.getCertificate. */
  secureContextFor(serverName: string): SecureContext {
    const fitting = this.#byName.find(({ certificate }) => hasName(certificate, serverName));
    return fitting?.secureContext ?? this.secureContext;
  }
}

function digestOf(settings: TlsSettings, identities: readonly Identity[]): string {
  const { verifiesPeer, cipherSuites, curves, minVersion } = settings;
  const shown = identities.map(({ certPem, keyPem }) => [certPem, keyPem]);
  const all = JSON.stringify([shown, verifiesPeer, cipherSuites, curves, minVersion]);
  return createHash('sha256').update(all).digest('hex');
}

function hasName(certificate: X509Certificate, name: string): boolean {
  return certificate.checkHost(name, { subject: 'never' }) !== undefined;
}

/** Why these files cannot serve, as the reference words it, or null. */
export function tlsFilesFault(files: TlsFiles): string | null {
  const identities = readIdentities(files.certificates);
  if (typeof identities === 'string') return identities;
  const authorities = files.caFile === null ? [] : readAuthorities(files.caFile);
  return typeof authorities === 'string' ? authorities : null;
}

// Reading answers with a text where something is wrong. Compat: opts.go, GenTLSConfig, and Go tls.LoadX509KeyPair.

function readIdentities(files: readonly TlsCertificateFiles[]): Identity[] | string {
  const identities: Identity[] = [];
  for (const [i, one] of files.entries()) {
    const identity = readIdentity(one);
    if (typeof identity !== 'string') identities.push(identity);
    else if (files.length === 1) return `error parsing X509 certificate/key pair: ${identity}`;
    else return `error parsing X509 certificate/key pair ${i + 1}/${files.length}: ${identity}`;
  }
  return identities;
}

function readIdentity({ certFile, keyFile }: TlsCertificateFiles): Identity | string {
  const certPem = readPem(certFile);
  if (certPem.fault !== null) return certPem.fault;
  const keyPem = readPem(keyFile);
  if (keyPem.fault !== null) return keyPem.fault;
  const certificates = certPem.blocks.filter(({ label }) => label === 'CERTIFICATE');
  const [leaf] = certificates;
  if (leaf === undefined) return noBlockText('certificate', certPem.blocks);
  const key = keyPem.blocks.find(({ label }) => label === 'PRIVATE KEY' || label.endsWith(' PRIVATE KEY'));
  if (key === undefined) return noBlockText('key', keyPem.blocks);
  const certificate = parsedOr(() => new X509Certificate(leaf.text), 'x509: malformed certificate');
  if (typeof certificate === 'string') return certificate;
  const privateKey = parsedOr<KeyObject>(() => createPrivateKey(key.text), 'tls: failed to parse private key');
  if (typeof privateKey === 'string') return privateKey;
  if (!certificate.checkPrivateKey(privateKey)) {
    const isOtherType = certificate.publicKey.asymmetricKeyType !== privateKey.asymmetricKeyType;
    return `tls: private key ${isOtherType ? 'type does not match public key type' : 'does not match public key'}`;
  }
  return { certificate, certPem: certificates.map(({ text }) => text).join('\n'), keyPem: key.text };
}

function noBlockText(input: 'certificate' | 'key', blocks: readonly PemBlock[]): string {
  if (blocks.length === 0) return `tls: failed to find any PEM data in ${input} input`;
  if (input === 'key' && blocks[0]?.label === 'CERTIFICATE') {
    return 'tls: found a certificate rather than a key in the PEM for the private key';
  }
  const labels = blocks.map(({ label }) => label).join(' ');
  if (input === 'key')
    return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${labels}]`;
  if (blocks.length === 1 && blocks[0]?.label.endsWith('PRIVATE KEY') === true) {
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  }
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${labels}]`;
}

/** Those that can be read; others in the file do not count, as in the reference. */
function readAuthorities(file: string): X509Certificate[] | string {
  const pem = readPem(file);
  if (pem.fault !== null) return pem.fault;
  const authorities: X509Certificate[] = [];
  for (const { label, text } of pem.blocks) {
    if (label !== 'CERTIFICATE') continue;
    const certificate = parsedOr(() => new X509Certificate(text), '');
    if (typeof certificate !== 'string') authorities.push(certificate);
  }
  return authorities.length > 0 ? authorities : 'failed to parse root ca certificate';
}

interface PemBlock {
  readonly label: string;
  readonly text: string;
}

function readPem(file: string): { readonly fault: string | null; readonly blocks: readonly PemBlock[] } {
  let text: string;
  try {
    const bytes = readFileSync(file);
    if (bytes.length > PEM_BYTES_MAX) return { fault: `read ${file}: more than ${PEM_BYTES_MAX} bytes`, blocks: [] };
    text = bytes.toString('latin1');
  } catch (error) {
    const isFolder = error instanceof Error && 'code' in error && error.code === 'EISDIR';
    return { fault: `${isFolder ? 'read' : 'open'} ${file}: ${fileReason(error)}`, blocks: [] };
  }
  const blocks = [...text.matchAll(PEM_BLOCK)].map(([block, label = '']) => ({ label, text: block }));
  return { fault: null, blocks };
}

function parsedOr<Value>(parse: () => Value, fault: string): Value | string {
  try {
    return parse();
  } catch (error) {
    return fault === '' ? errorText(error) : fault;
  }
}

function valueOf<Value>(read: Value | string): Value {
  if (typeof read === 'string') throw new OperatingError('TLS_SETTINGS', read);
  return read;
}

// Settings in OpenSSL's words.

interface ContextParts {
  readonly options: SecureContextOptions;
  readonly secureContext: SecureContext;
}

function contextOf(common: SecureContextOptions, identity: Identity | null): ContextParts {
  const options = identity === null ? common : { ...common, cert: identity.certPem, key: identity.keyPem };
  try {
    return { options, secureContext: createSecureContext(options) };
  } catch (error) {
    throw new OperatingError('TLS_SETTINGS', `OpenSSL refuses the TLS configuration: ${errorText(error)}`, {
      cause: error,
    });
  }
}

function policyOptions(settings: TlsSettings, authorities: X509Certificate[] | null): SecureContextOptions {
  return {
    ciphers: cipherList(settings.cipherSuites),
    ecdhCurve: curveList(settings.curves),
    minVersion: `TLSv${settings.minVersion}`,
    maxVersion: 'TLSv1.3',
    // The reference too chooses by its own order, and does not let clients begin another handshake.
    honorCipherOrder: true,
    secureOptions: cryptoConstants.SSL_OP_NO_RENEGOTIATION,
    sessionIdContext: 'nats',
    ...(authorities === null ? {} : { ca: authorities.map(String), allowPartialTrustChain: true }),
  };
}

function cipherList(names: readonly string[] | null): string {
  const available = new Set(getCiphers());
  const suites = CIPHER_SUITES.filter((suite) => {
    return suite.isTls13 || (names === null ? !suite.isInsecure : names.includes(suite.name));
  });
  const missing = suites.find((suite) => !available.has(suite.openSslName.toLowerCase()));
  if (missing !== undefined && names !== null) {
    throw new OperatingError('TLS_SETTINGS', `The OpenSSL of this Node.js has no cipher suite ${missing.name}`);
  }
  return suites
    .filter((suite) => suite !== missing)
    .map((suite) => suite.openSslName)
    .join(':');
}

/** Those that this OpenSSL has: the post-quantum ones came with its version 3.5. */
function curveList(names: readonly string[] | null): string {
  const wanted = CURVES.filter((curve) => names === null || names.includes(curve.name));
  const ordered = names === null ? wanted : [...wanted].sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  const usable = ordered.map((curve) => curve.openSslName).filter(isUsableCurve);
  if (usable.length > 0) return usable.join(':');
  throw new OperatingError(
    'TLS_SETTINGS',
    `The OpenSSL of this Node.js has none of the curves ${(names ?? []).join(', ')}`,
  );
}

function isUsableCurve(openSslName: string): boolean {
  return typeof parsedOr(() => createSecureContext({ ecdhCurve: openSslName }), 'unknown') !== 'string';
}
