import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command, Node } from './command.ts';
import { longName } from './command.ts';
import { GLOBAL_FLAGS, globalFlagsBeside } from './global_flags.ts';
import { VERBS } from './registry.ts';
import { runCommand } from './testing_terminal.ts';

interface Found {
  readonly path: string;
  readonly command: Command;
  /** Of the groups above it and its own. */
  readonly flags: readonly (readonly [name: string, flag: unknown])[];
}

function commandsOf(path: string, node: Node, groupFlags: Found['flags'] = []): Found[] {
  if (node.kind === 'later') return [];
  const flags = [...groupFlags, ...Object.entries(node.flags)];
  if (node.kind === 'command') return [{ path, command: node, flags }];
  const alone = node.fallback === undefined ? [] : commandsOf(path, node.fallback.command, flags);
  return [...alone, ...node.commands.flatMap((child) => commandsOf(`${path} ${child.name}`, child, flags))];
}

async function allCommands(): Promise<Found[]> {
  const nodes = await Promise.all(VERBS.map(({ load }) => load()));
  return nodes.flatMap((node) => commandsOf(node.name, node));
}

test('what the registry says of a verb is what its code says', async () => {
  for (const verb of VERBS) {
    const node = await verb.load();
    assert.deepEqual([verb.name, verb.aliases, verb.summary], [node.name, node.aliases ?? [], node.summary]);
  }
});

test('no name or alias is there twice', () => {
  const names = VERBS.flatMap(({ name, aliases }) => [name, ...aliases]);
  assert.deepEqual(names, [...new Set(names)]);
});

/** Whose letter is one of a global flag in the reference too. */
const TAKEN_LETTERS = new Set(['server graph']);

test('no command has a flag twice, nor one that is global already', async () => {
  for (const { path, command, flags } of await allCommands()) {
    for (const [name, flag] of flags) {
      // A group and its command may share one and the same flag.
      assert.ok(
        flags.every(([other, same]) => other !== name || same === flag),
        `${path} --${longName(name)}`,
      );
    }
    const isTaken = TAKEN_LETTERS.has(path);
    const global = isTaken ? globalFlagsBeside(command.flags) : GLOBAL_FLAGS;
    const shorts = Object.values({ ...command.flags, ...global }).flatMap(({ short }) => short ?? []);
    assert.deepEqual(shorts, [...new Set(shorts)], path);
    for (const key of Object.keys(GLOBAL_FLAGS))
      assert.ok(!flags.some(([name]) => name === key), `${path} --${longName(key)}`);
  }
});

test('every command teaches: a summary, an example that begins with its words, the shape of its JSON', async () => {
  for (const { path, command } of await allCommands()) {
    assert.ok(command.summary.length > 5, path);
    assert.ok(command.examples.length > 0, `${path} has no example`);
    assert.ok(command.json.length > 10, `${path} does not say what --json prints`);
    for (const { command: line } of command.examples) assert.match(line, /contrail /, path);
  }
});

test('who asks for a cheat sheet, as the documentation of nats says, is told where examples are', async () => {
  const { code, error } = await runCommand(['cheat', 'sub']);
  assert.equal(code, 1);
  assert.equal(
    error,
    "contrail: error: 'contrail cheat' is not in this version yet: every command's --help has examples\n",
  );
  assert.doesNotMatch((await runCommand([])).output, /cheat/);
});
