// Arguments into what this process is to do: run with some options, say something and exit, or signal another process.
// Joins flags and file (flags win), words refusals, decides exit codes. Starts nothing and prints nothing: its caller does.
import { type Parsed, parsed, refused } from '../base/parsed.ts';
import { type ConfigCheck, checkConfiguration } from '../config/config_check.ts';
import { ConfigError, locatedText } from '../config/config_error.ts';
import type { ConfigSource } from '../config/config_source.ts';
import { type Configuration, readConfiguration } from '../config/configuration.ts';
import { findingText, unsupportedText } from '../config/findings.ts';
import { applyFlags, applyFlagsBeforeFile, type Flags, flagsHelp, parseFlags } from '../config/flags.ts';
import { goQuote } from '../config/go_text.ts';
import { checkOptions, type Options, optionsOf } from '../config/options.ts';
import { emptyDraft, type OptionsDraft } from '../config/options_draft.ts';
import { applyTlsFlags, tlsHelp } from '../config/tls_flags.ts';

export type Command =
  | {
      readonly kind: 'run';
      readonly options: Options;
      /** Lines for standard error, before anything starts. */
      readonly messages: readonly string[];
    }
  | {
      readonly kind: 'exit';
      readonly code: number;
      /** For standard output. */
      readonly output: string;
      /** Lines for standard error. */
      readonly messages: readonly string[];
    }
  | { readonly kind: 'signal'; readonly signal: ProcessSignal; readonly pid: number };

export type ProcessSignal = 'SIGKILL' | 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2';

export interface Versions {
  /** Of nats-server, as clients see it: `2.15.2`. */
  readonly compatible: string;
  readonly contrail: string;
}

const PROGRAM = 'contrail-server';
const EXPAND_VARIABLE = 'CONTRAIL_EXPAND_ENV';
const PID_FILE_BYTES_MAX = 4096;

/** Compat: signal.go, CommandToSignal. */
const SIGNALS: ReadonlyMap<string, ProcessSignal> = new Map([
  ['stop', 'SIGKILL'],
  ['quit', 'SIGINT'],
  ['term', 'SIGTERM'],
  ['reload', 'SIGHUP'],
  ['reopen', 'SIGUSR1'],
  ['ldm', 'SIGUSR2'],
]);

/** `args` without the program's own name. */
export function readCommandLine(args: readonly string[], source: ConfigSource, versions: Versions): Command {
  const flags = parseFlags(args);
  if (!flags.ok) return failure([`${flags.error} ('${PROGRAM} --help' shows the flags)`]);
  const word = flags.value.rest[0];
  const asked = word === undefined ? '' : word.toLowerCase();
  if (isGiven(flags.value, 'version')) return versionsShown(versions);
  if (isGiven(flags.value, 'help')) return success(flagsHelp(PROGRAM), []);
  if (isGiven(flags.value, 'help_tls')) return success(tlsHelp(), []);
  if (asked === 'version') return versionsShown(versions);
  if (asked === 'help') return success(flagsHelp(PROGRAM), []);
  if (word !== undefined) return failure([`unrecognized command: ${goQuote(word)}`]);
  const signal = flags.value.given.get('signal');
  if (typeof signal === 'string' && signal !== '') return readSignal(signal, source);
  return readOptions(flags.value, source);
}

function readOptions(flags: Flags, source: ConfigSource): Command {
  if (isGiven(flags, 't')) return checkFile(flags, source);
  const joined = joinOptions(flags, source);
  if (!joined.ok) return failure(joined.faults);
  return { kind: 'run', options: joined.options, messages: prefixed(joined.remarks) };
}

/** What flags and file say together, or everything that is wrong with it. */
type JoinedOptions =
  | { readonly ok: true; readonly options: Options; readonly remarks: readonly string[] }
  | { readonly ok: false; readonly faults: readonly string[] };

/** The options of a server that was started with these arguments, read again: what a reload is to make of it. */
export function rereadOptions(args: readonly string[], source: ConfigSource): JoinedOptions {
  const flags = parseFlags(args);
  if (!flags.ok) return { ok: false, faults: [flags.error] };
  if (configFile(flags.value) === null) {
    return { ok: false, faults: ['can only reload config when a file is provided using -c or --config'] };
  }
  return joinOptions(flags.value, source);
}

function joinOptions(flags: Flags, source: ConfigSource): JoinedOptions {
  const file = configFile(flags);
  const draft = emptyDraft();
  let configuration: Configuration | null = null;
  if (file !== null) {
    applyFlagsBeforeFile(flags, draft);
    const read = readFile(file, draft, source, flags);
    if (!read.ok) return { ok: false, faults: [read.error] };
    configuration = read.value;
    const { errors, warnings } = configuration.findings;
    if (errors.length > 0) return { ok: false, faults: [...warnings, ...errors].map(findingText) };
  }
  const missing = [
    ...(configuration?.findings.unsupported ?? []).map(findingText),
    ...flags.unsupported.map(unsupportedText),
  ];
  if (missing.length > 0) return { ok: false, faults: missing };
  applyFlags(flags, draft);
  const tlsFault = applyTlsFlags(draft, source);
  if (tlsFault !== null) return { ok: false, faults: [tlsFault] };
  const options = optionsOf(draft, file, configuration?.digest ?? null);
  const fault = checkOptions(options);
  if (fault !== null) return { ok: false, faults: [fault] };
  const { warnings = [], ineffective = [] } = configuration?.findings ?? {};
  return { ok: true, options, remarks: [...warnings, ...ineffective].map(findingText) };
}

/** Null when none is given. */
function configFile(flags: Flags): string | null {
  const file = flags.given.get('config');
  return typeof file === 'string' && file !== '' ? file : null;
}

function readFile(file: string, draft: OptionsDraft, source: ConfigSource, flags: Flags): Parsed<Configuration> {
  try {
    return parsed(readConfiguration(file, draft, source, { expandsEnvironment: expandsEnvironment(flags, source) }));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return refused(locatedText(error.position, error.message));
  }
}

/** Our own: `$(NAME)` in strings. The variable is for those who cannot change the command line. */
function expandsEnvironment(flags: Flags, source: ConfigSource): boolean {
  const said = flags.given.get('expand_env');
  return said === undefined ? /^(?:1|true|yes|on)$/i.test(source.environment(EXPAND_VARIABLE) ?? '') : said === true;
}

function checkFile(flags: Flags, source: ConfigSource): Command {
  const file = configFile(flags);
  if (file === null) return failure(['must specify [-c, --config] option to check configuration file syntax']);
  const draft = emptyDraft();
  applyFlagsBeforeFile(flags, draft);
  return checked(
    file,
    checkConfiguration(file, draft, source, { expandsEnvironment: expandsEnvironment(flags, source) }),
  );
}

/** `-t`: a warning fails too, as in the reference; what Contrail does not have yet does not, but is said. */
function checked(file: string, { digest, findings }: ConfigCheck): Command {
  const faults = [...findings.warnings, ...findings.errors];
  if (faults.length > 0) return failure(faults.map(findingText));
  const missing = findings.unsupported.map(findingText);
  const remarks = [...missing, ...findings.ineffective.map(findingText)].map((text) => `warning: ${text}`);
  return success('', prefixed([...remarks, `configuration file ${file} is valid (${digest})`]));
}

/** `stop=4711` or `stop=/run/server.pid`. */
function readSignal(text: string, source: ConfigSource): Command {
  const [command = '', target, ...more] = text.split('=');
  if (more.length > 0) return failure([`invalid signal parameters: [${more.join(' ')}]`]);
  const signal = SIGNALS.get(command);
  if (signal === undefined) return failure([`unknown signal ${goQuote(command)}`]);
  // The reference looks for a process of its own name, which tells nothing about a program that Node runs.
  if (target === undefined || target === '') {
    return failure([`which process? Say --signal ${command}=PID or --signal ${command}=PIDFILE`]);
  }
  const file = source.readFile(target, PID_FILE_BYTES_MAX);
  const pid = (file.ok ? Buffer.from(file.value).toString('utf8') : target).trim();
  if (!/^[0-9]{1,10}$/.test(pid) || Number(pid) === 0) return failure([`invalid pid: ${pid}`]);
  return { kind: 'signal', signal, pid: Number(pid) };
}

/** Tools read the first line to learn what they talk to. */
function versionsShown(versions: Versions): Command {
  return success(`nats-server: v${versions.compatible}\ncontrail: v${versions.contrail}\n`, []);
}

function isGiven(flags: Flags, name: string): boolean {
  return flags.given.get(name) === true;
}

function success(output: string, messages: readonly string[]): Command {
  return { kind: 'exit', code: 0, output, messages };
}

function failure(lines: readonly string[]): Command {
  return { kind: 'exit', code: 1, output: '', messages: prefixed(lines) };
}

function prefixed(lines: readonly string[]): string[] {
  return lines.map((line) => `${PROGRAM}: ${line}`);
}
