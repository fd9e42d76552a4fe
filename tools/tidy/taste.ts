// What is taste: reported, never failing. The longest files and functions, files that open without a comment, names that
// say nothing, product files that only tests import.
import { EMPTY_NAMES } from './floors.ts';
import { findCycles, type Tree } from './rules.ts';
import type { SourceFile } from './source_file.ts';

const LONGEST_SHOWN = 10;

interface Sized {
  readonly name: string;
  readonly lines: number;
}

export function tasteReport(tree: Tree): string[] {
  const files = [...tree.files.values()].filter((file) => file.room !== null && !file.isTest);
  const report: string[] = [];
  const sizes = files.map((file) => ({ name: file.path, lines: file.text.split('\n').length - 1 }));
  report.push('Longest files:', ...longest(sizes));
  report.push('Longest functions:', ...longest(files.flatMap(functionsOf)));
  pushLines(report, 'Files without a header comment:', pathsOf(files.filter((file) => !hasHeader(file))));
  pushLines(report, 'File names that say nothing:', pathsOf(files.filter((file) => isEmptyName(file.path))));
  pushLines(report, 'Files that only tests import:', pathsOf(onlyTested(tree, files)));
  pushLines(report, "'!' on what is no index (the house allows it on a checked index alone):", boldLines(files));
  const cycles = findCycles(tree, true).map((cycle) => [...cycle, cycle[0]].join(' -> '));
  pushLines(report, 'Cycles of imports, some of types alone:', cycles);
  return report;
}

function pushLines(report: string[], title: string, lines: readonly string[]): void {
  if (lines.length > 0) report.push(title, ...lines.map((line) => `         ${line}`));
}

/** Behind `]` an assertion follows an index; behind anything else it claims to know better than the compiler. */
const BOLD = /[\w$)]!(?=\s*(?:[.,;:?)\]}[]|$))/gm;

function boldLines(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    [...file.code.matchAll(BOLD)].map((match) => `${file.path}:${file.lineOf(match.index)}`),
  );
}

function longest(sizes: readonly Sized[]): string[] {
  const sorted = [...sizes].sort((a, b) => b.lines - a.lines);
  return sorted.slice(0, LONGEST_SHOWN).map(({ name, lines }) => `  ${String(lines).padStart(5)}  ${name}`);
}

function pathsOf(files: readonly SourceFile[]): string[] {
  return files.map((file) => file.path);
}

function hasHeader(file: SourceFile): boolean {
  return /^\s*(?:\/\/|\/\*)/.test(file.text);
}

function isEmptyName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.d?\.?ts$/, '');
  return EMPTY_NAMES.test(name) || !/^_?[a-z0-9]+(?:_[a-z0-9]+)*$/.test(name);
}

function onlyTested(tree: Tree, files: readonly SourceFile[]): SourceFile[] {
  const byProduct = new Set<string>(tree.entryPoints);
  const byTest = new Set<string>();
  for (const file of tree.files.values()) {
    for (const { target } of file.imports) if (target !== null) (file.isTest ? byTest : byProduct).add(target);
  }
  return files.filter((file) => byTest.has(file.path) && !byProduct.has(file.path));
}

/** The formatter puts the end of a function in a line of its own, as deep as its beginning: that is all we look for. */
const BEGIN = /^( *)(?:(?:export|async|static|override|get|set) )*(?:function\*? (\w+)|([#\w]+)(?:<[^>]*>)?\()/;
const NO_FUNCTION = new Set([
  'if',
  'for',
  'while',
  'switch',
  'catch',
  'return',
  'super',
  'assert',
  'throw',
  'new',
  'await',
]);

export function functionsOf(file: SourceFile): Sized[] {
  const lines = file.code.split('\n');
  const found: Sized[] = [];
  for (const [i, line] of lines.entries()) {
    const match = BEGIN.exec(line);
    const indent = match?.[1] ?? '';
    const name = match?.[2] ?? match?.[3] ?? '';
    if (match === null || NO_FUNCTION.has(name)) continue;
    const isOpening = line.endsWith('{') || line.endsWith('(');
    if (!isOpening || (indent !== '' && indent !== '  ')) continue;
    const end = lines.findIndex((other, at) => at > i && other === `${indent}}`);
    if (end > 0) found.push({ name: `${file.path}:${i + 1} ${name}`, lines: end - i + 1 });
  }
  return found;
}
