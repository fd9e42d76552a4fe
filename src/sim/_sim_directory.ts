// The names in one directory of the simulated disk, twice: as the running system sees them, and as they are safe.
// Between them lie the changes of names since the last sync of the directory, in order. Called by sim_disk.ts only.
//
// A change is kept or lost as a whole, also a rename that concerns two directories: "atomic replacement" is what every
// file system promises. Syncing one directory makes nothing safe in another, except the other half of such a rename and
// what that half builds on.

import type { SimFile } from './_sim_file.ts';
import type { SimRandom } from './sim_random.ts';

export type SimNode = SimFile | SimDirectory;

interface Edit {
  readonly directory: SimDirectory;
  readonly name: string;
  /** Null: the name goes. */
  readonly node: SimNode | null;
}

/** One create, remove or rename. */
export class NameChange {
  /** Position among all changes of the disk. */
  readonly order: number;
  readonly edits: readonly Edit[];
  /** What the change moves, makes or removes. */
  readonly subject: SimNode;

  constructor(order: number, subject: SimNode, edits: readonly Edit[]) {
    this.order = order;
    this.subject = subject;
    this.edits = edits;
  }
}

export class SimDirectory {
  readonly kind = 'directory';
  modifiedMs: number;
  readonly names: Map<string, SimNode>;
  readonly safeNames: Map<string, SimNode>;
  /** Ascending by order. */
  waiting: NameChange[];

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
    this.names = new Map();
    this.safeNames = new Map();
    this.waiting = [];
  }
}

/** The running system sees it at once; whether it stays, a sync or a power cut decides. */
export function applyChange(change: NameChange, nowMs: number): void {
  for (const { directory, name, node } of change.edits) {
    setName(directory.names, name, node);
    directory.modifiedMs = nowMs;
    if (directory.waiting.at(-1) !== change) directory.waiting.push(change);
  }
}

/** What is waiting in this directory, up to change number `upTo`, is safe now. */
export function syncNames(directory: SimDirectory, upTo: number): void {
  for (;;) {
    const change = directory.waiting[0];
    if (change === undefined || change.order >= upTo) return;
    for (const edit of change.edits) {
      // The other directory of a rename: what came before it there comes first here too, as in a journal.
      if (edit.directory !== directory) syncNames(edit.directory, change.order);
    }
    for (const edit of change.edits) {
      setName(edit.directory.safeNames, edit.name, edit.node);
      edit.directory.waiting = edit.directory.waiting.filter((other) => other !== change);
    }
  }
}

/** As a failed sync of a file: some changes reached the platter, the others never will. */
export function failSyncNames(directory: SimDirectory, upTo: number, random: SimRandom): void {
  const doomed = directory.waiting.filter((change) => change.order < upTo && random.chance(0.5));
  for (const change of doomed) {
    for (const edit of change.edits) {
      edit.directory.waiting = edit.directory.waiting.filter((other) => other !== change);
    }
  }
  syncNames(directory, upTo);
}

/** The tree below `root` as it is found after a power cut. */
export function treeAfterPowerCut(root: SimDirectory, random: SimRandom): SimDirectory {
  const kept = chooseKept(root, random);
  const copies = new Map<SimNode, SimNode>();
  const copyOf = (node: SimNode): SimNode => {
    const known = copies.get(node);
    if (known !== undefined) return known;
    const copy = node.kind === 'file' ? node.afterPowerCut(random) : copyDirectory(node);
    copies.set(node, copy);
    return copy;
  };
  const copyDirectory = (directory: SimDirectory): SimDirectory => {
    const copy = new SimDirectory(directory.modifiedMs);
    for (const [name, node] of foundNames(directory, kept)) {
      copy.names.set(name, copyOf(node));
      copy.safeNames.set(name, copyOf(node));
    }
    return copy;
  };
  return copyDirectory(root);
}

function foundNames(directory: SimDirectory, kept: ReadonlySet<NameChange>): Map<string, SimNode> {
  const names = new Map(directory.safeNames);
  for (const change of directory.waiting) {
    if (!kept.has(change)) continue;
    for (const edit of change.edits) if (edit.directory === directory) setName(names, edit.name, edit.node);
  }
  return names;
}

function setName(names: Map<string, SimNode>, name: string, node: SimNode | null): void {
  if (node === null) names.delete(name);
  else names.set(name, node);
}

/** All directories that are or were below `root` as far as anything unsafe remembers them. */
function reachable(root: SimDirectory): Set<SimDirectory> {
  const found = new Set<SimDirectory>([root]);
  // A set gives what is added while it is gone through.
  for (const directory of found) {
    const nodes = [...directory.names.values(), ...directory.safeNames.values()];
    for (const change of directory.waiting) for (const edit of change.edits) nodes.push(edit.directory, change.subject);
    for (const node of nodes) if (node.kind === 'directory') found.add(node);
  }
  return found;
}

/**
 * For each directory either the first few changes survive, or each by itself. A change stands on the earlier ones of the
 * same file: a file that was renamed twice is never found under two names.
 */
function chooseKept(root: SimDirectory, random: SimRandom): Set<NameChange> {
  const decided = new Map<NameChange, boolean>();
  for (const directory of reachable(root)) {
    const isPrefix = random.chance(0.5);
    const cut = random.between(0, directory.waiting.length);
    directory.waiting.forEach((change, index) => {
      if (!decided.has(change)) decided.set(change, isPrefix ? index < cut : random.chance(0.5));
    });
  }
  const lost = new Set<SimNode>();
  const kept = new Set<NameChange>();
  for (const [change, isKept] of [...decided].sort(([a], [b]) => a.order - b.order)) {
    if (isKept && !lost.has(change.subject)) kept.add(change);
    else lost.add(change.subject);
  }
  return kept;
}
