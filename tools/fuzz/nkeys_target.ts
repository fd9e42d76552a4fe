// Keys, seeds and signatures as clients and configurations write them, whole, broken and made up, against a plain reader of
// their form: nothing throws, what is no key is none, and a signature proves a key only where it is the one that the key
// made over this very nonce.
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { isSignedByUser } from '../../src/auth/signature.ts';
import {
  decodeNkey,
  decodeNkeySeed,
  encodeNkey,
  isPublicNkey,
  NKEY_ACCOUNT,
  NKEY_BYTES,
  NKEY_CLUSTER,
  NKEY_CURVE,
  NKEY_OPERATOR,
  NKEY_SERVER,
  NKEY_USER,
} from '../../src/base/nkey.ts';
import { Prng } from '../../src/base/prng.ts';
import { type FuzzTarget, promise } from './fuzz_target.ts';
import { InputBuffer } from './mutations.ts';

const KINDS = [NKEY_SERVER, NKEY_CLUSTER, NKEY_OPERATOR, NKEY_ACCOUNT, NKEY_USER, NKEY_CURVE];
const SEED_PREFIX = 18 << 3;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const TEXT_BYTES_MAX = 256;
const WORDS = ['=', '==', 'A', 'U', 'SU', 'X', '7', '2', '+', '/', '-', '_', '\0', ' ', '\n', 'a', '1', '8'];
/** Letters beyond a byte, some of whose low bytes are letters of the alphabet. */
const FAR_LETTERS = ['\u0141', '\u2155', '\ud83d', '\u0000', '\u00c1'];
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const USERS = 8;
/** How often the form is right and the cipher must decide, which takes most of the time. */
const VERIFIED_CHANCE = 0.01;

interface User {
  readonly key: string;
  readonly seed: string;
  readonly nonce: string;
  readonly signature: Buffer;
}

/** All bytes that letters of `bits` bits stand for; null where one is no letter. What is left over at the end does not count. */
function bytesOf(text: string, alphabet: string, bits: number): number[] | null {
  let all = '';
  for (const letter of text) {
    const digit = alphabet.indexOf(letter);
    if (digit < 0) return null;
    all += digit.toString(2).padStart(bits, '0');
  }
  return Array.from({ length: Math.floor(all.length / 8) }, (_, i) => Number.parseInt(all.slice(8 * i, 8 * i + 8), 2));
}

/** The remainder that CRC-16/XMODEM is, of the bytes as one polynomial. */
function remainder(bytes: readonly number[]): number {
  let rest = 0;
  for (const byte of [...bytes, 0, 0]) {
    for (let bit = 7; bit >= 0; bit--) {
      rest = rest * 2 + ((byte >> bit) & 1);
      if (rest > 0xffff) rest = (rest - 0x10000) ^ 0x1021;
    }
  }
  return rest;
}

/** What stands before the checksum, where the letters, the length and the sum are right. */
function summed(text: string, letters: number): number[] | null {
  const bytes = text.length === letters ? bytesOf(text, BASE32, 5) : null;
  if (bytes === null) return null;
  const [low = 0, high = 0] = bytes.slice(-2);
  const body = bytes.slice(0, -2);
  return remainder(body) === low + 256 * high ? body : null;
}

function signatureBytes(text: string): number[] | null {
  if (text.length === 86) return bytesOf(text, `${BASE64}-_`, 6);
  return text.length === 88 && text.endsWith('==') ? bytesOf(text.slice(0, 86), `${BASE64}+/`, 6) : null;
}

function seedText(prefix: number, seed: Uint8Array): string {
  const body = [SEED_PREFIX | (prefix >> 5), (prefix & 31) << 3, ...seed];
  const sum = remainder(body);
  const bits = [...body, sum & 255, sum >> 8].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/** The same ones always. */
function makeUsers(): readonly User[] {
  const random = new Prng(1);
  return Array.from({ length: USERS }, (_, i) => {
    const seed = Buffer.from(Array.from({ length: NKEY_BYTES }, () => random.below(256)));
    const secret = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
    const nonce = `nonce-${i}-${random.u32()}`;
    return {
      key: encodeNkey(NKEY_USER, spki.subarray(-NKEY_BYTES)),
      seed: seedText(NKEY_USER, seed),
      nonce,
      signature: sign(null, Buffer.from(nonce), secret),
    };
  });
}

export class NkeysTarget implements FuzzTarget {
  readonly name = 'nkeys';
  readonly about = 'keys, seeds and signatures over nonces, against a plain reader of their form';
  readonly #users = makeUsers();
  readonly #input = new InputBuffer(TEXT_BYTES_MAX);
  #text = '';

  currentInput(): string {
    return this.#text;
  }

  run(random: Prng, cases: number): number {
    for (let i = 0; i < cases; i++) this.#one(random);
    return cases;
  }

  #one(random: Prng): void {
    if (random.chance(VERIFIED_CHANCE)) return this.#verified(random);
    const user = random.pick(this.#users);
    const text = this.#mutated(random, this.#written(random, user));
    this.#key(random, text);
    this.#seed(text);
    // A key that is none, or a signature of the wrong form: no cipher is asked.
    if (summed(text, 56)?.[0] !== NKEY_USER) this.#refused(text, user.nonce, user.signature.toString('base64url'));
    else if (signatureBytes(text) === null) this.#refused(user.key, user.nonce, text);
  }

  #key(random: Prng, text: string): void {
    const body = summed(text, 56);
    for (const kind of [...KINDS, random.below(256)]) {
      const key = decodeNkey(kind, text);
      const isKey = body !== null && body[0] === kind;
      promise((key !== null) === isKey, `a key of kind ${kind} or none`, text);
      if (key === null || body === null) continue;
      promise(key.length === NKEY_BYTES && key.every((byte, i) => byte === body[i + 1]), 'the key is another', text);
      promise(encodeNkey(kind, key) === text, 'the key is written in another way', text);
    }
    const isPublic = body !== null && KINDS.includes(body[0] as number);
    promise(isPublicNkey(text) === isPublic, 'a public key or none', text);
  }

  #seed(text: string): void {
    const found = decodeNkeySeed(text);
    const body = summed(text, 58);
    const [first = 0, second = 0] = body ?? [];
    const kind = ((first & 7) << 5) | (second >> 3);
    const isSeed = body !== null && first >> 3 === SEED_PREFIX >> 3 && KINDS.includes(kind);
    promise((found !== null) === isSeed, 'a seed or none', text);
    if (found === null || body === null) return;
    promise(found.prefix === kind, 'the seed is of another kind', text);
    const isSame = found.seed.length === NKEY_BYTES && found.seed.every((byte, i) => byte === body[i + 2]);
    promise(isSame, 'the seed is another', text);
  }

  #refused(key: string, nonce: string, signature: string): void {
    promise(!isSignedByUser(key, nonce, signature), 'what has the wrong form proves something', this.#text);
  }

  /** The form is right, or nearly: exactly the signature that was made is taken. */
  #verified(random: Prng): void {
    const user = random.pick(this.#users);
    const key = random.chance(0.8) ? user.key : this.#otherKey(random);
    const nonce = random.chance(0.8) ? user.nonce : this.#mutated(random, user.nonce);
    const bytes = Buffer.from(user.signature);
    if (random.chance(0.5)) {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    }
    const written = bytes.toString(random.chance(0.5) ? 'base64' : 'base64url');
    const signature = random.chance(0.7) ? written : this.#mutated(random, written);
    this.#text = JSON.stringify([key, nonce, signature]);
    const read = signatureBytes(signature);
    const isSame = read !== null && user.signature.every((byte, i) => byte === read[i]);
    const isGood = isSame && key === user.key && nonce === user.nonce;
    promise(isSignedByUser(key, nonce, signature) === isGood, `a signature is ${isGood ? 'good' : 'bad'}`, this.#text);
  }

  /** Another user's, or 32 bytes that are nobody's and perhaps no point of the curve. */
  #otherKey(random: Prng): string {
    if (random.chance(0.5)) return random.pick(this.#users).key;
    return encodeNkey(NKEY_USER, randomBytes(random));
  }

  #written(random: Prng, user: User): string {
    switch (random.below(7)) {
      case 0:
        return user.key;
      case 1:
        return user.seed;
      case 2:
        return user.signature.toString(random.chance(0.5) ? 'base64' : 'base64url');
      case 3:
        return encodeNkey(random.chance(0.5) ? random.pick(KINDS) : random.below(256), randomBytes(random));
      case 4:
        return seedText(random.chance(0.5) ? random.pick(KINDS) : random.below(256), randomBytes(random));
      case 5:
        return Array.from({ length: 50 + random.below(12) }, () => BASE32[random.below(32)]).join('');
      default:
        return Buffer.from(randomBytes(random)).toString('latin1');
    }
  }

  /** Half of them as they are. */
  #mutated(random: Prng, text: string): string {
    const input = this.#input;
    input.clear();
    input.text(text);
    if (random.chance(0.5)) input.mutate(random, 1 + random.below(3), WORDS);
    let mutated = Buffer.from(input.view).toString('latin1');
    if (random.chance(0.05)) {
      const at = random.below(mutated.length + 1);
      mutated = mutated.slice(0, at) + random.pick(FAR_LETTERS) + mutated.slice(at + 1);
    }
    this.#text = mutated;
    return mutated;
  }
}

function randomBytes(random: Prng): Uint8Array {
  return Uint8Array.from({ length: NKEY_BYTES }, () => random.below(256));
}
