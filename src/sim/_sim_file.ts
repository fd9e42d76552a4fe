// The content of one file of the simulated disk, twice: as the running system sees it (the page cache), and as the
// platter has it. Between them lies what was written since the last sync, in order. Decides what a power cut makes of
// that. Called by sim_disk.ts only.
//
//   platter ──changes that wait──► cache            sync: the platter takes them
//      │                                            failed sync: the platter takes some, the rest is dropped for good
//      └─ power cut: some of the changes, torn ─► content found after it
import type { SimRandom } from './sim_random.ts';

type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly length: number };

/** Bytes with a length of its own, growing as needed; what was never written is zero. */
class Content {
  bytes: Uint8Array;
  length: number;

  constructor(bytes: Uint8Array) {
    // Not slice(), which for a Buffer gives the same memory.
    this.bytes = new Uint8Array(bytes);
    this.length = bytes.length;
  }

  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    this.#reserve(end);
    this.bytes.set(bytes, position);
    if (bytes.length > 0 && end > this.length) this.length = end;
  }

  truncate(length: number): void {
    this.#reserve(length);
    if (length < this.length) this.bytes.fill(0, length, this.length);
    this.length = length;
  }

  #reserve(length: number): void {
    if (length <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(length, this.bytes.length * 2, 256));
    larger.set(this.bytes);
    this.bytes = larger;
  }

  apply(change: Change): void {
    if (change.kind === 'write') this.write(change.bytes, change.position);
    else this.truncate(change.length);
  }
}

/** What a power cut does to the waiting changes of one file; each as likely as the others. */
const FATES = ['all kept', 'all lost', 'torn tail', 'each its own', 'by sector', 'garbled'] as const;
/** What the disk writes as one: a sector, or a page. */
const GRANULES = [512, 4096] as const;
/** The granule to ask for when it is about a whole change. */
const WHOLE = -1;

/** Whether the part of change number `index` that lies in granule number `granule` reached the platter. */
type Kept = (index: number, granule: number) => boolean;

export class SimFile {
  readonly kind = 'file';
  modifiedMs: number;
  readonly #cache: Content;
  readonly #platter: Content;
  /** Change number n since the file was made is `#waiting[n - #taken]`. */
  #waiting: Change[];
  #taken: number;

  constructor(bytes: Uint8Array, modifiedMs: number) {
    this.modifiedMs = modifiedMs;
    this.#cache = new Content(bytes);
    this.#platter = new Content(bytes);
    this.#waiting = [];
    this.#taken = 0;
  }

  get size(): number {
    return this.#cache.length;
  }

  /** What the running system sees. Valid until the next change. */
  get bytes(): Uint8Array {
    return this.#cache.view();
  }

  /** What is safe. Valid until the next change. */
  get safeBytes(): Uint8Array {
    return this.#platter.view();
  }

  /** How many changes there have been: give it to sync() to cover these. */
  get changes(): number {
    return this.#taken + this.#waiting.length;
  }

  get hasUnsynced(): boolean {
    return this.#waiting.length > 0;
  }

  write(bytes: Uint8Array, position: number): void {
    this.#change({ kind: 'write', position, bytes });
  }

  truncate(length: number): void {
    this.#change({ kind: 'truncate', length });
  }

  #change(change: Change): void {
    this.#cache.apply(change);
    this.#waiting.push(change);
  }

  /** Everything before change number `upTo` is safe now. */
  sync(upTo: number): void {
    for (const change of this.#takeWaiting(upTo)) this.#platter.apply(change);
  }

  /**
   * As on Linux: pages that could not be written count as clean from now on. Some reached the platter, the others never
   * will, although reads still show them and the next sync says that all is well.
   */
  failSync(upTo: number, random: SimRandom): void {
    for (const change of this.#takeWaiting(upTo)) if (random.chance(0.5)) this.#platter.apply(change);
  }

  #takeWaiting(upTo: number): Change[] {
    const count = Math.max(0, upTo - this.#taken);
    this.#taken += count;
    return this.#waiting.splice(0, count);
  }

  /** Damage at rest: on the platter and in what is read from it. */
  flipBit(offset: number, bit: number): void {
    for (const content of [this.#cache, this.#platter]) {
      const byte = content.bytes[offset];
      if (byte !== undefined && offset < content.length) content.bytes[offset] = byte ^ (1 << bit);
    }
  }

  /** The file as it is found after a power cut. */
  afterPowerCut(random: SimRandom): SimFile {
    if (this.#waiting.length === 0) return new SimFile(this.#platter.view(), this.modifiedMs);
    const found = new Content(this.#platter.view());
    const fate = random.pick(FATES);
    const isKept = keeping(fate, random, this.#waiting.length);
    this.#applyKept(found, isKept, random.pick(GRANULES));
    if (fate === 'garbled') this.#garble(found, random);
    if (fate === 'each its own' || fate === 'by sector') this.#chooseLength(found, random);
    return new SimFile(found.view(), this.modifiedMs);
  }

  /** A write is kept or lost granule by granule; a truncation (a change in the file system's journal) as a whole. */
  #applyKept(found: Content, isKept: Kept, granuleBytes: number): void {
    this.#waiting.forEach((change, index) => {
      if (change.kind === 'truncate') {
        if (isKept(index, WHOLE)) found.truncate(change.length);
        return;
      }
      const { position, bytes } = change;
      for (let from = 0; from < bytes.length; ) {
        const granule = Math.floor((position + from) / granuleBytes);
        const to = Math.min(bytes.length, (granule + 1) * granuleBytes - position);
        if (isKept(index, granule)) found.write(bytes.subarray(from, to), position + from);
        from = to;
      }
    });
  }

  /** Space that was new to the file and not yet written shows whatever was there. Safe bytes are never touched. */
  #garble(found: Content, random: SimRandom): void {
    for (const change of this.#waiting) {
      if (change.kind === 'truncate' || change.position < this.#platter.length || random.chance(0.5)) continue;
      const junk = new Uint8Array(change.bytes.length);
      random.fill(junk);
      found.write(junk, change.position);
    }
  }

  /** The length is kept elsewhere than the bytes, and may be that of any moment since the last sync. */
  #chooseLength(found: Content, random: SimRandom): void {
    const cut = random.between(0, this.#waiting.length);
    let length = this.#platter.length;
    for (const change of this.#waiting.slice(0, cut)) {
      if (change.kind === 'truncate') length = change.length;
      else length = Math.max(length, change.position + change.bytes.length);
    }
    found.truncate(length);
  }
}

function keeping(fate: (typeof FATES)[number], random: SimRandom, count: number): Kept {
  switch (fate) {
    case 'all kept':
      return () => true;
    case 'all lost':
      return () => false;
    case 'torn tail':
    case 'garbled':
      return tornTail(random, count);
    case 'each its own':
      return eachItsOwn(random, count);
    case 'by sector':
      return bySector(random, count);
  }
}

/** In order up to some change, of which only a part made it. */
function tornTail(random: SimRandom, count: number): Kept {
  const tear = random.between(0, count - 1);
  const isPrefix = random.chance(0.5);
  let isTorn = random.chance(0.3);
  return (index, _granule) => {
    if (index !== tear) return index < tear;
    if (isPrefix) isTorn ||= random.chance(0.3);
    else isTorn = random.chance(0.5);
    return !isTorn;
  };
}

/** Every change is kept, lost or torn by itself, so later ones may be there without earlier ones. */
function eachItsOwn(random: SimRandom, count: number): Kept {
  const fates = Array.from({ length: count }, () => random.pick([0, 0.5, 1]));
  return (index) => random.chance(fates[index] ?? 0);
}

/** Every sector was last written at a moment of its own. */
function bySector(random: SimRandom, count: number): Kept {
  const cuts = new Map<number, number>();
  return (index, granule) => {
    let cut = cuts.get(granule);
    if (cut === undefined) {
      cut = random.between(0, count);
      cuts.set(granule, cut);
    }
    return index < cut;
  };
}
