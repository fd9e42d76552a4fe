// The JSON reader for configuration, meta files and CONNECT, against the engine's own: the same texts are accepted, with the
// same values. CONNECT objects made of such texts are read too, and must never touch a prototype.
import { JsonDecimal, type JsonValue, parseJson } from '../../src/base/json_parser.ts';
import type { Prng } from '../../src/base/prng.ts';
import { connectDefaults, readConnect } from '../../src/wire/connect.ts';
import { type FuzzTarget, promise } from './fuzz_target.ts';
import { JSON_WORDS, writeJson } from './json_text.ts';
import { InputBuffer } from './mutations.ts';

const TEXT_BYTES_MAX = 64 * 1024;
const DEPTH_MAX = 4;
/** Deeper down the comparison, which calls itself, does not go. */
const COMPARED_DEPTH_MAX = 100;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** Whether `mine`, of parseJson(), says the same as `theirs`, of JSON.parse(). */
function isSame(mine: JsonValue, theirs: unknown, depth: number): boolean {
  if (depth > COMPARED_DEPTH_MAX) return true;
  if (mine instanceof JsonDecimal) return Object.is(mine.value, theirs);
  if (typeof mine === 'bigint') return Number(mine) === theirs;
  if (typeof mine === 'number') return mine === theirs;
  // A lone half of a surrogate pair is no text.
  if (typeof mine === 'string')
    return typeof theirs === 'string' && mine === theirs.replace(/\p{Surrogate}/gu, '\ufffd');
  if (mine === null || typeof mine === 'boolean') return mine === theirs;
  if (typeof theirs !== 'object' || theirs === null || Array.isArray(mine) !== Array.isArray(theirs)) return false;
  const right = Object.entries(theirs);
  // Keys that differ in lone halves only become one: then there is nothing to compare.
  if (right.some(([key]) => /\p{Surrogate}/u.test(key))) return true;
  const left = Object.entries(mine);
  if (left.length !== right.length) return false;
  return left.every(([key, value], i) => key === right[i]?.[0] && isSame(value, right[i]?.[1], depth + 1));
}

function parsedByEngine(text: string): { readonly ok: boolean; readonly value: unknown } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, value: null };
  }
}

export class JsonTarget implements FuzzTarget {
  readonly name = 'json';
  readonly about = "JSON texts and CONNECT objects, against the engine's own reader";
  readonly #input = new InputBuffer(TEXT_BYTES_MAX);

  currentInput(): Uint8Array {
    return this.#input.view;
  }

  run(random: Prng, cases: number): number {
    for (let i = 0; i < cases; i++) this.#one(random);
    return cases;
  }

  #one(random: Prng): void {
    const input = this.#input;
    input.clear();
    if (random.chance(0.0005)) this.#deep(random);
    else writeJson(random, input, DEPTH_MAX);
    if (random.chance(0.5)) input.mutate(random, 1 + random.below(3), JSON_WORDS);
    const bytes = input.view;
    const mine = parseJson(bytes);
    const theirs = parsedByEngine(lenient.decode(bytes));
    const isTooDeep = !mine.ok && mine.error.includes('exceeded max depth');
    promise(mine.ok === theirs.ok || isTooDeep, `ours ${mine.ok}, theirs ${theirs.ok}`, bytes);
    if (mine.ok && isUtf8(bytes)) promise(isSame(mine.value, theirs.value, 0), 'the values differ', bytes);
    if (!mine.ok) promise(mine.offset >= 0 && mine.offset <= bytes.length, 'the fault lies outside', bytes);
    this.#connect(bytes);
  }

  /** Whatever it says, CONNECT leaves an object with fields of the types they had. */
  #connect(bytes: Uint8Array): void {
    const options = connectDefaults();
    const before = Object.keys(options).length;
    readConnect(bytes, options);
    promise(Object.keys(options).length === before, 'CONNECT made a field', bytes);
    promise(Object.getPrototypeOf(options) === Object.prototype, 'CONNECT changed a prototype', bytes);
    const plain: Record<string, unknown> = {};
    promise(plain['x'] === undefined && plain['a'] === undefined, 'the prototype of all objects changed', bytes);
  }

  #deep(random: Prng): void {
    const [open, close] = random.pick([
      ['[', ']'],
      ['{"a":', '}'],
    ] as const);
    const depth = random.pick([100, 9_999, 10_001]);
    this.#input.text(open.repeat(depth));
    this.#input.text('1');
    this.#input.text(close.repeat(depth));
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
