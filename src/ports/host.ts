// The door to the process and the machine around it. Bodies: node/node_host.ts, sim/sim_host.ts.

export type HostSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2';

export interface HostUsage {
  /** Resident memory, bytes. */
  readonly residentBytes: number;
  /** CPU time used by the process so far, microseconds. */
  readonly cpuMicros: number;
  /** Of the managed heap, and outside of it. */
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly externalBytes: number;
}

export interface Host {
  readonly pid: number;
  /** Of whoever runs this process now: another one once who started it is gone. */
  readonly parentPid: number;
  readonly hostName: string;
  readonly cores: number;
  readonly totalMemoryBytes: number;
  /** Files and connections that the process may have open; infinite where that cannot be told. */
  readonly filesMax: number;
  readonly platform: string;
  /** For example `node v20.19.0`; shown where the reference shows its Go version. */
  readonly runtime: string;
  /** The words of the command line, secrets and all. */
  readonly commandLine: readonly string[];

  environment(name: string): string | null;
  workingDirectory(): string;
  temporaryDirectory(): string;
  usage(): HostUsage;
  /** What the process is doing and waiting for, as text for whoever debugs it. */
  stacks(): string;
  /** Watches for so long what the processor is used for. Rejects while somebody else does. */
  profileCpu(durationMs: number): Promise<Uint8Array>;

  /** Returns a function that stops listening. */
  onSignal(signal: HostSignal, callback: () => void): () => void;

  /** Ends the process. */
  exit(code: number): void;
}
