// What reading somebody's text gives: a value, or the sentence to answer with. Texts are those of the Go standard
// library where clients see them. Never thrown: a peer's mistake is a value.

export interface ParsedValue<T> {
  readonly ok: true;
  readonly value: T;
}

export interface ParseRefusal {
  readonly ok: false;
  readonly error: string;
}

export type Parsed<T> = ParsedValue<T> | ParseRefusal;

export function parsed<T>(value: T): ParsedValue<T> {
  return { ok: true, value };
}

export function refused(error: string): ParseRefusal {
  return { ok: false, error };
}

/**
 * Text in double quotes as Go's time package shows it in its errors: bytes that are not printable ASCII as `\xNN`.
 * Compat: Go time/format.go, quote.
 */
export function quoteForTimeError(text: string): string {
  let quoted = '"';
  for (const byte of Buffer.from(text, 'utf8')) {
    if (byte >= 0x80 || byte < 0x20) quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
    else if (byte === 0x22 || byte === 0x5c) quoted += `\\${String.fromCharCode(byte)}`;
    else quoted += String.fromCharCode(byte);
  }
  return `${quoted}"`;
}
