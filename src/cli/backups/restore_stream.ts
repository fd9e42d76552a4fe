// Makes a stream from a backup: tells the server what it was, sends the archive piece by piece, and waits until the server
// has made the stream of it.
// Compat: jsm.go snapshots.go, restoreSnapshot; server/jetstream_api.go, processStreamRestore.
import type { NatsConnection } from '@nats-io/transport-node';
import type { FileReader } from '../../ports/files.ts';
import { type Answer, answerOf, requestFailure } from '../client/js_api.ts';
import type { Placement, StreamInfo } from '../client/js_types.ts';
import { CommandError } from '../errors.ts';
import { sizeText } from '../output/human.ts';
import { startProgress } from '../output/progress.ts';
import type { Session } from '../session.ts';
import { streamNames } from '../streams/pick_stream.ts';
import { readStreamConfig } from '../streams/stream_config_file.ts';
import { BackupFolder, type BackupMeta } from './backup_folder.ts';

export interface RestoreOptions {
  readonly folder: string;
  readonly hasProgress: boolean;
  /** A file with another configuration. */
  readonly config: string | undefined;
  readonly cluster: string | undefined;
  readonly tags: readonly string[];
  readonly replicas: number | undefined;
}

export interface RestoreResult {
  readonly answer: Answer<StreamInfo>;
  readonly durationMs: number;
}

const CHUNK_BYTES = 64 * 1024;
/** The server unpacks all of it before it answers. */
const FINISH_MS = 3_600_000;

export async function restoreStream(session: Session, options: RestoreOptions): Promise<RestoreResult> {
  const folder = new BackupFolder(session, options.folder);
  const meta = folder.readMeta();
  const { name } = meta.config;
  const config = restoredConfig(session, meta, options);
  const archive = folder.findArchive();
  const api = await session.api();
  if ((await streamNames(api)).includes(name)) {
    throw new CommandError(
      `Stream "${name}" already exist: restore makes a stream anew, 'contrail stream rm ${name}' removes what is there`,
    );
  }
  const reader = session.doors.files.openReader(archive);
  if (reader === null) throw new CommandError(`'${archive}' is gone`);
  try {
    return await restoreFrom(session, { path: folder.path, meta, config, reader }, options.hasProgress);
  } finally {
    reader.close();
  }
}

interface Source {
  readonly path: string;
  readonly meta: BackupMeta;
  readonly config: unknown;
  readonly reader: FileReader;
}

async function restoreFrom(
  session: Session,
  { path, meta, config, reader }: Source,
  hasProgress: boolean,
): Promise<RestoreResult> {
  const { name } = meta.config;
  if (!session.isJson) session.print(`Starting restore of Stream "${name}" from file "${path}"\n`);
  const startMs = session.doors.clock.monotonicMs();
  const api = await session.api();
  const body = { config, state: meta.exact['state'] };
  const { value } = await api.request<{ readonly deliver_subject: string }>(`STREAM.RESTORE.${name}`, body);
  const answer = await send(session, {
    name,
    reader,
    subject: value.deliver_subject,
    hasProgress,
  });
  return { answer, durationMs: session.doors.clock.monotonicMs() - startMs };
}

/** As it was, but for what the person wants otherwise. */
function restoredConfig(
  session: Session,
  meta: BackupMeta,
  { config: path, cluster, tags, replicas }: RestoreOptions,
): unknown {
  const config = path === undefined ? meta.exact['config'] : readStreamConfig(session, path);
  if (path !== undefined && readStreamConfig(session, path).name !== meta.config.name) {
    throw new CommandError(
      `stream names may not be changed during restore: '${path}' is not about stream "${meta.config.name}"`,
    );
  }
  const placement: Placement | null =
    cluster === undefined && tags.length === 0 ? null : { ...(cluster === undefined ? {} : { cluster }), tags };
  return {
    ...(config as object),
    ...(placement === null ? {} : { placement }),
    ...(replicas === undefined ? {} : { num_replicas: replicas }),
  };
}

interface Sending {
  readonly name: string;
  readonly reader: FileReader;
  readonly subject: string;
  readonly hasProgress: boolean;
}

async function send(session: Session, { name, reader, subject, hasProgress }: Sending): Promise<Answer<StreamInfo>> {
  const connection = await session.connect();
  const chunkBytes = Math.min(CHUNK_BYTES, connection.info?.max_payload ?? CHUNK_BYTES);
  const bar =
    hasProgress && session.trace === null ? startProgress(session, { total: reader.size, text: sizeText }) : null;
  let sent = 0;
  for (let piece = reader.read(); piece !== null; piece = reader.read()) {
    for (let at = 0; at < piece.length; at += chunkBytes) {
      refuseIfInterrupted(session, name, `${sizeText(sent)} of ${sizeText(reader.size)} were sent`);
      const chunk = piece.subarray(at, at + chunkBytes);
      const said = await ask(connection, { subject, chunk, timeoutMs: session.timeoutMs });
      // Whatever is said to a piece is a refusal.
      if (said.length > 0) answerOf(said);
      sent += chunk.length;
      bar?.set(sent);
    }
  }
  bar?.stop();
  session.trace?.(`Sent ${sizeText(sent)}, the server now restores the stream`);
  const answer = ask(connection, { subject, chunk: new Uint8Array(), timeoutMs: FINISH_MS });
  await Promise.race([answer, session.interrupted]);
  if (session.isInterrupted) {
    throw new CommandError(`interrupted: all of stream "${name}" was sent, the server goes on restoring it`, {
      code: 130,
    });
  }
  return answerOf<StreamInfo>(await answer);
}

function refuseIfInterrupted(session: Session, name: string, what: string): void {
  if (!session.isInterrupted) return;
  throw new CommandError(`interrupted: ${what}, the server gives stream "${name}" up and keeps nothing of it`, {
    code: 130,
  });
}

interface Chunk {
  readonly subject: string;
  /** Empty to end. */
  readonly chunk: Uint8Array;
  readonly timeoutMs: number;
}

async function ask(connection: NatsConnection, { subject, chunk, timeoutMs }: Chunk): Promise<Uint8Array> {
  try {
    return (await connection.request(subject, chunk, { timeout: timeoutMs })).data;
  } catch (error) {
    throw requestFailure(error, subject, timeoutMs);
  }
}
