// Distinguished names: who a certificate is for, as a list of sets of typed values, and the texts that people write for them
// in configurations (RFC 4514). Compared by their structure, never as texts: a value that contains `,OU=admin` is not
// another part of the name. Pure.
// Compat: internal/ldap/dn.go; Go crypto/x509/pkix for the texts.

export interface NameAttribute {
  /** Dotted: `2.5.4.3`. */
  readonly oid: string;
  /** Null when it is no text. */
  readonly value: string | null;
  /** The value as it was encoded. */
  readonly encoded: Uint8Array;
}

/** As the certificate has it: the widest part first. A part has several attributes at once only rarely. */
export type CertificateSubject = readonly (readonly NameAttribute[])[];

export interface NamePart {
  /** In upper case: `CN`. */
  readonly type: string;
  readonly value: string;
}

/** As people write it: the narrowest part first. */
export type DistinguishedName = readonly (readonly NamePart[])[];

const DOMAIN_COMPONENT = '0.9.2342.19200300.100.1.25';

/** Those that a name in a configuration can have. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.5', 'SERIALNUMBER'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.17', 'POSTALCODE'],
  [DOMAIN_COMPONENT, 'DC'],
]);

/** Null when a part is of a type that cannot be written, or is no text: then nobody can mean it. */
export function nameOfSubject(subject: CertificateSubject): DistinguishedName | null {
  const name: NamePart[][] = [];
  for (const attributes of [...subject].reverse()) {
    const parts: NamePart[] = [];
    for (const { oid, value } of attributes) {
      const type = TYPES.get(oid);
      if (type === undefined || value === null) return null;
      parts.push({ type, value });
    }
    if (parts.length > 0) name.push(parts);
  }
  return name;
}

/** The same parts in the same order. Within a part the order means nothing. */
export function isSameName(a: DistinguishedName, b: DistinguishedName): boolean {
  return a.length === b.length && a.every((part, i) => isSamePart(part, b[i] ?? []));
}

/** The same parts in any order. */
export function hasSameParts(a: DistinguishedName, b: DistinguishedName): boolean {
  if (a.length !== b.length) return false;
  const left = [...b];
  for (const part of a) {
    const i = left.findIndex((other) => isSamePart(part, other));
    if (i < 0) return false;
    left.splice(i, 1);
  }
  return true;
}

function isSamePart(a: readonly NamePart[], b: readonly NamePart[]): boolean {
  if (a.length !== b.length) return false;
  const left = [...b];
  for (const { type, value } of a) {
    const i = left.findIndex((other) => other.type === type && other.value === value);
    if (i < 0) return false;
    left.splice(i, 1);
  }
  return true;
}

const ESCAPABLE = ' "#+,;<=>\\';
const HEX = /^[0-9a-fA-F]{2}$/;

/** A name as people write it: `CN=alice,OU=Tests+L=Bern,O=A\, B`. Null when it is none. */
export function parseDistinguishedName(text: string): DistinguishedName | null {
  const name: NamePart[][] = [];
  let parts: NamePart[] = [];
  let type = '';
  const token = new Token();
  const finishPart = (): boolean => {
    const value = token.take();
    if (type === '' || value === null) return false;
    parts.push({ type: type.toUpperCase(), value });
    type = '';
    return true;
  };
  const characters = [...text];
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i] as string;
    if (c === '\\') {
      const next = characters[i + 1] ?? '';
      const pair = next + (characters[i + 2] ?? '');
      if (next !== '' && ESCAPABLE.includes(next)) token.add(next, true);
      else if (HEX.test(pair)) {
        token.addByte(Number.parseInt(pair, 16));
        i++;
      } else return null;
      i++;
    } else if (c === '=') {
      const read = token.take();
      if (read === null || characters[i + 1] === '#') return null;
      type = read;
    } else if (c === ',' || c === '+') {
      if (!finishPart()) return null;
      if (c === ',') {
        name.push(parts);
        parts = [];
      }
    } else token.add(c, false);
  }
  if (!token.isEmpty) {
    if (!finishPart()) return null;
    name.push(parts);
  }
  return name.length > 0 ? name : null;
}

/** A type or a value that is being read: bytes, because an escape may stand for any of them. */
class Token {
  #bytes: number[] = [];
  /** Spaces at the end that were not escaped and do not count. */
  #trailingSpaces = 0;

  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  add(character: string, isEscaped: boolean): void {
    const isSpace = character === ' ' && !isEscaped;
    if (isSpace && this.isEmpty) return;
    this.#bytes.push(...new TextEncoder().encode(character));
    this.#trailingSpaces = isSpace ? this.#trailingSpaces + 1 : 0;
  }

  addByte(byte: number): void {
    this.#bytes.push(byte);
    this.#trailingSpaces = 0;
  }

  /** Null when the bytes are no text. */
  take(): string | null {
    const bytes = Uint8Array.from(this.#bytes.slice(0, this.#bytes.length - this.#trailingSpaces));
    this.#bytes = [];
    this.#trailingSpaces = 0;
    const text = new TextDecoder().decode(bytes);
    return text.includes('\ufffd') ? null : text;
  }
}

/** The types that Go gives a place of their own, in its order. Values of one type are one part. */
const GO_ORDER = ['2.5.4.6', '2.5.4.8', '2.5.4.7', '2.5.4.9', '2.5.4.17', '2.5.4.10', '2.5.4.11', '2.5.4.3', '2.5.4.5'];

/** Of these Go keeps the last only. */
const GO_SINGLE: ReadonlySet<string> = new Set(['2.5.4.3', '2.5.4.5']);

/** Compat: pkix.Name.ToRDNSequence().String(): the parts that it has a place for. */
export function goNameText(subject: CertificateSubject): string {
  return goParts(subject).reverse().map(goPartText).join(',');
}

/** Compat: pkix.Name.String(): the other parts too, behind them. */
export function goSubjectText(subject: CertificateSubject): string {
  const others = subject.flat().filter(({ oid }) => !GO_ORDER.includes(oid));
  return [...others.map((attribute) => [attribute]), ...goParts(subject)].reverse().map(goPartText).join(',');
}

/** `DC=org,DC=example`, or empty. Compat: auth.go, getTLSAuthDCs, which does not escape. */
export function domainComponentsText(subject: CertificateSubject): string {
  return subject
    .flat()
    .filter(({ oid, value }) => oid === DOMAIN_COMPONENT && value !== null)
    .map(({ value }) => `DC=${escapedValue(value ?? '')}`)
    .join(',');
}

function goParts(subject: CertificateSubject): NameAttribute[][] {
  const attributes = subject.flat().filter(({ value }) => value !== null);
  return GO_ORDER.map((type) => {
    const all = attributes.filter(({ oid }) => oid === type);
    return GO_SINGLE.has(type) ? all.slice(-1).filter(({ value }) => value !== '') : all;
  }).filter((part) => part.length > 0);
}

function goPartText(part: readonly NameAttribute[]): string {
  return part.map(goAttributeText).join('+');
}

function goAttributeText({ oid, value, encoded }: NameAttribute): string {
  const type = oid === DOMAIN_COMPONENT ? undefined : TYPES.get(oid);
  if (type === undefined) return `${oid}=#${hex(value === null ? encoded : goEncoded(value))}`;
  return `${type}=${escapedValue(value ?? '')}`;
}

/** Letters that need no UTF-8. Compat: Go encoding/asn1, Marshal of a string. */
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/;
const TAG_PRINTABLE = 0x13;
const TAG_UTF8 = 0x0c;

/** As Go encodes a text anew, whatever it came as. */
function goEncoded(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  const { length } = bytes;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.from([PRINTABLE.test(value) ? TAG_PRINTABLE : TAG_UTF8, ...size, ...bytes]);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function escapedValue(value: string): string {
  return value.replace(/[,+"\\<>;]|^#|^ | $/g, '\\$&');
}
