// JSON texts for the fuzzers: values of every kind and size that the rules of JSON allow, with the keys that make trouble.
import type { Prng } from '../../src/base/prng.ts';
import type { InputBuffer } from './mutations.ts';

/** Pieces of JSON, whole and broken, for mutations. */
export const JSON_WORDS: readonly string[] = [
  ...[
    'null',
    'true',
    'false',
    '-',
    '-0',
    '0',
    '1e5',
    '1E+309',
    '1e-999',
    '0.1',
    '9007199254740993',
    '18446744073709551616',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '""',
    '\\',
    '\\u',
    '\\ud800',
    '\\udc00',
    '\\ud83d\\ude00',
    '\\n',
    '\\x',
    '\t',
    '\n',
  ],
  ...[
    '"__proto__":',
    '"constructor":',
    '{"a":',
    '[[',
    ']]',
    '{}',
    '[]',
    'nul',
    'tru',
    '01',
    '.5',
    '+1',
    'NaN',
    '\0',
    '\ufeff',
  ],
];

/** Numbers that a field of any size and sign does not expect. Compat: CVE-2022-42708 came from one. */
export const STRANGE_NUMBERS: readonly string[] = [
  ...[
    '0',
    '-0',
    '-1',
    '1',
    '2',
    '5',
    '-9',
    '255',
    '256',
    '65536',
    '2147483647',
    '2147483648',
    '-2147483649',
    '4294967296',
  ],
  ...['9007199254740991', '9007199254740993', '9223372036854775807', '9223372036854775808', '-9223372036854775808'],
  ...[
    '-9223372036854775809',
    '18446744073709551615',
    '18446744073709551616',
    '1e3',
    '1e309',
    '-1e309',
    '1.5',
    '0.0',
    '1E-7',
  ],
  ...[`1${'0'.repeat(60)}`],
];

/** Values of other kinds. */
export const STRANGE_VALUES: readonly string[] = [
  ...[
    'null',
    'true',
    'false',
    '""',
    '"1"',
    '"-1"',
    '"a b"',
    '"a\\nb"',
    '"\\u0000"',
    '"*"',
    '">"',
    '"a..b"',
    '"../x"',
    '" "',
  ],
  ...[
    '[]',
    '{}',
    '[null]',
    '[0]',
    '[""]',
    '[{}]',
    '{"a":null}',
    '{"__proto__":{"x":1}}',
    '[[]]',
    '"2024-01-01T00:00:00Z"',
  ],
  `"${'x'.repeat(300)}"`,
];

const KEYS = ['a', 'b', 'name', 'config', '__proto__', 'constructor', 'toString', '', 'ü', '0', '-1', 'A'];
const STRINGS = [
  '',
  'a',
  'foo.*',
  '\\"',
  '\\\\',
  '\\/',
  '\\b\\f\\n\\r\\t',
  '\\u0041',
  '\\ud83d\\ude00',
  '\\udead',
  'x y',
  '\x7f',
];

/** Writes one value with at most `depth` levels. */
export function writeJson(random: Prng, input: InputBuffer, depth: number): void {
  const kind = random.below(depth > 0 ? 8 : 5);
  if (kind < 2) return writeScalar(random, input);
  if (kind === 2) return input.text(`"${random.pick(STRINGS)}${random.pick(STRINGS)}"`);
  if (kind === 3) return input.text(random.pick(STRANGE_NUMBERS));
  if (kind === 4) return input.text(random.pick(['null', 'true', 'false', '[]', '{}', '[ ]', '{\n}']));
  const isObject = kind > 5;
  const count = random.below(4);
  input.text(isObject ? '{' : '[');
  for (let i = 0; i < count; i++) {
    if (i > 0) input.text(random.pick([',', ', ', ' ,\n']));
    if (isObject) input.text(`"${random.pick(KEYS)}"${random.pick([':', ': ', ' :'])}`);
    writeJson(random, input, depth - 1);
  }
  input.text(isObject ? '}' : ']');
}

function writeScalar(random: Prng, input: InputBuffer): void {
  const sign = random.chance(0.3) ? '-' : '';
  const digits = String(random.below(random.pick([10, 1000, 2 ** 31, 2 ** 52])));
  const fraction = random.chance(0.2) ? `.${random.below(1000)}` : '';
  const exponent = random.chance(0.1) ? random.pick(['e2', 'E+3', 'e-4']) : '';
  input.text(`${sign}${digits}${fraction}${exponent}`);
}
