// Process and machine of one life of a simulated server. Signals come from the test, exit() ends the life.
import type { Host, HostSignal, HostUsage } from '../ports/host.ts';
import type { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';

export interface SimHostOptions {
  readonly scheduler: Scheduler;
  readonly life: Life;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cores?: number;
  readonly totalMemoryBytes?: number;
}

export class SimHost implements Host {
  readonly pid: number;
  readonly parentPid = 1;
  readonly hostName: string;
  readonly cores: number;
  readonly totalMemoryBytes: number;
  readonly filesMax = Number.POSITIVE_INFINITY;
  readonly platform = 'simulator';
  readonly runtime = 'simulator';
  readonly commandLine = ['simulator'];
  readonly #scheduler: Scheduler;
  readonly #life: Life;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #listeners: { readonly signal: HostSignal; readonly callback: () => void }[];
  #exitCode: number | null;

  constructor(options: SimHostOptions) {
    this.pid = options.life.pid;
    this.hostName = options.life.name;
    this.cores = options.cores ?? 2;
    this.totalMemoryBytes = options.totalMemoryBytes ?? 8 * 2 ** 30;
    this.#scheduler = options.scheduler;
    this.#life = options.life;
    this.#environment = options.environment ?? {};
    this.#listeners = [];
    this.#exitCode = null;
  }

  /** Null while the process runs, and when it ended in another way. */
  get exitCode(): number | null {
    return this.#exitCode;
  }

  environment(name: string): string | null {
    return Object.hasOwn(this.#environment, name) ? (this.#environment[name] ?? null) : null;
  }

  workingDirectory(): string {
    return '/';
  }

  temporaryDirectory(): string {
    return '/tmp';
  }

  usage(): HostUsage {
    return {
      residentBytes: 50 * 2 ** 20,
      cpuMicros: Math.floor(this.#scheduler.nowMs * 10),
      heapUsedBytes: 20 * 2 ** 20,
      heapTotalBytes: 30 * 2 ** 20,
      externalBytes: 2 ** 20,
    };
  }

  stacks(): string {
    return 'simulator\n';
  }

  profileCpu(): Promise<Uint8Array> {
    return Promise.resolve(new TextEncoder().encode('{}'));
  }

  onSignal(signal: HostSignal, callback: () => void): () => void {
    const listener = { signal, callback };
    this.#listeners.push(listener);
    return () => {
      const index = this.#listeners.indexOf(listener);
      if (index >= 0) this.#listeners.splice(index, 1);
    };
  }

  exit(code: number): void {
    if (this.#life.isOver) return;
    this.#exitCode = code;
    this.#scheduler.note(this.#life.name, `exit ${code}`);
    this.#life.end();
  }

  /** From the test: the process gets a signal, in an event of its own. */
  signal(signal: HostSignal): void {
    this.#scheduler.after(0, this.#life, signal, () => {
      for (const listener of this.#listeners.filter((one) => one.signal === signal)) listener.callback();
    });
  }
}
