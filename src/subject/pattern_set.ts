// A set of patterns, some of them for one queue group only, and which of them cover a subject: what lists of allowed and
// denied subjects ask. Small and without a cache, because there are many of these and their answers are kept elsewhere
// (auth/permissions.ts). Pure. Subjects are strings here; whoever comes from bytes makes one character of each.
import { tokensOf } from './subject.ts';

export interface PatternMatch {
  /** A pattern without a queue group matched. */
  readonly isPlain: boolean;
  /** The queue patterns of those that have one. */
  readonly queues: readonly string[];
}

/**
 * How wildcards of the subject itself are read. `covered`: the pattern must match everything that the subject can stand
 * for. `touched`: `*` in a pattern matches a final `>` too, which is how lists of denied subjects are read, so that a
 * larger subscription is not a way around one.
 */
export type Reading = 'covered' | 'touched';

class PatternNode {
  readonly children = new Map<string, PatternNode>();
  star: PatternNode | null = null;
  rest: PatternNode | null = null;
  isPlain = false;
  readonly queues: string[] = [];
}

const NOTHING: PatternMatch = { isPlain: false, queues: [] };

export class PatternSet {
  readonly #root = new PatternNode();

  /** Adds a valid pattern, for the queue groups that match `queue` only unless that is null. */
  insert(pattern: string, queue: string | null): void {
    let node = this.#root;
    for (const token of tokensOf(pattern)) {
      if (token === '*') {
        node.star ??= new PatternNode();
        node = node.star;
      } else if (token === '>') {
        node.rest ??= new PatternNode();
        node = node.rest;
      } else {
        let child = node.children.get(token);
        if (child === undefined) {
          child = new PatternNode();
          node.children.set(token, child);
        }
        node = child;
      }
    }
    if (queue === null) node.isPlain = true;
    else node.queues.push(queue);
  }

  /** What covers the subject. A subject with an empty token is covered by nothing. */
  match(subject: string, reading: Reading): PatternMatch {
    const tokens = tokensOf(subject);
    if (tokens.includes('')) return NOTHING;
    const found = { isPlain: false, queues: [] as string[] };
    collect(this.#root, tokens, 0, reading, found);
    return found;
  }
}

function collect(
  node: PatternNode,
  tokens: readonly string[],
  depth: number,
  reading: Reading,
  found: { isPlain: boolean; queues: string[] },
): void {
  const token = tokens[depth];
  if (token === undefined) {
    take(node, found);
    return;
  }
  if (node.rest !== null) take(node.rest, found);
  const isRest = token === '>' && depth === tokens.length - 1;
  if (node.star !== null && !(isRest && reading === 'covered')) collect(node.star, tokens, depth + 1, reading, found);
  const child = node.children.get(token);
  if (child !== undefined) collect(child, tokens, depth + 1, reading, found);
}

function take(node: PatternNode, found: { isPlain: boolean; queues: string[] }): void {
  if (node.isPlain) found.isPlain = true;
  found.queues.push(...node.queues);
}
