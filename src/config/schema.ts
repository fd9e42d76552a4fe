// How a block is declared: which keys it has under which names, what kind of value each takes, what becomes of it. Reading
// a block is walking the declaration: unknown keys, wrong kinds and parts that Contrail lacks are found here, once, for all
// blocks. A block's own file says the rest (blocks/). No defaults: those are options.ts.
import { MILLISECOND, parseDuration, SECOND } from '../base/duration.ts';
import type { ConfigPosition } from './config_error.ts';
import { type ConfigMap, type ConfigNode, type ConfigValue, goTypeName, kindText } from './config_node.ts';
import type { Findings } from './findings.ts';
import { goQuote } from './go_text.ts';

/** `works`: it does what it says. `later`: Contrail does not have it yet. `inert`: understood, but nothing changes. */
export type Support = 'works' | 'later' | 'inert';

/** One entry of a block that is being read. */
export interface Entry {
  /** As written: upper case and aliases included. */
  readonly key: string;
  readonly value: ConfigValue;
  readonly position: ConfigPosition;
  readonly findings: Findings;
}

export interface KeyRule<Draft> {
  /** In lower case; the first one is what messages call it. */
  readonly names: readonly string[];
  readonly support: Support;
  readonly read: (entry: Entry, draft: Draft) => void;
  /** Whether the value asks for what Contrail does anyway, such as `syslog: false`: then nothing is said about it. */
  readonly isHarmless: (value: ConfigValue) => boolean;
}

export interface BlockRule<Draft> {
  /** In front of its keys in messages: `jetstream.limits`; empty for the top of the file. */
  readonly path: string;
  readonly keys: ReadonlyMap<string, KeyRule<Draft>>;
  /** What is said about a key that it does not have. */
  readonly unknownText: (key: string) => string;
}

/** What to do with a value of the right kind. The position and the findings are for further checks. */
export type Setter<Draft, Value> = (draft: Draft, value: Value, entry: Entry) => void;

export function blockRule<Draft>(
  path: string,
  rules: readonly KeyRule<Draft>[],
  unknownText = (key: string) => `unknown field ${goQuote(key)}`,
): BlockRule<Draft> {
  const keys = new Map<string, KeyRule<Draft>>();
  for (const rule of rules) for (const name of rule.names) keys.set(name, rule);
  return { path, keys, unknownText };
}

export function readBlock<Draft>(block: BlockRule<Draft>, map: ConfigMap, draft: Draft, findings: Findings): void {
  for (const [key, node] of map.entries) {
    const rule = block.keys.get(key.toLowerCase());
    if (rule !== undefined) readEntry(block, rule, key, node, draft, findings);
    else if (!node.isUsedAsVariable) findings.error(node.position, block.unknownText(key));
  }
}

function readEntry<Draft>(
  block: BlockRule<Draft>,
  rule: KeyRule<Draft>,
  key: string,
  node: ConfigNode,
  draft: Draft,
  findings: Findings,
): void {
  const name = block.path === '' ? key : `${block.path}.${key}`;
  const isHarmless = rule.isHarmless(node.value);
  if (rule.support === 'inert' && !isHarmless) findings.ineffectiveSetting(node.position, name);
  if (rule.support === 'later' && !isHarmless) findings.unsupportedPart(node.position, name);
  const { unsupported, ineffective } = findings;
  const counts = [unsupported.length, ineffective.length] as const;
  rule.read(entryOf(key, node, findings), draft);
  if (rule.support !== 'later') return;
  // What is missing inside of what is missing adds nothing.
  unsupported.length = counts[0];
  ineffective.length = counts[1];
}

/** The same rule for a part that Contrail does not have yet; its value is still checked. */
export function later<Draft>(
  rule: KeyRule<Draft>,
  isHarmless: (value: ConfigValue) => boolean = isFalse,
): KeyRule<Draft> {
  return { ...rule, support: 'later', isHarmless };
}

export function inert<Draft>(rule: KeyRule<Draft>): KeyRule<Draft> {
  return { ...rule, support: 'inert' };
}

function isFalse(value: ConfigValue): boolean {
  return value.kind === 'boolean' && !value.value;
}

// Kinds of values. Without a setter the value is only checked.

function nothing(): void {
  // The kind was checked, and nobody wants the value yet.
}

/** Any value; the setter judges it. */
export function valueKey<Draft>(names: readonly string[], set: Setter<Draft, ConfigValue> = nothing): KeyRule<Draft> {
  return rule(names, (entry, draft) => set(draft, entry.value, entry));
}

export function textKey<Draft>(names: readonly string[], set: Setter<Draft, string> = nothing): KeyRule<Draft> {
  return rule(names, (entry, draft) => {
    if (entry.value.kind === 'string') set(draft, entry.value.value, entry);
    else wrongKind(entry, 'a string');
  });
}

export function booleanKey<Draft>(names: readonly string[], set: Setter<Draft, boolean> = nothing): KeyRule<Draft> {
  return rule(names, (entry, draft) => {
    if (entry.value.kind === 'boolean') set(draft, entry.value.value, entry);
    else wrongKind(entry, 'true or false');
  });
}

/** Sizes too: the language has their units. What does not fit 53 bits becomes the nearest that does. */
export function integerKey<Draft>(names: readonly string[], set: Setter<Draft, number> = nothing): KeyRule<Draft> {
  return rule(names, (entry, draft) => {
    if (entry.value.kind === 'integer') set(draft, safeInteger(entry.value.value), entry);
    else wrongKind(entry, 'an integer');
  });
}

/** Milliseconds, from `"2m"`, or from seconds as an integer, which the reference warns about. */
export function durationKey<Draft>(
  names: readonly string[],
  set: Setter<Draft, number> = nothing,
  /** What messages call it when that is not the key as written. */
  field: string | null = null,
): KeyRule<Draft> {
  return rule(names, (entry, draft) => {
    const milliseconds = readDuration(entry, field ?? entry.key);
    if (milliseconds !== null) set(draft, milliseconds, entry);
  });
}

/** Milliseconds, from `"2m"` alone. */
export function durationTextKey<Draft>(names: readonly string[], set: Setter<Draft, number> = nothing): KeyRule<Draft> {
  return textKey(names, (draft, text, entry) => {
    const duration = parseDuration(text);
    if (duration.ok) set(draft, milliseconds(duration.value), entry);
    else entry.findings.error(entry.position, `error parsing ${entry.key.toLowerCase()}: ${duration.error}`);
  });
}

/** One text or an array of them. */
export function textsKey<Draft>(
  names: readonly string[],
  set: Setter<Draft, readonly string[]> = nothing,
  /** As it stands in messages. */
  field = names[0] ?? '',
): KeyRule<Draft> {
  return rule(names, (entry, draft) => {
    const texts = readTexts(entry, field);
    if (texts !== null) set(draft, texts, entry);
  });
}

/** Pairs of a name and a text. */
export function textMapKey<Draft>(
  names: readonly string[],
  /** In front of `: unsupported type string`, as the reference words it. */
  fault: string,
  set: Setter<Draft, ReadonlyMap<string, string>> = nothing,
): KeyRule<Draft> {
  return rule(names, (entry, draft) => {
    if (entry.value.kind !== 'map') {
      return entry.findings.error(entry.position, `${fault}: unsupported type ${goTypeName(entry.value)}`);
    }
    const texts = new Map<string, string>();
    for (const [key, node] of entry.value.entries) {
      if (node.value.kind === 'string') texts.set(key, node.value.value);
      else wrongKind(entryOf(key, node, entry.findings), 'a string');
    }
    set(draft, texts, entry);
  });
}

export function blockKey<Draft, Inner>(
  names: readonly string[],
  block: BlockRule<Inner>,
  inner: (draft: Draft) => Inner,
  /** In front of `, got string`, as the reference words it. */
  expected: string | null = null,
): KeyRule<Draft> {
  return rule(names, (entry, draft) => {
    if (entry.value.kind === 'map') readBlock(block, entry.value, inner(draft), entry.findings);
    else if (expected === null) wrongKind(entry, 'a block');
    else entry.findings.error(entry.position, `${expected}, got ${goTypeName(entry.value)}`);
  });
}

/** An array of blocks. */
export function blocksKey<Draft, Inner>(
  names: readonly string[],
  block: BlockRule<Inner>,
  parts: BlocksParts<Draft, Inner>,
): KeyRule<Draft> {
  return rule(names, (entry, draft) => {
    const { value, position, findings } = entry;
    if (value.kind !== 'array') return findings.error(position, parts.notAnArray(value));
    const inners: Inner[] = [];
    for (const item of value.items) {
      if (item.value.kind !== 'map') {
        findings.error(item.position, parts.notABlock(item.value));
        continue;
      }
      const inner = parts.inner();
      readBlock(block, item.value, inner, findings);
      parts.itemRead?.(inner, { map: item.value, position: lastPosition(item.value, item.position), findings });
      inners.push(inner);
    }
    parts.allRead?.(draft, inners, entry);
  });
}

export interface BlocksParts<Draft, Inner> {
  /** As the reference words it. */
  readonly notAnArray: (value: ConfigValue) => string;
  readonly notABlock: (value: ConfigValue) => string;
  readonly inner: () => Inner;
  /** Called for each, with the place where the reference says what is wrong with it as a whole. */
  readonly itemRead?: (inner: Inner, where: BlockPlace) => void;
  readonly allRead?: Setter<Draft, readonly Inner[]>;
}

export interface BlockPlace {
  readonly map: ConfigMap;
  readonly position: ConfigPosition;
  readonly findings: Findings;
}

function lastPosition(map: ConfigMap, otherwise: ConfigPosition): ConfigPosition {
  return [...map.entries.values()].at(-1)?.position ?? otherwise;
}

function rule<Draft>(names: readonly string[], read: KeyRule<Draft>['read']): KeyRule<Draft> {
  return { names, support: 'works', read, isHarmless: isFalse };
}

// Parts of the above that blocks with habits of their own use too.

/** Says that the value is of the wrong kind. The reference tells it in terms of its own program. */
export function wrongKind(entry: Entry, expected: string): void {
  entry.findings.error(entry.position, `'${entry.key}' must be ${expected}, but is ${kindText(entry.value)}`);
}

export function entryOf(key: string, node: ConfigNode, findings: Findings): Entry {
  return { key, value: node.value, position: node.position, findings };
}

/** Null when it was reported. */
export function readDuration(entry: Entry, field: string): number | null {
  const { value, position, findings } = entry;
  if (value.kind === 'string') {
    const duration = parseDuration(value.value);
    if (duration.ok) return milliseconds(duration.value);
    findings.error(position, `error parsing ${field}: ${duration.error}`);
    return null;
  }
  if (value.kind !== 'integer') {
    wrongKind(entry, 'a duration');
    return null;
  }
  const advice = `${field} should be converted to a duration`;
  findings.warning(position, `invalid use of field ${goQuote(field)}: ${advice}`);
  return milliseconds(BigInt.asIntN(64, value.value * SECOND));
}

/** Null when it was reported. */
export function readTexts(entry: Entry, field: string): string[] | null {
  const { value, position, findings } = entry;
  if (value.kind === 'string') return [value.value];
  if (value.kind !== 'array') {
    findings.error(position, `error parsing ${field}: unsupported type ${goTypeName(value)}`);
    return null;
  }
  const texts: string[] = [];
  for (const item of value.items) {
    if (item.value.kind === 'string') texts.push(item.value.value);
    else findings.error(item.position, `error parsing ${field}: unsupported type in array ${goTypeName(item.value)}`);
  }
  return texts;
}

export function safeInteger(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER;
  if (value < BigInt(Number.MIN_SAFE_INTEGER)) return Number.MIN_SAFE_INTEGER;
  return Number(value);
}

export function milliseconds(ns: bigint): number {
  return Number(ns) / Number(MILLISECOND);
}
