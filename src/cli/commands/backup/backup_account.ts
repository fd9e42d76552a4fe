// `contrail account backup` and `account restore`, which `contrail backup` has as well: all streams of an account, each in a
// folder of its own name.
// Compat: natscli cli/backup_command.go, accountAction and restoreAccountAction.

import { type BackupResult, backUpStream } from '../../backups/back_up_stream.ts';
import { BackupFolder } from '../../backups/backup_folder.ts';
import { restoreStream } from '../../backups/restore_stream.ts';
import type { StreamInfo } from '../../client/js_types.ts';
import { argument, type Command, defineCommand, flag } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { Page } from '../../output/columns.ts';
import { countText, sizeText } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import { streamNames } from '../../streams/pick_stream.ts';
import { listStreams } from '../../streams/stream_list.ts';
import { type CommandPlace, showRestored } from './backup_stream.ts';

const INTERRUPTED = 130;

export function accountBackupCommand({ path, ...place }: CommandPlace): Command {
  return defineCommand({
    ...place,
    summary: 'Creates a backup of all JetStream Streams over the NATS network',
    args: { target: argument.required('Directory to create the backup in') },
    flags: {
      check: flag.switch('Checks the Stream for health prior to backup'),
      consumers: flag.toggle('Enable or disable consumer backups', { default: true }),
      force: flag.switch('Perform backup without prompting', { short: 'f' }),
      criticalWarnings: flag.switch('Treat warnings as failures', { short: 'w' }),
    },
    examples: [{ text: 'Before an upgrade', command: `${path} ./backup --force` }],
    json: 'An object: target, streams (a list of objects: stream, bytes, uncompressed_bytes, chunks, or error).',
    run: async (session, { target }, { check, consumers, force }) => {
      const { streams, missing, offline } = await listStreams(await session.api());
      const unreachable = [...missing, ...(force ? [] : Object.keys(offline))];
      if (unreachable.length > 0) {
        throw new CommandError(
          `could not obtain stream information for ${unreachable.length} streams: ${unreachable.join(', ')}${force ? '' : '; --force goes on without those that are offline'}`,
        );
      }
      if (streams.length === 0) throw new CommandError('no streams found: there is nothing to back up');
      if (!session.isJson) announce(session, streams, target);
      if (!force && !(await session.ask.confirm('Perform backup'))) return;
      await backUpAll(session, streams, { target, hasConsumers: consumers, isChecked: check });
    },
  });
}

function announce(session: Session, streams: readonly StreamInfo[], target: string): void {
  const sum = (numberOf: (info: StreamInfo) => number): number =>
    streams.reduce((total, info) => total + numberOf(info), 0);
  const page = new Page(`Performing backup of all streams to ${target}`);
  page.row('Streams', streams.length);
  page.row('Size', sizeText(sum(({ state }) => state.bytes)));
  page.row(
    'Consumers',
    sum(({ state }) => state.consumer_count),
  );
  page.text();
  session.page(page);
}

interface AllOptions {
  readonly target: string;
  readonly hasConsumers: boolean;
  readonly isChecked: boolean;
}

async function backUpAll(session: Session, streams: readonly StreamInfo[], options: AllOptions): Promise<void> {
  const { target } = options;
  const results: Record<string, unknown>[] = [];
  const failures: string[] = [];
  for (const info of streams) {
    const stream = info.config.name;
    try {
      const sizes = { chunkSize: undefined, windowSize: undefined };
      const into = `${target.replace(/(?<=.)\/+$/, '')}/${stream}`;
      const result = await backUpStream(session, { ...options, ...sizes, info, target: into, hasProgress: false });
      results.push({ stream, ...resultFields(result) });
      if (!session.isJson) showResult(session, stream, result);
    } catch (error) {
      if (error instanceof CommandError && error.code === INTERRUPTED) {
        throw interruption(error, { done: results.length, of: streams.length, target });
      }
      const why = error instanceof Error ? error.message : String(error);
      results.push({ stream, error: why });
      failures.push(`${stream}: ${why}`);
      if (!session.isJson) session.print(`Backup of ${stream} failed: ${why}\n`);
    }
  }
  if (session.isJson) session.json({ target, streams: results });
  else if (failures.length > 0) session.print(`Backup failures: \n${failures.map((line) => `  ${line}\n`).join('')}`);
  if (failures.length > 0) {
    throw new CommandError(`backup failed: ${failures.length} of ${streams.length} streams are not backed up`);
  }
}

function resultFields({ chunks, bytes, uncompressedBytes }: BackupResult): Record<string, number> {
  return { bytes, uncompressed_bytes: uncompressedBytes, chunks };
}

function showResult(session: Session, stream: string, result: BackupResult): void {
  const { bytes, chunks, uncompressedBytes, durationMs } = result;
  const amount = `${sizeText(bytes)} compressed data in ${countText(chunks)} chunks`;
  const rest = `in ${Math.round(durationMs)}ms, ${sizeText(uncompressedBytes)} uncompressed`;
  session.print(`\nReceived ${amount} for stream "${stream}" ${rest}\n`);
}

function interruption(
  cause: CommandError,
  { done, of, target }: { readonly done: number; readonly of: number; readonly target: string },
): CommandError {
  return new CommandError(`${cause.message}; ${done} of ${of} streams are backed up in '${target}'`, {
    code: INTERRUPTED,
    cause,
  });
}

export function accountRestoreCommand({ path, ...place }: CommandPlace): Command {
  return defineCommand({
    ...place,
    summary: 'Restore an account backup over the NATS network',
    args: { directory: argument.required('The directory holding the account backup to restore') },
    flags: {
      cluster: flag.text('Place the stream in a specific cluster'),
      tag: flag.texts('Place the stream on servers that has specific tags (pass multiple times)'),
    },
    examples: [{ text: 'Everything there was', command: `${path} ./backup` }],
    json: 'An object: directory, streams (the names of those that were restored).',
    run: async (session, { directory }, { cluster, tag }) => {
      const names = await restorable(session, directory);
      if (!session.isJson) {
        session.print(`Restoring backup of all ${names.length} streams in directory "${directory}"\n`);
      }
      const options = { hasProgress: true, config: undefined, cluster, tags: tag, replicas: undefined };
      const restored: string[] = [];
      for (const name of names) {
        try {
          const { durationMs } = await restoreStream(session, { ...options, folder: `${directory}/${name}` });
          restored.push(name);
          if (!session.isJson) await showRestored(session, name, durationMs);
        } catch (error) {
          throw restoreFailure(error, { name, restored, count: names.length });
        }
      }
      if (session.isJson) session.json({ directory, streams: restored });
    },
  });
}

/** Everything is looked at before anything is restored. */
async function restorable(session: Session, directory: string): Promise<string[]> {
  const { files } = session.doors;
  if (!files.isDirectory(directory)) throw new CommandError(`'${directory}' is no directory`);
  const names = files.list(directory);
  if (names.length === 0) throw new CommandError(`'${directory}' is empty: there is no backup in it`);
  const existing = new Set(await streamNames(await session.api()));
  for (const name of names) {
    if (!files.isDirectory(`${directory}/${name}`)) {
      const hint = files.isFile(`${directory}/backup.json`)
        ? ": 'contrail stream restore' restores a single stream"
        : '';
      throw new CommandError(`expected a directory "${name}" for each stream, it is a file${hint}`);
    }
    const stream = new BackupFolder(session, `${directory}/${name}`).readMeta().config.name;
    if (existing.has(stream)) {
      throw new CommandError(`stream "${stream}" exists already: nothing was restored`);
    }
  }
  return names;
}

interface Restoring {
  readonly name: string;
  readonly restored: readonly string[];
  readonly count: number;
}

function restoreFailure(cause: unknown, { name, restored, count }: Restoring): CommandError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const done = restored.length === 0 ? 'nothing was restored' : `restored before it: ${restored.join(', ')}`;
  const code = cause instanceof CommandError ? cause.code : 1;
  return new CommandError(`restore for ${name} failed: ${why} (${restored.length} of ${count} streams; ${done})`, {
    code,
    cause,
  });
}
