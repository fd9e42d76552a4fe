// What a field of a document may hold, and what becomes of it in a request to the server: names in both spellings,
// kinds of values, faults with the path to the field. Pure; the tables of fields are beside it.
import type { Parsed } from '../../base/parsed.ts';
import { normalTime } from '../../jetstream/json/json_time.ts';
import { parseDuration } from '../input/duration.ts';
import { parseSize } from '../input/size.ts';
import { didYouMean } from '../input/suggestion.ts';

/** From the document's root: keys and places in lists. */
export type Path = readonly (string | number)[];

/** Takes what is wrong with a field; reading goes on, so that everything is told at once. */
export type FaultSink = (path: Path, text: string) => void;

export interface Kind {
  /** Undefined where the value will not do; then the sink has been told why. */
  read(value: unknown, path: Path, sink: FaultSink): unknown;
}

export interface Field {
  /** In requests, as the server calls it; `external.api` stands within an object. */
  readonly key: string;
  readonly kind: Kind;
  /** Other names than the server's and the same in camel case. */
  readonly also?: readonly string[];
  /** For those names and camel case, where they take something else than the server's own name. */
  readonly camelKind?: Kind;
}

/** A configuration in the server's names, as a request has it. */
export type Draft = Readonly<Record<string, unknown>>;

export function pathText(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// --- names ----------------------------------------------------------------------------------------------------------

export function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function lastKey({ key }: Field): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

/** Whether the server's own name was written. */
function isServerName(field: Field, name: string): boolean {
  return name === field.key;
}

/** All names under which a document may have the field. */
export function namesOf(field: Field): string[] {
  const own = field.key.includes('.') ? [] : [field.key, camelCase(lastKey(field))];
  return [...new Set([...own, ...(field.also ?? [])])];
}

function byName(fields: readonly Field[]): Map<string, Field> {
  return new Map(fields.flatMap((field) => namesOf(field).map((name) => [name, field] as const)));
}

// --- objects --------------------------------------------------------------------------------------------------------

/** Reads the fields of an object; keys that are null are as good as not there. */
export function readFields(
  value: Readonly<Record<string, unknown>>,
  fields: readonly Field[],
  { path, sink }: { readonly path: Path; readonly sink: FaultSink },
): Draft {
  const known = byName(fields);
  const written = new Map<Field, string>();
  const draft: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(value)) {
    const field = known.get(name);
    const here = [...path, name];
    if (field === undefined) {
      sink(here, `unknown field${didYouMean(name, known.keys())}`);
      continue;
    }
    if (one === null || one === undefined) continue;
    const before = written.get(field);
    if (before !== undefined) sink(here, `says again what '${before}' says: keep one of them`);
    written.set(field, name);
    const kind = isServerName(field, name) ? field.kind : (field.camelKind ?? field.kind);
    const read = kind.read(one, here, sink);
    if (read !== undefined) put(draft, field.key, read);
  }
  return draft;
}

function put(draft: Record<string, unknown>, key: string, value: unknown): void {
  const dot = key.indexOf('.');
  if (dot < 0) {
    draft[key] = value;
    return;
  }
  const outer = key.slice(0, dot);
  const inner = isObject(draft[outer]) ? draft[outer] : {};
  draft[outer] = { ...inner, [key.slice(dot + 1)]: value };
}

/** `missing` names keys that must be there. */
export function struct(fields: readonly Field[], missing: readonly string[] = []): Kind {
  return {
    read(value, path, sink) {
      if (!isObject(value)) return wrong(value, path, sink, `an object of ${fields.map(lastKey).join(', ')}`);
      const draft = readFields(value, fields, { path, sink });
      for (const key of missing) {
        if (draft[key] === undefined) sink(path, `'${key}' is missing`);
      }
      return draft;
    },
  };
}

export function list(kind: Kind): Kind {
  return {
    read(value, path, sink) {
      if (!Array.isArray(value)) return wrong(value, path, sink, 'a list');
      return value.map((one, index) => kind.read(one, [...path, index], sink));
    },
  };
}

// --- values ---------------------------------------------------------------------------------------------------------

function wrong(value: unknown, path: Path, sink: FaultSink, what: string, note = ''): undefined {
  sink(path, `must be ${what}, not ${valueText(value)}${note}`);
  return undefined;
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function parsedBy(parse: (text: string) => Parsed<unknown>, what: string): Kind {
  return {
    read(value, path, sink) {
      if (typeof value !== 'string') return wrong(value, path, sink, what);
      const read = parse(value);
      if (read.ok) return read.value;
      sink(path, read.error);
      return undefined;
    },
  };
}

export const TEXT: Kind = {
  read(value, path, sink) {
    if (typeof value === 'string') return value;
    if (typeof value === 'boolean') {
      return wrong(
        value,
        path,
        sink,
        'a text in quotes (without them YAML takes y, n, yes, no, on and off for booleans)',
      );
    }
    return wrong(value, path, sink, typeof value === 'object' ? 'a text' : 'a text in quotes');
  },
};

export const BOOLEAN: Kind = {
  read: (value, path, sink) => (typeof value === 'boolean' ? value : wrong(value, path, sink, 'true or false')),
};

export const INTEGER: Kind = {
  read(value, path, sink) {
    const number = typeof value === 'bigint' ? Number(value) : value;
    return Number.isSafeInteger(number) ? number : wrong(value, path, sink, 'a whole number');
  },
};

/** Bytes: a number, or a text like 64MB. */
export const SIZE: Kind = {
  read: (value, path, sink) =>
    typeof value === 'string' ? parsedBy(parseSize, '').read(value, path, sink) : INTEGER.read(value, path, sink),
};

const DURATION_TEXT = 'a text with a unit, like "5m" or "7d"';
/** No duration of a server's configuration is as short: who writes such a number means another unit. */
const NANOS_MIN = 1e6;

/** As text only: a number would leave open of what. */
export const DURATION: Kind = parsedBy(
  (text) => (text === '' ? { ok: true, value: 0 } : parseDuration(text)),
  DURATION_TEXT,
);

/** As text, or as the server writes it: nanoseconds. */
export const DURATION_OR_NANOS: Kind = {
  read(value, path, sink) {
    if (typeof value !== 'number' && typeof value !== 'bigint') return DURATION.read(value, path, sink);
    if (value <= 0 || value >= NANOS_MIN) return INTEGER.read(value, path, sink);
    return wrong(value, path, sink, DURATION_TEXT, ' (a number is nanoseconds)');
  },
};

/** Undefined for an empty text, which says nothing. */
export const TIME: Kind = {
  read(value, path, sink) {
    if (value === '') return undefined;
    if (typeof value !== 'string') return wrong(value, path, sink, 'a time like 2026-01-31T18:00:00Z');
    const time = normalTime(value);
    return time.ok ? time.value : wrong(value, path, sink, 'a time like 2026-01-31T18:00:00Z');
  },
};

export const TEXTS: Kind = list(TEXT);

/** Names and texts. */
export const TEXT_MAP: Kind = {
  read(value, path, sink) {
    if (!isObject(value)) return wrong(value, path, sink, 'an object of texts');
    const entries = Object.entries(value).map(([key, one]) => [key, TEXT.read(one, [...path, key], sink)]);
    return Object.fromEntries(entries);
  },
};

/** `words`: what a document may say -> what is sent; an empty word says nothing. */
export function choice(words: Readonly<Record<string, string>>): Kind {
  const known = Object.keys(words).filter((word) => word !== '');
  return {
    read(value, path, sink) {
      if (typeof value === 'string' && Object.hasOwn(words, value))
        return words[value] === '' ? undefined : words[value];
      const near = typeof value === 'string' ? didYouMean(value, known) : '';
      sink(path, `must be one of ${known.join(', ')}, not ${valueText(value)}${near}`);
      return undefined;
    },
  };
}

/** The same words on both sides. */
export function oneOf(...words: readonly string[]): Kind {
  return choice(Object.fromEntries(words.map((word) => [word, word])));
}
