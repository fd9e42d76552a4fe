// From words to the command they name: walks verbs and their commands, passing over flags that stand before or between
// them, and suggests the nearest where a word names nothing. Parsing the rest is parse.ts.
import type { Fallback, Flag, FlagMap, Group, Node } from '../command.ts';
import { longName } from '../command.ts';
import { UsageError } from '../errors.ts';
import { GLOBAL_FLAGS } from '../global_flags.ts';
import { didYouMean } from '../input/suggestion.ts';
import type { Verb } from './verb.ts';

export interface Resolved {
  /** Names from the top verb down to the node: `['stream', 'add']`. */
  readonly path: readonly string[];
  /** Null where no verb was named. */
  readonly node: Node | null;
  /** Flags of the groups on the way. */
  readonly groupFlags: FlagMap;
  /** The words that are not names of the path, in their order. */
  readonly words: readonly string[];
}

/** A word that should name a command of the group that was named before it. */
export class UnknownCommandError extends UsageError {
  override readonly name = 'UsageError';
  /** As far as the words have led. */
  readonly resolved: Resolved;

  constructor(message: string, resolved: Resolved) {
    super(message);
    this.resolved = resolved;
  }
}

/** Where the first word stands that is no global flag and no value of one; -1 where there is none. */
export function firstWordAt(words: readonly string[]): number {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--') return -1;
    if (!word.startsWith('-') || word === '-') return i;
    if (takesNextWord(word, GLOBAL_FLAGS)) i++;
  }
  return -1;
}

export async function resolveCommand(words: readonly string[], verbs: readonly Verb[]): Promise<Resolved> {
  const path: string[] = [];
  const rest: string[] = [];
  let node: Node | null = null;
  let groupFlags: FlagMap = {};
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const isOver = word === '--' || (node !== null && node.kind !== 'group');
    if (isOver) {
      rest.push(...words.slice(i));
      break;
    }
    const fallback = fallbackOf(node);
    if (word.startsWith('-') && word !== '-') {
      rest.push(word);
      const known = { ...GLOBAL_FLAGS, ...groupFlags, ...fallback?.command.flags };
      if (takesNextWord(word, known)) rest.push(...words.slice(++i, i + 1));
      continue;
    }
    if (fallback?.takes(word) === true && nodeOf(word, (node as Group).commands) === undefined) {
      node = fallback.command;
      rest.push(word);
      continue;
    }
    node = node === null ? await findVerb(word, verbs) : findNode(word, { path, node, groupFlags, words: rest });
    path.push(node.name);
    if (node.kind === 'group') groupFlags = { ...groupFlags, ...node.flags };
  }
  return { path, node, groupFlags, words: rest };
}

async function findVerb(word: string, verbs: readonly Verb[]): Promise<Node> {
  const verb = verbs.find(({ name, aliases }) => name === word || aliases.includes(word));
  if (verb !== undefined) return await verb.load();
  throw new UsageError(`expected command but got '${word}'${didYouMean(word, namesOf(verbs))}`);
}

function findNode(word: string, group: Resolved): Node {
  const { commands } = group.node as Group;
  const found = nodeOf(word, commands);
  if (found !== undefined) return found;
  const asked = [...group.path, word].join(' ');
  const text = `expected command but got '${asked}'${didYouMean(word, namesOf(commands))}`;
  throw new UnknownCommandError(text, group);
}

function fallbackOf(node: Node | null): Fallback | undefined {
  return node?.kind === 'group' ? node.fallback : undefined;
}

function nodeOf(word: string, commands: readonly Node[]): Node | undefined {
  return commands.find(({ name, aliases }) => name === word || aliases?.includes(word) === true);
}

function namesOf(nodes: readonly (Verb | Node)[]): string[] {
  return nodes.flatMap(({ name, aliases, isHidden }) => (isHidden === true ? [] : [name, ...(aliases ?? [])]));
}

/** Whether a flag that stands before the command's name is followed by its value. */
function takesNextWord(word: string, flags: FlagMap): boolean {
  if (word.includes('=')) return false;
  const isLong = word.startsWith('--');
  const found = Object.entries(flags).find(([key, candidate]) =>
    isLong ? longName(key) === word.slice(2) : isShortOf(candidate, word),
  );
  return found !== undefined && found[1].kind === 'value';
}

/** `-s` alone; in `-sURL` the value is there already. */
function isShortOf(candidate: Flag<unknown>, word: string): boolean {
  return candidate.short !== undefined && word === `-${candidate.short}`;
}
