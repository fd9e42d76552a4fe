// Every command, alias, flag and argument of the reference's command line, for the verbs that `contrail` has: each is there
// under the same name, or stands in MISSING with a line in docs/deviations.md. The list is the reference's own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Flag, type FlagMap, longName, type Node } from '../../src/cli/command.ts';
import { GLOBAL_FLAGS } from '../../src/cli/global_flags.ts';
import { VERBS } from '../../src/cli/registry.ts';
import { peersFolder, repositoryRoot } from './server_process.ts';

interface ReferenceFlag {
  readonly name: string;
  /** A letter's code. */
  readonly short?: number;
  readonly boolean?: boolean;
  readonly negatable?: boolean;
}

interface ReferenceNode {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly flags?: readonly ReferenceFlag[];
  readonly args?: readonly { readonly name: string; readonly required?: boolean }[];
  readonly commands?: readonly ReferenceNode[];
}

/** Path or `path --flag` -> the words that stand for it in docs/deviations.md. */
const MISSING: ReadonlyMap<string, string> = new Map([
  ['--certstore', "Windows' certificate store"],
  ['backup edit', '`backup edit`'],
  ['backup info', '`backup edit`'],
  ['backup validate', '`backup edit`'],
  ['backup lookup', '`backup edit`'],
  ['bench oldjs', '`bench oldjs`'],
  ['server generate', '`server generate`'],
]);

/** What `nats audit gather` has written is not read yet. */
const ARCHIVE_FLAG = /^server (?!check).* --archive$/;
const ARCHIVE_WORDS = '`--archive`';

function reference(): ReferenceNode {
  const program = join(peersFolder, 'bin', 'nats');
  const ran = spawnSync(program, ['--fisk-introspect'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  assert.equal(ran.status, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}

/** Flags that the reference's library gives to every program. */
const LIBRARY_FLAGS = /^(?:help|help-llm|version|completion-.*|fisk-introspect|help-compact|help-long|help-man)$/;

function isMissing(path: string): boolean {
  return MISSING.has(path) || ARCHIVE_FLAG.test(path);
}

function flagFaults(path: string, theirs: readonly ReferenceFlag[], ours: FlagMap): string[] {
  const byName = new Map<string, Flag<unknown>>(Object.entries(ours).map(([key, flag]) => [longName(key), flag]));
  return theirs.flatMap(({ name, short, boolean: isSwitch }): string[] => {
    if (LIBRARY_FLAGS.test(name) || isMissing(`${path} --${name}`.trim())) return [];
    const flag = byName.get(name) ?? byName.get(`no-${name}`);
    if (flag === undefined) return [`${path} --${name} is missing`];
    const letter = short === undefined || short === 0 ? undefined : String.fromCodePoint(short);
    const faults = letter === undefined || letter === flag.short ? [] : [`${path} -${letter} is missing`];
    if (isSwitch !== true && flag.kind !== 'value') faults.push(`${path} --${name} takes no value`);
    if (isSwitch === true && flag.kind === 'value') faults.push(`${path} --${name} takes a value`);
    return faults;
  });
}

function nodeFaults(path: string, theirs: ReferenceNode, ours: Node, flags: FlagMap): string[] {
  if (MISSING.has(path)) return [];
  if (ours.kind === 'later') return [`${path} comes later, which MISSING does not say`];
  const faults = (theirs.aliases ?? [])
    .filter((alias) => ours.aliases?.includes(alias) !== true)
    .map((alias) => `${path} has no alias ${alias}`);
  const all = { ...flags, ...ours.flags };
  faults.push(...flagFaults(path, theirs.flags ?? [], all));
  if (ours.kind === 'command') {
    const [names, theirNames] = [Object.keys(ours.args).length, (theirs.args ?? []).length];
    if (names < theirNames) faults.push(`${path} takes ${names} arguments, not ${theirNames}`);
    return faults;
  }
  for (const child of theirs.commands ?? []) {
    const found = ours.commands.find(({ name, aliases }) => name === child.name || aliases?.includes(child.name));
    if (found === undefined) faults.push(`${path} ${child.name} is missing`);
    else faults.push(...nodeFaults(`${path} ${child.name}`, child, found, all));
  }
  return faults;
}

test('[natscli 0.5.1] every verb is there or says that it comes later', async () => {
  const names = new Set(VERBS.flatMap(({ name, aliases }) => [name, ...aliases]));
  const missing = (reference().commands ?? []).filter(
    ({ name }) => !names.has(name) && !/^(?:help|cheat|plugins)$/.test(name),
  );
  // Verbs that the reference itself hides.
  const hidden = ['consumer-check', 'stream-check', 'traffic', 'nuid', 'xkey'];
  assert.deepEqual(
    missing.map(({ name }) => name).filter((name) => !hidden.includes(name)),
    [],
  );
});

test('[natscli 0.5.1] the verbs that are there have all commands, aliases, flags and arguments', async () => {
  const { commands = [], flags = [] } = reference();
  const faults = flagFaults('', flags, GLOBAL_FLAGS);
  let walked = 0;
  for (const theirs of commands) {
    const verb = VERBS.find(({ name, aliases }) => name === theirs.name || aliases.includes(theirs.name));
    const ours = await verb?.load();
    if (ours === undefined || ours.kind === 'later') continue;
    faults.push(...nodeFaults(theirs.name, theirs, ours, GLOBAL_FLAGS));
    walked++;
  }
  assert.ok(walked >= 10, `only ${walked} verbs were walked`);
  assert.deepEqual(faults, []);
});

test('what is missing stands in docs/deviations.md', () => {
  const page = readFileSync(join(repositoryRoot, 'docs', 'deviations.md'), 'utf8');
  for (const [path, words] of [...MISSING, ['server', ARCHIVE_WORDS] as const])
    assert.ok(page.includes(words), `${path}: '${words}'`);
});
