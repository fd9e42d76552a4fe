// Which log a process writes, from its options: a file, a syslog server, or standard error; as lines or as JSON. Called by
// app/daemon.ts at the start and by a reload.
// Compat: server/log.go, ConfigureLogger: the file wins over the remote syslog server, that one over the local one.
import { errorText } from '../base/errors.ts';
import { NodeJsonLog } from './node_json_log.ts';
import type { LogLevel, LogSink } from './node_log.ts';
import { NodeLogFile } from './node_log_file.ts';
import { type LineWriter, NodeLogLines } from './node_log_lines.ts';
import { isStandardErrorTerminal } from './node_standard_error.ts';
import { NodeSyslog } from './node_syslog.ts';

export interface LogSettings {
  readonly hasTime: boolean;
  readonly isUtc: boolean;
  readonly format: 'nats' | 'json';
  /** Null: no file. */
  readonly file: string | null;
  readonly fileBytesMax: number;
  readonly filesMax: number;
  readonly isSyslog: boolean;
  /** Null: no other machine. */
  readonly remoteSyslog: string | null;
}

export interface LogWorld {
  readonly pid: number;
  readonly hostName: string;
  readonly realtimeMs: () => number;
  /** Outlives every log. */
  readonly standardError: LineWriter;
}

type MakeLine = (level: LogLevel, text: string) => string;

/** Rejects with a sentence that says what cannot be had. */
export async function openLogSink(settings: LogSettings, world: LogWorld): Promise<LogSink> {
  const { file, remoteSyslog, isSyslog, format } = settings;
  if (file === null && remoteSyslog !== null) return NodeSyslog.openRemote(world, remoteSyslog);
  if (file === null && isSyslog) return NodeSyslog.openLocal(world);
  const open = (line: MakeLine) => (file === null ? world.standardError : openFile(file, settings, world, line));
  const { hasTime, isUtc } = settings;
  if (format === 'json') return NodeJsonLog.open({ pid: world.pid, hasTime, realtimeMs: world.realtimeMs }, open);
  const isColored = file === null && isStandardErrorTerminal();
  return new NodeLogLines({ pid: world.pid, hasTime, isUtc, isColored, realtimeMs: world.realtimeMs }, open);
}

function openFile(path: string, settings: LogSettings, world: LogWorld, line: MakeLine): LineWriter {
  const { fileBytesMax: bytesMax, filesMax } = settings;
  try {
    return new NodeLogFile({
      path,
      bytesMax,
      filesMax,
      line,
      complain: (text) => world.standardError.write(`${text}\n`),
    });
  } catch (error) {
    throw new Error(`error opening file: ${errorText(error)}`);
  }
}
