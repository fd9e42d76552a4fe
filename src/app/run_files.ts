// The files that tell the tools around a server about its process: the pid file and the ports file. Written when it is
// ready, written anew by a reload, removed when it stops.
// Compat: server.go, logPid, logPorts, deletePortsFile. The name of the ports file is the reference's, which tools look for.
import { errorText, OperatingError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { PID_FILE_MODE, PORTS_FILE_MODE, removeRunFile, writeRunFile } from '../node/node_run_files.ts';

export interface RunFileOptions {
  readonly pidFile: string | null;
  readonly portsFileDirectory: string | null;
}

/** Where the server listens: `nats`, `monitoring` and so on, with the URLs of each. */
export type Ports = Readonly<Record<string, readonly string[]>>;

export class RunFiles {
  readonly #pid: number;
  readonly #log: Logger;
  readonly #ports: () => Ports;
  #options: RunFileOptions = { pidFile: null, portsFileDirectory: null };

  constructor(pid: number, log: Logger, ports: () => Ports) {
    this.#pid = pid;
    this.#log = log;
    this.#ports = ports;
  }

  /**
   * Throws where it cannot write the pid file: nobody could signal the server that they asked for. Without its ports file
   * it runs, and says so.
   */
  write(options: RunFileOptions): void {
    this.#options = options;
    try {
      this.#writePid();
    } catch (error) {
      const text = `Cannot write '${options.pidFile}': ${errorText(error)}: choose another place (-P)`;
      throw new OperatingError('DISK_OTHER', text, { cause: error });
    }
    this.#attempt(`Error writing ports file (${this.#portsFile})`, () => this.#writePorts());
  }

  /** Another pid file, while it runs. The one before stays, as it does in the reference. */
  changePidFile(options: RunFileOptions): void {
    this.#options = { ...this.#options, pidFile: options.pidFile };
    this.#attempt('Failed to write pidfile', () => this.#writePid());
  }

  changePortsFile(options: RunFileOptions): void {
    this.#attempt('Error cleaning up ports file', () => this.#removePorts());
    this.#options = { ...this.#options, portsFileDirectory: options.portsFileDirectory };
    this.#attempt(`Error writing ports file (${this.#portsFile})`, () => this.#writePorts());
  }

  remove(): void {
    const { pidFile } = this.#options;
    this.#attempt('Error cleaning up pid file', () => {
      if (pidFile !== null) removeRunFile(pidFile);
    });
    this.#attempt('Error cleaning up ports file', () => this.#removePorts());
  }

  #writePid(): void {
    const { pidFile } = this.#options;
    if (pidFile !== null) writeRunFile(pidFile, String(this.#pid), PID_FILE_MODE);
  }

  #writePorts(): void {
    const file = this.#portsFile;
    if (file !== null) writeRunFile(file, JSON.stringify(this.#ports()), PORTS_FILE_MODE);
  }

  #removePorts(): void {
    const file = this.#portsFile;
    if (file !== null) removeRunFile(file);
  }

  get #portsFile(): string | null {
    const { portsFileDirectory } = this.#options;
    return portsFileDirectory === null ? null : `${portsFileDirectory}/nats-server_${this.#pid}.ports`;
  }

  #attempt(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#log.error(`${what}: ${errorText(error)}`);
    }
  }
}
