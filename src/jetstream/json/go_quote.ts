// Text between quotation marks the way Go's %q prints it, because error texts quote what a client sent.
// Pure; used wherever a refusal repeats a piece of the request.

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x0b, '\\v'],
  [0x5c, '\\\\'],
]);

/** What strconv.IsPrint lets through: letters, marks, numbers, punctuation, symbols, and the plain space. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

function escapeRune(rune: string, quote: string): string {
  const code = rune.codePointAt(0) ?? 0;
  if (rune === quote) return `\\${quote}`;
  const escape = ESCAPES.get(code);
  if (escape !== undefined) return escape;
  if (PRINTABLE.test(rune)) return rune;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

/** The text in double quotes, everything unprintable escaped. */
export function goQuote(text: string): string {
  let out = '"';
  for (const rune of text) out += escapeRune(rune, '"');
  return `${out}"`;
}

/** One byte in single quotes, as encoding/json names the character it did not expect (a byte is a Latin-1 rune). */
export function goQuoteByte(byte: number): string {
  return `'${escapeRune(String.fromCharCode(byte), "'")}'`;
}
