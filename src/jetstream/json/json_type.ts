// What a field of a request, a response or a stored file may hold: one table per Go struct, in Go's field order, both
// decodes (with encoding/json's typing rules and its sentences for what does not fit) and encodes (with its omitempty,
// its number texts and its escaping). Pure; the first wrong type is remembered and the rest is still decoded.
// Compat: encoding/json decode.go (literalStore, object, array) and encode.go.
import { DecodeStop, type JsonCursor } from './json_cursor.ts';

/** A Go type and how it takes a JSON value. */
export interface JsonType<T> {
  /** As Go's reflection prints it. */
  readonly name: string;
  zero(): T;
  /** The value here, given what the field held before (a repeated key goes on from it, null mostly leaves it). */
  decode(cursor: JsonCursor, current: T): T;
  /** What `omitempty` leaves out. */
  isEmpty(value: T): boolean;
  encode(value: T): string;
}

/** JSON text of a string as Go writes it: also safe inside HTML. */
export function encodeString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (rune) => `\\u${rune.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export const STRING: JsonType<string> = {
  name: 'string',
  zero: () => '',
  decode(cursor, current) {
    if (cursor.kind() === 'string') return cursor.string();
    return leave(cursor, current, 'string');
  },
  isEmpty: (value) => value === '',
  encode: encodeString,
};

export const BOOL: JsonType<boolean> = {
  name: 'bool',
  zero: () => false,
  decode(cursor, current) {
    if (cursor.kind() === 'bool') return cursor.raw() === 'true';
    return leave(cursor, current, 'bool');
  },
  isEmpty: (value) => !value,
  encode: String,
};

/** Null leaves a plain value as it was; anything else of the wrong kind is an error. */
function leave<T>(cursor: JsonCursor, current: T, name: string): T {
  if (cursor.kind() === 'null') cursor.skip();
  else cursor.wrongType(name);
  return current;
}

function integer(name: string, low: bigint, high: bigint): JsonType<number> {
  return {
    name,
    zero: () => 0,
    decode(cursor, current) {
      if (cursor.kind() !== 'number') return leave(cursor, current, name);
      const text = cursor.raw();
      if (/^-?\d+$/.test(text) && (low < 0n || text[0] !== '-')) {
        const value = BigInt(text);
        // Beyond 2^53 the nearest double stands in.
        if (value >= low && value <= high) return Number(value);
      }
      cursor.reportType(`number ${text}`, name);
      return current;
    },
    isEmpty: (value) => value === 0,
    encode: (value) => encodeInteger(value, high),
  };
}

/** Doubles print shortest digits, Go prints all of them; what was rounded past the end of the range goes back to it. */
function encodeInteger(value: number, high: bigint): string {
  if (Number.isSafeInteger(value)) return String(value);
  const exact = BigInt(value);
  return String(exact > high ? high : exact);
}

const INT64_LOW = -(2n ** 63n);
const INT64_HIGH = 2n ** 63n - 1n;
export const INT: JsonType<number> = integer('int', INT64_LOW, INT64_HIGH);
export const INT32: JsonType<number> = integer('int32', -(2n ** 31n), 2n ** 31n - 1n);
export const INT64: JsonType<number> = integer('int64', INT64_LOW, INT64_HIGH);
export const UINT64: JsonType<number> = integer('uint64', 0n, 2n ** 64n - 1n);
/** Nanoseconds. */
export const DURATION: JsonType<number> = integer('time.Duration', INT64_LOW, INT64_HIGH);

/** An absent list is an empty one. */
export function list<T>(element: JsonType<T>): JsonType<readonly T[]> {
  const name = `[]${element.name}`;
  return {
    name,
    zero: () => [],
    decode(cursor, current) {
      if (cursor.kind() === 'null') {
        cursor.skip();
        return [];
      }
      if (cursor.kind() !== 'array') return leave(cursor, current, name);
      const items: T[] = [];
      cursor.elements(() => items.push(element.decode(cursor, element.zero())));
      return items;
    },
    isEmpty: (value) => value.length === 0,
    encode: (value) => `[${value.map((item) => element.encode(item)).join(',')}]`,
  };
}

/** Absent is empty. */
export function map<T>(element: JsonType<T>): JsonType<ReadonlyMap<string, T>> {
  const name = `map[string]${element.name}`;
  return {
    name,
    zero: () => new Map(),
    decode(cursor, current) {
      if (cursor.kind() === 'null') {
        cursor.skip();
        return new Map();
      }
      if (cursor.kind() !== 'object') return leave(cursor, current, name);
      const entries = new Map(current);
      cursor.entries((key) => entries.set(key, element.decode(cursor, element.zero())));
      return entries;
    },
    isEmpty: (value) => value.size === 0,
    encode(value) {
      // Go sorts keys by their bytes.
      const entries = [...value].sort(([a], [b]) => compareText(a, b));
      return `{${entries.map(([key, item]) => `${encodeString(key)}:${element.encode(item)}`).join(',')}}`;
    },
  };
}

export const STRING_MAP: JsonType<ReadonlyMap<string, string>> = map(STRING);

const UTF8 = new TextEncoder();

/** Order of strings by their UTF-8 bytes, which differs from JavaScript's beyond the basic plane. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const left = UTF8.encode(a);
  const right = UTF8.encode(b);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

export function pointer<T>(target: JsonType<T>): JsonType<T | null> {
  return {
    name: `*${target.name}`,
    zero: () => null,
    decode(cursor, current) {
      if (cursor.kind() === 'null') {
        cursor.skip();
        return null;
      }
      return target.decode(cursor, current ?? target.zero());
    },
    isEmpty: (value) => value === null,
    encode: (value) => (value === null ? 'null' : target.encode(value)),
  };
}

/** A text with a parser of its own: it sees the raw JSON, null included, and its refusal stops everything. */
export function custom<T extends string>(
  name: string,
  zero: T,
  parse: (raw: string, cursor: JsonCursor) => T,
): JsonType<T> {
  return {
    name,
    zero: () => zero,
    decode: (cursor) => parse(cursor.raw(), cursor),
    isEmpty: () => false,
    encode: encodeString,
  };
}

/** An enumeration written as a string; `texts` maps JSON strings to values, `refuse` words what is none of them. */
export function choice<T extends string>(
  name: string,
  zero: T,
  texts: Readonly<Record<string, T>>,
  refuse: (raw: string) => string,
): JsonType<T> {
  const byText = new Map(Object.entries(texts).map(([text, value]) => [JSON.stringify(text), value]));
  const type = custom(name, zero, (raw) => {
    const value = byText.get(raw);
    if (value === undefined) throw new DecodeStop(refuse(raw));
    return value;
  });
  return { ...type, isEmpty: (value) => value === zero };
}

/** How one field is found and written. */
export interface JsonField<T> {
  readonly type: JsonType<T>;
  readonly omitsEmpty: boolean;
  /** The Go structs that it is embedded through. */
  readonly embedded: readonly string[];
}

/** In Go's order of fields. */
export type JsonFields<T> = { readonly [K in keyof T]-?: JsonField<T[K]> };

/** Always written. */
export function field<T>(type: JsonType<T>): JsonField<T> {
  return { type, omitsEmpty: false, embedded: [] };
}

/** Written unless empty. */
export function optional<T>(type: JsonType<T>): JsonField<T> {
  return { type, omitsEmpty: true, embedded: [] };
}

/** The same fields as they look inside a struct that embeds theirs. */
export function embed<T>(structName: string, fields: JsonFields<T>): JsonFields<T> {
  const out: Partial<Record<keyof T, JsonField<T[keyof T]>>> = {};
  for (const key in fields) {
    const inner: JsonField<T[keyof T]> = fields[key];
    out[key] = { ...inner, embedded: [structName, ...inner.embedded] };
  }
  return out as JsonFields<T>;
}

/** Field names match without regard to case when no name matches exactly. */
function foldName(name: string): string {
  return name.replaceAll('\u017f', 's').toLowerCase();
}

/** `goName` as in error texts about fields; its reflected name has the package in front. */
export function struct<T extends object>(goName: string, fields: JsonFields<T>): JsonType<T> {
  const name = `server.${goName}`;
  const keys = Object.keys(fields) as (keyof T & string)[];
  const exact = new Map<string, keyof T & string>(keys.map((key) => [key, key]));
  const folded = new Map<string, keyof T & string>(keys.map((key) => [foldName(key), key]));
  return {
    name,
    zero() {
      const out: Partial<T> = {};
      for (const key of keys) out[key] = fields[key].type.zero();
      return out as T;
    },
    decode(cursor, current) {
      if (cursor.kind() !== 'object') return leave(cursor, current, name);
      const out = { ...current };
      cursor.entries((text) => {
        const key = exact.get(text) ?? folded.get(foldName(text));
        if (key === undefined) return cursor.unknownField(text);
        const { type, embedded } = fields[key];
        cursor.within(goName, [...embedded, key], () => {
          out[key] = type.decode(cursor, out[key]);
        });
      });
      return out;
    },
    isEmpty: () => false,
    encode(value) {
      const parts: string[] = [];
      for (const key of keys) {
        const { type, omitsEmpty } = fields[key];
        if (!omitsEmpty || !type.isEmpty(value[key])) parts.push(`"${key}":${type.encode(value[key])}`);
      }
      return `{${parts.join(',')}}`;
    },
  };
}
