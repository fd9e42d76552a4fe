// Finds the end of one JSON value in a request and refuses what is not JSON with the words of Go's encoding/json,
// because the API hands them on to clients. Pure; decodes nothing: json_type.ts does, after this said yes.
// Compat: encoding/json scanner.go (state machine texts), stream.go Decoder (offsets, end of input).
import { goQuoteByte } from './go_quote.ts';

export type JsonScan =
  | { readonly kind: 'value'; readonly start: number; readonly end: number }
  /** Only white space was left. */
  | { readonly kind: 'end' }
  /** `offset` counts bytes up to and including the unexpected one; 0 where the input ended inside a value. */
  | { readonly kind: 'error'; readonly text: string; readonly offset: number };

/** Deeper nesting than this is refused, as it is there; it also bounds the stack of the decoder. */
export const NESTING_MAX = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** A refusal raised inside the scan and turned into a value by scanJson(); never leaves this file. */
class ScanStop extends Error {
  readonly text: string;
  readonly offset: number;

  constructor(text: string, offset: number) {
    super(text);
    this.text = text;
    this.offset = offset;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
}

class Scanner {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  /** The byte here; stops where the input ends in the middle of a value. */
  #here(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new ScanStop('unexpected EOF', 0);
    return byte;
  }

  #refuse(byte: number, context: string): never {
    throw new ScanStop(`invalid character ${goQuoteByte(byte)} ${context}`, this.#at + 1);
  }

  skipSpace(): void {
    while (this.#at < this.#bytes.length && isSpace(this.#bytes[this.#at] ?? 0)) this.#at++;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  value(): void {
    // One entry per open object or array: what closes it.
    const open: number[] = [];
    for (;;) {
      this.skipSpace();
      const byte = this.#here();
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        open.push(byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY);
        if (open.length > NESTING_MAX) this.#refuse(byte, 'exceeded max depth');
        this.#at++;
        if (!this.#isClosedEmpty(open)) {
          if (byte === OPEN_OBJECT) this.#key();
          continue;
        }
      } else {
        this.#literal(byte);
      }
      if (!this.#afterValue(open)) return;
    }
  }

  /** Right behind an opening bracket: takes the closing one if it follows. */
  #isClosedEmpty(open: number[]): boolean {
    this.skipSpace();
    if (this.#here() !== open.at(-1)) return false;
    this.#at++;
    open.pop();
    return true;
  }

  /** Closes what ends here. True when another value must follow, false when the outermost one is complete. */
  #afterValue(open: number[]): boolean {
    for (;;) {
      const close = open.at(-1);
      if (close === undefined) return false;
      this.skipSpace();
      const byte = this.#here();
      if (byte === COMMA) {
        this.#at++;
        if (close === CLOSE_OBJECT) this.#key();
        return true;
      }
      if (byte !== close) {
        this.#refuse(byte, close === CLOSE_OBJECT ? 'after object key:value pair' : 'after array element');
      }
      this.#at++;
      open.pop();
    }
  }

  #key(): void {
    this.skipSpace();
    const byte = this.#here();
    if (byte !== QUOTE) this.#refuse(byte, 'looking for beginning of object key string');
    this.#string();
    this.skipSpace();
    const colon = this.#here();
    if (colon !== COLON) this.#refuse(colon, 'after object key');
    this.#at++;
  }

  #literal(byte: number): void {
    if (byte === QUOTE) this.#string();
    else if (byte === MINUS || isDigit(byte)) this.#number(byte);
    else if (byte === 0x74) this.#word('true');
    else if (byte === 0x66) this.#word('false');
    else if (byte === 0x6e) this.#word('null');
    else this.#refuse(byte, 'looking for beginning of value');
  }

  #word(word: string): void {
    for (let i = 1; i < word.length; i++) {
      this.#at++;
      const byte = this.#here();
      if (byte !== word.charCodeAt(i)) this.#refuse(byte, `in literal ${word} (expecting '${word[i]}')`);
    }
    this.#at++;
  }

  #string(): void {
    for (;;) {
      this.#at++;
      const byte = this.#here();
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) this.#escape();
      else if (byte < 0x20) this.#refuse(byte, 'in string literal');
    }
    this.#at++;
  }

  #escape(): void {
    this.#at++;
    const byte = this.#here();
    if (byte === 0x75) {
      for (let i = 0; i < 4; i++) {
        this.#at++;
        const hex = this.#here();
        if (!isHex(hex)) this.#refuse(hex, 'in \\u hexadecimal character escape');
      }
    } else if (!'bfnrt\\/"'.includes(String.fromCharCode(byte))) {
      this.#refuse(byte, 'in string escape code');
    }
  }

  #number(first: number): void {
    if (first === MINUS) {
      this.#at++;
      if (!isDigit(this.#here())) this.#refuse(this.#here(), 'in numeric literal');
    }
    // A leading zero ends the integer part: what follows is judged by whoever comes next.
    const isZero = this.#here() === 0x30;
    this.#at++;
    if (!isZero) this.#digits();
    if (this.#bytes[this.#at] === 0x2e) {
      this.#at++;
      if (!isDigit(this.#here())) this.#refuse(this.#here(), 'after decimal point in numeric literal');
      this.#digits();
    }
    const exponent = this.#bytes[this.#at];
    if (exponent === 0x65 || exponent === 0x45) {
      this.#at++;
      const sign = this.#here();
      if (sign === 0x2b || sign === MINUS) this.#at++;
      if (!isDigit(this.#here())) this.#refuse(this.#here(), 'in exponent of numeric literal');
      this.#digits();
    }
  }

  #digits(): void {
    while (isDigit(this.#bytes[this.#at] ?? 0)) this.#at++;
  }
}

/** Scans the value that begins at or after `from`. */
export function scanJson(bytes: Uint8Array, from: number): JsonScan {
  const scanner = new Scanner(bytes, from);
  scanner.skipSpace();
  if (scanner.isAtEnd()) return { kind: 'end' };
  const start = scanner.at;
  try {
    scanner.value();
  } catch (error) {
    if (error instanceof ScanStop) return { kind: 'error', text: error.text, offset: error.offset };
    throw error;
  }
  return { kind: 'value', start, end: scanner.at };
}
