// What is logged, how, and to where; and the files that tell other programs about this process.
import type { OptionsDraft } from '../options_draft.ts';
import { booleanKey, inert, integerKey, type KeyRule, later, textKey } from '../schema.ts';

export const LOGGING_KEYS: readonly KeyRule<OptionsDraft>[] = [
  booleanKey(['debug'], (draft, isDebug) => {
    draft.isDebug = isDebug;
  }),
  booleanKey(['trace'], (draft, isTrace) => {
    draft.isTrace = isTrace;
  }),
  // Compat: these two also switch tracing itself, on and off.
  inert(
    booleanKey(['trace_verbose'], (draft, isVerbose) => {
      draft.isTraceVerbose = isVerbose;
      draft.isTrace = isVerbose;
    }),
  ),
  booleanKey(['trace_headers'], (draft, isHeadersOnly) => {
    draft.tracesHeadersOnly = isHeadersOnly;
    draft.isTrace = isHeadersOnly;
  }),
  integerKey(['max_traced_msg_len'], (draft, bytes) => {
    draft.tracedBytesMax = bytes;
  }),
  booleanKey(['logtime'], (draft, hasTime) => {
    draft.hasLogTime = hasTime;
  }),
  booleanKey(['logtime_utc'], (draft, isUtc) => {
    draft.isLogTimeUtc = isUtc;
  }),
  textKey(['log_file', 'logfile'], (draft, file) => {
    draft.logFile = file;
  }),
  integerKey(['log_size_limit', 'logfile_size_limit'], (draft, bytes) => {
    draft.logFileBytesMax = bytes;
  }),
  integerKey(['log_max_num', 'logfile_max_num'], (draft, files) => {
    draft.logFilesMax = files;
  }),
  booleanKey(['syslog'], (draft, isSyslog) => {
    draft.isSyslog = isSyslog;
  }),
  textKey(['remote_syslog'], (draft, address) => {
    draft.remoteSyslog = address;
  }),
  textKey(['pid_file', 'pidfile'], (draft, file) => {
    draft.pidFile = file;
  }),
  textKey(['ports_file_dir'], (draft, directory) => {
    draft.portsFileDirectory = directory;
  }),
  later(integerKey(['prof_port']), isZero),
  later(integerKey(['prof_block_rate']), isZero),
];

function isZero(value: { readonly kind: string; readonly value?: unknown }): boolean {
  return value.kind === 'integer' && value.value === 0n;
}
