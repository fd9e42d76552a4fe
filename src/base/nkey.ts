// The text form of public keys (NKeys): base32(prefix byte ‖ 32 bytes ‖ checksum), 56 characters whose first one says whose
// key it is. Only the form: what a key signs is auth/. Pure.
// Source: the NKeys encoding (github.com/nats-io/nkeys): no padding, CRC-16/XMODEM with the low byte first.

export const NKEY_BYTES = 32;
export const NKEY_SERVER = 13 << 3; // N
export const NKEY_CLUSTER = 2 << 3; // C
export const NKEY_OPERATOR = 14 << 3; // O
export const NKEY_ACCOUNT = 0; // A
export const NKEY_USER = 20 << 3; // U
/** For encryption, not for signatures. */
export const NKEY_CURVE = 23 << 3; // X
const NKEY_SEED = 18 << 3; // S

const PUBLIC_PREFIXES = [NKEY_SERVER, NKEY_CLUSTER, NKEY_OPERATOR, NKEY_ACCOUNT, NKEY_USER, NKEY_CURVE];
const PREFIX_BITS = 0xf8;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const RAW_BYTES = NKEY_BYTES + 3;
const TEXT_LENGTH = 56;

export function encodeNkey(prefix: number, key: Uint8Array): string {
  const raw = new Uint8Array(RAW_BYTES);
  raw[0] = prefix;
  raw.set(key.subarray(0, NKEY_BYTES), 1);
  const crc = crc16(raw.subarray(0, NKEY_BYTES + 1));
  raw[NKEY_BYTES + 1] = crc & 0xff;
  raw[NKEY_BYTES + 2] = crc >>> 8;
  return base32(raw);
}

/** The 32 bytes of the key, or null when the text is no public key of this kind: wrong length, letters, sum or prefix. */
export function decodeNkey(prefix: number, text: string): Uint8Array | null {
  if (text.length !== TEXT_LENGTH) return null;
  const raw = decodeSummed(text);
  return raw !== null && raw[0] === prefix ? raw.slice(1, NKEY_BYTES + 1) : null;
}

/** Whether the text is a public key, of whatever kind. */
export function isPublicNkey(text: string): boolean {
  return PUBLIC_PREFIXES.some((prefix) => decodeNkey(prefix, text) !== null);
}

/** What a private key is made of, and whose it is; null when the text is none. Two prefixes share its first two bytes. */
export function decodeNkeySeed(text: string): { readonly prefix: number; readonly seed: Uint8Array } | null {
  const raw = decodeSummed(text);
  if (raw === null || raw.length !== RAW_BYTES + 1) return null;
  const [first = 0, second = 0] = raw;
  const prefix = ((first & 7) << 5) | ((second & PREFIX_BITS) >> 3);
  if ((first & PREFIX_BITS) !== NKEY_SEED || !PUBLIC_PREFIXES.includes(prefix)) return null;
  return { prefix, seed: raw.slice(2, NKEY_BYTES + 2) };
}

/** All bytes, the checksum at their end included; null when a letter or the sum is wrong. */
function decodeSummed(text: string): Uint8Array | null {
  // No number of bytes is written with so many letters.
  if ([1, 3, 6].includes(text.length % 8)) return null;
  const raw = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let value = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = BASE32.indexOf(text.charAt(i));
    if (digit < 0) return null;
    value = (value << 5) | digit;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    raw[at++] = value >>> bits;
    value &= (1 << bits) - 1;
  }
  const end = raw.length - 2;
  if (end < 1) return null;
  const crc = crc16(raw.subarray(0, end));
  return raw[end] === (crc & 0xff) && raw[end + 1] === crc >>> 8 ? raw : null;
}

/** CRC-16/XMODEM. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += BASE32[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + BASE32[(value << (5 - bits)) & 31] : text;
}
