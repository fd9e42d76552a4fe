// Turns the body of a request into values of a described type, or into the sentence that Go's decoder would refuse it
// with. Pure. The API decodes strictly (unknown fields refused), as the reference does by default.
// Compat: nats-server jetstream_api.go, unmarshalRequest: values that follow one another are merged, and an empty body
// is a zero value.
import { goQuoteByte } from './go_quote.ts';
import { DecodeStop, JsonCursor } from './json_cursor.ts';
import { scanJson } from './json_scan.ts';
import type { JsonType } from './json_type.ts';

export type JsonResult<T> =
  | { readonly ok: true; readonly value: T }
  /** `text` is Go's error text. */
  | { readonly ok: false; readonly text: string };

function decodeAt<T>(bytes: Uint8Array, at: number, type: JsonType<T>, current: T, isStrict: boolean): JsonResult<T> {
  const cursor = new JsonCursor(bytes, at, isStrict);
  try {
    const value = type.decode(cursor, current);
    return cursor.firstError === null ? { ok: true, value } : { ok: false, text: cursor.firstError };
  } catch (error) {
    if (error instanceof DecodeStop) return { ok: false, text: error.text };
    throw error;
  }
}

/** A whole request body, as the API takes it. */
export function decodeRequest<T>(body: Uint8Array, type: JsonType<T>): JsonResult<T> {
  let value = type.zero();
  let at = 0;
  for (;;) {
    const scan = scanJson(body, at);
    if (scan.kind === 'end') return { ok: true, value };
    if (scan.kind === 'error') {
      return { ok: false, text: scan.offset === 0 ? scan.text : `${scan.text} at offset ${scan.offset}` };
    }
    const result = decodeAt(body, scan.start, type, value, true);
    if (!result.ok) return result;
    value = result.value;
    at = scan.end;
  }
}

/** One value and nothing else, unknown fields ignored: how stored files and the bodies of pull requests are read. */
export function decodeSingle<T>(body: Uint8Array, type: JsonType<T>): JsonResult<T> {
  const scan = scanJson(body, 0);
  if (scan.kind === 'end') return { ok: false, text: 'unexpected end of JSON input' };
  if (scan.kind === 'error') {
    return { ok: false, text: scan.offset === 0 ? 'unexpected end of JSON input' : scan.text };
  }
  const trailing = body.subarray(scan.end).find((byte) => byte !== 0x20 && (byte < 0x09 || byte > 0x0d));
  if (trailing !== undefined) {
    return { ok: false, text: `invalid character ${goQuoteByte(trailing)} after top-level value` };
  }
  return decodeAt(body, scan.start, type, type.zero(), false);
}
