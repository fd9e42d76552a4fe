// The file that says what the exporter checks: a list of checks, each with a name, a kind, a context and the options of its
// kind, as the reference reads it. What is wrong with it is said with the line, before anything is served.

import { type Parsed, parsed, refused } from '../../../base/parsed.ts';
import { parseDocuments, type TextDocument } from '../../documents/yaml_text.ts';
import { CommandError } from '../../errors.ts';
import { parseDuration } from '../../input/duration.ts';
import { didYouMean } from '../../input/suggestion.ts';
import type { Session } from '../../session.ts';
import { CHECK_KINDS, type CheckKind } from '../check_kinds.ts';

export interface ConfiguredCheck {
  readonly name: string;
  readonly kind: string;
  /** Null for the context that the command itself has. */
  readonly context: string | null;
  readonly keepsConnection: boolean;
  /** Options that were given. */
  readonly options: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, unknown>>;

const FILE_KEYS = ['context', 'checks'];
const CHECK_KEYS = ['name', 'kind', 'context', 'reuse_connection', 'properties'];

export async function readExporterFile(session: Session, path: string): Promise<ConfiguredCheck[]> {
  const text = session.doors.files.readText(path);
  if (text === null) throw new CommandError(`Cannot read --config: there is no file '${path}'`);
  const [document, ...more] = await parseDocuments(text, path);
  if (document === undefined || more.length > 0) {
    throw new CommandError(`${path}: this is no list of checks: begin it with 'checks:'`);
  }
  const reader = new ExporterFileReader(document);
  return reader.checks();
}

class ExporterFileReader {
  readonly #document: TextDocument;

  constructor(document: TextDocument) {
    this.#document = document;
  }

  checks(): ConfiguredCheck[] {
    const { value } = this.#document;
    this.#checkKeys(value, FILE_KEYS, []);
    const context = this.#text(value['context'], ['context']);
    const checks = value['checks'];
    if (!Array.isArray(checks) || checks.length === 0) {
      this.#refuse(['checks'], `'checks' is no list of checks: write each as '- name: X' with its kind`);
    }
    const read = (checks as readonly unknown[]).map((one, index) => this.#check(one, ['checks', index], context));
    this.#refuseTwice(read);
    return read;
  }

  /** Their numbers would bear the same names. */
  #refuseTwice(checks: readonly ConfiguredCheck[]): void {
    for (const [index, { name, kind }] of checks.entries()) {
      const first = checks.findIndex((one) => one.name === name && one.kind === kind);
      if (first < index) this.#refuse(['checks', index], `there is a check '${name}' of kind ${kind} already`);
    }
  }

  #check(value: unknown, path: (string | number)[], fileContext: string | null): ConfiguredCheck {
    if (!isFields(value)) return this.#refuse(path, 'a check has a name and a kind');
    this.#checkKeys(value, CHECK_KEYS, path);
    const name = this.#text(value['name'], [...path, 'name']);
    const kind = this.#text(value['kind'], [...path, 'kind']) ?? '';
    if (name === null) return this.#refuse(path, "a check has a name: write 'name: X'");
    const known = CHECK_KINDS[kind];
    if (known === undefined) {
      const kinds = Object.keys(CHECK_KINDS);
      return this.#refuse([...path, 'kind'], `'${kind}' is no kind of check; there are ${kinds.join(', ')}`);
    }
    return {
      name,
      kind,
      context: this.#text(value['context'], [...path, 'context']) ?? fileContext,
      keepsConnection: value['reuse_connection'] === true,
      options: this.#options(value['properties'] ?? {}, [...path, 'properties'], known),
    };
  }

  #options(value: unknown, path: (string | number)[], { options, required }: CheckKind): Fields {
    if (!isFields(value)) return this.#refuse(path, 'properties are written as pairs of a name and a value');
    const byName = new Map(Object.keys(options).map((option) => [underscored(option), option]));
    const given: Record<string, unknown> = {};
    for (const [name, text] of Object.entries(value)) {
      const option = byName.get(name);
      if (option === undefined)
        this.#refuse([...path, name], `nobody knows '${name}'${didYouMean(name, byName.keys())}`);
      const read = readOption(text, options[option]);
      if (!read.ok) this.#refuse([...path, name], `'${name}' ${read.error}`);
      else given[option] = read.value;
    }
    const missing = required.find((option) => (given[option] ?? '') === '');
    if (missing !== undefined) this.#refuse(path, `'${underscored(missing)}' is missing`);
    return given;
  }

  #checkKeys(value: Fields, known: readonly string[], path: (string | number)[]): void {
    const unknown = Object.keys(value).find((key) => !known.includes(key));
    if (unknown === undefined) return;
    this.#refuse([...path, unknown], `nobody knows '${unknown}'${didYouMean(unknown, known)}`);
  }

  #text(value: unknown, path: (string | number)[]): string | null {
    if (value === undefined || value === null || value === '') return null;
    if (typeof value === 'string') return value;
    return this.#refuse(path, 'this is no text: put it in quotes');
  }

  #refuse(path: (string | number)[], why: string): never {
    throw new CommandError(`${this.#document.file}:${this.#document.lineOf(path)}: ${why}`);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `jetStreamRequired` -> `jet_stream_required`. */
function underscored(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Read as the default's type. Times are seconds, or durations as on the command line. */
function readOption(value: unknown, initial: unknown): Parsed<unknown> {
  switch (typeof initial) {
    case 'number': {
      if (typeof value === 'number') return parsed(value);
      if (typeof value === 'bigint') return parsed(Number(value));
      if (typeof value !== 'string') return refused('is no number');
      const duration = parseDuration(value);
      return duration.ok ? parsed(duration.value / 1e9) : duration;
    }
    case 'boolean':
      return typeof value === 'boolean' ? parsed(value) : refused('is neither true nor false');
    case 'string':
      return typeof value === 'string' ? parsed(value) : refused('is no text: put it in quotes');
    default: {
      const isTexts = isFields(value) && Object.values(value).every((text) => typeof text === 'string');
      return isTexts ? parsed(value) : refused('has no pairs of names and texts');
    }
  }
}
