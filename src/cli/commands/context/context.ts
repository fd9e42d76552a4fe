// `contrail context`: the sets of connection settings that a person switches between, shared with the `nats` command.
// Compat: natscli cli/context_command.go.

import { errorText } from '../../../base/errors.ts';
import { argument, defineCommand, defineGroup, flag } from '../../command.ts';
import { type ContextSettings, contextObject } from '../../context/context_file.ts';
import { CommandError } from '../../errors.ts';
import { TextTable } from '../../output/table.ts';
import type { Session } from '../../session.ts';
import { CONTEXT_ADD, CONTEXT_COPY } from './context_add.ts';
import { CONTEXT_EDIT } from './context_edit.ts';
import { CONTEXT_INFO, CONTEXT_VALIDATE, showContext } from './context_info.ts';

const CONTEXT_LS = defineCommand({
  name: 'ls',
  aliases: ['list', 'l'],
  summary: 'List known contexts',
  flags: {
    completion: flag.switch('Format the list for use by shell completion', { isHidden: true }),
    names: flag.switch('List just the names of known contexts'),
  },
  examples: [{ text: 'All contexts; the selected one has a star', command: 'contrail context ls' }],
  json: 'A list of contexts, each with name, selected and the keys of its file (passwords included, as in the file).',
  run: async (session, _args, { completion, names }) => {
    const contexts = loadable(session);
    const selected = session.contexts.selected();
    if (completion) {
      for (const [name, { description }] of contexts) {
        session.print(`${name.replaceAll(':', '\\:')}${name === selected ? '*' : ''}:${description}`);
      }
    } else if (session.isJson) {
      session.json(
        contexts.map(([name, settings]) => ({ ...contextObject(settings, name), selected: name === selected })),
      );
    } else if (names) {
      for (const [name] of contexts) session.print(name);
    } else showList(session, contexts, selected);
  },
});

function loadable(session: Session): [string, ContextSettings][] {
  return session.contexts.list().flatMap((name): [string, ContextSettings][] => {
    try {
      return [[name, session.contexts.load(name)]];
    } catch (error) {
      session.log(`Could not load context ${name}: ${errorText(error)}`);
      return [];
    }
  });
}

function showList(session: Session, contexts: readonly [string, ContextSettings][], selected: string | null): void {
  if (contexts.length === 0) {
    session.print('No known contexts');
    return;
  }
  const table = new TextTable('Known Contexts', ['Name', 'Description']);
  for (const [name, { description }] of contexts) table.row(name === selected ? `${name}*` : name, description);
  session.table(table);
}

const CONTEXT_RM = defineCommand({
  name: 'rm',
  aliases: ['remove'],
  summary: 'Remove a context',
  args: { name: argument.required('The context name to remove') },
  flags: {
    force: flag.switch('Force remove without prompting', { short: 'f' }),
    dryRun: flag.switch('Only say what would be removed'),
  },
  examples: [{ text: 'Remove a context without being asked', command: 'contrail context rm staging --force' }],
  json: 'An object: removed (1 or 0), name, dry_run.',
  run: async (session, { name }, { force, dryRun }) => {
    const { contexts } = session;
    if (!contexts.has(name)) throw contexts.unknown(name);
    const isSelected = contexts.selected() === name;
    if (isSelected && !force) {
      throw new CommandError('cannot remove the selected context, select another one or use the unselect command');
    }
    if (dryRun) {
      report(session, { removed: 0, name, dry_run: true }, `Would remove context "${name}"`);
      return;
    }
    if (!force && !(await session.ask.confirm(`Really delete context "${name}"`))) return;
    if (isSelected) contexts.select(null);
    contexts.remove(name);
    report(session, { removed: 1, name, dry_run: false }, `Removed context "${name}"`);
  },
});

function report(session: Session, value: Readonly<Record<string, unknown>>, text: string): void {
  if (session.isJson) session.json(value);
  else session.print(text);
}

const CONTEXT_SELECT = defineCommand({
  name: 'select',
  aliases: ['switch', 'set'],
  summary: 'Select the default context',
  args: { name: argument.optional('The context name to select') },
  examples: [{ text: 'Use these settings from now on', command: 'contrail context select production' }],
  json: 'The selected context: name and the keys of its file.',
  run: async (session, { name }) => {
    const known = session.contexts.list();
    if (known.length === 0) throw new CommandError("no context defined: make one with 'contrail context add NAME'");
    const chosen = name ?? (await session.ask.choice({ message: 'Select a Context', flag: '<name>', choices: known }));
    session.contexts.load(chosen);
    session.contexts.select(chosen);
    await showContext(session, chosen, {});
  },
});

const CONTEXT_UNSELECT = defineCommand({
  name: 'unselect',
  summary: 'Ensures that no context is the default context',
  examples: [{ text: 'Use flags and environment alone', command: 'contrail context unselect' }],
  json: 'An object: unselected (the name, or null where none was selected).',
  run: async (session) => {
    const selected = session.contexts.selected();
    if (selected !== null) session.contexts.select(null);
    const text = selected === null ? 'No context currently selected' : `Unselected the "${selected}" context`;
    report(session, { unselected: selected }, text);
  },
});

const CONTEXT_PREVIOUS = defineCommand({
  name: 'previous',
  aliases: ['-'],
  summary: 'Switch to the previous context',
  examples: [{ text: 'Back to where you were', command: 'contrail context previous' }],
  json: 'The selected context: name and the keys of its file.',
  run: async (session) => {
    const previous = session.contexts.previous();
    if (previous !== null) {
      session.contexts.load(previous);
      session.contexts.select(previous);
    }
    await showContext(session, previous, {});
  },
});

export const CONTEXT = defineGroup({
  name: 'context',
  aliases: ['ctx'],
  summary: 'Manage nats configuration contexts',
  commands: [
    CONTEXT_ADD,
    CONTEXT_COPY,
    CONTEXT_EDIT,
    CONTEXT_LS,
    CONTEXT_RM,
    CONTEXT_SELECT,
    CONTEXT_UNSELECT,
    CONTEXT_INFO,
    CONTEXT_VALIDATE,
    CONTEXT_PREVIOUS,
  ],
});
