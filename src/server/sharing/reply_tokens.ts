// Reply subjects that the server makes for requests to other accounts: `_R_.`, six characters of the account, a dot, six
// of the request. They cannot be guessed: whoever knows one may answer. Compat: accounts.go, newServiceReply.
import type { Entropy } from '../../ports/entropy.ts';
import { SubjectBuffer } from '../../subject/subject_buffer.ts';

const DIGITS = new TextEncoder().encode('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
const RESERVED = new TextEncoder().encode('_R_.');
const DOT = 46;
const BASE = 62;
const TOKEN_DIGITS = 6;
/** As many there are. */
export const TOKENS = BASE ** TOKEN_DIGITS;
/** Random bytes of one token. */
const TOKEN_BYTES = 6;
const BLOCK_BYTES = TOKEN_BYTES * 128;

export const NO_TOKEN = -1;

/** Value of each ASCII character as a digit; BASE where it is none. */
const VALUES = new Uint8Array(256).fill(BASE);
for (let i = 0; i < BASE; i++) VALUES[DIGITS[i] as number] = i;

export class ReplyTokens {
  readonly #entropy: Entropy;
  readonly #random = new Uint8Array(BLOCK_BYTES);
  #used = BLOCK_BYTES;
  /** `_R_.XXXXXX.` */
  readonly prefix: Uint8Array;

  constructor(entropy: Entropy) {
    this.#entropy = entropy;
    const prefix = new SubjectBuffer();
    prefix.range(RESERVED, 0, RESERVED.length);
    this.appendToken(this.next(), prefix);
    prefix.byte(DOT);
    this.prefix = prefix.copy();
  }

  next(): number {
    if (this.#used === BLOCK_BYTES) {
      this.#entropy.fill(this.#random);
      this.#used = 0;
    }
    let value = 0;
    for (let i = 0; i < TOKEN_BYTES; i++) value = value * 256 + (this.#random[this.#used++] as number);
    return value % TOKENS;
  }

  /** Writes the six characters of a request. */
  appendToken(token: number, to: SubjectBuffer): void {
    let rest = token;
    for (let i = 0; i < TOKEN_DIGITS; i++) {
      const upper = Math.floor(rest / BASE);
      to.byte(DIGITS[rest - upper * BASE] as number);
      rest = upper;
    }
  }

  /** The token of a reply with our prefix; NO_TOKEN of anything else. The least significant digit is the first. */
  tokenOf(bytes: Uint8Array, start: number, end: number): number {
    if (end - start !== this.prefix.length + TOKEN_DIGITS) return NO_TOKEN;
    let value = 0;
    let scale = 1;
    for (let i = start + this.prefix.length; i < end; i++) {
      const digit = VALUES[bytes[i] as number] as number;
      if (digit === BASE) return NO_TOKEN;
      value += digit * scale;
      scale *= BASE;
    }
    return value;
  }
}
