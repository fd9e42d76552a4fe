// Values that are neither blocks nor arrays: strings of four kinds, numbers with units, dates, booleans, variables. Decides
// which of them a text is by its characters alone. Called by lexer.ts.
// Compat: conf/lex.go, lexValue and what follows from it.
import type { CharCursor } from './char_cursor.ts';
import {
  BACKSLASH,
  BLOCK_END,
  BLOCK_START,
  COLON,
  DOT,
  DOUBLE_QUOTE,
  END,
  isBareEnd,
  isDigit,
  isLineEnd,
  isNumberEnd,
  LINE_FEED,
  MINUS,
  RETURN,
  SINGLE_QUOTE,
  shown,
  TAB,
} from './characters.ts';

/** `0` is a digit, everything else itself. */
const DATE_BEHIND_YEAR = '00-00T00:00:00Z';
const UNIT_LETTERS = 'kKmMgGtTpPeE';
const UNIT_ENDINGS = 'bBiI';

/** `first` is taken already, and the token starts with it. */
export function lexScalar(cursor: CharCursor, first: number): void {
  switch (first) {
    case SINGLE_QUOTE:
      cursor.mark();
      return singleQuoted(cursor);
    case DOUBLE_QUOTE:
      cursor.mark();
      return doubleQuoted(cursor);
    case BLOCK_START:
      cursor.mark();
      return blockString(cursor);
    case MINUS:
      return negative(cursor);
    case DOT:
      return cursor.fail('Floats must start with a digit');
  }
  if (isDigit(first)) return number(cursor);
  cursor.putBack();
  bareString(cursor);
}

/** No escapes, may go over lines. */
function singleQuoted(cursor: CharCursor): void {
  let char = cursor.take();
  while (char !== SINGLE_QUOTE) {
    if (char === END) cursor.fail('Unexpected EOF.');
    char = cursor.take();
  }
  cursor.putBack();
  cursor.token('string');
  cursor.skip();
}

function doubleQuoted(cursor: CharCursor): void {
  for (;;) {
    const char = cursor.take();
    if (char === END) cursor.fail('Unexpected EOF.');
    if (char === BACKSLASH) escape(cursor);
    else if (char === DOUBLE_QUOTE) {
      cursor.putBack();
      cursor.token('string');
      cursor.skip();
      return;
    }
  }
}

/** A string without quotes, a boolean or a variable. */
function bareString(cursor: CharCursor): void {
  for (;;) {
    const char = cursor.take();
    if (char === BACKSLASH) escape(cursor);
    else if (char === SINGLE_QUOTE) {
      cursor.putBack();
      cursor.token('string');
      cursor.skip();
      return;
    } else if (isBareEnd(char)) {
      cursor.putBack();
      return bareToken(cursor);
    }
  }
}

function bareToken(cursor: CharCursor): void {
  const text = cursor.hasEscapes ? '' : cursor.taken();
  if (/^(?:true|false|on|off|yes|no)$/i.test(text)) cursor.token('boolean');
  else if (text.startsWith('$')) {
    cursor.dropFirst();
    cursor.token('variable');
  } else cursor.token('string');
}

/** Behind the backslash. */
function escape(cursor: CharCursor): void {
  cursor.startEscape();
  const char = cursor.take();
  switch (char) {
    case 0x78: // x
      return hexEscape(cursor);
    case 0x74: // t
      return cursor.endEscape(TAB);
    case 0x6e: // n
      return cursor.endEscape(LINE_FEED);
    case 0x72: // r
      return cursor.endEscape(RETURN);
    case DOUBLE_QUOTE:
    case BACKSLASH:
      return cursor.endEscape(char);
  }
  const allowed = '\\xXX, \\t, \\n, \\r, \\", \\\\';
  cursor.fail(
    `Invalid escape character '${shown(char)}'. Only the following escape characters are allowed: ${allowed}.`,
  );
}

function hexEscape(cursor: CharCursor): void {
  for (let i = 0; i < 2; i++) {
    if (isLineEnd(cursor.take())) cursor.fail(`Expected two hexadecimal digits after '\\x', but hit end of line`);
  }
  const digits = cursor.lastBytes(2);
  if (!/^[0-9a-fA-F]{2}$/.test(digits)) {
    cursor.fail(`Expected two hexadecimal digits after '\\x', but got '${digits}'`);
  }
  cursor.endEscape(Number.parseInt(digits, 16));
}

/** Behind the `(`: everything up to a `)` that has a line of its own. */
function blockString(cursor: CharCursor): void {
  for (;;) {
    const char = cursor.take();
    if (char === END) cursor.fail('Unexpected EOF processing block.');
    if (char !== BLOCK_END || !cursor.isBehindLineFeed) continue;
    const next = cursor.take();
    const isAtEnd = cursor.isAtEnd;
    cursor.putBack();
    if (next !== LINE_FEED && next !== END) continue;
    // At the end of the file the `)` becomes part of the string. Compat: lexBlock steps back by the width of nothing.
    if (!isAtEnd) cursor.stepBack();
    cursor.token('string');
    return cursor.skip();
  }
}

/** Behind the first digit: an integer, a float, a date, an address, or a string that starts with digits. */
function number(cursor: CharCursor): void {
  for (;;) {
    const char = cursor.take();
    if (isDigit(char)) continue;
    if (char === MINUS) {
      if (cursor.length !== 5) cursor.fail('All ISO8601 dates must be in full Zulu form.');
      return date(cursor);
    }
    if (char === DOT) return fraction(cursor);
    if (isUnitLetter(char)) return unit(cursor);
    // Whatever else belongs to a string, and so does `]`: `[1,2]` is the string `2]`. Compat: lexNumberOrDateOrStringOrIP.
    if (!isNumberEnd(char)) return bareString(cursor);
    cursor.putBack();
    cursor.token('integer');
    return;
  }
}

/** Behind the minus. What follows the digits is for whoever expects the end of the value. */
function negative(cursor: CharCursor): void {
  let char = cursor.take();
  if (!isDigit(char)) {
    if (char === DOT) cursor.fail(`Floats must start with a digit, not '.'.`);
    cursor.fail(`Expected a digit but got '${shown(char)}'.`);
  }
  while (isDigit(char)) char = cursor.take();
  if (char === DOT) return fraction(cursor);
  if (isUnitLetter(char)) return unit(cursor);
  cursor.putBack();
  cursor.token('integer');
}

/** Behind the first letter of a unit. */
function unit(cursor: CharCursor): void {
  let char = cursor.take();
  while (isOneOf(char, UNIT_ENDINGS)) char = cursor.take();
  cursor.putBack();
  if (isNumberEnd(char)) cursor.token('integer');
  else bareString(cursor);
}

/** Behind `digits.`: a float, or an address when another dot comes. */
function fraction(cursor: CharCursor): void {
  let char = cursor.take();
  if (!isDigit(char)) cursor.fail(`Floats must have a digit after the '.', but got '${shown(char)}' instead.`);
  while (isDigit(char)) char = cursor.take();
  if (char !== DOT) {
    cursor.putBack();
    cursor.token('float');
    return;
  }
  while (isDigit(char) || char === DOT || char === COLON || char === MINUS) char = cursor.take();
  cursor.putBack();
  cursor.token('string');
}

/** Behind `YYYY-`. */
function date(cursor: CharCursor): void {
  for (const expected of DATE_BEHIND_YEAR) {
    const char = cursor.take();
    if (expected === '0') {
      if (!isDigit(char)) cursor.fail(`Expected digit in ISO8601 datetime, but found '${shown(char)}' instead.`);
    } else if (char !== expected.charCodeAt(0)) {
      cursor.fail(`Expected '${expected}' in ISO8601 datetime, but found '${shown(char)}' instead.`);
    }
  }
  cursor.token('datetime');
}

function isUnitLetter(char: number): boolean {
  return isOneOf(char, UNIT_LETTERS);
}

function isOneOf(char: number, letters: string): boolean {
  return char !== END && letters.includes(String.fromCodePoint(char));
}
