// The command line `contrail`: finds the command that the words name, parses its flags, runs it, and words what went
// wrong. Returns the exit code; the program in app/ ends the process with it. Loads only the command that is used.
import { OperatingError } from '../base/errors.ts';
import type { Command, FlagMap, Later, Node } from './command.ts';
import { COMPLETE_VERB } from './completion/scripts.ts';
import type { CliDoors } from './doors.ts';
import { CommandError, ExitCode, UsageError } from './errors.ts';
import type { GlobalFlags } from './global_flags.ts';
import { firstWordAt, type Resolved, resolveCommand, UnknownCommandError } from './program/resolve.ts';
import type { RawVerb, Verb } from './program/verb.ts';
import { VERBS } from './registry.ts';

export interface CommandLineOptions {
  readonly doors: CliDoors;
  readonly version: string;
  /** Verbs with a command line of their own kind. */
  readonly rawVerbs?: readonly RawVerb[];
  readonly verbs?: readonly Verb[];
}

export async function runCommandLine(words: readonly string[], options: CommandLineOptions): Promise<number> {
  const { doors, version, rawVerbs = [], verbs = VERBS } = options;
  const { terminal } = doors;
  const width = terminal.size()?.columns ?? null;
  if (words[0] === COMPLETE_VERB) return await printCompletions(words.slice(1), options);
  const asked = dropHelpVerb(words);
  let resolved: Resolved = { path: [], node: null, groupFlags: {}, words: asked };
  try {
    const at = firstWordAt(asked);
    const raw = rawVerbs.find(({ name }) => name === asked[at]);
    if (raw !== undefined) {
      if (at > 0) throw new CommandError(misplacedText(raw, asked.slice(0, at)));
      await raw.run(asked.slice(1));
      return 0;
    }
    resolved = await resolveCommand(asked, verbs);
    if (resolved.path.length === 0 && resolved.words.includes('--version')) {
      terminal.write(`contrail ${version}\n`);
      return 0;
    }
    return await runResolved(resolved, options);
  } catch (error) {
    const code = error instanceof CommandError ? error.code : 1;
    if (error instanceof ExitCode) return code;
    terminal.writeError(`contrail: error: ${sentenceOf(error)}\n`);
    if (error instanceof UsageError) {
      const { shortUsage } = await import('./program/help.ts');
      const { path, node, groupFlags } = error instanceof UnknownCommandError ? error.resolved : resolved;
      const usage = node === null ? "See 'contrail --help'\n" : shortUsage(path, node, groupFlags, { width });
      terminal.writeError(`\n${usage}`);
    }
    return code;
  }
}

async function printCompletions(words: readonly string[], options: CommandLineOptions): Promise<number> {
  const { doors, rawVerbs = [], verbs = VERBS } = options;
  const { complete } = await import('./completion/complete.ts');
  const { ContextStore } = await import('./context/context_store.ts');
  const contexts = new ContextStore(doors.files, doors.environment);
  for (const { word, summary } of await complete(words, { verbs, rawVerbs, contexts })) {
    doors.terminal.write(`${word}\t${summary}\n`);
  }
  return 0;
}

/** `contrail help stream add` is `contrail stream add --help`. */
function dropHelpVerb(words: readonly string[]): readonly string[] {
  const at = firstWordAt(words);
  if (words[at] === 'help') return [...words.slice(at + 1), '--help'];
  // As the reference is asked for its script.
  const shell = /^--completion-script-(\w+)$/.exec(words[0] ?? '')?.[1];
  return shell === undefined ? words : ['completion', shell];
}

async function runResolved(resolved: Resolved, options: CommandLineOptions): Promise<number> {
  const { doors, rawVerbs = [], verbs = VERBS } = options;
  const { path, node, groupFlags, words } = resolved;
  const width = doors.terminal.size()?.columns ?? null;
  if (node === null) {
    const { parseWords } = await import('./program/parse.ts');
    parseWords(words, { args: {}, flags: {} }, { groupFlags: {}, environment: doors.environment });
    const { programHelp } = await import('./program/help.ts');
    doors.terminal.write(programHelp([...rawVerbs, ...verbs], { width }));
    return 0;
  }
  const asksForHelp = words.some((word) => word === '--help' || word === '-h');
  if (asksForHelp && node.kind !== 'command') return await showHelp(path, node, groupFlags, options);
  switch (node.kind) {
    case 'group':
      if (node.fallback !== undefined) return await runCommand(resolved, node.fallback.command, options);
      throw new UsageError('a subcommand from the list below is required');
    case 'later':
      throw new CommandError(laterText(path, node));
    case 'command':
      return await runCommand(resolved, node, options);
  }
}

async function runCommand(resolved: Resolved, command: Command, options: CommandLineOptions): Promise<number> {
  const { doors, version } = options;
  const { path, groupFlags, words } = resolved;
  const { parseWords } = await import('./program/parse.ts');
  const values = parseWords(words, command, { groupFlags, environment: doors.environment });
  if (values.asksForHelp) return await showHelp(path, command, groupFlags, options);
  return await runInSession(command, values, { doors, version });
}

interface CommandValues {
  readonly args: Readonly<Record<string, unknown>>;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly global: GlobalFlags;
}

async function runInSession(
  command: Command,
  { args, flags, global }: CommandValues,
  { doors, version }: Pick<CommandLineOptions, 'doors' | 'version'>,
): Promise<number> {
  const { Session } = await import('./session.ts');
  const session = new Session({ doors, flags: global, version });
  try {
    // The declaration's types were checked where the command was defined; parsing filled them by that declaration.
    const running = command.run(session, args as never, flags as never);
    const ending = session.interrupted.then(() => graceOver(doors));
    await Promise.race([running, ending]);
    if (session.interruptCode === null) return 0;
    if (session.underway !== null) doors.terminal.writeError(`contrail: interrupted: ${session.underway}\n`);
    return session.interruptCode;
  } catch (error) {
    if (session.interruptCode === null || error instanceof ExitCode) throw error;
    // The command's own words about its interruption.
    throw new CommandError(sentenceOf(error), { code: session.interruptCode, cause: error });
  } finally {
    await session.close();
  }
}

/** A command that was interrupted may say good-bye; one that does not is left behind. */
const GRACE_MS = 1500;

function graceOver(doors: CliDoors): Promise<void> {
  return new Promise((resolve) => {
    doors.clock.after(GRACE_MS, resolve);
  });
}

async function showHelp(
  path: readonly string[],
  node: Node,
  groupFlags: FlagMap,
  { doors }: CommandLineOptions,
): Promise<number> {
  const { nodeHelp } = await import('./program/help.ts');
  doors.terminal.write(nodeHelp(path, node, groupFlags, { width: doors.terminal.size()?.columns ?? null }));
  return 0;
}

/** Its command line is of another kind: flags of this one mean something else there, or nothing. */
function misplacedText({ name, flagsOf }: RawVerb, before: readonly string[]): string {
  const flags = before.filter((word) => word.startsWith('-')).map((word) => word.replace(/=.*$/, ''));
  return (
    `'contrail ${name}' takes ${flagsOf}'s flags, behind its name; leave out ${flags.join(' ')} before it ` +
    `('contrail ${name} --help' lists its flags)`
  );
}

function laterText(path: readonly string[], { meanwhile }: Later): string {
  return `'contrail ${path.join(' ')}' is not in this version yet: ${meanwhile}`;
}

function sentenceOf(error: unknown): string {
  if (error instanceof CommandError || error instanceof OperatingError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
