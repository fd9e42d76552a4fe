// DER, the encoding of certificates: elements of a tag, a length and content, read within bounds. Pure; what is malformed
// throws ByteError, which certificate.ts turns into "no certificate".
import { ByteError } from '../base/byte_error.ts';

export const TAG_INTEGER = 0x02;
export const TAG_OID = 0x06;
export const TAG_OCTET_STRING = 0x04;
export const TAG_SEQUENCE = 0x30;
export const TAG_SET = 0x31;

export interface DerElement {
  readonly tag: number;
  /** Tag and length included. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

/** The elements that the bytes consist of. */
export function derElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const element = elementAt(bytes, at);
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

/** The elements inside of one that must have this tag. */
export function derInside(element: DerElement | undefined, tag: number): DerElement[] {
  if (element?.tag !== tag) throw new ByteError('range', 0, `An element that is not of tag ${tag}`);
  return derElements(element.content);
}

/**
 *   tag   length                      content
 *   1 B   1 B below 128, or 0x80 + n  ...
 *         and n bytes, big endian
 */
function elementAt(bytes: Uint8Array, start: number): DerElement {
  let at = start;
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw new ByteError('overrun', start, 'The end inside an element');
    return byte;
  };
  const tag = next();
  // Tags of several bytes do not occur in certificates.
  if ((tag & 0x1f) === 0x1f) throw new ByteError('range', start, 'A tag of several bytes');
  let length = next();
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4) throw new ByteError('range', start, 'A length that is none in DER');
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + next();
  }
  if (length > bytes.length - at) throw new ByteError('overrun', start, `The end before ${length} bytes`);
  return { tag, whole: bytes.subarray(start, at + length), content: bytes.subarray(at, at + length) };
}

/** `2.5.4.3`. */
export function oidText(content: Uint8Array): string {
  const parts: number[] = [];
  let part = 0;
  for (const byte of content) {
    part = part * 128 + (byte & 0x7f);
    if (part > Number.MAX_SAFE_INTEGER) throw new ByteError('range', 0, 'An object identifier beyond 2^53');
    if (byte < 0x80) {
      parts.push(part);
      part = 0;
    }
  }
  const [first = 0, ...others] = parts;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...others].join('.');
}

/** The text of one of ASN.1's kinds of strings; null for other things, and for bytes that are no such text. */
export function derText({ tag, content }: DerElement): string | null {
  switch (tag) {
    case 0x12: // Numeric
    case 0x13: // Printable
    case 0x16: // IA5
      return asciiText(content);
    case 0x0c: // UTF-8
    case 0x14: // T61, which everybody fills with something else
      return decoded('utf-8', content);
    case 0x1e: // BMP
      return content.length % 2 === 0 ? bmpText(content) : null;
    default:
      return null;
  }
}

export function asciiText(content: Uint8Array): string | null {
  return content.every((byte) => byte < 0x80) ? decoded('utf-8', content) : null;
}

function bmpText(content: Uint8Array): string {
  let text = '';
  for (let i = 0; i < content.length; i += 2) {
    text += String.fromCharCode((content[i] as number) * 256 + (content[i + 1] as number));
  }
  return text;
}

function decoded(encoding: string, content: Uint8Array): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(content);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
