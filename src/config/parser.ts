// Configuration files into one tree: pairs the tokens of lexer.ts, resolves variables (keys of the file in scope, then the
// environment) and includes, and keeps every value's place. Throws ConfigError at the first fault and nothing else. Does no
// I/O (config_source.ts is passed in) and knows no key: that is schema.ts and blocks/.
// Compat: conf/parse.go, with its checks ("pedantic").
import { assert } from '../base/assert.ts';
import type { Parsed } from '../base/parsed.ts';
import type { Token } from './char_cursor.ts';
import { ConfigError, type ConfigPosition, locatedText } from './config_error.ts';
import {
  CONFIG_DEPTH_MAX,
  CONFIG_ENVIRONMENT_DEPTH_MAX,
  CONFIG_FILE_BYTES_MAX,
  CONFIG_INCLUDE_DEPTH_MAX,
  CONFIG_VALUES_MAX,
  CONFIG_VALUES_PER_ENVIRONMENT_READING,
} from './config_limits.ts';
import type { ConfigMap, ConfigNode, ConfigValue } from './config_node.ts';
import { includedPath } from './config_path.ts';
import type { ConfigSource } from './config_source.ts';
import { lexConfig } from './lexer.ts';
import { parseDatetime, parseFloat64, parseInteger } from './units.ts';

/** Reads a file and what it includes. */
export function parseConfigFile(path: string, source: ConfigSource, inStrings = NAMES_STAY): ConfigMap {
  const reading: Reading = { source, inStrings, files: [], variables: [], valuesRead: 0, depth: 0 };
  return parseFile(path, null, reading);
}

/** Reads a text as if it stood in a file at `path`. */
export function parseConfigText(text: string, path: string, source: ConfigSource): ConfigMap {
  const reading: Reading = { source, inStrings: NAMES_STAY, files: [path], variables: [], valuesRead: 0, depth: 0 };
  return parseBytes(Buffer.from(text, 'utf8'), path, reading);
}

/** What is shared by the files and environment variables of one configuration. */
interface Reading {
  readonly source: ConfigSource;
  readonly inStrings: NamesInStrings;
  /** Files being read, each included by the one before. */
  readonly files: string[];
  /** Environment variables being read, each referred to by the one before. */
  readonly variables: string[];
  valuesRead: number;
  /** Maps and arrays that are open now, in all files and variables being read. */
  depth: number;
}

interface MutableNode extends ConfigNode {
  isUsedAsVariable: boolean;
}

type Scope = MapScope | ArrayScope;

interface MapScope {
  readonly kind: 'map';
  readonly entries: Map<string, MutableNode>;
  /** The key whose value is expected. */
  key: Token | null;
}

interface ArrayScope {
  readonly kind: 'array';
  readonly items: MutableNode[];
}

/**
 * What becomes of `$(NAME)` in a string. The language has no such thing: it stays, and somebody may want to know where.
 * Where it is asked for, our own extension puts the environment variable in its place, and `$$(NAME)` stays `$(NAME)`.
 */
export type NamesInStrings =
  | { readonly kind: 'stay'; readonly found: (position: ConfigPosition, text: string) => void }
  | { readonly kind: 'expanded' };

const NAMES_STAY: NamesInStrings = { kind: 'stay', found: () => undefined };
const NAME_IN_STRING = /\$?\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g;
const NAME_ALONE = /^\(([A-Za-z_][A-Za-z0-9_]*)\)$/;

/** Under which an environment variable's text is parsed. */
const VARIABLE_KEY = 'pk';
/** Behind the `$`: a bcrypt hash without quotes is a string, not a variable. Compat: only this version of bcrypt. */
const BCRYPT_PREFIX = '2a$';

function parseFile(path: string, includedAt: ConfigPosition | null, reading: Reading): ConfigMap {
  const bytes = reading.source.readFile(path, CONFIG_FILE_BYTES_MAX);
  if (!bytes.ok) throw new ConfigError(includedAt, bytes.error);
  reading.files.push(path);
  const map = parseBytes(bytes.value, path, reading);
  reading.files.pop();
  return map;
}

/** `place`: where everything in it is said to stand, for a text that has no place of its own. */
function parseBytes(bytes: Uint8Array, path: string, reading: Reading, place: ConfigPosition | null = null): ConfigMap {
  const parser = new ConfigParser(path, reading, place);
  lexConfig(bytes, path, (token) => parser.take(token));
  return parser.result();
}

class ConfigParser {
  readonly #path: string;
  readonly #reading: Reading;
  readonly #place: ConfigPosition | null;
  readonly #top: MapScope;
  /** From the top of the file to where the next value goes. */
  readonly #scopes: Scope[];

  constructor(path: string, reading: Reading, place: ConfigPosition | null) {
    this.#path = path;
    this.#reading = reading;
    this.#place = place;
    this.#top = { kind: 'map', entries: new Map(), key: null };
    this.#scopes = [this.#top];
  }

  take(token: Token): void {
    switch (token.kind) {
      case 'key':
        return this.#key(token);
      case 'map start':
        return this.#open(token, { kind: 'map', entries: new Map(), key: null });
      case 'array start':
        return this.#open(token, { kind: 'array', items: [] });
      case 'map end':
      case 'array end':
        return this.#close(token);
      case 'include':
        return this.#include(token);
      case 'variable':
        return this.#put(token, this.#variable(token));
      default:
        this.#put(token, this.#scalar(token));
    }
  }

  result(): ConfigMap {
    return { kind: 'map', entries: this.#top.entries, height: heightOver(this.#top.entries.values()) };
  }

  #key(token: Token): void {
    const scope = this.#scope();
    assert(scope.kind === 'map' && scope.key === null, 'a key stands in a map, behind a complete entry');
    scope.key = token;
  }

  #open(token: Token, scope: Scope): void {
    this.#reading.depth++;
    this.#checkDepth(this.#reading.depth, token);
    this.#scopes.push(scope);
  }

  #close(token: Token): void {
    const scope = this.#scopes.pop();
    assert(scope !== undefined && this.#scopes.length > 0, 'the lexer closes what it opened');
    this.#reading.depth--;
    const value: ConfigValue =
      scope.kind === 'map'
        ? { kind: 'map', entries: scope.entries, height: heightOver(scope.entries.values()) }
        : { kind: 'array', items: scope.items, height: heightOver(scope.items) };
    // A variable can put what is deep already into what is deep already.
    this.#checkDepth(value.height, token);
    this.#put(token, value);
  }

  #checkDepth(depth: number, token: Token): void {
    if (depth <= CONFIG_DEPTH_MAX) return;
    throw new ConfigError(this.#position(token), `blocks and arrays nest deeper than ${CONFIG_DEPTH_MAX}`);
  }

  #scalar(token: Token): ConfigValue {
    switch (token.kind) {
      case 'string':
        return { kind: 'string', value: this.#text(token) };
      case 'boolean':
        return { kind: 'boolean', value: /^(?:true|yes|on)$/i.test(token.text) };
      case 'integer':
        return { kind: 'integer', value: this.#checked(parseInteger(token.text), token) };
      case 'float':
        return { kind: 'float', value: this.#checked(parseFloat64(token.text), token) };
      default:
        assert(token.kind === 'datetime', 'every other token is handled by its own method');
        return { kind: 'datetime', value: this.#checked(parseDatetime(token.text), token) };
    }
  }

  #text(token: Token): string {
    const { text } = token;
    if (!text.includes('$(')) return text;
    const { inStrings } = this.#reading;
    if (inStrings.kind === 'stay') {
      if (text.match(NAME_IN_STRING) !== null) inStrings.found(this.#position(token), text);
      return text;
    }
    return text.replace(NAME_IN_STRING, (written: string, name: string) =>
      written.startsWith('$$') ? written.slice(1) : this.#environmentText(name, token),
    );
  }

  /** As it is: not as a value of the language. */
  #environmentText(name: string, token: Token): string {
    const text = this.#reading.source.environment(name);
    if (text !== null) return text;
    throw new ConfigError(this.#position(token), `environment variable '${name}' in $(${name}) is not set`);
  }

  #checked<T>(result: Parsed<T>, token: Token): T {
    if (!result.ok) throw new ConfigError(this.#position(token), result.error);
    return result.value;
  }

  /** Gives a value to the key that waits for it, or appends it to the array. */
  #put(token: Token, value: ConfigValue): void {
    this.#count(1, token);
    const scope = this.#scope();
    if (scope.kind === 'array') {
      scope.items.push({ value, position: this.#position(token), isUsedAsVariable: false });
      return;
    }
    assert(scope.key !== null, 'a value in a map stands behind its key');
    scope.entries.set(scope.key.text, { value, position: this.#position(scope.key), isUsedAsVariable: false });
    scope.key = null;
  }

  #count(values: number, token: Token): void {
    this.#reading.valuesRead += values;
    if (this.#reading.valuesRead <= CONFIG_VALUES_MAX) return;
    throw new ConfigError(this.#position(token), `the configuration has more than ${CONFIG_VALUES_MAX} values`);
  }

  /** The file's keys come into the map where the include stands. The file does not see this one's. */
  #include(token: Token): void {
    const scope = this.#scope();
    assert(scope.kind === 'map' && scope.key === null, 'an include stands where a key could');
    const position = this.#position(token);
    const path = includedPath(this.#path, token.text);
    const fault = this.#includeFault(path);
    if (fault !== null) throw new ConfigError(position, `error parsing include file '${token.text}', ${fault}`);
    let included: ConfigMap;
    try {
      included = parseFile(path, null, this.#reading);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const inner = locatedText(error.position, error.message);
      throw new ConfigError(position, `error parsing include file '${token.text}', ${inner}`);
    }
    for (const [key, node] of included.entries) scope.entries.set(key, node);
  }

  #includeFault(path: string): string | null {
    const { files } = this.#reading;
    if (files.includes(path)) return `which includes itself: ${[...files, path].join(' -> ')}`;
    if (files.length < CONFIG_INCLUDE_DEPTH_MAX) return null;
    return `more than ${CONFIG_INCLUDE_DEPTH_MAX} files include each other`;
  }

  #variable(token: Token): ConfigValue {
    const name = token.text;
    if (name.startsWith(BCRYPT_PREFIX)) return { kind: 'string', value: `$${name}` };
    const [, alone] = NAME_ALONE.exec(name) ?? [];
    if (alone !== undefined && this.#reading.inStrings.kind === 'expanded') {
      return { kind: 'string', value: this.#environmentText(alone, token) };
    }
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const scope = this.#scopes[i] as Scope;
      const node = scope.kind === 'map' ? scope.entries.get(name) : undefined;
      if (node === undefined) continue;
      node.isUsedAsVariable = true;
      return node.value;
    }
    return this.#environmentVariable(token);
  }

  /** The variable's text is read as a value of the language, so that `4222` is a number and `[a, b]` an array. */
  #environmentVariable(token: Token): ConfigValue {
    this.#count(CONFIG_VALUES_PER_ENVIRONMENT_READING, token);
    const name = token.text;
    const reference = `variable reference for '${name}' on line ${token.line}`;
    const { variables, source } = this.#reading;
    if (variables.includes(name)) {
      throw this.#variableFault(token, `${reference} could not be parsed: variable reference cycle for '${name}'`);
    }
    if (variables.length === CONFIG_ENVIRONMENT_DEPTH_MAX) {
      const depth = `more than ${CONFIG_ENVIRONMENT_DEPTH_MAX} variables refer to each other`;
      throw this.#variableFault(token, `${reference} could not be parsed: ${depth}`);
    }
    const text = source.environment(name);
    if (text === null) throw this.#variableFault(token, `${reference} can not be found`);
    variables.push(name);
    let map: ConfigMap;
    try {
      // In no file: an include in it is relative to the working directory.
      const bytes = Buffer.from(`${VARIABLE_KEY}=${text}`, 'utf8');
      map = parseBytes(bytes, '', this.#reading, this.#position(token));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw this.#variableFault(token, `${reference} could not be parsed: ${error.message}`);
    }
    variables.pop();
    const node = map.entries.get(VARIABLE_KEY);
    if (node === undefined) throw this.#variableFault(token, `${reference} can not be found`);
    return node.value;
  }

  #variableFault(token: Token, text: string): ConfigError {
    return new ConfigError(this.#position(token), text);
  }

  #scope(): Scope {
    const scope = this.#scopes.at(-1);
    assert(scope !== undefined, 'the top of the file is never closed');
    return scope;
  }

  #position(token: Token): ConfigPosition {
    return this.#place ?? { file: this.#path, line: token.line, column: token.column };
  }
}

function heightOver(nodes: Iterable<ConfigNode>): number {
  let height = 0;
  for (const { value } of nodes) {
    if ((value.kind === 'map' || value.kind === 'array') && value.height > height) height = value.height;
  }
  return height + 1;
}
