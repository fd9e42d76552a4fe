// The server of the kill sweep as a process: with or without strace, which counts its calls into the store directory or
// kills it at one of them. Called by sweep_point.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { LoggedProcess } from './logged_process.ts';
import type { Side } from './server_process.ts';

/** What a store does to a disk: these change it... */
const CHANGING_CALLS = [
  'pwrite64',
  'pwritev',
  'pwritev2',
  'write',
  'writev',
  'fdatasync',
  'fsync',
  'ftruncate',
  'fallocate',
  'rename',
  'renameat',
  'renameat2',
  'unlink',
  'unlinkat',
  'rmdir',
  'mkdir',
  'mkdirat',
  'link',
  'linkat',
] as const;
/** ... and these stand between the changes. */
const LOOKING_CALLS = [
  'openat',
  'close',
  'read',
  'pread64',
  'preadv',
  'getdents64',
  'statx',
  'newfstatat',
  'statfs',
] as const;

export function isChangingCall(call: string): boolean {
  return (CHANGING_CALLS as readonly string[]).includes(call);
}

export type Tracing =
  | { readonly kind: 'none' }
  /** Writes every call into the store directory to a file. */
  | { readonly kind: 'count'; readonly output: string }
  /** Kills the process when a thread of it enters `call` for the `nth` time with one of these paths. */
  | { readonly kind: 'kill'; readonly call: string; readonly nth: number; readonly paths: readonly string[] };

export function startSweepServer(side: Side, directory: string, tracing: Tracing): LoggedProcess {
  const flags = ['-a', '127.0.0.1', '-p', '-1'];
  if (side.name === 'reference') {
    // There is no flag for it, and a store directory may not be named twice.
    const path = `${directory}.conf`;
    writeFileSync(path, `jetstream { store_dir: "${directory}", sync_interval: always }\n`);
    flags.push('-c', path);
  } else {
    flags.push('-js', '-sd', directory);
  }
  // One thread for files: strace counts calls by thread. No io_uring: strace would not see the calls.
  const environment = { UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' };
  const words = [...straceWords(tracing), ...side.command, ...flags];
  return LoggedProcess.start(words, { environment, isTraced: tracing.kind !== 'none' });
}

function straceWords(tracing: Tracing): string[] {
  switch (tracing.kind) {
    case 'none':
      return [];
    case 'count': {
      const calls = [...CHANGING_CALLS, ...LOOKING_CALLS].join(',');
      return ['strace', '-f', '-qq', '-y', '-s', '0', '-o', tracing.output, '-e', `trace=${calls}`, '--'];
    }
    case 'kill': {
      const { call, nth, paths } = tracing;
      const words = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`];
      words.push('-e', `inject=${call}:signal=SIGKILL:when=${nth}`);
      for (const path of paths) words.push('-P', path);
      return [...words, '--'];
    }
  }
}

export interface CallCounts {
  /** By call: how often the thread that does it most does it. */
  readonly byCall: ReadonlyMap<string, number>;
  /** Everything in the store directory that was named. */
  readonly paths: ReadonlySet<string>;
}

/** Reads what strace wrote down of one run. Calls on names that change from run to run are left out by `isKept`. */
export function readCounts(output: string, directory: string, isKept: (path: string) => boolean): CallCounts {
  const byThread = new Map<string, Map<string, number>>();
  const paths = new Set<string>();
  for (const line of readFileSync(output, 'latin1').split('\n')) {
    const [, thread, call, rest] = /^(\d+) +(\w+)\((.*)/.exec(line) ?? [];
    if (thread === undefined || call === undefined || rest === undefined) continue;
    const named = [...rest.matchAll(/["<]([^"<>]*)[">]/g)].map((match) => match[1] ?? '');
    const inside = named.filter((path) => path === directory || path.startsWith(`${directory}/`)).filter(isKept);
    if (inside.length === 0) continue;
    for (const path of inside) paths.add(path);
    const counts = byThread.get(call) ?? new Map<string, number>();
    byThread.set(call, counts.set(thread, (counts.get(thread) ?? 0) + 1));
  }
  return { byCall: new Map([...byThread].map(([call, counts]) => [call, Math.max(...counts.values())])), paths };
}
