// From one subject to another: `orders.*.*` to `orders.{{partition(3,1)}}.$2.$1`. Made once from text, with the reference's
// words when it cannot be made; then run on bytes, without a string. For account mappings, imports and streams.
// Compat: nats-server subject_transform.go; sublist.go, ValidateMapping.
import { equalBytes, indexOfByte, runeLength } from '../base/bytes.ts';
import { type Parsed, parsed, refused } from '../base/parsed.ts';
import { isValidLiteralBytes } from './subject.ts';
import { SubjectBuffer } from './subject_buffer.ts';
import {
  INDEX_OUT_OF_RANGE,
  INVALID_TRANSFORM,
  isFunctionToken,
  isKnownFunction,
  isWildcardToken,
  NOT_ALL_WILDCARDS,
  ONLY_WILDCARDS,
  readToken,
  type TokenCall,
  type TokenFunction,
  UNKNOWN_FUNCTION,
} from './transform_token.ts';

/** A number in [0, count): where `random()` gets its luck from. */
export type Pick = (count: number) => number;

export interface TransformOptions {
  /** For imports: the way back must exist, so every wildcard is used and no other function. */
  readonly isReversible?: boolean;
}

const BAD_SUBJECT = 'invalid subject';
const DOT = 46;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One token of the destination. */
interface Step {
  /** `rest` copies what the source's `>` matched. */
  readonly kind: TokenFunction | 'literal' | 'rest';
  readonly literal: Uint8Array;
  /** Which tokens of the subject it uses, from 0. */
  readonly tokens: readonly number[];
  readonly amount: number;
  readonly delimiter: Uint8Array;
}

interface Shape {
  readonly tokens: readonly string[];
  /** Where its `*` are. */
  readonly stars: readonly number[];
  readonly isOpen: boolean;
}

export class SubjectTransform {
  readonly source: string;
  readonly destination: string;
  readonly #sourceTokens: readonly string[];
  readonly #pattern: readonly Uint8Array[];
  readonly #steps: readonly Step[];
  /** Start and end of each token of the subject under way. */
  #bounds = new Int32Array(2 * 16);

  private constructor(source: string, destination: string, sourceTokens: readonly string[], steps: readonly Step[]) {
    this.source = source;
    this.destination = destination;
    this.#sourceTokens = sourceTokens;
    this.#pattern = sourceTokens.map((token) => encoder.encode(token));
    this.#steps = steps;
  }

  /** An empty source is everything. The destination must not be empty. */
  static make(source: string, destination: string, options: TransformOptions = {}): Parsed<SubjectTransform> {
    const from = source === '' ? '>' : source;
    const sourceShape = shapeOf(from);
    const shape = shapeOf(destination);
    if (sourceShape === null || shape === null) return refused(BAD_SUBJECT);
    if (shape.stars.length > 0 || shape.isOpen !== sourceShape.isOpen) return refused(BAD_SUBJECT);
    const steps = stepsOf(sourceShape, shape, options.isReversible === true);
    if (!steps.ok) return steps;
    if (options.isReversible === true) {
      const used = steps.value.reduce((sum, step) => sum + step.tokens.length, 0);
      if (used < sourceShape.stars.length) return refused(`${NOT_ALL_WILDCARDS} in ${destination}`);
    }
    return parsed(new SubjectTransform(from, destination, sourceShape.tokens, steps.value));
  }

  /** The way back of a reversible transform. Null where the destination has fewer wildcards than the source. */
  reverse(): SubjectTransform | null {
    const { subject, placeholders } = untokenize(this.destination);
    const left = [...placeholders];
    const tokens: string[] = [];
    for (const token of this.#sourceTokens) {
      const back = token === '*' ? left.shift() : token;
      if (back === undefined) return null;
      tokens.push(back);
    }
    const made = SubjectTransform.make(subject, tokens.join('.'), { isReversible: true });
    return made.ok ? made.value : null;
  }

  /** Whether `bytes[start..end)` is a literal subject that the source stands for. */
  matches(bytes: Uint8Array, start: number, end: number): boolean {
    return isValidLiteralBytes(bytes, start, end) && this.#isCovered(bytes, start, end);
  }

  #isCovered(bytes: Uint8Array, start: number, end: number): boolean {
    const pattern = this.#pattern;
    let at = start;
    for (let i = 0; i < pattern.length; i++) {
      if (at > end) return false;
      const name = this.#sourceTokens[i];
      if (name === '>') return true;
      const dot = indexOfByte(bytes, DOT, at, end);
      const tokenEnd = dot < 0 ? end : dot;
      const token = pattern[i] as Uint8Array;
      if (name !== '*' && !equalBytes(bytes, at, tokenEnd, token, 0, token.length)) return false;
      at = tokenEnd + 1;
    }
    return at > end;
  }

  /** Appends to `out` what `bytes[start..end)`, which the source matches, becomes. */
  write(bytes: Uint8Array, start: number, end: number, out: SubjectBuffer, pick: Pick): void {
    const count = this.#split(bytes, start, end);
    const steps = this.#steps;
    for (let i = 0; i < steps.length; i++) {
      if (i > 0) out.byte(DOT);
      const step = steps[i] as Step;
      if (step.kind === 'literal') out.range(step.literal, 0, step.literal.length);
      else if (step.kind === 'rest') {
        const first = this.#sourceTokens.length - 1;
        if (first < count) out.range(bytes, this.#bounds[2 * first] as number, end);
      } else if (step.kind === 'random') out.decimal(step.amount === 0 ? 0 : pick(Math.abs(step.amount)));
      else if (step.kind === 'partition') out.decimal(this.#partition(step, bytes, start, end));
      else this.#writeToken(step, bytes, out, count);
    }
  }

  /** What a subject becomes. For paths that are not hot. */
  apply(subject: string, pick: Pick): string {
    const bytes = encoder.encode(subject);
    const out = new SubjectBuffer();
    this.write(bytes, 0, bytes.length, out, pick);
    return decoder.decode(out.bytes.subarray(0, out.length));
  }

  /** FNV-1a in 32 bits, of the tokens without dots between them, or of the whole subject where none are named. */
  #partition(step: Step, bytes: Uint8Array, start: number, end: number): number {
    if (step.amount === 0) return 0;
    let hash = FNV_OFFSET;
    const { tokens } = step;
    if (tokens.length === 0) hash = fnv(hash, bytes, start, end);
    for (let i = 0; i < tokens.length; i++) {
      const at = 2 * (tokens[i] as number);
      hash = fnv(hash, bytes, this.#bounds[at] as number, this.#bounds[at + 1] as number);
    }
    return (hash >>> 0) % (step.amount >>> 0);
  }

  #writeToken(step: Step, bytes: Uint8Array, out: SubjectBuffer, count: number): void {
    const index = step.tokens[0] as number;
    if (index >= count) return;
    const start = this.#bounds[2 * index] as number;
    const end = this.#bounds[2 * index + 1] as number;
    const length = end - start;
    const size = step.amount;
    if (step.kind === 'wildcard') out.range(bytes, start, end);
    else if (step.kind === 'split') writeSplit(bytes, start, end, step.delimiter, out);
    else if (size <= 0 || size >= length) out.range(bytes, start, end);
    else if (step.kind === 'left') out.range(bytes, start, start + size);
    else if (step.kind === 'right') out.range(bytes, end - size, end);
    else if (step.kind === 'splitFromLeft') writePieces(bytes, start, end, size, length, out);
    else if (step.kind === 'splitFromRight') writePieces(bytes, start, end, length - size, length, out);
    else writePieces(bytes, start, end, step.kind === 'sliceFromLeft' ? size : length % size || size, size, out);
  }

  #split(bytes: Uint8Array, start: number, end: number): number {
    let count = 0;
    let tokenStart = start;
    for (let i = start; i <= end; i++) {
      if (i !== end && bytes[i] !== DOT) continue;
      if (2 * count + 2 > this.#bounds.length) {
        const wider = new Int32Array(this.#bounds.length * 2);
        wider.set(this.#bounds);
        this.#bounds = wider;
      }
      this.#bounds[2 * count] = tokenStart;
      this.#bounds[2 * count + 1] = i;
      count++;
      tokenStart = i + 1;
    }
    return count;
  }
}

/** Why no transform can be made from these two; null when one can, or when there is none. */
export function checkTransform(source: string, destination: string): string | null {
  if (destination === '') return null;
  const made = SubjectTransform.make(source, destination);
  return made.ok ? null : made.error;
}

/** The same, for destinations that configurations name: the destination is looked at by itself first. */
export function checkMapping(source: string, destination: string): string | null {
  if (destination === '') return null;
  let isOver = false;
  for (const token of destination.split('.')) {
    if (token === '' || isOver) return token === '' ? INVALID_TRANSFORM : `${INVALID_TRANSFORM} in ${token}`;
    if (isFunctionToken(token)) {
      if (!isKnownFunction(token)) return `${UNKNOWN_FUNCTION} in ${token}`;
    } else if (token === '>') isOver = true;
    else if (/[\t\n\f\r ]/.test(token)) return INVALID_TRANSFORM;
  }
  return checkTransform(source, destination);
}

/** `foo.*.*` as a destination: `foo.$1.$2`. Compat: transformTokenize. */
export function tokenize(pattern: string): string {
  let stars = 0;
  return pattern
    .split('.')
    .map((token) => (token === '*' ? `$${++stars}` : token))
    .join('.');
}

/** A destination as a pattern, `foo.*.*` for `foo.$2.$1`, and its placeholders in order. Compat: transformUntokenize. */
export function untokenize(destination: string): {
  readonly subject: string;
  readonly placeholders: readonly string[];
} {
  const placeholders: string[] = [];
  const tokens = destination.split('.').map((token) => {
    if (!isWildcardToken(token)) return token;
    placeholders.push(token);
    return '*';
  });
  return { subject: tokens.join('.'), placeholders };
}

function stepsOf(source: Shape, destination: Shape, isReversible: boolean): Parsed<Step[]> {
  const hasWildcards = source.stars.length > 0 || source.isOpen;
  const steps: Step[] = [];
  for (const token of destination.tokens) {
    const read = readToken(token);
    if (read.kind === 'refused') return refused(read.text);
    if (read.kind === 'literal') {
      steps.push(step(token === '>' ? 'rest' : 'literal', encoder.encode(token)));
      continue;
    }
    const fault = hasWildcards ? wildcardFault(token, read, source, isReversible) : literalFault(token, read);
    if (fault !== null) return refused(fault);
    // Compat: without wildcards in the source the arguments of partition() count for nothing.
    const tokens = hasWildcards ? read.wildcards.map((index) => source.stars[Number(index) - 1] ?? 0) : [];
    steps.push({ ...step(read.kind), tokens, amount: read.amount, delimiter: encoder.encode(read.delimiter) });
  }
  return parsed(steps);
}

function wildcardFault(token: string, call: TokenCall, source: Shape, isReversible: boolean): string | null {
  if (isReversible && call.kind !== 'wildcard') return `${ONLY_WILDCARDS} in ${token}`;
  const beyond = call.wildcards.find((index) => index > BigInt(source.stars.length));
  return beyond === undefined ? null : `${INDEX_OUT_OF_RANGE} in ${token}: [${beyond}]`;
}

function literalFault(token: string, call: TokenCall): string | null {
  return call.kind === 'random' || call.kind === 'partition' ? null : `${INDEX_OUT_OF_RANGE} in ${token}`;
}

function step(kind: Step['kind'], literal = new Uint8Array(0)): Step {
  return { kind, literal, tokens: [], amount: 0, delimiter: new Uint8Array(0) };
}

function shapeOf(subject: string): Shape | null {
  const tokens = subject.split('.');
  const open = tokens.indexOf('>');
  if (tokens.includes('') || (open >= 0 && open < tokens.length - 1)) return null;
  const stars = tokens.flatMap((token, i) => (token === '*' ? [i] : []));
  return { tokens, stars, isOpen: open >= 0 };
}

function fnv(seed: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = seed;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), FNV_PRIME);
  return hash;
}

/** The range in pieces with dots between them: `first` bytes, then as many times `size` as there are, then what is left. */
function writePieces(
  bytes: Uint8Array,
  start: number,
  end: number,
  first: number,
  size: number,
  out: SubjectBuffer,
): void {
  out.range(bytes, start, start + first);
  for (let at = start + first; at < end; at += size) {
    out.byte(DOT);
    out.range(bytes, at, Math.min(at + size, end));
  }
}

/**
 * Dots in place of the delimiters, none at the front, at the end or twice. An empty delimiter is between any two
 * characters.
 */
function writeSplit(bytes: Uint8Array, start: number, end: number, delimiter: Uint8Array, out: SubjectBuffer): void {
  let isFirst = true;
  let wasEmpty = false;
  let pieceStart = start;
  while (pieceStart <= end) {
    const pieceEnd =
      delimiter.length === 0 ? runeEnd(bytes, pieceStart, end) : indexOf(bytes, pieceStart, end, delimiter);
    const isEmpty = pieceEnd === pieceStart;
    // Compat: a dot goes in front of every piece that is not empty, but for the first, and a second after an empty first.
    if (!isEmpty && !isFirst && !wasEmpty) out.byte(DOT);
    out.range(bytes, pieceStart, pieceEnd);
    wasEmpty = isFirst && isEmpty;
    isFirst = false;
    pieceStart = pieceEnd + delimiter.length;
    if (pieceEnd === end) return;
  }
}

function runeEnd(bytes: Uint8Array, at: number, end: number): number {
  return at + Math.max(1, runeLength(bytes, at, end));
}

/** Where `wanted` begins in the range, or the end. */
function indexOf(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): number {
  const first = wanted[0] as number;
  for (let at = indexOfByte(bytes, first, start, end); at >= 0; at = indexOfByte(bytes, first, at + 1, end)) {
    let i = 1;
    while (i < wanted.length && at + i < end && bytes[at + i] === wanted[i]) i++;
    if (i === wanted.length) return at;
  }
  return end;
}
