// The machine, its file system and the versions that took part: what must stand beside every figure.
import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly fileSystem: string;
  readonly loadAverage: string;
  readonly versions: Readonly<Record<'ours' | 'reference' | 'nats' | 'node', string>>;
}

/** statfs's magic numbers, from linux/magic.h. */
const FILE_SYSTEMS = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x794c7630, 'overlayfs'],
  [0x01021994, 'tmpfs (not a disk)'],
  [0x2fc12fc1, 'zfs'],
]);

/** The first line a program prints for --version. */
export function versionOf(command: readonly string[]): string {
  const [program = '', ...rest] = command;
  const result = spawnSync(program, [...rest, '--version'], { encoding: 'utf8', timeout: 10_000 });
  if (result.error !== undefined) throw new Error(`Cannot run '${command.join(' ')}': ${result.error.message}`);
  return `${result.stdout}${result.stderr}`.trim().split('\n', 1)[0] ?? '';
}

export function readMachineFacts(folder: string, versions: MachineFacts['versions']): MachineFacts {
  const type = statfsSync(folder).type;
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: release(),
    fileSystem: FILE_SYSTEMS.get(type) ?? `file system 0x${type.toString(16)}`,
    loadAverage: (loadavg()[0] ?? 0).toFixed(2),
    versions,
  };
}
