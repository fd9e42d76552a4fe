// The text of a configuration file into tokens, in file order, each with its place. Decides what is a key, a value, an
// include, where blocks and arrays begin and end; knows nothing of what they mean, and pairs nothing: that is parser.ts,
// its only caller, which takes the tokens as they come so that the first fault of either is the one reported.
// Compat: conf/lex.go. Every accepted text gives the tokens of the reference with its lines and columns, also where they
// are odd; what it accepts and then drops in silence is refused here (docs/deviations.md).
import { CharCursor, type Token } from './char_cursor.ts';
import {
  ARRAY_END,
  ARRAY_START,
  BACKSLASH,
  BLOCK_START,
  COMMA,
  DOUBLE_QUOTE,
  END,
  isBlank,
  isDigit,
  isLineEnd,
  isSeparator,
  isSpace,
  LINE_FEED,
  MAP_END,
  MAP_START,
  MINUS,
  RETURN,
  SEMICOLON,
  SINGLE_QUOTE,
  SLASH,
  shown,
} from './characters.ts';
import { lexScalar } from './scalar_lexer.ts';

/** Reads a whole file. Throws ConfigError, and what `emit` throws. */
export function lexConfig(bytes: Uint8Array, file: string, emit: (token: Token) => void): void {
  const cursor = new CharCursor(bytes, file, emit);
  for (;;) {
    const char = cursor.take();
    if (isSpace(char)) cursor.mark();
    else if (char === MAP_START) {
      cursor.mark();
      if (!bracedTop(cursor)) return;
    } else if (cursor.isComment(char)) cursor.comment();
    else if (char === END && cursor.isAtEnd) return;
    else if (char === END || char === SLASH) cursor.fail('Unexpected EOF.');
    else {
      cursor.putBack();
      if (!topEntry(cursor)) return;
      topEntryEnd(cursor);
    }
  }
}

// Entries at the top of a file, with or without braces around them all.

function topEntryEnd(cursor: CharCursor): void {
  for (;;) {
    const char = cursor.take();
    if (cursor.isComment(char)) return cursor.comment();
    // A slash of its own is passed over. Compat: lexTopValueEnd.
    if (isBlank(char) || char === SLASH) continue;
    if (isLineEnd(char) || char === END || char === SEMICOLON || char === COMMA || char === MAP_END) {
      return cursor.mark();
    }
    cursor.fail(`Expected a top-level value to end with a new line, comment or EOF, but got '${shown(char)}' instead.`);
  }
}

/** Behind a `{` where a key was expected. False at the end of the file, where the braces may stay open. */
function bracedTop(cursor: CharCursor): boolean {
  let braces = 1;
  for (;;) {
    const char = cursor.take();
    let isClosed = false;
    if (isSpace(char)) cursor.mark();
    else if (char === MAP_START) {
      cursor.mark();
      braces++;
    } else if (char === MAP_END) {
      cursor.mark();
      isClosed = true;
    } else if (cursor.isComment(char)) cursor.comment();
    else if (char === END && cursor.isAtEnd) return false;
    else if (char === END || char === SLASH) cursor.fail('Unexpected EOF.');
    else {
      cursor.putBack();
      if (!topEntry(cursor)) return false;
      isClosed = bracedTopEntryEnd(cursor);
    }
    while (isClosed) {
      braces--;
      if (braces === 0) return true;
      isClosed = bracedTopEnd(cursor);
    }
  }
}

/** Behind a value. True when the brace is closed, false when another entry may follow. */
function bracedTopEntryEnd(cursor: CharCursor): boolean {
  for (;;) {
    const char = cursor.take();
    if (cursor.isComment(char)) cursor.comment();
    else if (isLineEnd(char) || char === SEMICOLON || char === COMMA) {
      cursor.mark();
      return false;
    } else if (char === MAP_END) {
      cursor.mark();
      return true;
    } else if (!isBlank(char) && char !== SLASH) {
      cursor.fail(
        `Expected a block-level value to end with a new line, comment or EOF, but got '${shown(char)}' instead.`,
      );
    }
  }
}

/** Behind the brace inside the one that may be closed now. */
function bracedTopEnd(cursor: CharCursor): boolean {
  for (;;) {
    const char = cursor.take();
    if (cursor.isComment(char)) {
      cursor.comment();
      return false;
    }
    if (isLineEnd(char) || isBlank(char) || char === SLASH) continue;
    if (char !== SEMICOLON && char !== COMMA && char !== MAP_END) {
      cursor.fail(`Expected a block-level to end with a '}', but got '${shown(char)}' instead.`);
    }
    cursor.mark();
    return char === MAP_END;
  }
}

/** A key and its value, or an include. False at the end of the file. */
function topEntry(cursor: CharCursor): boolean {
  for (;;) {
    const char = cursor.look();
    if (isSeparator(char)) cursor.fail(`Unexpected key separator '${shown(char)}'`);
    if (isSpace(char)) cursor.skip();
    else if (char === DOUBLE_QUOTE || char === SINGLE_QUOTE) {
      cursor.skip();
      return topValue(cursor, quotedKey(cursor, char, 'Unexpected EOF.'));
    } else break;
  }
  cursor.mark();
  cursor.take();
  for (;;) {
    const char = cursor.look();
    if (isSpace(char) && isInclude(cursor)) {
      include(cursor);
      return true;
    }
    if (isSpace(char) || isSeparator(char) || char === END) return topValue(cursor, cursor.token('key'));
    cursor.take();
  }
}

/** False when the file ends instead, which is right only behind a closing brace too many. Compat: conf/parse.go, parse. */
function topValue(cursor: CharCursor, key: string): boolean {
  for (;;) {
    const char = cursor.take();
    if (char === END) {
      if (key === '}' && cursor.isAtEnd) return false;
      cursor.failAs(`config is invalid (${cursor.file}:${cursor.line}:${cursor.column})`);
    }
    if (isSpace(char)) {
      cursor.mark();
      continue;
    }
    if (isSeparator(char)) cursor.mark();
    else cursor.putBack();
    lexValue(cursor);
    return true;
  }
}

// Maps and arrays.

/** Behind the `{` of a value, up to and with its `}`. */
function map(cursor: CharCursor): void {
  while (!mapEntry(cursor)) {
    // Every entry consumes something or throws.
  }
  cursor.token('map end');
}

/** One entry with what ends it. True when that was the end of the map. */
function mapEntry(cursor: CharCursor): boolean {
  for (;;) {
    const char = cursor.look();
    if (isSeparator(char)) cursor.fail(`Unexpected key separator '${shown(char)}'.`);
    if (char === ARRAY_END) cursor.fail(`Unexpected array end ']' processing map.`);
    if (char === END) cursor.fail('Unexpected EOF processing map.');
    if (isSpace(char)) cursor.skip();
    else if (char === MAP_END) {
      cursor.skip();
      return true;
    } else if (char === DOUBLE_QUOTE || char === SINGLE_QUOTE) {
      cursor.skip();
      const isDouble = char === DOUBLE_QUOTE;
      quotedKey(cursor, char, `Unexpected EOF processing ${isDouble ? 'double ' : ''}quoted map key.`);
      return mapValue(cursor);
    } else {
      cursor.take();
      if (!cursor.isComment(char)) {
        // A slash of its own in front of a key is passed over, together with nothing else. Compat: lexMapKeyStart.
        if (char !== SLASH) cursor.putBack();
        break;
      }
      cursor.comment();
    }
  }
  cursor.mark();
  cursor.take();
  for (;;) {
    const char = cursor.look();
    if (char === END) cursor.fail('Unexpected EOF processing map key.');
    if (isSpace(char) && isInclude(cursor)) {
      include(cursor);
      return mapEntryEnd(cursor);
    }
    if (isSpace(char) || isSeparator(char)) {
      cursor.token('key');
      return mapValue(cursor);
    }
    cursor.take();
  }
}

function mapValue(cursor: CharCursor): boolean {
  let hasSeparator = false;
  for (;;) {
    const char = cursor.take();
    if (isSpace(char)) cursor.mark();
    else if (isSeparator(char) && !hasSeparator) {
      hasSeparator = true;
      cursor.mark();
    } else if (char === COMMA) cursor.fail(`Unexpected map value terminator ",".`);
    else if (char === MAP_END) {
      // The reference gives the whole map to this key and forgets the key of the map.
      cursor.fail(`Expected a value but got '}' instead.`);
    } else break;
  }
  cursor.putBack();
  lexValue(cursor);
  return mapEntryEnd(cursor);
}

function mapEntryEnd(cursor: CharCursor): boolean {
  for (;;) {
    const char = cursor.take();
    if (isBlank(char)) cursor.mark();
    else if (cursor.isComment(char)) cursor.comment();
    else if (char === SLASH || char === SEMICOLON || char === COMMA || isLineEnd(char)) {
      cursor.mark();
      return false;
    } else if (char === MAP_END) {
      cursor.mark();
      return true;
    } else {
      const expected = `Expected a map value terminator "," or a map terminator "}"`;
      cursor.fail(`${expected}, but got '${shown(char)}' instead.`);
    }
  }
}

/** Behind the `[`, up to and with its `]`. */
function array(cursor: CharCursor): void {
  for (;;) {
    const char = cursor.take();
    if (isSpace(char)) cursor.mark();
    else if (cursor.isComment(char)) cursor.comment();
    else if (char === COMMA || char === SLASH) cursor.fail(`Unexpected array value terminator ','.`);
    else {
      if (char !== ARRAY_END) {
        cursor.putBack();
        lexValue(cursor);
        if (!arrayItemEnd(cursor)) continue;
      }
      cursor.mark();
      cursor.token('array end');
      return;
    }
  }
}

/** True when that was the end of the array. */
function arrayItemEnd(cursor: CharCursor): boolean {
  for (;;) {
    const char = cursor.take();
    if (isBlank(char)) cursor.mark();
    else if (cursor.isComment(char)) cursor.comment();
    else if (char === COMMA || char === SLASH || isLineEnd(char)) {
      cursor.mark();
      return false;
    } else if (char === ARRAY_END) return true;
    else {
      const expected = `Expected an array value terminator "," or an array terminator "]"`;
      cursor.fail(`${expected}, but got '${shown(char)}' instead.`);
    }
  }
}

// Keys and includes.

/** Behind the opening quote. There are no escapes in keys. */
function quotedKey(cursor: CharCursor, quote: number, textAtEnd: string): string {
  for (;;) {
    const char = cursor.look();
    // The reference takes a key that ends with the file before its first character for the end of the configuration.
    if (char === END) cursor.fail(textAtEnd);
    if (char === quote) {
      const key = cursor.token('key');
      cursor.skip();
      return key;
    }
    cursor.take();
  }
}

function isInclude(cursor: CharCursor): boolean {
  return cursor.length === 7 && cursor.taken().toLowerCase() === 'include';
}

function include(cursor: CharCursor): void {
  cursor.mark();
  let first = cursor.take();
  while (isBlank(first)) {
    cursor.mark();
    first = cursor.take();
  }
  if (first === SINGLE_QUOTE || first === DOUBLE_QUOTE) {
    cursor.mark();
    quotedInclude(cursor, first);
    return;
  }
  const found = includeMistake(first);
  if (found !== null) cursor.fail(`Expected include value but found ${found}`);
  cursor.putBack();
  for (;;) {
    const char = cursor.take();
    const isEnd = isLineEnd(char) || isBlank(char) || char === END || char === SEMICOLON || char === MAP_END;
    if (!isEnd && char !== SINGLE_QUOTE) continue;
    cursor.putBack();
    cursor.token('include');
    if (char === SINGLE_QUOTE) cursor.skip();
    return;
  }
}

function quotedInclude(cursor: CharCursor, quote: number): void {
  for (;;) {
    const char = cursor.take();
    if (char === END) cursor.fail(`Unexpected EOF in ${quote === DOUBLE_QUOTE ? 'double ' : ''}quoted include`);
    if (char !== quote) continue;
    cursor.putBack();
    cursor.token('include');
    cursor.skip();
    return;
  }
}

// Values.

function lexValue(cursor: CharCursor): void {
  let first = cursor.take();
  while (isBlank(first)) {
    cursor.mark();
    first = cursor.take();
  }
  switch (first) {
    case ARRAY_START:
      cursor.mark();
      cursor.token('array start');
      return array(cursor);
    case MAP_START:
      cursor.mark();
      cursor.token('map start');
      return map(cursor);
    case LINE_FEED:
    case RETURN:
      return cursor.fail('Expected value but found new line');
    default:
      lexScalar(cursor, first);
  }
}

function includeMistake(first: number): string | null {
  switch (first) {
    case ARRAY_START:
      return 'start of an array';
    case MAP_START:
      return 'start of a map';
    case BLOCK_START:
      return 'start of a block';
    case MINUS:
      return 'start of a number';
    case BACKSLASH:
      return 'escape sequence';
  }
  if (isDigit(first)) return 'start of a number';
  return isLineEnd(first) ? 'new line' : null;
}
