// Who wants a subject: a trie of subscriptions by token, and a cache of whole results in front of it. Works on bytes,
// so that a published subject becomes no string. Pure; a result is never changed once handed out, a change of the
// subscriptions makes a new one. Called by server/ for every message.
//
// A result for a subject that no earlier message had is found by walking the trie. Subjects whose last tokens are
// never the same twice (inboxes, acknowledgements) would fill the cache with entries used once, so the walk also says
// whether the result depends on a prefix only, and such results are kept under that prefix.

/** What the trie needs to know about a subscription. */
export interface SublistEntry {
  readonly subject: Uint8Array;
  readonly queue: string | null;
}

export interface SublistResult<T> {
  readonly plain: readonly T[];
  /** One array of members per queue group, none empty. */
  readonly queues: readonly (readonly T[])[];
}

/** What monitoring shows of a sublist. Fan-out is that of the results in the cache. Compat: sublist.go, SublistStats. */
export interface SublistStats {
  readonly subscriptions: number;
  readonly cached: number;
  readonly inserts: number;
  readonly removes: number;
  readonly matches: number;
  readonly cacheHits: number;
  readonly fanoutTotal: number;
  readonly fanoutMax: number;
}

const DOT = 46;
const STAR = 42;
const REST = 62;

/** Whole results kept; a power of two. A newer subject takes the place of an older one with the same slot. */
export const SUBLIST_CACHE_SLOTS = 4096;

const EMPTY: readonly never[] = [];

function equalBytes(token: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < token.length; i++) if (token[i] !== bytes[start + i]) return false;
  return true;
}

/** A place in the trie: what hangs below it and who subscribed exactly here. */
class Node<T extends SublistEntry> {
  readonly token: Uint8Array;
  /** Literal children by token hash; those of one hash form a chain through `next`. */
  literals: Map<number, Node<T>> | null = null;
  next: Node<T> | null = null;
  star: Node<T> | null = null;
  rest: Node<T> | null = null;
  plain: T[] = [];
  queues: Map<string, T[]> | null = null;
  /** Literal nodes anywhere below. Invariant: 0 means that what matches below depends on the number of tokens only. */
  literalsBelow = 0;

  constructor(token: Uint8Array) {
    this.token = token;
  }

  isEmpty(): boolean {
    return (
      this.plain.length === 0 &&
      this.queues === null &&
      this.literals === null &&
      this.star === null &&
      this.rest === null
    );
  }

  literal(bytes: Uint8Array, start: number, end: number, hash: number): Node<T> | null {
    if (this.literals === null) return null;
    let node = this.literals.get(hash) ?? null;
    while (node !== null && !(node.token.length === end - start && equalBytes(node.token, bytes, start)))
      node = node.next;
    return node;
  }

  addLiteral(node: Node<T>, hash: number): void {
    this.literals ??= new Map();
    node.next = this.literals.get(hash) ?? null;
    this.literals.set(hash, node);
  }

  removeLiteral(node: Node<T>, hash: number): void {
    const literals = this.literals as Map<number, Node<T>>;
    const first = literals.get(hash) as Node<T>;
    if (first === node) {
      if (node.next === null) literals.delete(hash);
      else literals.set(hash, node.next);
    } else {
      let before = first;
      while (before.next !== node) before = before.next as Node<T>;
      before.next = node.next;
    }
    if (literals.size === 0) this.literals = null;
  }
}

/** A cached result: for exactly `subject`, or for every subject of `subject` + `tokensAfter` more tokens. */
class CacheEntry<T> {
  readonly subject: Uint8Array;
  readonly tokensAfter: number;
  readonly result: SublistResult<T>;

  constructor(subject: Uint8Array, tokensAfter: number, result: SublistResult<T>) {
    this.subject = subject;
    this.tokensAfter = tokensAfter;
    this.result = result;
  }
}

export class Sublist<T extends SublistEntry> {
  /** Changes whenever a result handed out before may no longer be right. */
  generation = 0;
  #count = 0;
  readonly #root = new Node<T>(new Uint8Array(0));
  readonly #empty: SublistResult<T> = { plain: EMPTY, queues: EMPTY };
  #cache: (CacheEntry<T> | null)[] = new Array<CacheEntry<T> | null>(SUBLIST_CACHE_SLOTS).fill(null);
  #cacheUsed = false;
  /** Since the list began. */
  #inserts = 0;
  #removes = 0;
  #matches = 0;
  /** Matches that had to walk the trie. */
  #walks = 0;
  /** Token boundaries and hashes of the subject under way: start, end, hash for each. */
  #tokens = new Int32Array(3 * 32);
  /** Where the walk under way puts what it finds. */
  #plainFound: T[] = [];
  #queuesFound: T[][] = [];

  get count(): number {
    return this.#count;
  }

  /** Adds a subscription. The subject must be valid (subject.ts). */
  insert(entry: T): void {
    const bytes = entry.subject;
    const tokens = this.#split(bytes, 0, bytes.length);
    const path: Node<T>[] = [this.#root];
    let node = this.#root;
    for (let i = 0; i < tokens; i++) {
      const start = this.#tokens[3 * i] as number;
      const end = this.#tokens[3 * i + 1] as number;
      const first = bytes[start] as number;
      if (end - start === 1 && first === STAR) {
        node.star ??= new Node<T>(bytes.slice(start, end));
        node = node.star;
      } else if (end - start === 1 && first === REST) {
        node.rest ??= new Node<T>(bytes.slice(start, end));
        node = node.rest;
      } else {
        const hash = this.#tokens[3 * i + 2] as number;
        let child = node.literal(bytes, start, end, hash);
        if (child === null) {
          child = new Node<T>(bytes.slice(start, end));
          node.addLiteral(child, hash);
          for (const above of path) above.literalsBelow++;
        }
        node = child;
      }
      path.push(node);
    }
    if (entry.queue === null) node.plain.push(entry);
    else {
      node.queues ??= new Map();
      const group = node.queues.get(entry.queue);
      if (group === undefined) node.queues.set(entry.queue, [entry]);
      else group.push(entry);
    }
    this.#count++;
    this.#inserts++;
    this.#changed();
  }

  /** Removes exactly this subscription; false when it was not there. */
  remove(entry: T): boolean {
    const bytes = entry.subject;
    const tokens = this.#split(bytes, 0, bytes.length);
    const path: Node<T>[] = [this.#root];
    let node = this.#root;
    for (let i = 0; i < tokens; i++) {
      const child = this.#patternChild(node, bytes, i);
      if (child === null) return false;
      node = child;
      path.push(node);
    }
    if (!removeFrom(node, entry)) return false;
    for (let i = tokens; i > 0 && (path[i] as Node<T>).isEmpty(); i--) this.#prune(path, i);
    this.#count--;
    this.#removes++;
    this.#changed();
    return true;
  }

  /** Everyone who wants a literal subject. The slice may be anything: an invalid subject matches nobody. */
  match(bytes: Uint8Array, start: number, end: number): SublistResult<T> {
    this.#matches++;
    if (this.#count === 0) {
      this.#walks++;
      return this.#empty;
    }
    let hash = 0x811c9dc5;
    let prefixHash = 0;
    let prefixEnd = start;
    for (let i = start; i < end; i++) {
      const c = bytes[i] as number;
      hash = Math.imul(hash ^ c, 0x01000193);
      if (c === DOT) {
        prefixHash = hash;
        prefixEnd = i + 1;
      }
    }
    const slot = (hash ^ (hash >>> 15)) & (SUBLIST_CACHE_SLOTS - 1);
    const whole = this.#cache[slot] as CacheEntry<T> | null;
    if (
      whole !== null &&
      whole.tokensAfter === 0 &&
      whole.subject.length === end - start &&
      equalBytes(whole.subject, bytes, start)
    ) {
      return whole.result;
    }
    const prefixSlot = (prefixHash ^ (prefixHash >>> 15)) & (SUBLIST_CACHE_SLOTS - 1);
    if (prefixEnd !== start && prefixEnd !== end) {
      const prefix = this.#cache[prefixSlot] as CacheEntry<T> | null;
      if (
        prefix !== null &&
        prefix.tokensAfter === 1 &&
        prefix.subject.length === prefixEnd - start &&
        equalBytes(prefix.subject, bytes, start)
      ) {
        return prefix.result;
      }
    }
    return this.#walk(bytes, start, end, slot, prefixSlot, prefixEnd);
  }

  /** Calls back with every subscription, in no particular order. */
  forEach(callback: (entry: T) => void): void {
    visit(this.#root, callback);
  }

  /** Looks through the whole cache: for monitoring, not for the message path. */
  stats(): SublistStats {
    let cached = 0;
    let fanoutTotal = 0;
    let fanoutMax = 0;
    for (const entry of this.#cache) {
      if (entry === null) continue;
      const fanout = entry.result.plain.length + entry.result.queues.length;
      cached++;
      fanoutTotal += fanout;
      fanoutMax = Math.max(fanoutMax, fanout);
    }
    return {
      subscriptions: this.#count,
      cached,
      inserts: this.#inserts,
      removes: this.#removes,
      matches: this.#matches,
      cacheHits: this.#matches - this.#walks,
      fanoutTotal,
      fanoutMax,
    };
  }

  #walk(
    bytes: Uint8Array,
    start: number,
    end: number,
    slot: number,
    prefixSlot: number,
    prefixEnd: number,
  ): SublistResult<T> {
    this.#walks++;
    const tokens = this.#split(bytes, start, end);
    if (tokens === 0) return this.#empty;
    // Depth from which only the number of tokens counts; `tokens` where every token counts.
    const fixed = this.#collect(this.#root, bytes, 0, tokens);
    const result = this.#takeFound();
    this.#cacheUsed = true;
    if (fixed < tokens) {
      // Where more than the last token is free the walk is short anyway, and the prefix is not known without it.
      if (fixed === tokens - 1) {
        this.#cache[prefixSlot] = new CacheEntry(bytes.slice(start, prefixEnd), 1, result);
      }
      return result;
    }
    this.#cache[slot] = new CacheEntry(bytes.slice(start, end), 0, result);
    return result;
  }

  /** Collects below `node`, which stands for the tokens before `depth`. Returns how many tokens the outcome depends on. */
  #collect(node: Node<T>, bytes: Uint8Array, depth: number, tokens: number): number {
    if (depth === tokens) {
      this.#found(node);
      return tokens;
    }
    let fixed = node.literalsBelow === 0 ? depth : depth + 1;
    if (node.rest !== null) this.#found(node.rest);
    if (node.star !== null) {
      const below = this.#collect(node.star, bytes, depth + 1, tokens);
      // Below a star with no literal under it the tokens are free too.
      if (node.literalsBelow !== 0 && below > fixed) fixed = below;
    }
    if (node.literals !== null) {
      const at = 3 * depth;
      const tokenTable = this.#tokens;
      const child = node.literal(
        bytes,
        tokenTable[at] as number,
        tokenTable[at + 1] as number,
        tokenTable[at + 2] as number,
      );
      if (child !== null) {
        const below = this.#collect(child, bytes, depth + 1, tokens);
        if (below > fixed) fixed = below;
      }
    }
    return fixed;
  }

  #found(node: Node<T>): void {
    const plain = node.plain;
    for (let i = 0; i < plain.length; i++) this.#plainFound.push(plain[i] as T);
    if (node.queues === null) return;
    for (const [name, members] of node.queues) {
      // One group is picked from as one, whatever patterns its members used.
      const same = this.#queuesFound.find((found) => (found[0] as T).queue === name);
      if (same === undefined) this.#queuesFound.push(members.slice());
      else for (const member of members) same.push(member);
    }
  }

  #takeFound(): SublistResult<T> {
    if (this.#plainFound.length === 0 && this.#queuesFound.length === 0) return this.#empty;
    const result = { plain: this.#plainFound, queues: this.#queuesFound };
    this.#plainFound = [];
    this.#queuesFound = [];
    return result;
  }

  /** Cuts a subject into #tokens; 0 when a token is empty. */
  #split(bytes: Uint8Array, start: number, end: number): number {
    let count = 0;
    let tokenStart = start;
    let hash = 0x811c9dc5;
    for (let i = start; i <= end; i++) {
      const c = i === end ? DOT : (bytes[i] as number);
      if (c !== DOT) {
        hash = Math.imul(hash ^ c, 0x01000193);
        continue;
      }
      if (i === tokenStart) return 0;
      if (3 * count + 3 > this.#tokens.length) {
        const wider = new Int32Array(this.#tokens.length * 2);
        wider.set(this.#tokens);
        this.#tokens = wider;
      }
      this.#tokens[3 * count] = tokenStart;
      this.#tokens[3 * count + 1] = i;
      this.#tokens[3 * count + 2] = (hash ^ (hash >>> 15)) & 0x3fffffff;
      count++;
      tokenStart = i + 1;
      hash = 0x811c9dc5;
    }
    return count;
  }

  #patternChild(node: Node<T>, bytes: Uint8Array, index: number): Node<T> | null {
    const start = this.#tokens[3 * index] as number;
    const end = this.#tokens[3 * index + 1] as number;
    if (end - start === 1 && bytes[start] === STAR) return node.star;
    if (end - start === 1 && bytes[start] === REST) return node.rest;
    return node.literal(bytes, start, end, this.#tokens[3 * index + 2] as number);
  }

  /** Takes the empty node at path[index] out of its parent. */
  #prune(path: readonly Node<T>[], index: number): void {
    const node = path[index] as Node<T>;
    const parent = path[index - 1] as Node<T>;
    if (parent.star === node) parent.star = null;
    else if (parent.rest === node) parent.rest = null;
    else {
      parent.removeLiteral(node, this.#tokens[3 * (index - 1) + 2] as number);
      for (let i = 0; i < index; i++) (path[i] as Node<T>).literalsBelow--;
    }
  }

  #changed(): void {
    this.generation++;
    if (!this.#cacheUsed) return;
    this.#cache.fill(null);
    this.#cacheUsed = false;
  }
}

function removeFrom<T extends SublistEntry>(node: Node<T>, entry: T): boolean {
  const members = entry.queue === null ? node.plain : node.queues?.get(entry.queue);
  if (members === undefined) return false;
  const index = members.indexOf(entry);
  if (index < 0) return false;
  members.splice(index, 1);
  if (entry.queue !== null && members.length === 0) {
    node.queues?.delete(entry.queue);
    if (node.queues?.size === 0) node.queues = null;
  }
  return true;
}

function visit<T extends SublistEntry>(node: Node<T>, callback: (entry: T) => void): void {
  for (const entry of node.plain) callback(entry);
  if (node.queues !== null) for (const members of node.queues.values()) for (const entry of members) callback(entry);
  if (node.star !== null) visit(node.star, callback);
  if (node.rest !== null) visit(node.rest, callback);
  if (node.literals === null) return;
  for (const first of node.literals.values()) {
    for (let child: Node<T> | null = first; child !== null; child = child.next) visit(child, callback);
  }
}
