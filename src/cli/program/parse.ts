// From a command's words to its values, with commander: flags anywhere, `--flag=value`, joined short flags, `--`. Words
// the refusals and suggests the nearest flag. What the flags are is the command's declaration.
import {
  Argument as CommanderArgument,
  CommanderError,
  InvalidArgumentError,
  Option,
  Command as Parser,
} from 'commander';
import type { Parsed } from '../../base/parsed.ts';
import { type ArgumentMap, type Command, type Flag, type FlagMap, longName } from '../command.ts';
import { UsageError } from '../errors.ts';
import { GLOBAL_FLAGS, type GlobalFlags, globalFlagsBeside } from '../global_flags.ts';
import { didYouMean } from '../input/suggestion.ts';

export interface ParsedWords {
  readonly args: Readonly<Record<string, unknown>>;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly global: GlobalFlags;
  readonly asksForHelp: boolean;
}

export type Environment = (name: string) => string | null;

export function parseWords(
  words: readonly string[],
  command: Pick<Command, 'args' | 'flags'>,
  options: { readonly groupFlags: FlagMap; readonly environment: Environment },
): ParsedWords {
  const own = { ...options.groupFlags, ...command.flags };
  const all: FlagMap = { ...globalFlagsBeside(own), ...own };
  const flagWords = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  if (flagWords.includes('--help') || flagWords.includes('-h')) {
    return { args: {}, flags: {}, global: initialGlobal(options.environment), asksForHelp: true };
  }
  const parser = new Parser().exitOverride().helpOption(false).allowExcessArguments(false);
  parser.configureOutput({ writeErr: () => undefined, outputError: () => undefined });
  for (const [key, flag] of Object.entries(all)) for (const option of optionsOf(key, flag)) parser.addOption(option);
  for (const [name, argument] of Object.entries(command.args)) parser.addArgument(argumentOf(name, argument));
  try {
    parser.parse(normalised(words, all), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new UsageError(refusalText(error, { flags: all, args: command.args, given: parser.args }), { cause: error });
  }
  const given = parser.opts();
  return {
    args: Object.fromEntries(
      Object.entries(command.args).map(([name, { initial }], at) => [name, parser.processedArgs[at] ?? initial]),
    ),
    flags: valuesOf(own, given, options.environment),
    global: globalOf(given, options.environment),
    asksForHelp: false,
  };
}

function optionsOf(key: string, flag: Flag<unknown>): Option[] {
  const long = longName(key);
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  const value = flag.kind === 'value' ? ` <${flag.placeholder ?? 'value'}>` : '';
  const option = new Option(`${short}--${long}${value}`, flag.summary);
  // A flag of ours may be called --no-mirror without there being a --mirror to turn off.
  option.negate = false;
  option.attributeName = () => key;
  if (flag.kind === 'value') option.argParser(readerOf(`--${long}`, flag, flag.initial));
  if (flag.kind !== 'toggle') return [option];
  const off = new Option(`--no-${long}`, flag.summary);
  off.attributeName = () => key;
  return [option, off];
}

function readerOf<T>(
  where: string,
  { read }: { read(text: string, before: T): Parsed<T> },
  initial: T,
): (text: string, before: T | undefined) => T {
  return (text, before) => {
    const result = read(text, before ?? initial);
    if (!result.ok) throw new InvalidArgumentError(`${where} ${result.error}`);
    return result.value;
  };
}

function argumentOf(name: string, argument: ArgumentMap[string]): CommanderArgument {
  const shown = argument.isRest ? `${name}...` : name;
  const made = new CommanderArgument(argument.isRequired ? `<${shown}>` : `[${shown}]`, argument.summary);
  return made.argParser(readerOf(`<${name}>`, argument, argument.initial));
}

/** `--ack=false` and `--ack=true`, as people write them, for flags that have a `--no-` form. */
function normalised(words: readonly string[], flags: FlagMap): string[] {
  const toggles = new Set(Object.keys(flags).filter((key) => flags[key]?.kind === 'toggle'));
  const names = new Set([...toggles].map(longName));
  return words.map((word) => {
    const [, name = '', value = ''] = /^--([^=]+)=(true|false)$/.exec(word) ?? [];
    if (!names.has(name)) return word;
    return value === 'true' ? `--${name}` : `--no-${name}`;
  });
}

interface Refused {
  readonly flags: FlagMap;
  readonly args: ArgumentMap;
  /** What was typed that is no flag. */
  readonly given: readonly string[];
}

function refusalText(error: CommanderError, { flags, args, given }: Refused): string {
  const text = error.message.replace(/^error: /, '').split('\n')[0] ?? '';
  const quoted = /'([^']*)'/.exec(text)?.[1] ?? '';
  switch (error.code) {
    case 'commander.unknownOption': {
      const name = quoted.replace(/=.*$/, '');
      const isLong = name.startsWith('--');
      const own = Object.entries(flags).find(([key]) => `--${longName(key)}` === name);
      if (own !== undefined) return `flag '${name}' takes no value: write it alone`;
      const known = Object.entries(flags).flatMap(([key, flag]) =>
        flag.isHidden === true
          ? []
          : [`--${longName(key)}`, ...(flag.kind === 'toggle' ? [`--no-${longName(key)}`] : [])],
      );
      return `unknown ${isLong ? 'long' : 'short'} flag '${name}'${isLong ? didYouMean(name, known) : ''}`;
    }
    case 'commander.optionMissingArgument':
      return `expected argument for flag '${/--[\w-]+/.exec(quoted)?.[0] ?? quoted}'`;
    case 'commander.missingArgument':
      return `required argument '${quoted}' not provided`;
    case 'commander.excessArguments': {
      const most = Object.keys(args).length;
      return `unexpected argument '${given[most] ?? ''}'${most === 0 ? ': this command takes none' : ''}`;
    }
    case 'commander.invalidArgument':
      // The sentence that a reader of ours has made stands behind what commander puts before it.
      return text.replace(/^(?:option|command-argument) .*? is invalid(?: for .*?)?\. /, '');
    default:
      return text;
  }
}

/** What was typed, what the environment says in its place, what holds otherwise. */
function valuesOf(
  flags: FlagMap,
  given: Readonly<Record<string, unknown>>,
  environment: Environment,
): Readonly<Record<string, unknown>> {
  const values = Object.entries(flags).map(([key, flag]) => {
    if (given[key] !== undefined) return [key, given[key]];
    const variable = flag.environment === undefined ? null : environment(flag.environment);
    if (variable === null || variable === '') return [key, flag.initial];
    const read = flag.read(variable, flag.initial);
    if (!read.ok) throw new UsageError(`the environment variable ${flag.environment}: ${read.error}`);
    return [key, read.value];
  });
  return Object.fromEntries(values);
}

function globalOf(given: Readonly<Record<string, unknown>>, environment: Environment): GlobalFlags {
  // Each value was read by the flag whose type it is said to have.
  return valuesOf(GLOBAL_FLAGS, given, environment) as GlobalFlags;
}

export function initialGlobal(environment: Environment): GlobalFlags {
  return globalOf({}, environment);
}
