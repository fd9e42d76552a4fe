// The law of the house as a program: reads the tree, applies the rules, prints each finding with a hint and then what is
// taste. Fails when a rule is broken or an exemption is no longer needed.
// Run: npm run tidy, or node dist/tools/tidy/tidy.js [folder]. Only its last function touches the disk.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXEMPTIONS, type Exemption } from './exemptions.ts';
import { type Finding, RULES, type Tree } from './rules.ts';
import { SourceFile } from './source_file.ts';
import { tasteReport } from './taste.ts';

export interface Verdict {
  readonly findings: readonly Finding[];
  /** Findings that an exemption allows. */
  readonly exempted: readonly Finding[];
  readonly unneeded: readonly Exemption[];
}

/** `texts`: path from the project's folder -> content. `entryPoints`: what package.json starts. */
export function treeOf(texts: ReadonlyMap<string, string>, entryPoints: readonly string[] = []): Tree {
  const files = new Map<string, SourceFile>();
  for (const [path, text] of texts) files.set(path, new SourceFile(path, text));
  return { files, entryPoints };
}

export function judge(tree: Tree, exemptions: readonly Exemption[]): Verdict {
  const findings: Finding[] = [];
  const exempted: Finding[] = [];
  const needed = new Set<Exemption>();
  for (const finding of RULES.flatMap((rule) => rule(tree))) {
    const exemption = exemptions.find(({ rule, file }) => rule === finding.rule && file === finding.file);
    if (exemption === undefined) findings.push(finding);
    else exempted.push(finding);
    if (exemption !== undefined) needed.add(exemption);
  }
  return { findings, exempted, unneeded: exemptions.filter((exemption) => !needed.has(exemption)) };
}

export function verdictLines(verdict: Verdict): string[] {
  const lines: string[] = [];
  for (const { rule, file, line, text, hint } of verdict.findings) {
    lines.push(`${file}:${line}: ${rule}: ${text}`, `    hint: ${hint}`);
  }
  for (const { rule, file } of verdict.unneeded) {
    lines.push(
      `tools/tidy/exemptions.ts:1: exemption: '${rule}' of ${file} is not needed any more`,
      '    hint: delete it',
    );
  }
  const broken = verdict.findings.length + verdict.unneeded.length;
  lines.push(`tidy: ${broken} broken rules, ${verdict.exempted.length} exempted`);
  return lines;
}

/** Source paths for the compiled files that package.json names in `bin` and `exports`. */
export function entryPointsOf(packageJson: string): string[] {
  const found: string[] = [];
  for (const [, path] of packageJson.matchAll(/"(?:\.\/)?dist\/([^"*]+)\.(?:d\.ts|js)"/g)) found.push(`${path}.ts`);
  return found;
}

const FOLDERS = ['src', 'test', 'tools'];

function readTexts(root: string, folder: string, texts: Map<string, string>): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (path !== 'test/fixtures') readTexts(root, path, texts);
    } else if (entry.name.endsWith('.ts') && !entry.name.endsWith('_wasm.ts')) {
      texts.set(path, readFileSync(join(root, path), 'utf8'));
    }
  }
}

function main(root: string): void {
  const texts = new Map<string, string>();
  for (const folder of FOLDERS) readTexts(root, folder, texts);
  const tree = treeOf(texts, entryPointsOf(readFileSync(join(root, 'package.json'), 'utf8')));
  const verdict = judge(tree, EXEMPTIONS);
  for (const line of [...tasteReport(tree), '', ...verdictLines(verdict)]) console.log(line);
  if (verdict.findings.length + verdict.unneeded.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv[2] ?? process.cwd());
