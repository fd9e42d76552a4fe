// Walks over one JSON value that json_scan.ts found valid, and remembers where it is in Go's terms (struct and path of
// fields), because the texts of refusals name them. Decides nothing about types: json_type.ts does.
// Compat: encoding/json decode.go (addErrorContext): the first error is the one that is reported.
import { goQuote } from './go_quote.ts';

const QUOTE = 0x22;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

const TEXT = new TextDecoder();

/** Stops the whole decoding at once: a field with a parser of its own (an enumeration, a time) did not like its value. */
export class DecodeStop extends Error {
  readonly text: string;

  constructor(text: string) {
    super(text);
    this.text = text;
  }
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'bool' | 'null';

/** Walks over one valid JSON value, and remembers where it is in Go's terms for the sake of error texts. */
export class JsonCursor {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #isStrict: boolean;
  #firstError: string | null = null;
  /** Name of the innermost Go struct whose field is being decoded, and the path of fields to it. */
  #structName = '';
  #path: string[] = [];

  constructor(bytes: Uint8Array, at: number, isStrict: boolean) {
    this.#bytes = bytes;
    this.#at = at;
    this.#isStrict = isStrict;
  }

  get firstError(): string | null {
    return this.#firstError;
  }

  kind(): JsonKind {
    switch (this.#bytes[this.#at]) {
      case OPEN_OBJECT:
        return 'object';
      case OPEN_ARRAY:
        return 'array';
      case QUOTE:
        return 'string';
      case 0x74:
      case 0x66:
        return 'bool';
      case 0x6e:
        return 'null';
      default:
        return 'number';
    }
  }

  /** The text of the value here, and moves behind it. */
  raw(): string {
    const start = this.#at;
    this.skip();
    return TEXT.decode(this.#bytes.subarray(start, this.#at));
  }

  string(): string {
    const value: unknown = JSON.parse(this.raw());
    // A lone surrogate is no text: it becomes the replacement character.
    return String(value).replace(/\p{Surrogate}/gu, '\ufffd');
  }

  skip(): void {
    let depth = 0;
    do {
      const byte = this.#bytes[this.#at];
      if (byte === QUOTE) this.#skipString();
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
      else if (depth === 0) return this.#skipWord();
      this.#at++;
    } while (depth > 0);
  }

  /** Leaves the cursor on the closing quotation mark. */
  #skipString(): void {
    for (this.#at++; this.#bytes[this.#at] !== QUOTE; this.#at++) {
      if (this.#bytes[this.#at] === 0x5c) this.#at++;
    }
  }

  #skipWord(): void {
    while (this.#at < this.#bytes.length && !this.#isWordEnd(this.#bytes[this.#at] ?? 0)) this.#at++;
  }

  #isWordEnd(byte: number): boolean {
    return byte <= 0x20 || byte === COMMA || byte === COLON || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT;
  }

  #skipSpace(): void {
    while ((this.#bytes[this.#at] ?? 0xff) <= 0x20) this.#at++;
  }

  /** Calls back on each element, with the cursor on it; the callback moves behind it. */
  elements(element: () => void): void {
    this.#at++;
    for (;;) {
      this.#skipSpace();
      const byte = this.#bytes[this.#at];
      if (byte === COMMA) this.#at++;
      else if (byte === CLOSE_ARRAY) break;
      else element();
    }
    this.#at++;
  }

  /** Calls back on each value of an object with its key. */
  entries(entry: (key: string) => void): void {
    this.#at++;
    for (;;) {
      this.#skipSpace();
      const byte = this.#bytes[this.#at];
      if (byte === COMMA) {
        this.#at++;
        continue;
      }
      if (byte === CLOSE_OBJECT) break;
      const key = this.string();
      this.#skipSpace();
      this.#at++;
      this.#skipSpace();
      entry(key);
    }
    this.#at++;
  }

  /** Decodes a field of a struct: errors inside are reported under its path. */
  within(structName: string, path: readonly string[], decode: () => void): void {
    const outerStruct = this.#structName;
    const outerPath = this.#path;
    this.#structName = structName;
    this.#path = [...outerPath, ...path];
    decode();
    this.#structName = outerStruct;
    this.#path = outerPath;
  }

  unknownField(key: string): void {
    if (this.#isStrict) this.#firstError ??= `json: unknown field ${goQuote(key)}`;
    this.skip();
  }

  typeErrorText(value: string, typeName: string): string {
    if (this.#structName === '') return `json: cannot unmarshal ${value} into Go value of type ${typeName}`;
    const field = `${this.#structName}.${this.#path.join('.')}`;
    return `json: cannot unmarshal ${value} into Go struct field ${field} of type ${typeName}`;
  }

  /** The value here is of a wrong kind: remembers that and moves behind it. */
  wrongType(typeName: string): void {
    this.reportType(this.kind(), typeName);
    this.skip();
  }

  reportType(value: string, typeName: string): void {
    this.#firstError ??= this.typeErrorText(value, typeName);
  }
}
