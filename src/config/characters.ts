// The characters that mean something in the configuration language, as code points, and what kinds of them there are.

/** What CharCursor gives at the end of the file. A NUL byte is the same to the reference, hence the number. */
export const END = 0;
export const TAB = 0x09;
export const LINE_FEED = 0x0a;
export const RETURN = 0x0d;
export const SPACE = 0x20;
export const DOUBLE_QUOTE = 0x22;
export const HASH = 0x23;
export const DOLLAR = 0x24;
export const SINGLE_QUOTE = 0x27;
export const BLOCK_START = 0x28;
export const BLOCK_END = 0x29;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const ARRAY_START = 0x5b;
export const BACKSLASH = 0x5c;
export const ARRAY_END = 0x5d;
export const MAP_START = 0x7b;
export const MAP_END = 0x7d;

export function isBlank(char: number): boolean {
  return char === SPACE || char === TAB;
}

export function isLineEnd(char: number): boolean {
  return char === LINE_FEED || char === RETURN;
}

/** Compat: Go unicode.IsSpace. */
export function isSpace(char: number): boolean {
  if (char < 0x80) return char === SPACE || (char >= TAB && char <= RETURN);
  return char === 0x85 || (char !== 0xfeff && /\s/u.test(String.fromCodePoint(char)));
}

/** Compat: Go unicode.IsDigit; what is not ASCII is refused when the number is read. */
export function isDigit(char: number): boolean {
  if (char < 0x80) return char >= 0x30 && char <= 0x39;
  return /\p{Nd}/u.test(String.fromCodePoint(char));
}

export function isSeparator(char: number): boolean {
  return char === EQUALS || char === COLON;
}

export function isNumberEnd(char: number): boolean {
  return isLineEnd(char) || isBlank(char) || char === END || char === MAP_END || char === SEMICOLON || char === COMMA;
}

export function isBareEnd(char: number): boolean {
  return isNumberEnd(char) || char === ARRAY_END;
}

/** A character as the reference shows it in its messages. */
export function shown(char: number): string {
  return char === LINE_FEED ? '\\n' : String.fromCodePoint(char);
}
