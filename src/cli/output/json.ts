// JSON for programs: indented by two, integers of any size exactly, keys in the order they came.
import { JsonDecimal, type JsonValue, parseJson } from '../../base/json_parser.ts';
import { CommandError } from '../errors.ts';

/** `value` may hold bigints and what parseJson gives. */
export function jsonText(value: unknown, indent = '  '): string {
  return render(value, indent, '') ?? 'null';
}

/** On one line, for streams of objects. */
export function jsonLine(value: unknown): string {
  return render(value, '', '') ?? 'null';
}

/** What a server answered, without loss of digits. */
export function exactJson(bytes: Uint8Array): JsonValue {
  const read = parseJson(bytes);
  if (!read.ok) throw new CommandError(`The server's answer is no JSON: ${read.error}`);
  return read.value;
}

/** An answer without what belongs to the request: its type, and where in a list it stood. */
export function withoutApiKeys(answer: JsonValue): unknown {
  if (answer === null || typeof answer !== 'object' || Array.isArray(answer)) return answer;
  if (answer instanceof JsonDecimal) return answer;
  const { type, total, offset, limit, did_create: created, ...rest } = answer;
  return rest;
}

function render(value: unknown, indent: string, margin: string): string | undefined {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof JsonDecimal) return value.text;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = margin + indent;
  const separator = indent === '' ? ',' : `,\n${inner}`;
  const wrap = (open: string, parts: readonly string[], close: string): string => {
    if (parts.length === 0) return open + close;
    return indent === ''
      ? open + parts.join(separator) + close
      : `${open}\n${inner}${parts.join(separator)}\n${margin}${close}`;
  };
  if (Array.isArray(value)) {
    return wrap(
      '[',
      value.map((item) => render(item, indent, inner) ?? 'null'),
      ']',
    );
  }
  const parts: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    const text = render(item, indent, inner);
    if (text !== undefined) parts.push(`${JSON.stringify(key)}:${indent === '' ? '' : ' '}${text}`);
  }
  return wrap('{', parts, '}');
}
