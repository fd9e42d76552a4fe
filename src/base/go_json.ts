// JSON as Go's encoding/json writes it, byte for byte: fields in the caller's order, map keys sorted, < > & and the two
// line separators escaped, byte strings in base64, 64-bit integers exact. Which fields there are and which are left out
// is the caller's say: a field whose value is `undefined` is not written, and omitEmpty() makes one of an empty value.
// Times are text from nanos.ts. For API answers, advisories, monitoring and meta files; reading is json_parser.ts.
// Compat: Go encoding/json encode.go.
import { assert } from './assert.ts';
import { compareText } from './text_order.ts';

/** A value that is JSON text already, on one line and valid: it is written as it is, or indented like the rest. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object literal is a struct: its fields are written in order. A Map is a map: its keys are sorted. */
export type GoJsonValue =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | RawJson
  | readonly GoJsonValue[]
  | ReadonlyMap<string, GoJsonValue>
  | GoJsonStruct;

export interface GoJsonStruct {
  readonly [field: string]: GoJsonValue;
}

/** What Go's `omitempty` leaves out becomes `undefined`: false, 0, no text, no elements. (A struct is never empty.) */
export function omitEmpty<T extends GoJsonValue>(value: T): T | undefined {
  if (value === null || value === false || value === 0 || value === 0n || value === '') return undefined;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0 ? undefined : value;
  if (value instanceof Map) return value.size === 0 ? undefined : value;
  return value;
}

/** On one line, as Go's Marshal. */
export function goJson(value: GoJsonValue): string {
  return valueText(value, '', null);
}

/** Over many lines, as Go's MarshalIndent with an empty prefix. */
export function goJsonIndented(value: GoJsonValue, indent = '  '): string {
  return valueText(value, '\n', indent);
}

/** `lineBreak` is a line feed and the blanks that lines at this depth begin with; `indent` is null on one line. */
function valueText(value: GoJsonValue, lineBreak: string, indent: string | null): string {
  switch (typeof value) {
    case 'string':
      return goJsonString(value);
    case 'number':
      assert(Number.isFinite(value), 'a number in JSON is finite');
      return String(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'null';
    default:
      return value === null ? 'null' : containerText(value, lineBreak, indent);
  }
}

function containerText(
  value: Uint8Array | RawJson | readonly GoJsonValue[] | ReadonlyMap<string, GoJsonValue> | GoJsonStruct,
  lineBreak: string,
  indent: string | null,
): string {
  if (value instanceof Uint8Array) return bytesText(value);
  if (value instanceof RawJson) return indent === null ? value.text : rawText(value.text, lineBreak, indent);
  if (Array.isArray(value)) return arrayText(value, lineBreak, indent);
  if (value instanceof Map) return mapText(value, lineBreak, indent);
  return structText(value as GoJsonStruct, lineBreak, indent);
}

function arrayText(values: readonly GoJsonValue[], lineBreak: string, indent: string | null): string {
  const inner = indent === null ? '' : lineBreak + indent;
  let text = '';
  for (const value of values) text += (text === '' ? inner : `,${inner}`) + valueText(value, inner, indent);
  return text === '' ? '[]' : `[${text}${lineBreak}]`;
}

function mapText(map: ReadonlyMap<string, GoJsonValue>, lineBreak: string, indent: string | null): string {
  let text = '';
  for (const key of [...map.keys()].sort(compareText)) text += memberText(text, key, map.get(key), lineBreak, indent);
  return text === '' ? '{}' : `{${text}${lineBreak}}`;
}

function structText(struct: GoJsonStruct, lineBreak: string, indent: string | null): string {
  let text = '';
  for (const key of Object.keys(struct)) text += memberText(text, key, struct[key], lineBreak, indent);
  return text === '' ? '{}' : `{${text}${lineBreak}}`;
}

/** One key and value, to follow the members in `before`. */
function memberText(before: string, key: string, value: GoJsonValue, lineBreak: string, indent: string | null): string {
  if (value === undefined) return '';
  const inner = indent === null ? '' : lineBreak + indent;
  const start = before === '' ? inner : `,${inner}`;
  return start + goJsonString(key) + (indent === null ? ':' : ': ') + valueText(value, inner, indent);
}

function bytesText(bytes: Uint8Array): string {
  return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"`;
}

/** JSON text, indented. Compat: Go encoding/json indent.go. */
function rawText(text: string, lineBreak: string, indent: string): string {
  let out = '';
  let depth = lineBreak;
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') i = closingQuote(text, i);
    else if (c === ':') {
      out += `${text.slice(copied, i)}: `;
      copied = i + 1;
    } else if (c === ',') {
      out += `${text.slice(copied, i)},${depth}`;
      copied = i + 1;
    } else if ((c === '{' || c === '[') && text[i + 1] !== '}' && text[i + 1] !== ']') {
      depth += indent;
      out += text.slice(copied, i + 1) + depth;
      copied = i + 1;
    } else if ((c === '}' || c === ']') && text[i - 1] !== '{' && text[i - 1] !== '[') {
      depth = depth.slice(0, depth.length - indent.length);
      out += text.slice(copied, i) + depth;
      copied = i;
    }
  }
  return out + text.slice(copied);
}

function closingQuote(text: string, open: number): number {
  let i = open + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}

// What the engine's own quoting leaves as it is and Go does not, and its escapes for halves of a surrogate pair.
const NEEDS_ESCAPE = /[<>&\u2028\u2029]|\\ud[89a-f]/;
const ESCAPED = /[<>&\u2028\u2029]|\\\\|\\ud[89a-f][0-9a-f]{2}/g;

/** A string in quotes. A half surrogate pair, which is no text, becomes `\ufffd`. */
export function goJsonString(text: string): string {
  const quoted = JSON.stringify(text);
  return NEEDS_ESCAPE.test(quoted) ? quoted.replace(ESCAPED, escapeOf) : quoted;
}

function escapeOf(found: string): string {
  // An escaped backslash is matched only so that what follows it is not taken for an escape.
  if (found === '\\\\') return found;
  if (found.length > 1) return '\\ufffd';
  return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
