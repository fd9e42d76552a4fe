// How a command is declared: its name, arguments, flags, examples and what it does. Help, parsing, completion and the
// parity test all read this one declaration. commands/ has one file or folder per top verb; registry.ts lists them.
import { type Parsed, parsed, refused } from '../base/parsed.ts';
import { parseDuration } from './input/duration.ts';
import { parseGoPattern } from './input/go_pattern.ts';
import { type NumberRange, parseDecimal, parseInteger } from './input/number.ts';
import { parseSize } from './input/size.ts';
import type { Session } from './session.ts';

// --- flags --------------------------------------------------------------------------------------------------------

interface FlagOptions {
  /** One letter. */
  readonly short?: string;
  /** Shown in help as `--name=PLACEHOLDER`. */
  readonly placeholder?: string;
  /** Left out of help and completion: other spellings, things of old. */
  readonly isHidden?: boolean;
  /** Environment variable that stands in where the flag is not given. */
  readonly environment?: string;
}

export interface Flag<T> extends FlagOptions {
  /** `switch` is there or not; `toggle` also has a `--no-` form; `value` takes a value. */
  readonly kind: 'switch' | 'toggle' | 'value';
  readonly summary: string;
  /** What the command sees where nobody gave the flag. */
  readonly initial: T;
  /** Shown in help; null where there is none to show. */
  readonly defaultText: string | null;
  readonly choices: readonly string[] | null;
  readonly isRepeatable: boolean;
  /** `before` is what earlier values of a repeated flag have made. Not called for switches and toggles. */
  read(text: string, before: T): Parsed<T>;
}

type Maybe<T, D> = D extends T ? T : T | undefined;

interface ValueOptions<T> extends FlagOptions {
  readonly default?: T;
}

function valueFlag<T>(
  summary: string,
  options: ValueOptions<T> & { readonly choices?: readonly string[]; readonly defaultText?: string },
  read: (text: string) => Parsed<T>,
): Flag<T | undefined> {
  const { default: initial, choices, defaultText, ...rest } = options;
  return {
    ...rest,
    kind: 'value',
    summary,
    initial,
    defaultText: defaultText ?? (initial === undefined || initial === '' ? null : String(initial)),
    choices: choices ?? null,
    isRepeatable: false,
    read,
  };
}

/** A number that has a way of its own to be written, its default too. */
function writtenFlag(
  summary: string,
  options: FlagOptions & { readonly default?: string | undefined },
  read: (text: string) => Parsed<number>,
): Flag<number | undefined> {
  const { default: text, ...rest } = options;
  const initial = text === undefined ? null : read(text);
  const given = initial?.ok === true ? { default: initial.value, defaultText: text as string } : {};
  return valueFlag<number>(summary, { ...rest, ...given }, read);
}

function asText(text: string): Parsed<string> {
  return parsed(text);
}

/** The kinds of flags. A flag without default is undefined where nobody gave it. */
export const flag = {
  /** Present or not. */
  switch(summary: string, options: FlagOptions = {}): Flag<boolean> {
    return {
      ...options,
      kind: 'switch',
      summary,
      initial: false,
      defaultText: null,
      choices: null,
      isRepeatable: false,
      read: () => parsed(true),
    };
  },

  /** `--name`, `--no-name`, `--name=false`. */
  toggle<const D extends boolean | undefined = undefined>(
    summary: string,
    options: FlagOptions & { readonly default?: D } = {},
  ): Flag<Maybe<boolean, D>> {
    const { default: initial, ...rest } = options;
    return {
      ...rest,
      kind: 'toggle',
      summary,
      initial: initial as Maybe<boolean, D>,
      defaultText: null,
      choices: null,
      isRepeatable: false,
      read: () => refused('takes no value'),
    };
  },

  text<const D extends string | undefined = undefined>(
    summary: string,
    options: FlagOptions & { readonly default?: D } = {},
  ): Flag<Maybe<string, D>> {
    return valueFlag<string>(summary, options as ValueOptions<string>, asText) as Flag<Maybe<string, D>>;
  },

  /** One of some words. */
  choice<const C extends string, const D extends C | undefined = undefined>(
    summary: string,
    choices: readonly C[],
    options: FlagOptions & { readonly default?: D } = {},
  ): Flag<Maybe<C, D>> {
    const read = (text: string): Parsed<C> => {
      const choice = choices.find((known) => known === text);
      return choice === undefined ? refused(`'${text}' is not one of ${choices.join(', ')}`) : parsed(choice);
    };
    return valueFlag<C>(summary, { ...(options as ValueOptions<C>), choices }, read) as Flag<Maybe<C, D>>;
  },

  integer<const D extends number | undefined = undefined>(
    summary: string,
    options: FlagOptions & NumberRange & { readonly default?: D } = {},
  ): Flag<Maybe<number, D>> {
    const { min, max, ...rest } = options;
    const range = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
    const read = (text: string): Parsed<number> => parseInteger(text, range);
    return valueFlag<number>(summary, rest as ValueOptions<number>, read) as Flag<Maybe<number, D>>;
  },

  decimal<const D extends number | undefined = undefined>(
    summary: string,
    options: FlagOptions & { readonly default?: D } = {},
  ): Flag<Maybe<number, D>> {
    return valueFlag<number>(summary, options as ValueOptions<number>, parseDecimal) as Flag<Maybe<number, D>>;
  },

  /** Nanoseconds. The default is written as a person would: `'5s'`. */
  duration<const D extends string | undefined = undefined>(
    summary: string,
    options: FlagOptions & { readonly default?: D } = {},
  ): Flag<D extends string ? number : number | undefined> {
    return writtenFlag(summary, options, parseDuration) as Flag<D extends string ? number : number | undefined>;
  },

  /** A regular expression as Go writes it. The value is its text: it was read once to see that it is one. */
  pattern<const D extends string | undefined = undefined>(
    summary: string,
    options: FlagOptions & { readonly default?: D } = {},
  ): Flag<Maybe<string, D>> {
    const read = (text: string): Parsed<string> => {
      const pattern = parseGoPattern(text);
      return pattern.ok ? parsed(text) : pattern;
    };
    return valueFlag<string>(summary, options as ValueOptions<string>, read) as Flag<Maybe<string, D>>;
  },

  /** Bytes; -1 for unlimited. The default is written as a person would: `'128B'`. */
  size<const D extends string | undefined = undefined>(
    summary: string,
    options: FlagOptions & { readonly default?: D; readonly isLimit?: boolean } = {},
  ): Flag<D extends string ? number : number | undefined> {
    const { isLimit = true, ...rest } = options;
    return writtenFlag(summary, rest, (text) => parseSize(text, { isLimit })) as Flag<
      D extends string ? number : number | undefined
    >;
  },

  /** A flag that may be given many times. */
  texts(summary: string, options: FlagOptions = {}): Flag<readonly string[]> {
    return {
      ...options,
      kind: 'value',
      summary,
      initial: [],
      defaultText: null,
      choices: null,
      isRepeatable: true,
      read: (text, before) => parsed([...before, text]),
    };
  },

  /** `--metadata key=value`, many times; undefined where it was never given. */
  map(summary: string, options: FlagOptions = {}): Flag<Readonly<Record<string, string>> | undefined> {
    return {
      ...options,
      kind: 'value',
      summary,
      initial: undefined,
      defaultText: null,
      choices: null,
      isRepeatable: true,
      read: (text, before) => {
        const match = /^([^=:]+)[=:](.*)$/s.exec(text);
        if (match === null) return refused(`'${text}' is no pair: write it like key=value`);
        return parsed({ ...before, [match[1] ?? '']: match[2] ?? '' });
      },
    };
  },
};

// --- arguments ----------------------------------------------------------------------------------------------------

export interface Argument<T> {
  readonly summary: string;
  readonly isRequired: boolean;
  /** Takes all that follow; stands last. */
  readonly isRest: boolean;
  readonly initial: T;
  readonly defaultText: string | null;
  read(text: string, before: T): Parsed<T>;
}

export const argument = {
  required(summary: string): Argument<string> {
    return { summary, isRequired: true, isRest: false, initial: '', defaultText: null, read: asText };
  },

  optional(summary: string): Argument<string | undefined> {
    return { summary, isRequired: false, isRest: false, initial: undefined, defaultText: null, read: asText };
  },

  integer<const D extends number | undefined = undefined>(
    summary: string,
    options: NumberRange & { readonly default?: D } = {},
  ): Argument<Maybe<number, D>> {
    const initial = options.default as Maybe<number, D>;
    const read = (text: string): Parsed<number> => parseInteger(text, options);
    return {
      summary,
      isRequired: false,
      isRest: false,
      initial,
      defaultText: initial === undefined ? null : String(initial),
      read: read as (text: string) => Parsed<Maybe<number, D>>,
    };
  },

  requiredInteger(summary: string, range: NumberRange = {}): Argument<number> {
    const read = (text: string): Parsed<number> => parseInteger(text, range);
    return { summary, isRequired: true, isRest: false, initial: 0, defaultText: null, read };
  },

  rest(summary: string): Argument<readonly string[]> {
    const read = (text: string, before: readonly string[]): Parsed<readonly string[]> => parsed([...before, text]);
    return { summary, isRequired: false, isRest: true, initial: [], defaultText: null, read };
  },
};

// --- commands -----------------------------------------------------------------------------------------------------

export type ArgumentMap = Readonly<Record<string, Argument<unknown>>>;
export type FlagMap = Readonly<Record<string, Flag<unknown>>>;
export type ValuesOf<M> = { readonly [K in keyof M]: M[K] extends { readonly initial: infer T } ? T : never };

export interface Example {
  readonly text: string;
  readonly command: string;
}

interface Described {
  /** The word to type. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line, no period. */
  readonly summary: string;
  /** More, for those who ask. */
  readonly description?: string;
  readonly isHidden?: boolean;
}

/** A command that does something. `run` has lost the types of its values; defineCommand has checked them. */
export interface Command extends Described {
  readonly kind: 'command';
  readonly args: ArgumentMap;
  readonly flags: FlagMap;
  readonly examples: readonly Example[];
  /** What `--json` prints: a sentence, with the keys. It is an interface: keys are added, never renamed. */
  readonly json: string;
  readonly run: (session: Session, args: never, flags: never) => Promise<void>;
}

/** A command that has others under it. */
export interface Group extends Described {
  readonly kind: 'group';
  /** Flags that all its commands have as well. */
  readonly flags: FlagMap;
  readonly commands: readonly Node[];
  /** What it does where none of its commands is named; without it, that is a mistake. */
  readonly fallback?: Fallback;
}

export interface Fallback {
  readonly command: Command;
  /** Whether a word that names no command is meant for the fallback, rather than mistyped. */
  readonly takes: (word: string) => boolean;
}

/** A command of the reference that is not here yet. */
export interface Later extends Described {
  readonly kind: 'later';
  /** What to type in the meantime. */
  readonly meanwhile: string;
}

export type Node = Command | Group | Later;

export interface CommandDeclaration<A extends ArgumentMap, F extends FlagMap> extends Described {
  readonly args?: A;
  readonly flags?: F;
  readonly examples: readonly Example[];
  readonly json: string;
  readonly run: (session: Session, args: ValuesOf<A>, flags: ValuesOf<F>) => Promise<void>;
}

export function defineCommand<const A extends ArgumentMap, const F extends FlagMap>(
  declaration: CommandDeclaration<A, F>,
): Command {
  const { args, flags, ...rest } = declaration;
  return { ...rest, kind: 'command', args: args ?? {}, flags: flags ?? {} };
}

export function defineGroup(declaration: Omit<Group, 'kind' | 'flags'> & { readonly flags?: FlagMap }): Group {
  return { ...declaration, kind: 'group', flags: declaration.flags ?? {} };
}

export function defineLater(declaration: Omit<Later, 'kind'>): Later {
  return { ...declaration, kind: 'later' };
}

/** `replyTimeout` is typed `--reply-timeout`. */
export function longName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
