// A place in the text of a configuration file: takes characters, remembers where the token in work started, emits tokens
// with their places, says where a fault is. Knows comments, because they may stand nearly everywhere, and nothing else of
// the language. Called by lexer.ts and scalar_lexer.ts.
import { runeLength, utf8Text } from '../base/bytes.ts';
import { END, HASH, isLineEnd, LINE_FEED, SLASH } from './characters.ts';
import { ConfigError } from './config_error.ts';

export type TokenKind =
  | 'key'
  | 'string'
  | 'integer'
  | 'float'
  | 'boolean'
  | 'datetime'
  | 'variable'
  | 'include'
  | 'array start'
  | 'array end'
  | 'map start'
  | 'map end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

export class CharCursor {
  readonly file: string;
  readonly #bytes: Uint8Array;
  readonly #emit: (token: Token) => void;
  #at: number;
  /** Bytes of the character taken last; 0 at the end of the file. */
  #width: number;
  /** Where the token in work starts. */
  #start: number;
  #line: number;
  /** The last line feed that was looked at, or 0. Not turned back with the line: the reference's columns depend on it. */
  #lineFeed: number;
  /** The value of `#lineFeed` when the token in work started. */
  #tokenLineFeed: number;
  /** What a string with escapes has so far. */
  #parts: Uint8Array[];

  constructor(bytes: Uint8Array, file: string, emit: (token: Token) => void) {
    this.file = file;
    this.#bytes = bytes;
    this.#emit = emit;
    this.#at = 0;
    this.#width = 0;
    this.#start = 0;
    this.#line = 1;
    this.#lineFeed = 0;
    this.#tokenLineFeed = 0;
    this.#parts = [];
  }

  /** Whether the character taken last is no character but the end of the file. */
  get isAtEnd(): boolean {
    return this.#width === 0;
  }

  get line(): number {
    return this.#line;
  }

  /** Where an empty token here would be said to stand. */
  get column(): number {
    return this.#start - this.#tokenLineFeed;
  }

  /** Bytes taken since the mark. */
  get length(): number {
    return this.#at - this.#start;
  }

  /** Whether the string in work has had escapes. */
  get hasEscapes(): boolean {
    return this.#parts.length > 0;
  }

  /** Whether the character in front of the one taken last, an ASCII one, is a line feed. */
  get isBehindLineFeed(): boolean {
    return this.#bytes[this.#at - 2] === LINE_FEED;
  }

  /** The next character (a code point), or END. */
  take(): number {
    if (this.#at >= this.#bytes.length) {
      this.#width = 0;
      return END;
    }
    const byte = this.#bytes[this.#at] as number;
    if (byte < 0x80) {
      if (byte === LINE_FEED) {
        this.#line++;
        this.#lineFeed = this.#at;
      }
      this.#width = 1;
      this.#at++;
      return byte;
    }
    const length = runeLength(this.#bytes, this.#at, this.#bytes.length);
    this.#width = length === 0 ? 1 : length;
    this.#at += this.#width;
    return length === 0 ? 0xfffd : (this.lastBytes(length).codePointAt(0) ?? 0xfffd);
  }

  /** Undoes one `take`. */
  putBack(): void {
    this.#at -= this.#width;
    if (this.#at < this.#bytes.length && this.#bytes[this.#at] === LINE_FEED) this.#line--;
  }

  /** Goes back by one byte, which is an ASCII character and no line feed. */
  stepBack(): void {
    this.#at--;
  }

  look(): number {
    const char = this.take();
    this.putBack();
    return char;
  }

  /** Takes one character that belongs to no token. */
  skip(): void {
    this.take();
    this.mark();
  }

  /** The next token starts here. */
  mark(): void {
    this.#start = this.#at;
    this.#tokenLineFeed = this.#lineFeed;
  }

  /** Emits what was taken since the mark; returns its text. */
  token(kind: TokenKind): string {
    let bytes = this.#bytes.subarray(this.#start, this.#at);
    if (this.#parts.length > 0) {
      bytes = Buffer.concat([...this.#parts, bytes]);
      this.#parts = [];
    }
    const text = utf8Text(bytes, 0, bytes.length);
    const column = this.#at - this.#tokenLineFeed - bytes.length;
    this.mark();
    this.#emit({ kind, text, line: this.#line, column });
    return text;
  }

  /** What was taken since the mark, or since the last escape. */
  taken(): string {
    return utf8Text(this.#bytes, this.#start, this.#at);
  }

  lastBytes(count: number): string {
    return utf8Text(this.#bytes, this.#at - count, this.#at);
  }

  /** The first byte since the mark belongs to no token. */
  dropFirst(): void {
    this.#start++;
  }

  /** The backslash is taken: what is in front of it belongs to the string. */
  startEscape(): void {
    this.#parts.push(this.#bytes.subarray(this.#start, this.#at - 1));
  }

  /** What was taken since the backslash stands for `byte`. */
  endEscape(byte: number): void {
    this.#parts.push(Uint8Array.of(byte));
    this.#start = this.#at;
  }

  /** With the line that the reference counts, which is the next one when a line feed is at fault. */
  fail(text: string): never {
    this.failAs(`Parse error on line ${this.#line}: '${text}'`);
  }

  failAs(text: string): never {
    const offset = this.#at - this.#width;
    let line = 1;
    let lineStart = 0;
    for (let i = 0; i < offset; i++) {
      if (this.#bytes[i] !== LINE_FEED) continue;
      line++;
      lineStart = i + 1;
    }
    throw new ConfigError({ file: this.file, line, column: offset - lineStart + 1 }, text);
  }

  /** Whether `char`, taken just now, starts a comment; both slashes are taken then. */
  isComment(char: number): boolean {
    if (char === HASH) return true;
    if (char !== SLASH) return false;
    const width = this.#width;
    if (this.take() === SLASH) return true;
    this.putBack();
    this.#width = width;
    return false;
  }

  /** Up to the end of the line, which stays. */
  comment(): void {
    for (;;) {
      const char = this.look();
      if (isLineEnd(char) || char === END) return this.mark();
      this.take();
    }
  }
}
