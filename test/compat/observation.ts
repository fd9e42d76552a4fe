// What a client runner saw, made comparable: values that differ between two runs of the same server (times, unique ids,
// ports) become placeholders, and two lists of observations become a readable difference.
// It starts nothing and knows no client. Called by clients_test.ts and protocol_test.ts.

export type Observation = {
  readonly scenario: string;
  readonly step: string;
  readonly value: unknown;
};

/** JSON fields whose value is a moment, a duration of real time or an identity. */
const CHANGING_FIELDS = new Set([
  'created',
  'time',
  'timestamp',
  'ts',
  'first_ts',
  'last_ts',
  'last_active',
  'started',
  'mtime',
  'processing_time',
  'average_processing_time',
  'id',
  'nuid',
  'server_id',
  'client_id',
  'Nats-Time-Stamp',
]);

/** Texts inside strings that change from run to run, and what stands for them. */
const CHANGING_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|UTC|[+-]\d\d:?\d\d))?/g, '<time>'],
  [/\bN[A-Z2-7]{55}\b/g, '<server id>'],
  [/\$JS\.ACK\.([^.\s]+)\.([^.\s]+)\.(\d+)\.(\d+)\.(\d+)\.\d{19}\.(\d+)/g, '$$JS.ACK.$1.$2.$3.$4.$5.<time>.$6'],
  [/\$JS\.FC\.([^.\s]+)\.([^.\s]+)\.[A-Za-z0-9]+/g, '$$JS.FC.$1.$2.<id>'],
  [/_INBOX\.[A-Za-z0-9_.-]+/g, '<inbox>'],
  [/\b(?=\w*(\d|[a-z][A-Z]))[A-Za-z0-9]{22}\b/g, '<id>'],
  [/\b(127\.0\.0\.1|localhost):\d{4,5}\b/g, '<address>'],
];

/** The value with everything replaced that may differ between two runs. */
export function comparable(value: unknown): unknown {
  if (typeof value === 'string') return comparableText(value);
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    result[key] = CHANGING_FIELDS.has(key) && field !== null ? `<${key}>` : comparable(field);
  }
  return result;
}

/** The text with everything replaced that may differ between two runs. */
export function comparableText(text: string): string {
  let result = text;
  for (const [changing, placeholder] of CHANGING_TEXTS) result = result.replace(changing, placeholder);
  return result;
}

/** Lines that say where two runs differ; empty when they do not. */
export function differences(reference: readonly Observation[], tested: readonly Observation[]): string[] {
  const lines: string[] = [];
  const length = Math.max(reference.length, tested.length);
  for (let i = 0; i < length; i++) {
    const expected = reference[i];
    const actual = tested[i];
    if (expected === undefined || actual === undefined || expected.step !== actual.step) {
      lines.push(`line ${i + 1}: reference ${describe(expected)}`, `${' '.repeat(8)}contrail  ${describe(actual)}`);
      // From the first missing or extra line on, every line would differ.
      break;
    }
    lines.push(...valueDifferences(actual.step, comparable(expected.value), comparable(actual.value)));
  }
  return lines;
}

type Labels = { readonly expected: string; readonly actual: string };

const SERVERS: Labels = { expected: 'reference', actual: 'contrail ' };

/** The place and one pair of lines for each spot inside two values where they differ. */
export function valueDifferences(path: string, expected: unknown, actual: unknown, labels = SERVERS): string[] {
  const deeper = (place: string, left: unknown, right: unknown) => valueDifferences(place, left, right, labels);
  if (isRecord(expected) && isRecord(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return keys.flatMap((key) => deeper(`${path} / ${key}`, expected[key], actual[key]));
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.flatMap((item, i) => deeper(`${path}[${i}]`, item, actual[i]));
  }
  if (typeof expected === 'string' && typeof actual === 'string' && expected !== actual) {
    const [left, right] = [expected.split('\n'), actual.split('\n')];
    if (left.length > 1 && left.length === right.length) return deeper(`${path} / line `, left, right);
  }
  const [left, right] = [text(expected), text(actual)];
  return left === right ? [] : [path, `  ${labels.expected} ${left}`, `  ${labels.actual} ${right}`];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return value === undefined ? '(nothing)' : JSON.stringify(value);
}

function describe(observation: Observation | undefined): string {
  if (observation === undefined) return '(nothing)';
  return `'${observation.step}': ${text(comparable(observation.value))}`;
}
