// The tree that the parser makes of a configuration: values that know where they stand. Whoever reads it walks nodes and
// never sees the language. Integers are 64 bits wide and exact, therefore bigint.
import type { ConfigPosition } from './config_error.ts';

export type ConfigValue =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  /** `2026-11-23T10:02:11Z`, a moment that exists. */
  | { readonly kind: 'datetime'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly ConfigNode[]; readonly height: number }
  | ConfigMap;

export interface ConfigMap {
  readonly kind: 'map';
  /** In the order of the file; a key that comes again replaces the value and keeps its place. */
  readonly entries: ReadonlyMap<string, ConfigNode>;
  /** How deep maps and arrays nest in it, itself counted. */
  readonly height: number;
}

export interface ConfigNode {
  readonly value: ConfigValue;
  /** Of the key when the value has one, else of the value itself. */
  readonly position: ConfigPosition;
  /** Somebody wrote `$KEY` for it: then it is no mistake when nobody knows the key. */
  readonly isUsedAsVariable: boolean;
}

/** What the reference calls the type of a value in its messages. Compat: the names of Go. */
export function goTypeName(value: ConfigValue): string {
  switch (value.kind) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'integer':
      return 'int64';
    case 'float':
      return 'float64';
    case 'datetime':
      return 'time.Time';
    case 'array':
      return '[]interface {}';
    case 'map':
      return 'map[string]interface {}';
  }
}

/** A value inside a message; arrays and blocks, of which the reference shows addresses, by their type. */
export function shownValue(value: ConfigValue): string {
  if (value.kind === 'array') return value.items.length === 0 ? '[]' : goTypeName(value);
  if (value.kind === 'map') return value.entries.size === 0 ? 'map[]' : goTypeName(value);
  return String(value.value);
}

/** The type of a value for people. */
export function kindText(value: ConfigValue): string {
  switch (value.kind) {
    case 'string':
      return 'a string';
    case 'boolean':
      return 'a boolean';
    case 'integer':
      return 'an integer';
    case 'float':
      return 'a number with a fraction';
    case 'datetime':
      return 'a date';
    case 'array':
      return 'an array';
    case 'map':
      return 'a block';
  }
}
