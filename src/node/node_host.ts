// The process and the machine. Called through ports/host.ts.
import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { Host, HostSignal, HostUsage } from '../ports/host.ts';
import { takeCpuProfile } from './_cpu_profile.ts';

export class NodeHost implements Host {
  readonly pid: number = process.pid;
  readonly hostName: string = os.hostname();
  readonly cores: number = os.availableParallelism();
  readonly totalMemoryBytes: number = os.totalmem();
  readonly filesMax: number = filesMax();
  readonly platform: string = process.platform;
  readonly runtime: string = `node ${process.version}`;
  readonly commandLine: readonly string[] = process.argv;

  get parentPid(): number {
    return process.ppid;
  }

  environment(name: string): string | null {
    return process.env[name] ?? null;
  }

  workingDirectory(): string {
    return process.cwd();
  }

  temporaryDirectory(): string {
    return os.tmpdir();
  }

  usage(): HostUsage {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    return {
      residentBytes: rss,
      cpuMicros: user + system,
      heapUsedBytes: heapUsed,
      heapTotalBytes: heapTotal,
      externalBytes: external,
    };
  }

  /** One stack, as there is one thread, and what the event loop is kept alive by. */
  stacks(): string {
    const { stack } = new Error('event loop [running]');
    const resources = new Map<string, number>();
    for (const name of process.getActiveResourcesInfo()) resources.set(name, (resources.get(name) ?? 0) + 1);
    const waiting = [...resources].map(([name, count]) => `    ${count} ${name}`);
    return `${stack?.replace('Error: ', '') ?? ''}\n\nwaiting for\n${waiting.join('\n')}\n`;
  }

  profileCpu(durationMs: number): Promise<Uint8Array> {
    return takeCpuProfile(durationMs);
  }

  onSignal(signal: HostSignal, callback: () => void): () => void {
    // A listener of its own for each caller, so that one callback given twice is also removed twice.
    const listener = () => callback();
    process.on(signal, listener);
    return () => {
      process.off(signal, listener);
    };
  }

  exit(code: number): void {
    process.exit(code);
  }
}

/** The soft limit, which Node has raised as far as it may. Linux tells it here, other systems nowhere. */
function filesMax(): number {
  if (process.platform !== 'linux') return Number.POSITIVE_INFINITY;
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const files = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.NaN);
  return Number.isNaN(files) ? Number.POSITIVE_INFINITY : files;
}
