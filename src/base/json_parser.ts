// Reads JSON with the rules, limits and refusals of Go's encoding/json (Unmarshal into no particular type): integers
// stay exact, nesting is limited, the last of equal keys wins, wrong UTF-8 is repaired byte by byte. Objects have no
// prototype, so no key means anything special. For configuration, meta files and CONNECT. What a typed request may
// hold, and the texts for that, is jetstream/json.
// Compat: Go encoding/json scanner.go, whose texts the refusals are.
import { asciiText, utf8Text } from './bytes.ts';
import type { ParsedValue, ParseRefusal } from './parsed.ts';

/**
 * A number written with a fraction or an exponent, or with more digits than any integer needs. Kept as text because
 * Go refuses even `1.0` for an integer, and says it as it was written.
 */
export class JsonDecimal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get value(): number {
    return Number(this.text);
  }
}

/** Integers are numbers up to 2^53 - 1 either way and bigints beyond. */
export type JsonValue = null | boolean | number | bigint | JsonDecimal | string | JsonValue[] | JsonObject;

/** Has no prototype. */
export interface JsonObject {
  [key: string]: JsonValue;
}

export interface JsonRefusal extends ParseRefusal {
  /** Bytes up to and including the one that was not expected; all of them where more were. */
  readonly offset: number;
}

/** Arrays and objects within each other. */
export const JSON_DEPTH_MAX = 10_000;

/** Above this an integer is in no type's range, and is not worth a bigint. */
const INTEGER_DIGITS_MAX = 40;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** What the reference feeds its state machine at the end, to see whether the value is complete. */
const END = -1;

export function parseJson(bytes: Uint8Array): ParsedValue<JsonValue> | JsonRefusal {
  const parser = new JsonParser(bytes);
  try {
    return { ok: true, value: parser.parse() };
  } catch (error) {
    if (error instanceof JsonStop) return { ok: false, error: error.message, offset: error.offset };
    throw error;
  }
}

/** Ends the parser at the first wrong byte; never leaves this file. */
class JsonStop extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** An array or object that is being read. Arrays and objects are a stack and not calls, so depth costs no calls. */
interface Open {
  readonly array: JsonValue[] | null;
  readonly object: JsonObject;
  key: string;
}

const NO_OBJECT: JsonObject = Object.freeze(Object.create(null));

class JsonParser {
  readonly #bytes: Uint8Array;
  #at = 0;
  readonly #open: Open[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  parse(): JsonValue {
    for (;;) {
      const begun = this.#beginValue();
      if (begun !== undefined) {
        const whole = this.#endValue(begun);
        if (whole !== undefined) return whole;
      }
    }
  }

  /** Reads a scalar or an empty container; undefined where a container with something in it was opened. */
  #beginValue(): JsonValue | undefined {
    const byte = this.#skipSpace();
    switch (byte) {
      case OPEN_OBJECT:
        return this.#beginObject();
      case OPEN_ARRAY:
        this.#enter();
        if (this.#skipSpace() === CLOSE_ARRAY) {
          this.#at++;
          return [];
        }
        this.#open.push({ array: [], object: NO_OBJECT, key: '' });
        return undefined;
      case QUOTE:
        return this.#string();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        if (byte === MINUS || isDigit(byte)) return this.#number();
        return this.#refuse('looking for beginning of value');
    }
  }

  #enter(): void {
    if (this.#open.length >= JSON_DEPTH_MAX) this.#refuse('exceeded max depth');
    this.#at++;
  }

  #beginObject(): JsonObject | undefined {
    this.#enter();
    const object: JsonObject = Object.create(null);
    if (this.#skipSpace() === CLOSE_OBJECT) {
      this.#at++;
      return object;
    }
    this.#open.push({ array: null, object, key: this.#key() });
    return undefined;
  }

  /** Puts a complete value where it belongs, and closes what it completes; the whole text's value at the very end. */
  #endValue(value: JsonValue): JsonValue | undefined {
    let complete = value;
    for (;;) {
      const open = this.#open.at(-1);
      const byte = this.#skipSpace();
      if (open === undefined) return byte === END ? complete : this.#refuse('after top-level value');
      if (open.array !== null) {
        open.array.push(complete);
        if (byte !== COMMA && byte !== CLOSE_ARRAY) this.#refuse('after array element');
      } else {
        open.object[open.key] = complete;
        if (byte !== COMMA && byte !== CLOSE_OBJECT) this.#refuse('after object key:value pair');
      }
      this.#at++;
      if (byte === COMMA) {
        if (open.array === null) open.key = this.#key();
        return undefined;
      }
      complete = open.array ?? open.object;
      this.#open.pop();
    }
  }

  /** A key and its colon. */
  #key(): string {
    if (this.#skipSpace() !== QUOTE) this.#refuse('looking for beginning of object key string');
    const key = this.#string();
    if (this.#skipSpace() !== COLON) this.#refuse('after object key');
    this.#at++;
    return key;
  }

  #byte(): number {
    return this.#at < this.#bytes.length ? (this.#bytes[this.#at] as number) : END;
  }

  #skipSpace(): number {
    let byte = this.#byte();
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      this.#at++;
      byte = this.#byte();
    }
    return byte;
  }

  #word<T extends JsonValue>(word: string, value: T): T {
    for (let i = 1; i < word.length; i++) {
      this.#at++;
      if (this.#byte() !== word.charCodeAt(i)) {
        this.#refuse(`in literal ${word} (expecting '${word.charAt(i)}')`, 'inside');
      }
    }
    this.#at++;
    return value;
  }

  #number(): JsonValue {
    const start = this.#at;
    if (this.#byte() === MINUS) this.#at++;
    if (!isDigit(this.#byte())) this.#refuse('in numeric literal', 'inside');
    if (this.#byte() === ZERO) this.#at++;
    else this.#digits();
    const integerEnd = this.#at;
    if (this.#byte() === POINT) {
      this.#at++;
      if (!isDigit(this.#byte())) this.#refuse('after decimal point in numeric literal', 'inside');
      this.#digits();
    }
    if ((this.#byte() | 0x20) === 0x65 && this.#byte() !== END) {
      this.#at++;
      if (this.#byte() === 0x2b || this.#byte() === MINUS) this.#at++;
      if (!isDigit(this.#byte())) this.#refuse('in exponent of numeric literal', 'inside');
      this.#digits();
    }
    const text = asciiText(this.#bytes, start, this.#at);
    if (this.#at !== integerEnd || text.length > INTEGER_DIGITS_MAX) return new JsonDecimal(text);
    const value = Number(text);
    // `-0` is the integer 0.
    return Number.isSafeInteger(value) ? value + 0 : BigInt(text);
  }

  #digits(): void {
    while (isDigit(this.#byte())) this.#at++;
  }

  #string(): string {
    this.#at++;
    let text = '';
    let start = this.#at;
    for (;;) {
      const byte = this.#byte();
      if (byte === QUOTE) break;
      if (byte === END) this.#refuse('');
      if (byte < 0x20) this.#refuse('in string literal', 'inside');
      if (byte !== BACKSLASH) {
        this.#at++;
        continue;
      }
      text += utf8Text(this.#bytes, start, this.#at) + this.#escape();
      start = this.#at;
    }
    text += utf8Text(this.#bytes, start, this.#at);
    this.#at++;
    return text;
  }

  #escape(): string {
    this.#at++;
    const byte = this.#byte();
    if (byte === 0x75) return this.#unicodeEscape();
    const at = ESCAPE_NAMES.indexOf(byte === END ? '' : String.fromCharCode(byte));
    if (byte === END || at < 0) this.#refuse('in string escape code', 'inside');
    this.#at++;
    return ESCAPE_VALUES.charAt(at);
  }

  /** From the `u`. Two halves of a pair are joined; a lone half becomes U+FFFD. */
  #unicodeEscape(): string {
    const unit = this.#hexUnit();
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    const isPair =
      unit <= 0xdbff && this.#byte() === BACKSLASH && this.#bytes[this.#at + 1] === 0x75 && this.#isLowHalf();
    if (!isPair) return '\ufffd';
    this.#at++;
    return String.fromCharCode(unit, this.#hexUnit());
  }

  /** Whether the escape at hand is \uDC00 .. \uDFFF. What is wrong in it is found when it is read. */
  #isLowHalf(): boolean {
    return /^\\u[dD][c-fC-F][0-9a-fA-F]{2}$/.test(
      asciiText(this.#bytes, this.#at, Math.min(this.#at + 6, this.#bytes.length)),
    );
  }

  #hexUnit(): number {
    let unit = 0;
    for (let i = 0; i < 4; i++) {
      this.#at++;
      const digit = hexDigit(this.#byte());
      if (digit < 0) this.#refuse('in \\u hexadecimal character escape', 'inside');
      unit = unit * 16 + digit;
    }
    this.#at++;
    return unit;
  }

  /** `inside` a word, number or escape an end is told as an unexpected blank: the reference looks on with one. */
  #refuse(where: string, place: 'between' | 'inside' = 'between'): never {
    const byte = this.#byte();
    if (byte === END && place === 'between') throw new JsonStop('unexpected end of JSON input', this.#bytes.length);
    const offset = Math.min(this.#at + 1, this.#bytes.length);
    throw new JsonStop(`invalid character ${goQuotedByte(byte === END ? 0x20 : byte)} ${where}`, offset);
  }
}

const ESCAPE_NAMES = '"\\/bfnrt';
const ESCAPE_VALUES = '"\\/\b\f\n\r\t';

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - ZERO;
  const folded = byte | 0x20;
  return byte > 0 && folded >= 0x61 && folded <= 0x66 ? folded - 0x57 : -1;
}

const BYTE_ESCAPES = '\x07\x08\t\n\x0b\x0c\r';
const BYTE_ESCAPE_NAMES = 'abtnvfr';

/** A byte, taken for the code point of that number, in single quotes. Compat: scanner.go, quoteChar. */
function goQuotedByte(byte: number): string {
  const char = String.fromCharCode(byte);
  const escapeAt = BYTE_ESCAPES.indexOf(char);
  if (escapeAt >= 0) return `'\\${BYTE_ESCAPE_NAMES.charAt(escapeAt)}'`;
  if (char === "'" || char === '\\') return `'\\${char}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
  // The controls above ASCII, the no-break space and the soft hyphen are not printable.
  if ((byte >= 0x80 && byte <= 0xa0) || byte === 0xad) return `'\\u00${byte.toString(16)}'`;
  return `'${char}'`;
}
