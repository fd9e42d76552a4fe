// What a certificate says of itself, read from its DER: whom it is for, under which other names, and its key. Whether it holds
// has been decided before (node/_tls_start.ts). Pure, and no trust in texts that others made of it.
import { createHash } from 'node:crypto';
import { ByteError } from '../base/byte_error.ts';
import {
  asciiText,
  type DerElement,
  derElements,
  derInside,
  derText,
  oidText,
  TAG_OCTET_STRING,
  TAG_OID,
  TAG_SEQUENCE,
  TAG_SET,
} from './_der.ts';
import { type CertificateSubject, goSubjectText } from './distinguished_name.ts';

export interface CertificateFacts {
  readonly subject: CertificateSubject;
  readonly emails: readonly string[];
  readonly dnsNames: readonly string[];
  readonly uris: readonly string[];
  /** DER of SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Uint8Array;
}

const SUBJECT_ALT_NAME = '2.5.29.17';
/** Context tags of GeneralName. */
const TAG_EMAIL = 0x81;
const TAG_DNS = 0x82;
const TAG_URI = 0x86;
const TAG_VERSION = 0xa0;
const TAG_EXTENSIONS = 0xa3;

/** Null when it is none. */
export function readCertificate(der: Uint8Array): CertificateFacts | null {
  try {
    return readFacts(der);
  } catch (error) {
    if (error instanceof ByteError) return null;
    throw error;
  }
}

/**
 *   Certificate     SEQUENCE { tbsCertificate, signatureAlgorithm, signature }
 *   tbsCertificate  SEQUENCE { [0] version?, serial, algorithm, issuer, validity, subject, publicKeyInfo, ..., [3] extensions? }
 */
function readFacts(der: Uint8Array): CertificateFacts {
  const [certificate] = derElements(der);
  const [signed] = derInside(certificate, TAG_SEQUENCE);
  const fields = derInside(signed, TAG_SEQUENCE);
  const first = fields[0]?.tag === TAG_VERSION ? 1 : 0;
  const key = fields[first + 5];
  if (key === undefined) throw new ByteError('overrun', 0, 'A certificate without a key');
  const names = alternativeNames(fields.find(({ tag }) => tag === TAG_EXTENSIONS));
  return {
    subject: readSubject(fields[first + 4]),
    emails: textsOf(names, TAG_EMAIL),
    dnsNames: textsOf(names, TAG_DNS),
    uris: textsOf(names, TAG_URI),
    publicKeyInfo: key.whole,
  };
}

/** SEQUENCE OF SET OF SEQUENCE { type, value } */
function readSubject(subject: DerElement | undefined): CertificateSubject {
  return derInside(subject, TAG_SEQUENCE).map((part) => {
    return derInside(part, TAG_SET).map((attribute) => {
      const [type, value] = derInside(attribute, TAG_SEQUENCE);
      if (type?.tag !== TAG_OID || value === undefined) throw new ByteError('range', 0, 'An attribute that is none');
      return { oid: oidText(type.content), value: derText(value), encoded: value.whole };
    });
  });
}

/** [3] { SEQUENCE OF SEQUENCE { id, critical?, OCTET STRING { SEQUENCE OF GeneralName } } } */
function alternativeNames(extensions: DerElement | undefined): DerElement[] {
  if (extensions === undefined) return [];
  const [list] = derElements(extensions.content);
  for (const extension of derInside(list, TAG_SEQUENCE)) {
    const parts = derInside(extension, TAG_SEQUENCE);
    const [id] = parts;
    const value = parts.at(-1);
    if (id?.tag !== TAG_OID || oidText(id.content) !== SUBJECT_ALT_NAME || value?.tag !== TAG_OCTET_STRING) continue;
    const [names] = derElements(value.content);
    return derInside(names, TAG_SEQUENCE);
  }
  return [];
}

function textsOf(names: readonly DerElement[], tag: number): string[] {
  return names
    .filter((name) => name.tag === tag)
    .map(({ content }) => asciiText(content))
    .filter((text) => text !== null);
}

/** SHA-256 of the key, hexadecimal: what `pinned_certs` lists. Null when it is no certificate. */
export function certificateKeyId(der: Uint8Array): string | null {
  const facts = readCertificate(der);
  return facts === null ? null : sha256Hex(facts.publicKeyInfo);
}

/** SHA-256 of the whole certificate, hexadecimal. */
export function certificateFingerprint(der: Uint8Array): string {
  return sha256Hex(der);
}

/** Whom it is for, as the reference writes it. */
export function certificateSubjectText(der: Uint8Array): string {
  const facts = readCertificate(der);
  return facts === null ? '' : goSubjectText(facts.subject);
}

function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
