// What one token of a transform's destination asks for: itself, a wildcard of the source (`$1`, `{{wildcard(1)}}`) or a
// function of some (`{{partition(3,1,2)}}`, `{{split(1,-)}}`, ...). Reads text once, when a configuration is read, with the
// reference's words for what is wrong. Compat: nats-server subject_transform.go, indexPlaceHolders.

export type TokenFunction =
  | 'wildcard'
  | 'partition'
  | 'random'
  | 'splitFromLeft'
  | 'splitFromRight'
  | 'sliceFromLeft'
  | 'sliceFromRight'
  | 'left'
  | 'right'
  | 'split';

/** A token that is not taken as it is. */
export interface TokenCall {
  readonly kind: TokenFunction;
  /** Wildcards of the source as written, the first is 1. What is below that means the first token of the subject. */
  readonly wildcards: readonly bigint[];
  /** Partitions, a size or an upper bound, in 32 bits with a sign; 0 where there is none. */
  readonly amount: number;
  /** What splits; empty where nothing does. */
  readonly delimiter: string;
}

export type TokenResult =
  | { readonly kind: 'literal' }
  | TokenCall
  | { readonly kind: 'refused'; readonly text: string };

const INVALID = 'invalid mapping destination';
const NOT_ENOUGH_ARGUMENTS = `${INVALID}: not enough arguments passed to the function`;
const TOO_MANY_ARGUMENTS = `${INVALID}: too many arguments passed to the function`;
const INVALID_ARGUMENT = `${INVALID}: function argument is invalid or in the wrong format`;
export const INDEX_OUT_OF_RANGE = `${INVALID}: wildcard index out of range`;
export const UNKNOWN_FUNCTION = `${INVALID}: unknown function`;
export const INVALID_TRANSFORM = `${INVALID}: invalid transform`;
export const NOT_ALL_WILDCARDS = `${INVALID}: not using all of the token wildcard(s)`;
export const ONLY_WILDCARDS = `${INVALID}: the only mapping function allowed for import transforms is {{Wildcard()}}`;

const INT32_MAX = 2n ** 31n - 1n;
const INT64_MAX = 2n ** 63n - 1n;
const LITERAL: TokenResult = { kind: 'literal' };

interface FunctionRule {
  readonly pattern: RegExp;
  readonly read: (token: string, args: readonly string[]) => TokenResult;
}

/** White space as Go's regular expressions know it. */
const BLANK = '[\\t\\n\\f\\r ]*';

function functionRule(name: string, read: FunctionRule['read']): FunctionRule {
  return { pattern: new RegExp(`\\{\\{${BLANK}${name}${BLANK}\\(([^\\n]*)\\)${BLANK}\\}\\}`), read };
}

/** In the order in which the reference looks for them. */
const FUNCTIONS: readonly FunctionRule[] = [
  functionRule('[wW]ildcard', readWildcard),
  functionRule('[pP]artition', readPartition),
  functionRule('[sS]plit[fF]rom[lL]eft', (token, args) => readSized('splitFromLeft', token, args)),
  functionRule('[sS]plit[fF]rom[rR]ight', (token, args) => readSized('splitFromRight', token, args)),
  functionRule('[sS]lice[fF]rom[lL]eft', (token, args) => readSized('sliceFromLeft', token, args)),
  functionRule('[sS]lice[fF]rom[rR]ight', (token, args) => readSized('sliceFromRight', token, args)),
  functionRule('[rR]ight', (token, args) => readSized('right', token, args)),
  functionRule('[lL]eft', (token, args) => readSized('left', token, args)),
  functionRule('[sS]plit', readSplit),
  functionRule('[rR]andom', readRandom),
];

/** Whether the token looks like a function, of whatever name. */
export function isFunctionToken(token: string): boolean {
  return token.length > 4 && token.startsWith('{{') && token.endsWith('}}');
}

export function isKnownFunction(token: string): boolean {
  return FUNCTIONS.some(({ pattern }) => pattern.test(token));
}

export function readToken(token: string): TokenResult {
  if (token.length > 1 && token[0] === '$') {
    const index = integer(token.slice(1));
    return index === null ? LITERAL : call('wildcard', [index]);
  }
  if (!isFunctionToken(token)) return LITERAL;
  for (const { pattern, read } of FUNCTIONS) {
    const args = pattern.exec(token)?.[1];
    if (args !== undefined) return read(token, args.split(/,[\t\n\f\r ]*/));
  }
  return refused(token, UNKNOWN_FUNCTION);
}

/** Whether the token stands for a wildcard of the source and nothing else. Compat: transformUntokenize. */
export function isWildcardToken(token: string): boolean {
  if (/^\$[1-9]/.test(token)) return true;
  const args = FUNCTIONS[0]?.pattern.exec(token)?.[1];
  return args !== undefined && args !== '' && !args.includes(',');
}

function call(kind: TokenFunction, wildcards: readonly bigint[], amount = 0, delimiter = ''): TokenCall {
  return { kind, wildcards, amount, delimiter };
}

function refused(token: string, text: string): TokenResult {
  return { kind: 'refused', text: `${text} in ${token}` };
}

/** Go's Atoi, of text with spaces around it; null where that fails. */
function integer(text: string | undefined): bigint | null {
  const trimmed = (text ?? '').replace(/^ +| +$/g, '');
  if (!/^[+-]?\d+$/.test(trimmed)) return null;
  const value = BigInt(trimmed.replace('+', ''));
  return value > INT64_MAX || value < -INT64_MAX - 1n ? null : value;
}

/** A number of partitions or a bound: above 32 bits it is refused, below it wraps around as in the reference. */
function amountOf(text: string | undefined): number | null {
  const value = integer(text);
  return value === null || value > INT32_MAX ? null : Number(BigInt.asIntN(32, value));
}

function readWildcard(token: string, args: readonly string[]): TokenResult {
  if (args.length > 1) return refused(token, TOO_MANY_ARGUMENTS);
  if (args[0] === '') return refused(token, NOT_ENOUGH_ARGUMENTS);
  const index = integer(args[0]);
  return index === null ? refused(token, INVALID_ARGUMENT) : call('wildcard', [index]);
}

function readPartition(token: string, args: readonly string[]): TokenResult {
  const [first, ...rest] = args;
  const partitions = amountOf(first);
  const indexes = rest.map(integer);
  const wildcards = indexes.filter((index) => index !== null);
  if (partitions === null || wildcards.length < indexes.length) return refused(token, INVALID_ARGUMENT);
  return call('partition', wildcards, partitions);
}

/** Functions of a wildcard and a number. */
function readSized(kind: TokenFunction, token: string, args: readonly string[]): TokenResult {
  if (args.length < 2) return refused(token, NOT_ENOUGH_ARGUMENTS);
  if (args.length > 2) return refused(token, TOO_MANY_ARGUMENTS);
  const index = integer(args[0]);
  const size = integer(args[1]);
  const fits = size !== null && size <= INT32_MAX && size >= -INT32_MAX - 1n;
  return index === null || !fits ? refused(token, INVALID_ARGUMENT) : call(kind, [index], Number(size));
}

function readSplit(token: string, args: readonly string[]): TokenResult {
  if (args.length < 2) return refused(token, NOT_ENOUGH_ARGUMENTS);
  if (args.length > 2) return refused(token, TOO_MANY_ARGUMENTS);
  const index = integer(args[0]);
  const delimiter = args[1] ?? '';
  if (index === null || /[ .]/.test(delimiter)) return refused(token, INVALID_ARGUMENT);
  return call('split', [index], 0, delimiter);
}

function readRandom(token: string, args: readonly string[]): TokenResult {
  if (args.length !== 1) return refused(token, NOT_ENOUGH_ARGUMENTS);
  const bound = amountOf(args[0]);
  return bound === null ? refused(token, INVALID_ARGUMENT) : call('random', [], bound);
}
