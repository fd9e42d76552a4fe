// The configuration language, its keys and the options they make, under files that people wrote and that are then broken,
// and under texts made of the language's pieces. Reading ends, and ends in options or in a ConfigError.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsed, refused } from '../../src/base/parsed.ts';
import type { Prng } from '../../src/base/prng.ts';
import { ConfigError } from '../../src/config/config_error.ts';
import { type ConfigSource, EMPTY_WORLD } from '../../src/config/config_source.ts';
import { readConfiguration } from '../../src/config/configuration.ts';
import { findingText } from '../../src/config/findings.ts';
import { checkOptions, optionsOf } from '../../src/config/options.ts';
import { emptyDraft } from '../../src/config/options_draft.ts';
import { type FuzzTarget, promise } from './fuzz_target.ts';
import { InputBuffer } from './mutations.ts';

const TEXT_BYTES_MAX = 64 * 1024;
/** Larger files of the corpus only make it slow. */
const CORPUS_FILE_BYTES_MAX = 8 * 1024;

const WORDS = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    ':',
    '=',
    ',',
    ';',
    '\n',
    '\r\n',
    ' ',
    '\t',
    '#',
    '//',
    '"',
    "'",
    '\\',
    '\\x41',
    '$',
    '-',
  ],
  ...[
    'include ',
    'include "a.conf"',
    "include './b.conf'",
    '$A',
    '$LOOP',
    '$B: 1\n',
    '1k',
    '2Gb',
    '1.5',
    '1.2.3.4',
    '2m',
    'on',
  ],
  ...[
    'authorization {',
    'accounts {',
    'users [',
    'jetstream {',
    'user: a',
    'password: b',
    'permissions {',
    'publish: "a.>"',
  ],
  ...[
    'port: 4222\n',
    'listen: "a:1"\n',
    'tls {',
    'max_payload: ',
    '2016-05-04T18:53:41Z',
    '(\na\n)\n',
    '__proto__: 1\n',
    '\0',
    'ü',
  ],
  ...[
    'cluster {',
    'leafnodes {',
    'gateway {',
    'mqtt {',
    'websocket {',
    'exports [',
    'imports [',
    'mappings {',
    'true',
    '""',
  ],
];

/** Files as people write them; more come from the corpus where there is one. */
const FILES = [
  'port: 4222\nhttp: 8222\nserver_name: "a"\nmax_payload: 1MB, ping_interval: "2m"\n# end\n',
  'A: 5\nlisten: "0.0.0.0:4222"\nmax_connections: $A\nauthorization { user: u, password: "p", timeout: 2 }\n',
  'accounts { A { users: [ {user: a, password: b, permissions: {publish: ["x", "y.>"], subscribe: {deny: ">"}}} ] } }\n',
  'jetstream { store_dir: "/tmp/x", max_mem: 1G, max_file: 10G, limits { duplicate_window: "1h" } }\ninclude b.conf\n',
  '{ "port": 4222, "authorization": { "users": [ { "user": "a", "password": "b" } ] }, "debug": true }\n',
  "logfile: '/tmp/l'\nlogtime: no\ntls { cert_file: './a', key_file: './b', verify: true }\nblock (\n  text\n)\n",
];

const ENVIRONMENT: ReadonlyMap<string, string> = new Map([
  ['A', '7'],
  ['LOOP', '$LOOP'],
  ['B', '{a: $A, b: [1, 2]}'],
]);

export class ConfigTarget implements FuzzTarget {
  readonly name = 'config';
  readonly about = 'configuration files, mutated and generated: options or ConfigError';
  readonly #input = new InputBuffer(TEXT_BYTES_MAX);
  readonly #other = new InputBuffer(TEXT_BYTES_MAX);
  readonly #corpus: readonly Uint8Array[];
  readonly #source: ConfigSource;

  /** `folder` has more files to begin with, or is not there. */
  constructor(folder: string) {
    this.#corpus = [...FILES.map((text) => Buffer.from(text)), ...readCorpus(folder)];
    this.#source = {
      ...EMPTY_WORLD,
      readFile: (path, bytesMax) => {
        if (path === 'a.conf') return parsed(this.#input.view);
        if (!path.endsWith('b.conf')) return refused(`open ${path}: no such file or directory`);
        return this.#other.length > bytesMax ? refused('too large') : parsed(this.#other.view);
      },
      environment: (name) => ENVIRONMENT.get(name) ?? null,
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
    };
  }

  currentInput(): Uint8Array {
    return this.#input.view;
  }

  run(random: Prng, cases: number): number {
    for (let i = 0; i < cases; i++) this.#one(random);
    return cases;
  }

  #one(random: Prng): void {
    this.#write(random, this.#input);
    if (random.chance(0.1)) this.#write(random, this.#other);
    const draft = emptyDraft();
    try {
      const { digest, findings } = readConfiguration('a.conf', draft, this.#source);
      for (const finding of [...findings.errors, ...findings.warnings]) {
        promise(findingText(finding) !== '', 'a finding without a word', this.#input.view);
      }
      if (findings.errors.length === 0) checkOptions(optionsOf(draft, 'a.conf', digest));
    } catch (error) {
      if (error instanceof ConfigError) this.#checkError(error);
      else promise(false, stackOf(error), this.#input.view);
    }
    const plain: Record<string, unknown> = {};
    promise(plain['port'] === undefined && plain['a'] === undefined, 'a prototype changed', this.#input.view);
  }

  #checkError(error: ConfigError): void {
    promise(error.message !== '', 'a fault without a word', this.#input.view);
    const { line, column } = error.position ?? { line: 1, column: 1 };
    promise(
      line >= 0 && column >= -TEXT_BYTES_MAX && line <= TEXT_BYTES_MAX,
      'a fault outside the file',
      this.#input.view,
    );
  }

  #write(random: Prng, input: InputBuffer): void {
    input.clear();
    if (random.chance(0.7)) {
      input.bytes(random.pick(this.#corpus));
      input.mutate(random, 1 + random.below(4), WORDS);
      return;
    }
    const words = 1 + random.below(30);
    for (let i = 0; i < words; i++) input.text(random.pick(WORDS));
    if (random.chance(0.001)) for (let i = 0; i < 600; i++) input.text(random.pick(['a{', 'b [']));
  }
}

function readCorpus(folder: string): Uint8Array[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.conf'));
  const files = names.sort().map((name) => readFileSync(join(folder, name)));
  return files.filter((bytes) => bytes.length <= CORPUS_FILE_BYTES_MAX);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
