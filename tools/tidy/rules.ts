// The rules that fail: what is architecture. Each takes the whole tree and returns findings with a hint. What is only
// taste is in taste.ts. Pure: tidy.ts reads the files and prints.
import {
  ALLOWED_BUILTINS,
  BANNED_WORDS,
  ENTRY_POINTS,
  NEVER_AWAIT_FILES,
  NEVER_AWAIT_ROOMS,
  ROOMS,
  type Room,
} from './floors.ts';
import type { SourceFile } from './source_file.ts';

export type RuleName =
  | 'floor'
  | 'private'
  | 'test-import'
  | 'builtin'
  | 'cycle'
  | 'world'
  | 'await'
  | 'dead'
  | 'fixme'
  | 'swallow';

export interface Finding {
  readonly rule: RuleName;
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly hint: string;
}

export interface Tree {
  readonly files: ReadonlyMap<string, SourceFile>;
  /** Files that package.json names as programs or entry points. */
  readonly entryPoints: readonly string[];
}

export type Rule = (tree: Tree) => Finding[];

const ROOM_BY_NAME: ReadonlyMap<string, Room> = new Map(ROOMS.map((room) => [room.name, room]));

function isUnder(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));
}

function roomOf(path: string): string | null {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** Product code: what is in src/ and is no test. */
function productOf(tree: Tree): SourceFile[] {
  return [...tree.files.values()].filter((file) => file.room !== null && !file.isTest);
}

function floorRule(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const file of productOf(tree)) {
    const room = ROOM_BY_NAME.get(file.room ?? '');
    if (room === undefined) {
      findings.push({
        rule: 'floor',
        file: file.path,
        line: 1,
        text: `'${file.room}' is not a room of the house`,
        hint: 'put the file in a room of tools/tidy/floors.ts; a new room is a decision for docs/architecture.md',
      });
      continue;
    }
    for (const { target, line } of file.imports) {
      const other = target === null ? null : roomOf(target);
      if (target === null || other === room.name) continue;
      if (other !== null && room.mayImport.includes(other)) continue;
      findings.push({ rule: 'floor', file: file.path, line, ...floorText(room, other, target) });
    }
  }
  return findings;
}

function floorText(room: Room, other: string | null, target: string): { text: string; hint: string } {
  const text = `'${room.name}' may not import ${target}`;
  if (other === null) return { text, hint: 'product code imports nothing outside src/' };
  const floor = ROOM_BY_NAME.get(other)?.floor ?? null;
  if (other === 'node') return { text, hint: 'take it through an interface in ports/; app/ joins the two' };
  if (floor !== null && floor === room.floor) {
    return {
      text,
      hint: 'rooms on one floor are blind: declare what you need as an interface here, app/ joins the two',
    };
  }
  return { text, hint: `imports go down only; '${room.name}' may import: ${room.mayImport.join(', ') || 'nothing'}` };
}

function privateRule(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const file of tree.files.values()) {
    for (const { target, line } of file.imports) {
      if (target === null || !/(?:^|\/)_[^/]*$/.test(target)) continue;
      if (folderOf(target) === folderOf(file.path)) continue;
      const hint = "a name that begins with '_' is private to its folder: ask the folder's public file for it";
      findings.push({ rule: 'private', file: file.path, line, text: `${target} is private`, hint });
    }
  }
  return findings;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function testImportRule(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const file of productOf(tree)) {
    for (const { target, specifier, line } of file.imports) {
      const isTestCode =
        specifier === 'node:test' ||
        specifier.startsWith('node:assert') ||
        (target !== null && (/(?:_test|_contract)\.ts$/.test(target) || target.startsWith('test/')));
      if (!isTestCode) continue;
      const hint = 'only *_test.ts and *_contract.ts may; assertions in the product are base/assert';
      findings.push({ rule: 'test-import', file: file.path, line, text: `imports test code ${specifier}`, hint });
    }
  }
  return findings;
}

function builtinRule(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const file of productOf(tree)) {
    if (ROOM_BY_NAME.get(file.room ?? '')?.world === 'free') continue;
    for (const { specifier, line } of file.imports) {
      if (!specifier.startsWith('node:') || specifier === 'node:test' || specifier.startsWith('node:assert')) continue;
      if (ALLOWED_BUILTINS.some(({ where, module }) => module === specifier && file.path.startsWith(where))) continue;
      const hint = 'only src/node/ touches Node: use a door in ports/';
      findings.push({ rule: 'builtin', file: file.path, line, text: `imports ${specifier}`, hint });
    }
  }
  return findings;
}

function worldRule(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const file of productOf(tree)) {
    const world = ROOM_BY_NAME.get(file.room ?? '')?.world;
    if (world === 'free') continue;
    for (const { pattern, word, hint, isProcess } of BANNED_WORDS) {
      if (isProcess && world === 'process') continue;
      for (const match of file.code.matchAll(pattern)) {
        findings.push({ rule: 'world', file: file.path, line: file.lineOf(match.index), text: `uses ${word}`, hint });
      }
    }
  }
  return findings;
}

/** Blanks the bodies of async functions that begin or end a life: those may wait, even beside hot ones. */
function withoutLifecycle(code: string): string {
  let result = code;
  for (const match of code.matchAll(/\basync\s+(?:function\s+)?#?(?:open|recover|close|flush|destroy)\w*\s*\(/g)) {
    const end = bodyEnd(code, match.index);
    const blanked = code.slice(match.index, end).replace(/[^\n]/g, ' ');
    result = result.slice(0, match.index) + blanked + result.slice(end);
  }
  return result;
}

function bodyEnd(code: string, start: number): number {
  let depth = 0;
  for (let i = start; i < code.length; i++) {
    if (code.charAt(i) === '{') depth++;
    if (code.charAt(i) === '}' && --depth === 0) return i + 1;
  }
  return code.length;
}

function awaitRule(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const file of productOf(tree)) {
    if (!isUnder(file.path, NEVER_AWAIT_ROOMS) && !isUnder(file.path, NEVER_AWAIT_FILES)) continue;
    const code = isUnder(file.path, NEVER_AWAIT_ROOMS) ? file.code : withoutLifecycle(file.code);
    for (const match of code.matchAll(/(?<![.\w#$])(?:async|await)\b(?!\s*[:?])/g)) {
      findings.push({
        rule: 'await',
        file: file.path,
        line: file.lineOf(match.index),
        text: `'${match[0]}' on the message path`,
        hint: 'one chunk, one synchronous run: take a callback, or move the waiting to open, close or the disk',
      });
    }
  }
  return findings;
}

function deadRule(tree: Tree): Finding[] {
  const imported = new Set<string>([...tree.entryPoints, ...ENTRY_POINTS]);
  for (const file of tree.files.values()) {
    for (const { target } of file.imports) if (target !== null && target !== file.path) imported.add(target);
  }
  const findings: Finding[] = [];
  for (const file of tree.files.values()) {
    const isProduct = file.room !== null && !/_test\.ts$/.test(file.path) && !file.path.endsWith('.d.ts');
    if (!isProduct || file.room === 'kernels' || file.room === 'dashboard' || imported.has(file.path)) continue;
    const hint = 'delete it, or import it where it is needed';
    findings.push({ rule: 'dead', file: file.path, line: 1, text: 'nothing imports this file', hint });
  }
  return findings;
}

function fixmeRule(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const file of tree.files.values()) {
    // Spelled in two halves, or this file would find itself.
    for (const match of file.text.matchAll(new RegExp(`\\b${'FIX'}${'ME'}\\b`, 'g'))) {
      const hint = 'fix it now, or write an issue and say what is left out and why';
      findings.push({ rule: 'fixme', file: file.path, line: file.lineOf(match.index), text: 'a leftover', hint });
    }
  }
  return findings;
}

/** An error that is caught and thrown away, in a statement or on a promise. A comment inside does not handle it. */
const SWALLOW = /\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}|\.catch\(\s*(?:\(\w*\)|\w+)\s*=>\s*\{\s*\}\s*\)/g;

function swallowRule(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const file of productOf(tree)) {
    for (const match of file.code.matchAll(SWALLOW)) {
      const hint =
        'handle it where the resource is owned, or let it pass; what may be ignored is asked for by its code';
      findings.push({
        rule: 'swallow',
        file: file.path,
        line: file.lineOf(match.index),
        text: 'swallows an error',
        hint,
      });
    }
  }
  return findings;
}

function cycleRule(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  for (const cycle of findCycles(tree, false)) {
    const first = cycle[0] ?? '';
    findings.push({
      rule: 'cycle',
      file: first,
      line: tree.files.get(first)?.imports.find(({ target }) => target === cycle[1])?.line ?? 1,
      text: `imports itself: ${[...cycle, first].join(' -> ')}`,
      hint: 'move what both need into a file of its own below them (often a type that is missing a name)',
    });
  }
  return findings;
}

/** Lists of files that import each other in a ring; with `types` also where only types do. */
export function findCycles(tree: Tree, types: boolean): string[][] {
  return new CycleSearch(tree, types).search();
}

/** Depth-first search that reports each import which leads back to where the search stands. */
class CycleSearch {
  readonly #tree: Tree;
  readonly #types: boolean;
  readonly #done = new Set<string>();
  readonly #path: string[] = [];
  readonly #cycles: string[][] = [];

  constructor(tree: Tree, types: boolean) {
    this.#tree = tree;
    this.#types = types;
  }

  search(): string[][] {
    for (const path of [...this.#tree.files.keys()].sort()) this.#visit(path);
    return this.#cycles;
  }

  #visit(path: string): void {
    if (this.#done.has(path)) return;
    const at = this.#path.indexOf(path);
    if (at >= 0) {
      this.#cycles.push(this.#path.slice(at));
      return;
    }
    this.#path.push(path);
    for (const { target, isType } of this.#tree.files.get(path)?.imports ?? []) {
      if (target !== null && (this.#types || !isType)) this.#visit(target);
    }
    this.#path.pop();
    this.#done.add(path);
  }
}

export const RULES: readonly Rule[] = [
  floorRule,
  privateRule,
  testImportRule,
  builtinRule,
  worldRule,
  awaitRule,
  cycleRule,
  deadRule,
  fixmeRule,
  swallowRule,
];
