// The flags of nats-server's command line: which there are, how they are written, what they change. Flags win over the
// file. Pure: arguments in, values or the sentence why not out. Called by app/command_line.ts.
// Compat: opts.go, ConfigureOptions, and Go's flag package: one or two dashes, `-f v` or `-f=v`, a boolean without a value
// is true and takes one only behind `=`; what is no flag ends the flags.
import { type Parsed, parsed, refused } from '../base/parsed.ts';
import { goQuote } from './go_text.ts';
import type { OptionsDraft } from './options_draft.ts';

export type FlagValue = boolean | number | string;

export interface Flags {
  /** The last value given, under the first name of the flag. */
  readonly given: ReadonlyMap<string, FlagValue>;
  /** Flags, as written, of parts that Contrail does not have yet. */
  readonly unsupported: readonly string[];
  /** What comes behind the flags. */
  readonly rest: readonly string[];
}

type FlagGroup = 'Server' | 'Logging' | 'JetStream' | 'Authorization' | 'TLS' | 'Cluster' | 'Profiling' | 'Common';
type FlagEffect<Value> = (draft: OptionsDraft, value: Value) => void;

interface FlagRule {
  /** The first is the flag's name in this program; all of them may be written. */
  readonly names: readonly [string, ...string[]];
  readonly group: FlagGroup;
  readonly kind: 'boolean' | 'integer' | 'text';
  /** How the value is called in the help; empty when there is none. */
  readonly valueName: string;
  readonly help: string;
  /** The only values it takes; empty when any will do. */
  readonly choices: readonly string[];
  readonly support: 'works' | 'later';
  /** What it changes; nothing for flags that say what to do instead of running. */
  readonly apply: FlagEffect<FlagValue>;
}

type FlagNames = FlagRule['names'];

/** In the order of the help. Effects happen in it too: what is later here wins. */
const FLAG_RULES: readonly FlagRule[] = [
  text(['addr', 'a', 'net'], 'Server', 'host', 'Listen on this address (default 0.0.0.0)', (draft, host) => {
    draft.host = host;
  }),
  integer(['port', 'p'], 'Server', 'port', 'Listen for clients on this port (default 4222, -1: any)', (draft, port) => {
    draft.port = port;
  }),
  text(['server_name', 'n', 'name'], 'Server', 'name', "The server's name (default: its id)", (draft, name) => {
    draft.serverName = name;
  }),
  text(['pid', 'P'], 'Server', 'file', 'Write the process id into this file', (draft, file) => {
    draft.pidFile = file;
  }),
  integer(['http_port', 'm'], 'Server', 'port', 'Serve monitoring over HTTP on this port', (draft, port) => {
    draft.monitorPort = port;
  }),
  integer(['https_port', 'ms'], 'Server', 'port', 'Serve monitoring over HTTPS on this port', (draft, port) => {
    draft.monitorTlsPort = port;
  }),
  text(['config', 'c'], 'Server', 'file', 'Read this configuration file'),
  boolean(['t'], 'Server', 'Only check the configuration file'),
  // Our own.
  boolean(['expand_env'], 'Server', 'Put environment variables in the place of $(NAME) in strings of the file'),
  text(
    ['signal', 'sl'],
    'Server',
    'signal=pid',
    'Send ldm, stop, quit, term, reopen or reload to a process (id or pid file)',
  ),
  text(['client_advertise'], 'Server', 'host:port', 'Tell clients this address instead', (draft, address) => {
    draft.clientAdvertise = address;
  }),
  text(['ports_file_dir'], 'Server', 'directory', 'Write a file with the ports in use into it', (draft, directory) => {
    draft.portsFileDirectory = directory;
  }),
  text(['log', 'l'], 'Logging', 'file', 'Log into this file instead of standard error', (draft, file) => {
    draft.logFile = file;
  }),
  boolean(['logtime', 'T'], 'Logging', 'Start log lines with the time (default true)', (draft, hasTime) => {
    draft.hasLogTime = hasTime;
  }),
  boolean(['logtime_utc'], 'Logging', 'Log the time in UTC', (draft, isUtc) => {
    draft.isLogTimeUtc = isUtc;
  }),
  boolean(['syslog', 's'], 'Logging', 'Log to syslog', (draft, isSyslog) => {
    draft.isSyslog = isSyslog;
  }),
  text(
    ['remote_syslog', 'r'],
    'Logging',
    'address',
    'Log to the syslog server at this address (udp://localhost:514)',
    (draft, address) => {
      draft.remoteSyslog = address;
    },
  ),
  boolean(['debug', 'D'], 'Logging', 'Log more', (draft, isDebug) => {
    draft.isDebug = isDebug;
  }),
  boolean(['trace', 'V'], 'Logging', 'Log the protocol', (draft, isTrace) => {
    draft.isTrace = isTrace;
  }),
  boolean(['DV'], 'Logging', '-D and -V', (draft, isOn) => {
    draft.isDebug = isOn;
    draft.isTrace = isOn;
  }),
  boolean(['DVV'], 'Logging', '-D and -VV', (draft, isOn) => {
    draft.isDebug = isOn;
    draft.isTrace = isOn;
    draft.isTraceVerbose = isOn;
  }),
  boolean(['VV'], 'Logging', "Log the protocol, the system account's too", (draft, isOn) => {
    draft.isTrace = isOn;
    draft.isTraceVerbose = isOn;
  }),
  integer(['log_size_limit'], 'Logging', 'bytes', 'Start a new log file at this size', (draft, bytes) => {
    draft.logFileBytesMax = bytes;
  }),
  integer(['max_traced_msg_len'], 'Logging', 'bytes', 'Log at most so much of a message', (draft, bytes) => {
    draft.tracedBytesMax = bytes;
  }),
  // Our own.
  choice(['log_format'], 'Logging', ['nats', 'json'], 'Log lines as nats-server, or JSON', (draft, format) => {
    draft.logFormat = format;
  }),
  boolean(['jetstream', 'js'], 'JetStream', 'Enable JetStream', (draft, isEnabled) => {
    draft.jetstream.isEnabled = isEnabled;
  }),
  text(['store_dir', 'sd'], 'JetStream', 'directory', 'Store streams below this directory', (draft, directory) => {
    draft.jetstream.storeDirectory = directory;
  }),
  text(['user'], 'Authorization', 'user', 'Clients must log in as this user', (draft, user) => {
    draft.user = user;
  }),
  text(['pass'], 'Authorization', 'password', 'and with this password', (draft, password) => {
    draft.password = password;
  }),
  text(['auth'], 'Authorization', 'token', 'Clients must log in with this token', (draft, token) => {
    draft.token = token;
  }),
  boolean(['tls'], 'TLS', 'Serve TLS', (draft, isOn) => {
    draft.tlsFlags.isOn = isOn;
  }),
  text(['tlscert'], 'TLS', 'file', "The server's certificate", (draft, file) => {
    draft.tlsFlags.isGiven = true;
    draft.tlsFlags.certFile = file;
  }),
  text(['tlskey'], 'TLS', 'file', 'and its private key', (draft, file) => {
    draft.tlsFlags.isGiven = true;
    draft.tlsFlags.keyFile = file;
  }),
  boolean(['tlsverify'], 'TLS', 'Serve TLS and ask clients for certificates', (draft, verifies) => {
    draft.tlsFlags.isGiven = true;
    draft.tlsFlags.verifies = verifies;
  }),
  text(['tlscacert'], 'TLS', 'file', "Who signs clients' certificates", (draft, file) => {
    draft.tlsFlags.isGiven = true;
    draft.tlsFlags.caFile = file;
  }),
  later(text(['routes'], 'Cluster', 'urls', 'Connect to these servers')),
  later(text(['cluster', 'cluster_listen'], 'Cluster', 'url', 'Listen for servers on this address')),
  later(text(['cluster_name'], 'Cluster', 'name', "The cluster's name")),
  later(boolean(['no_advertise'], 'Cluster', 'Do not tell clients about other servers')),
  later(text(['cluster_advertise'], 'Cluster', 'host:port', 'Tell servers this address instead')),
  later(integer(['connect_retries'], 'Cluster', 'number', 'How often to try a server that another one told of')),
  later(integer(['profile'], 'Profiling', 'port', 'Serve profiles on this port')),
  boolean(['help', 'h'], 'Common', 'Show this'),
  boolean(['version', 'v'], 'Common', 'Show the versions'),
  boolean(['help_tls'], 'Common', 'Show how to configure TLS'),
];

function nothing(): void {
  // Whoever reads the flag acts on it.
}

function boolean(names: FlagNames, group: FlagGroup, help: string, effect: FlagEffect<boolean> = nothing): FlagRule {
  const apply = (draft: OptionsDraft, value: FlagValue) => effect(draft, value === true);
  return { names, group, kind: 'boolean', valueName: '', help, choices: [], support: 'works', apply };
}

function integer(
  names: FlagNames,
  group: FlagGroup,
  valueName: string,
  help: string,
  effect: FlagEffect<number> = nothing,
): FlagRule {
  const apply = (draft: OptionsDraft, value: FlagValue) => effect(draft, Number(value));
  return { names, group, kind: 'integer', valueName, help, choices: [], support: 'works', apply };
}

function text(
  names: FlagNames,
  group: FlagGroup,
  valueName: string,
  help: string,
  effect: FlagEffect<string> = nothing,
): FlagRule {
  const apply = (draft: OptionsDraft, value: FlagValue) => effect(draft, String(value));
  return { names, group, kind: 'text', valueName, help, choices: [], support: 'works', apply };
}

/** A text that is one of a few. */
function choice<Choice extends string>(
  names: FlagNames,
  group: FlagGroup,
  choices: readonly Choice[],
  help: string,
  effect: FlagEffect<Choice>,
): FlagRule {
  const rule = text(names, group, choices.join('|'), help, (draft, value) => {
    const chosen = choices.find((one) => one === value);
    if (chosen !== undefined) effect(draft, chosen);
  });
  return { ...rule, choices };
}

/** The same flag of a part that Contrail does not have yet. */
function later(rule: FlagRule): FlagRule {
  return { ...rule, support: 'later' };
}

const RULES_BY_NAME: ReadonlyMap<string, FlagRule> = new Map(
  FLAG_RULES.flatMap((rule) => rule.names.map((name) => [name, rule] as const)),
);

export function parseFlags(args: readonly string[]): Parsed<Flags> {
  const given = new Map<string, FlagValue>();
  const written = new Map<string, string>();
  let at = 0;
  for (; at < args.length; at++) {
    const argument = args[at] as string;
    if (argument.length < 2 || !argument.startsWith('-')) break;
    if (argument === '--') {
      at++;
      break;
    }
    const [, name = '', assigned] = /^--?([^=]*)(?:=(.*))?$/su.exec(argument) ?? [];
    if (name === '' || name.startsWith('-')) return refused(`bad flag syntax: ${argument}`);
    const rule = RULES_BY_NAME.get(name);
    if (rule === undefined) return refused(`flag provided but not defined: -${name}`);
    let text = assigned;
    if (text === undefined && rule.kind !== 'boolean') {
      at++;
      text = args[at];
      if (text === undefined) return refused(`flag needs an argument: -${name}`);
    }
    const value = parseValue(rule, name, text);
    if (!value.ok) return value;
    given.set(rule.names[0], value.value);
    written.set(rule.names[0], /^--?[^=]*/u.exec(argument)?.[0] ?? argument);
  }
  // `--tls=false` and the like ask for nothing.
  const asking = [...given].filter(([, value]) => value !== false && value !== 0 && value !== '').map(([name]) => name);
  const unsupported = asking
    .filter((name) => RULES_BY_NAME.get(name)?.support === 'later')
    .map((name) => written.get(name) ?? name);
  return parsed({ given, unsupported, rest: args.slice(at) });
}

function parseValue({ kind, choices }: FlagRule, name: string, text: string | undefined): Parsed<FlagValue> {
  switch (kind) {
    case 'boolean':
      if (text === undefined || /^(?:1|t|T|true|TRUE|True)$/.test(text)) return parsed(true);
      if (/^(?:0|f|F|false|FALSE|False)$/.test(text)) return parsed(false);
      return refused(`invalid boolean value ${goQuote(text)} for -${name}: parse error`);
    case 'integer':
      return parseFlagInteger(name, text ?? '');
    case 'text':
      if (choices.length === 0 || choices.includes(text ?? '')) return parsed(text ?? '');
      return refused(`invalid value ${goQuote(text ?? '')} for flag -${name}: must be ${choices.join(' or ')}`);
  }
}

/** Decimal, or with the prefixes 0x, 0o, 0b or 0; underscores between digits. Compat: Go strconv.ParseInt with base 0. */
function parseFlagInteger(name: string, text: string): Parsed<number> {
  const refusal = `invalid value ${goQuote(text)} for flag -${name}`;
  const [, sign = '', digits = ''] =
    /^([+-]?)(0x(?:_?[0-9a-f])+|0b(?:_?[01])+|0o?(?:_?[0-7])+|[1-9](?:_?[0-9])*|0)$/i.exec(text) ?? [];
  if (digits === '') return refused(`${refusal}: parse error`);
  const plain = digits.replaceAll('_', '').replace(/^0(?=[0-7])/, '0o');
  const number = Number(plain) * (sign === '-' ? -1 : 1);
  if (Math.abs(number) >= 2 ** 63) return refused(`${refusal}: value out of range`);
  return parsed(number);
}

/** What the file must know already: a directory said twice is a mistake. Call before the file is read. */
export function applyFlagsBeforeFile(flags: Flags, draft: OptionsDraft): void {
  const directory = flags.given.get('store_dir');
  if (typeof directory === 'string' && directory !== '') draft.jetstream.storeDirectory = directory;
}

/** Call behind the file: flags win. */
export function applyFlags(flags: Flags, draft: OptionsDraft): void {
  for (const rule of FLAG_RULES) {
    const value = flags.given.get(rule.names[0]);
    if (value !== undefined) rule.apply(draft, value);
  }
}

const HELP_COLUMN = 36;

/** What `--help` shows. */
export function flagsHelp(program: string): string {
  const lines = [`Usage: ${program} [flags]`];
  let group = '';
  for (const rule of FLAG_RULES) {
    if (rule.group !== group) lines.push('', `${rule.group} flags`);
    group = rule.group;
    const names = [...rule.names].sort((a, b) => a.length - b.length);
    const written = names.map((name) => (name.length <= 2 || name === 'DVV' ? `-${name}` : `--${name}`)).join(', ');
    const usage = `  ${written}${rule.valueName === '' ? '' : ` <${rule.valueName}>`}`;
    lines.push(
      `${usage.padEnd(HELP_COLUMN - 1)} ${rule.help}${rule.support === 'later' ? ' (not supported yet)' : ''}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
