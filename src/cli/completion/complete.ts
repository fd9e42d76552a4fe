// What can stand where the cursor is: verbs and their commands, flags, words that a flag may take, contexts. The shells'
// scripts ask for it (scripts.ts) and show what they like of it.
import type { FlagMap, Node } from '../command.ts';
import { longName } from '../command.ts';
import type { ContextStore } from '../context/context_store.ts';
import { UsageError } from '../errors.ts';
import { GLOBAL_FLAGS } from '../global_flags.ts';
import { resolveCommand } from '../program/resolve.ts';
import type { RawVerb, Verb } from '../program/verb.ts';

export interface Candidate {
  readonly word: string;
  readonly summary: string;
}

export interface CompletionSources {
  readonly verbs: readonly Verb[];
  readonly rawVerbs: readonly RawVerb[];
  readonly contexts: ContextStore;
}

/** `words` are those behind the program's name; the last one is being written and may be empty. */
export async function complete(words: readonly string[], sources: CompletionSources): Promise<Candidate[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  try {
    const { node, groupFlags } = await resolveCommand(before, sources.verbs);
    const command = node?.kind === 'group' ? node.fallback?.command : node;
    const own = command?.kind === 'command' ? command.flags : {};
    const flags: FlagMap = { ...GLOBAL_FLAGS, ...groupFlags, ...own };
    const candidates = valuesOf(before.at(-1) ?? '', flags, sources) ?? wordsOf(current, node, flags, sources);
    return candidates.filter(({ word }) => word.startsWith(current));
  } catch (error) {
    // Words that name nothing have nothing that could follow.
    if (error instanceof UsageError) return [];
    throw error;
  }
}

/** Null where the word before is no flag that takes a value. */
function valuesOf(before: string, flags: FlagMap, { contexts }: CompletionSources): Candidate[] | null {
  if (!before.startsWith('-')) return null;
  for (const [key, flag] of Object.entries(flags)) {
    const isMeant = before === `--${longName(key)}` || (flag.short !== undefined && before === `-${flag.short}`);
    if (!isMeant || flag.kind !== 'value') continue;
    if (key === 'context') return contexts.list().map((word) => ({ word, summary: 'context' }));
    return (flag.choices ?? []).map((word) => ({ word, summary: flag.summary }));
  }
  return null;
}

function wordsOf(
  current: string,
  node: Node | null,
  flags: FlagMap,
  { verbs, rawVerbs, contexts }: CompletionSources,
): Candidate[] {
  if (current.startsWith('-')) return flagWords(flags);
  if (node === null) {
    const shown = verbs.filter(({ isHidden, isLater }) => isHidden !== true && isLater !== true);
    return [...shown, ...rawVerbs].map(({ name, summary }) => ({ word: name, summary }));
  }
  if (node.kind === 'group') {
    const shown = node.commands.filter(({ isHidden, kind }) => isHidden !== true && kind !== 'later');
    return shown.map(({ name, summary }) => ({ word: name, summary }));
  }
  // Arguments that name a context are the only ones known without asking a server.
  const takesContext =
    node.kind === 'command' && Object.values(node.args).some(({ summary }) => /context/i.test(summary));
  return takesContext ? contexts.list().map((word) => ({ word, summary: 'context' })) : [];
}

function flagWords(flags: FlagMap): Candidate[] {
  const words: Candidate[] = [{ word: '--help', summary: 'Show context-sensitive help' }];
  for (const [key, { kind, summary, isHidden }] of Object.entries(flags)) {
    if (isHidden === true) continue;
    words.push({ word: `--${longName(key)}`, summary });
    if (kind === 'toggle') words.push({ word: `--no-${longName(key)}`, summary });
  }
  return words;
}
