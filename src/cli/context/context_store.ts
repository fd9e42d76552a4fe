// Where contexts live and which one is selected: $XDG_CONFIG_HOME/nats/context/NAME.json, context.txt and
// previous-context.txt, the files of the `nats` command.
// Compat: jsm.go natscontext, FileBackend and FileSelector.
import type { Files } from '../../ports/files.ts';
import { CommandError } from '../errors.ts';
import { didYouMean } from '../input/suggestion.ts';
import { type ContextSettings, contextText, readContext } from './context_file.ts';

export class ContextStore {
  readonly #files: Files;
  readonly #root: string | null;

  constructor(files: Files, environment: (name: string) => string | null) {
    this.#files = files;
    const configHome = environment('XDG_CONFIG_HOME');
    const home = files.homeDirectory();
    if (configHome !== null && configHome !== '') this.#root = `${configHome}/nats`;
    else this.#root = home === null ? null : `${home}/.config/nats`;
  }

  path(name: string): string {
    return `${this.#folder()}/context/${name}.json`;
  }

  /** Names, sorted. */
  list(): string[] {
    if (this.#root === null) return [];
    const names = this.#files.list(`${this.#root}/context`).filter((name) => name.endsWith('.json'));
    return names.map((name) => name.slice(0, -5)).filter((name) => nameRefusal(name) === null && !this.#isEmpty(name));
  }

  has(name: string): boolean {
    return this.#root !== null && nameRefusal(name) === null && this.#files.isFile(this.path(name));
  }

  load(name: string): ContextSettings {
    checkContextName(name);
    const path = this.path(name);
    const text = this.#files.readText(path);
    if (text === null) throw this.unknown(name);
    return readContext(text, `'${path}'`);
  }

  /** For a name that no context has. */
  unknown(name: string): CommandError {
    const nearest = didYouMean(name, this.list());
    return new CommandError(`unknown context '${name}'${nearest}; 'contrail context ls' shows the contexts there are`);
  }

  save(name: string, settings: ContextSettings): void {
    checkContextName(name);
    this.#files.makeDirectory(`${this.#folder()}/context`);
    this.#files.writeWhole(this.path(name), contextText(settings));
  }

  remove(name: string): void {
    checkContextName(name);
    this.#files.remove(this.path(name));
  }

  selected(): string | null {
    return this.#read('context.txt');
  }

  previous(): string | null {
    return this.#read('previous-context.txt');
  }

  /** Null selects none. What was selected before becomes the previous one. */
  select(name: string | null): void {
    const folder = this.#folder();
    this.#files.makeDirectory(folder);
    const before = this.selected();
    if (before !== null) this.#files.writeWhole(`${folder}/previous-context.txt`, before);
    if (name === null) this.#files.remove(`${folder}/context.txt`);
    else this.#files.writeWhole(`${folder}/context.txt`, name);
  }

  #folder(): string {
    if (this.#root !== null) return this.#root;
    throw new CommandError('Cannot tell where contexts are: there is no home directory; set XDG_CONFIG_HOME');
  }

  #read(file: string): string | null {
    if (this.#root === null) return null;
    const name = (this.#files.readText(`${this.#root}/${file}`) ?? '').trim();
    return name === '' ? null : name;
  }

  #isEmpty(name: string): boolean {
    return (this.#files.readText(this.path(name)) ?? '') === '';
  }
}

function nameRefusal(name: string): string | null {
  if (name === '') return 'it is empty';
  if (name.includes('..')) return `it must not contain '..'`;
  return /[/\\]/.test(name) ? `it must not contain '/' or '\\'` : null;
}

export function checkContextName(name: string): void {
  const refusal = nameRefusal(name);
  if (refusal !== null) throw new CommandError(`'${name}' can be no context's name: ${refusal}`);
}
