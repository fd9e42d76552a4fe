// Help pages from declarations: usage, what it does, arguments, flags, examples, JSON. The layout is the reference's; the
// examples are ours.
import type { Command, Flag, FlagMap, Group, Node } from '../command.ts';
import { longName } from '../command.ts';
import { GLOBAL_FLAGS, globalFlagsBeside } from '../global_flags.ts';
import type { RawVerb, Verb } from './verb.ts';

const WIDTH_DEFAULT = 80;
const WIDTH_MIN = 40;
const WIDTH_MAX = 120;

export interface HelpPlace {
  /** Columns of the terminal; null where there is none. */
  readonly width: number | null;
}

export function programHelp(verbs: readonly (Verb | RawVerb)[], place: HelpPlace): string {
  const shown = verbs.filter((verb) => !('isHidden' in verb && verb.isHidden === true));
  const sorted = [...shown].sort((a, b) => (a.name < b.name ? -1 : 1));
  const isLater = (verb: Verb | RawVerb): boolean => 'isLater' in verb && verb.isLater === true;
  const later = sorted.filter(isLater).map(({ name }) => name);
  return [
    'usage: contrail [<flags>] <command> [<args> ...]',
    reflowed(
      'NATS server and JetStream, and the command line to them. What `nats` takes, `contrail` takes.',
      widthOf(place),
    ),
    section(
      'Commands',
      sorted.filter((verb) => !isLater(verb)).map(({ name, summary }) => [name, summary]),
      place,
    ),
    ...laterLine(later, place),
    flagSection('Global Flags', { ...GLOBAL_FLAGS }, place, ['-h, --help', '    --version']),
    exampleSection([
      { text: 'Run a server on this machine, with JetStream', command: 'contrail serve' },
      {
        text: 'Make a stream and store a message',
        command: 'contrail stream add EVENTS --subjects "events.>" --defaults',
      },
      { text: '', command: 'contrail pub events.hello "first message" -J' },
      { text: 'Help of one command', command: 'contrail stream add --help' },
    ]),
  ]
    .map((part) => `${part}\n`)
    .join('\n');
}

export function nodeHelp(path: readonly string[], node: Node, groupFlags: FlagMap, place: HelpPlace): string {
  const parts = [usageLine(path, node, groupFlags), reflowed(node.summary, widthOf(place))];
  if (node.description !== undefined) parts.push(reflowed(node.description.trim(), widthOf(place)));
  if (node.kind === 'command') parts.push(...commandParts(node, groupFlags, place));
  if (node.kind === 'group') parts.push(...groupParts(path, node, groupFlags, place));
  if (node.kind === 'later') parts.push(reflowed(node.meanwhile, widthOf(place)));
  if ((node.aliases?.length ?? 0) > 0) parts.push(`Command Aliases: ${node.aliases?.join(', ')}`);
  parts.push(flagSection('Global Flags', withoutJson(), place, ['-h, --help', '    --version']));
  return parts.map((part) => `${part}\n`).join('\n');
}

/** Shown behind a mistake: how the command is used, short enough to leave the mistake in sight. */
export function shortUsage(path: readonly string[], node: Node, groupFlags: FlagMap, place: HelpPlace): string {
  const parts = [usageLine(path, node, groupFlags)];
  if (node.kind === 'group') parts.push(...groupParts(path, node, groupFlags, place));
  parts.push(`See 'contrail ${path.join(' ')} --help'`);
  return parts.map((part) => `${part}\n`).join('\n');
}

function withoutJson(): FlagMap {
  return Object.fromEntries(Object.entries(GLOBAL_FLAGS).filter(([key]) => key !== 'json'));
}

function usageLine(path: readonly string[], node: Node, groupFlags: FlagMap): string {
  const words = ['usage: contrail', ...path];
  if (node.kind === 'command') {
    if (Object.keys(node.flags).length + Object.keys(groupFlags).length > 0) words.push('[<flags>]');
    for (const [name, { isRequired, isRest }] of Object.entries(node.args)) {
      const shown = `<${name}>${isRest ? '...' : ''}`;
      words.push(isRequired ? shown : `[${shown}]`);
    }
  } else if (node.kind === 'group') words.push('[<flags>] <command> [<args> ...]');
  const usage = words.join(' ');
  if (node.kind !== 'group' || node.fallback === undefined) return usage;
  const alone = usageLine(path, node.fallback.command, groupFlags).replace(/^usage:/, '      ');
  return `${usage}\n${alone}`;
}

function commandParts(command: Command, groupFlags: FlagMap, place: HelpPlace): string[] {
  const parts: string[] = [];
  const args = Object.entries(command.args).map(([name, { summary, isRequired }]): [string, string] => [
    isRequired ? `<${name}>` : `[<${name}>]`,
    summary,
  ]);
  if (args.length > 0) parts.push(section('Args', args, place));
  const own = { ...groupFlags, ...command.flags };
  const { json = GLOBAL_FLAGS.json } = globalFlagsBeside(own);
  parts.push(flagSection('Flags', { ...own, json }, place));
  if (command.examples.length > 0) parts.push(exampleSection(command.examples));
  parts.push(
    `JSON:\n${wrapped(command.json, widthOf(place) - 2)
      .map((line) => `  ${line}`)
      .join('\n')}`,
  );
  return parts;
}

function groupParts(path: readonly string[], group: Group, groupFlags: FlagMap, place: HelpPlace): string[] {
  const shown = group.commands.filter(({ isHidden }) => isHidden !== true);
  const built = shown.filter(({ kind }) => kind !== 'later');
  const rows = built.map(({ name, summary }): [string, string] => [[...path, name].join(' '), summary]);
  const later = shown.filter(({ kind }) => kind === 'later').map(({ name }) => name);
  const parts = [section('Subcommands', rows, place), ...laterLine(later, place)];
  if (group.fallback !== undefined) parts.push(...commandParts(group.fallback.command, groupFlags, place));
  else if (Object.keys(groupFlags).length > 0) parts.push(flagSection('Flags', groupFlags, place));
  return parts;
}

/** What cannot be used yet stands apart from what can. */
function laterLine(names: readonly string[], place: HelpPlace): string[] {
  if (names.length === 0) return [];
  return [
    wrapped(`Not in this version yet, each says what to use instead: ${names.join(', ')}`, widthOf(place)).join('\n'),
  ];
}

function flagSection(title: string, flags: FlagMap, place: HelpPlace, before: readonly string[] = []): string {
  const summaries: Readonly<Record<string, string>> = {
    '-h, --help': 'Show context-sensitive help',
    '    --version': 'Show application version.',
  };
  const rows = before.map((text): [string, string] => [text, summaries[text] ?? '']);
  for (const [key, flag] of Object.entries(flags)) {
    if (flag.isHidden !== true) rows.push([flagText(key, flag), flagSummary(flag)]);
  }
  return section(title, rows, place);
}

function flagText(key: string, flag: Flag<unknown>): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  const long = longName(key);
  if (flag.kind === 'switch') return `${short}--${long}`;
  if (flag.kind === 'toggle') return `${short}--[no-]${long}`;
  const value = flag.defaultText ?? flag.placeholder ?? long.toUpperCase();
  return `${short}--${long}=${value}${flag.isRepeatable ? ' ...' : ''}`;
}

function flagSummary(flag: Flag<unknown>): string {
  const choices = flag.choices === null ? '' : ` (${flag.choices.join(', ')})`;
  const hasChoices = flag.choices?.every((choice) => flag.summary.includes(choice));
  const environment = flag.environment === undefined ? '' : ` ($${flag.environment})`;
  return `${flag.summary}${hasChoices ? '' : choices}${environment}`;
}

function exampleSection(examples: readonly { readonly text: string; readonly command: string }[]): string {
  const lines = examples.flatMap(({ text, command }) => [...(text === '' ? [] : [`  # ${text}`]), `  ${command}`]);
  return `Examples:\n${lines.join('\n')}`;
}

function widthOf({ width }: HelpPlace): number {
  return Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, width ?? WIDTH_DEFAULT));
}

/** Two columns, the second wrapped; a left text that is too long stands on a line of its own. */
function section(title: string, rows: readonly (readonly [string, string])[], place: HelpPlace): string {
  const width = widthOf(place);
  const leftMax = Math.floor(width * 0.4);
  const left = Math.min(leftMax, Math.max(0, ...rows.map(([text]) => text.length)));
  const lines = [`${title}:`];
  for (const [text, summary] of rows) {
    const [first = '', ...more] = wrapped(summary, width - left - 4);
    if (text.length > left) lines.push(`  ${text}`, `  ${' '.repeat(left)}  ${first}`);
    else lines.push(`  ${text.padEnd(left)}  ${first}`.trimEnd());
    for (const line of more) lines.push(`  ${' '.repeat(left)}  ${line}`);
  }
  return lines.join('\n');
}

/** Wrapped anew; empty lines stay between paragraphs, and lines that are indented, or lists, stay as they are. */
function reflowed(text: string, width: number): string {
  return text
    .replace(/(?<=\S)\n(?=[^\s\-*])/g, ' ')
    .split('\n')
    .flatMap((line) => (/^\s/.test(line) ? [line] : wrapped(line, width)))
    .join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}
