// Unique ids as NATS makes them: 22 characters of base 62, twelve from an entropy source and ten that count on from a
// random start in random strides. Quick, unique across processes, and not a secret. The source is passed in.

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62;
const PREFIX_LENGTH = 12;
const LENGTH = 22;
const STRIDE_MIN = 33;
const STRIDE_RANGE = 300;

export const NUID_LENGTH = LENGTH;

/** What ports/entropy.ts offers. */
export interface NuidEntropy {
  fill(bytes: Uint8Array): void;
}

export class Nuid {
  readonly #entropy: NuidEntropy;
  /** Digit values 0..61, most significant first; the last ten count. */
  readonly #digits = new Uint8Array(LENGTH);
  readonly #random = new Uint8Array(LENGTH + 2);
  #stride = STRIDE_MIN;

  constructor(entropy: NuidEntropy) {
    this.#entropy = entropy;
    this.#restart();
  }

  next(): string {
    this.#advance();
    let text = '';
    for (let i = 0; i < LENGTH; i++) text += DIGITS.charAt(this.#digits[i] as number);
    return text;
  }

  /** Writes the next id as ASCII; returns the position behind it. */
  writeNext(to: Uint8Array, at: number): number {
    this.#advance();
    for (let i = 0; i < LENGTH; i++) to[at + i] = DIGITS.charCodeAt(this.#digits[i] as number);
    return at + LENGTH;
  }

  #advance(): void {
    let carry = this.#stride;
    for (let i = LENGTH - 1; i >= PREFIX_LENGTH; i--) {
      const sum = (this.#digits[i] as number) + carry;
      carry = (sum / BASE) | 0;
      this.#digits[i] = sum - carry * BASE;
      if (carry === 0) return;
    }
    this.#restart();
  }

  /** Everything anew: at the start, and once the ten digits are used up. */
  #restart(): void {
    this.#entropy.fill(this.#random);
    for (let i = 0; i < LENGTH; i++) this.#digits[i] = (this.#random[i] as number) % BASE;
    const random = (this.#random[LENGTH] as number) * 256 + (this.#random[LENGTH + 1] as number);
    this.#stride = STRIDE_MIN + (random % STRIDE_RANGE);
  }
}
