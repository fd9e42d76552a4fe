// Names that nobody else has: of advisories and of consumers that were given none. Random digits and letters from the
// entropy passed in.
import type { Entropy } from '../ports/entropy.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const EVENT_ID_LENGTH = 22;
const CONSUMER_NAME_LENGTH = 8;
/** The largest multiple of the alphabet that a byte holds: bytes above are thrown away, so that all are equally likely. */
const BYTE_LIMIT = 256 - (256 % ALPHABET.length);

function randomText(entropy: Entropy, length: number): string {
  const bytes = new Uint8Array(length * 2);
  let text = '';
  while (text.length < length) {
    entropy.fill(bytes);
    for (const byte of bytes) {
      if (byte < BYTE_LIMIT && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}

export function eventId(entropy: Entropy): string {
  return randomText(entropy, EVENT_ID_LENGTH);
}

export function ephemeralName(entropy: Entropy): string {
  return randomText(entropy, CONSUMER_NAME_LENGTH);
}
