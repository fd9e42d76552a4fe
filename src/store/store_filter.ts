// Subject filters compiled against one store: a bit per subject id that passes, kept up to date as ids are given out
// and taken back. Asking costs a bit test; a filter that all stored subjects pass is known as such and costs nothing.
// StreamIndex makes and feeds them; consumers hold them. Filters over the same subjects share one body.
import type { StoreFilter } from './stream_store.ts';
import type { SubjectTable } from './subject_table.ts';

const DOT = 0x2e;
const STAR = 0x2a;
const GREATER = 0x3e;
const FOLD_WORDS = 32;
const encoder = new TextEncoder();

/** Whether a subject matches a filter (`*` is one token, a last `>` one or more). Both are well-formed. */
export function subjectPasses(filter: Uint8Array, subject: Uint8Array, start: number, end: number): boolean {
  let at = start;
  let i = 0;
  for (;;) {
    const token = filter[i];
    const after = filter[i + 1];
    if (token === GREATER && after === undefined) return at < end;
    if (token === STAR && (after === undefined || after === DOT)) {
      if (at >= end || subject[at] === DOT) return false;
      while (at < end && subject[at] !== DOT) at++;
      i++;
    } else {
      while (i < filter.length && filter[i] !== DOT) {
        if (at >= end || subject[at] !== filter[i]) return false;
        at++;
        i++;
      }
    }
    if (i === filter.length) return at === end;
    if (at >= end || subject[at] !== DOT) return false;
    at++;
    i++;
  }
}

export function isLiteral(subject: string): boolean {
  return !subject.split('.').some((token) => token === '*' || token === '>');
}

export class CompiledFilter {
  readonly subjects: readonly string[];
  /** True for `>`: passes whatever comes. */
  readonly isAll: boolean;
  /** Bit per subject id that passes. Empty for `>`. */
  bits: Uint32Array;
  /** `bits` folded modulo 1024, to be met with a block's presence. Bits stay set when ids go: never too few. */
  readonly fold = new Uint32Array(FOLD_WORDS);
  /** Stored subjects that pass. */
  matches = 0;
  /** The id when exactly one subject passes, else -1. */
  onlyId = -1;
  /** How many StoreFilters stand on this body. */
  users = 0;
  readonly #patterns: readonly Uint8Array[];

  constructor(subjects: readonly string[]) {
    this.subjects = subjects;
    this.isAll = subjects.length === 0 || subjects.includes('>');
    this.bits = new Uint32Array(this.isAll ? 0 : 2);
    this.#patterns = subjects.map((subject) => encoder.encode(subject));
  }

  has(subjectId: number): boolean {
    if (this.isAll) return true;
    const word = subjectId >>> 5;
    return word < this.bits.length && ((this.bits[word]! >>> (subjectId & 31)) & 1) !== 0;
  }

  /** A subject got this id. */
  assigned(subjectId: number, name: Uint8Array, start: number, end: number): void {
    if (this.isAll || !this.#passes(name, start, end)) return;
    const word = subjectId >>> 5;
    if (word >= this.bits.length) {
      const bits = new Uint32Array(Math.max(word + 1, this.bits.length * 2));
      bits.set(this.bits);
      this.bits = bits;
    }
    this.bits[word] = this.bits[word]! | (1 << (subjectId & 31));
    const folded = word & (FOLD_WORDS - 1);
    this.fold[folded] = this.fold[folded]! | (1 << (subjectId & 31));
    this.matches++;
    this.onlyId = this.matches === 1 ? subjectId : -1;
  }

  /** This id no longer stands for a subject. */
  released(subjectId: number): void {
    if (this.isAll || !this.has(subjectId)) return;
    const word = subjectId >>> 5;
    this.bits[word] = this.bits[word]! & ~(1 << (subjectId & 31));
    this.matches--;
    this.onlyId = this.matches === 1 ? this.#findOnly() : -1;
  }

  /** All ids are gone. */
  clear(): void {
    this.bits.fill(0);
    this.fold.fill(0);
    this.matches = 0;
    this.onlyId = -1;
  }

  #passes(name: Uint8Array, start: number, end: number): boolean {
    for (let i = 0; i < this.#patterns.length; i++) {
      if (subjectPasses(this.#patterns[i]!, name, start, end)) return true;
    }
    return false;
  }

  #findOnly(): number {
    for (let word = 0; word < this.bits.length; word++) {
      const value = this.bits[word]!;
      if (value !== 0) return word * 32 + 31 - Math.clz32(value);
    }
    return -1;
  }
}

/** All filters of one store. */
export class FilterTable {
  readonly #bodies = new Map<string, CompiledFilter>();
  /** The bodies again, to be walked without an iterator. */
  #list: CompiledFilter[] = [];
  readonly #table: SubjectTable;

  constructor(table: SubjectTable) {
    this.#table = table;
  }

  open(subjects: readonly string[]): StoreFilter {
    const key = JSON.stringify(subjects);
    let body = this.#bodies.get(key);
    if (body === undefined) {
      body = new CompiledFilter([...subjects]);
      this.#bodies.set(key, body);
      this.#list = [...this.#bodies.values()];
      this.#fill(body);
    }
    body.users++;
    return new OpenFilter(body, () => this.#close(key));
  }

  assigned(subjectId: number, name: Uint8Array, start: number, end: number): void {
    const list = this.#list;
    for (let i = 0; i < list.length; i++) list[i]!.assigned(subjectId, name, start, end);
  }

  released(subjectId: number): void {
    const list = this.#list;
    for (let i = 0; i < list.length; i++) list[i]!.released(subjectId);
  }

  clear(): void {
    for (const body of this.#list) body.clear();
  }

  /** The body of a filter of this store; null when it lets everything pass that is stored. */
  bodyOf(filter: StoreFilter | null): CompiledFilter | null {
    if (filter === null) return null;
    const body = (filter as OpenFilter).body;
    return body.isAll || body.matches === this.#table.size ? null : body;
  }

  #fill(body: CompiledFilter): void {
    const table = this.#table;
    if (body.isAll) return;
    if (body.subjects.every(isLiteral)) {
      for (const subject of body.subjects) {
        const name = encoder.encode(subject);
        const id = table.find(name, 0, name.length);
        if (id >= 0 && !body.has(id)) body.assigned(id, name, 0, name.length);
      }
      return;
    }
    for (let id = 0; id < table.idsEnd; id++) {
      const length = table.nameLength(id);
      if (length === 0) continue;
      const start = table.nameStart(id);
      body.assigned(id, table.nameChunk(id), start, start + length);
    }
  }

  #close(key: string): void {
    const body = this.#bodies.get(key);
    if (body === undefined || --body.users > 0) return;
    this.#bodies.delete(key);
    this.#list = [...this.#bodies.values()];
  }
}

class OpenFilter implements StoreFilter {
  readonly body: CompiledFilter;
  #onClose: (() => void) | null;

  constructor(body: CompiledFilter, onClose: () => void) {
    this.body = body;
    this.#onClose = onClose;
  }

  get subjects(): readonly string[] {
    return this.body.subjects;
  }

  has(subjectId: number): boolean {
    return this.body.has(subjectId);
  }

  close(): void {
    const onClose = this.#onClose;
    this.#onClose = null;
    onClose?.();
  }
}
