// `contrail stream backup` and `stream restore`, which `contrail backup` has as well: a stream to a folder and back.
// Compat: natscli cli/backup_command.go, streamAction and restoreStream.
import { backUpStream } from '../../backups/back_up_stream.ts';
import { restoreStream } from '../../backups/restore_stream.ts';
import { argument, type Command, defineCommand, flag } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import { countText, sizeText } from '../../output/human.ts';
import { withoutApiKeys } from '../../output/json.ts';
import type { Session } from '../../session.ts';
import { checkStreamName, loadStream } from '../../streams/pick_stream.ts';
import { streamPage } from '../../streams/stream_page.ts';

/** Where the command stands: `backup stream` and `stream backup` are the same. */
export interface CommandPlace {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly isHidden?: boolean;
  /** The words to type. */
  readonly path: string;
}

const SIZE_MAX = 2 ** 31 - 1;

export function streamBackupCommand({ path, ...place }: CommandPlace): Command {
  return defineCommand({
    ...place,
    summary: 'Creates a backup of a stream over the NATS network',
    args: {
      stream: argument.required('Stream to backup'),
      target: argument.required('Directory to create the backup in'),
    },
    flags: {
      progress: flag.toggle('Enables or disables progress reporting using a progress bar', { default: true }),
      check: flag.switch('Checks the stream for health prior to backup'),
      consumers: flag.toggle('Enable or disable consumer backups', { default: true }),
      chunkSize: flag.size('Sets a specific chunk size that the server will send'),
      windowSize: flag.size('Sets a specific window size that the server will send'),
    },
    examples: [
      { text: 'All of a stream, with its consumers', command: `${path} EVENTS ./events-backup` },
      { text: 'Only the messages', command: `${path} EVENTS ./events-backup --no-consumers` },
    ],
    json: 'An object: stream, target, chunks, bytes (compressed), uncompressed_bytes, duration (nanoseconds).',
    run: async (session, { stream, target }, { progress, check, consumers, chunkSize, windowSize }) => {
      checkStreamName(stream);
      checkSize('--chunk-size', chunkSize);
      checkSize('--window-size', windowSize);
      const { value: info } = await loadStream(session, stream);
      const result = await backUpStream(session, {
        info,
        target,
        hasConsumers: consumers,
        isChecked: check,
        hasProgress: progress,
        chunkSize,
        windowSize,
      });
      const { chunks, bytes, uncompressedBytes, durationMs } = result;
      if (session.isJson) {
        const duration = Math.round(durationMs * 1e6);
        session.json({ stream, target, chunks, bytes, uncompressed_bytes: uncompressedBytes, duration });
        return;
      }
      const ms = Math.round(durationMs);
      session.print(
        `\nReceived ${sizeText(bytes)} compressed data in ${countText(chunks)} chunks for stream "${stream}" in ${ms}ms, ${sizeText(uncompressedBytes)} uncompressed`,
      );
    },
  });
}

function checkSize(name: string, bytes: number | undefined): void {
  if (bytes === undefined || (bytes > 0 && bytes <= SIZE_MAX)) return;
  throw new UsageError(`${name}: write it like 128KB or 1MB, above 0 and below 2GB`);
}

export function streamRestoreCommand({ path, ...place }: CommandPlace): Command {
  return defineCommand({
    ...place,
    summary: 'Restore a stream over the NATS network',
    args: { file: argument.required('The directory holding the backup to restore') },
    flags: {
      progress: flag.toggle('Enables or disables progress reporting using a progress bar', { default: true }),
      config: flag.text('Load a different configuration when restoring the stream'),
      cluster: flag.text('Place the stream in a specific cluster'),
      tag: flag.texts('Place the stream on servers that has specific tags (pass multiple times)'),
      replicas: flag.integer('Override how many replicas of the data to create', { min: 1, placeholder: 'REPLICAS' }),
    },
    examples: [
      { text: 'A stream that is gone', command: `${path} ./events-backup` },
      { text: 'With three replicas this time', command: `${path} ./events-backup --replicas 3` },
    ],
    json: "The server's answer, as for stream info.",
    run: async (session, { file }, { progress, config, cluster, tag, replicas }) => {
      const options = { folder: file, hasProgress: progress, config, cluster, tags: tag, replicas };
      const { answer, durationMs } = await restoreStream(session, options);
      if (session.isJson) session.json(withoutApiKeys(answer.exact));
      else await showRestored(session, answer.value.config.name, durationMs);
    },
  });
}

export async function showRestored(session: Session, name: string, durationMs: number): Promise<void> {
  session.print(`\nRestored stream "${name}" in ${Math.round(durationMs)}ms\n`);
  session.page(streamPage(session, (await loadStream(session, name)).value));
}
