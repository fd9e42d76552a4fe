// A server as a process: opens Node's doors, starts what compose.ts joins, obeys signals, says in one line what is wrong
// and exits 1 when it cannot start. Called by the two programs.
import { errorText, OperatingError } from '../base/errors.ts';
import type { Options } from '../config/options.ts';
import { NodeClock } from '../node/node_clock.ts';
import { NodeConfigSource } from '../node/node_config_source.ts';
import { NodeDisk } from '../node/node_disk.ts';
import { NodeEntropy } from '../node/node_entropy.ts';
import { NodeHost } from '../node/node_host.ts';
import { NodeHttp } from '../node/node_http.ts';
import { NodeLog } from '../node/node_log.ts';
import { openLogSink } from '../node/node_logging.ts';
import { NodeNetwork } from '../node/node_network.ts';
import { NodePasswordChecker } from '../node/node_password_checker.ts';
import { standardErrorWriter } from '../node/node_standard_error.ts';
import type { Host } from '../ports/host.ts';
import { readCommandLine, rereadOptions } from './command_line.ts';
import { Contrail, type Listening } from './compose.ts';
import { isRunByNpm, watchParent } from './npm_parent.ts';
import { Reloader } from './reload.ts';
import { type Ports, RunFiles } from './run_files.ts';
import { obeySignals } from './signals.ts';
import { COMPATIBLE_VERSION, CONTRAIL_VERSION } from './version.ts';

export interface DaemonHooks {
  /** Called when clients are served, for what a person at a terminal wants to know. */
  started?(contrail: Contrail, options: Options, isRunByNpm: boolean): void;
}

/** Runs what nats-server's flags ask for. Returns when the process is serving, or has said why not. */
export async function runDaemon(args: readonly string[], hooks: DaemonHooks = {}): Promise<void> {
  const host = new NodeHost();
  const versions = { compatible: COMPATIBLE_VERSION, contrail: CONTRAIL_VERSION };
  const command = readCommandLine(args, new NodeConfigSource(), versions);
  if (command.kind === 'signal') {
    sendSignal(host, command.pid, command.signal);
    return;
  }
  for (const message of command.messages) process.stderr.write(`${message}\n`);
  if (command.kind === 'exit') {
    process.stdout.write(command.output);
    host.exit(command.code);
    return;
  }
  await serve(host, args, command.options, hooks);
}

function sendSignal(host: NodeHost, pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    const reason = isGone ? 'there is none of that id' : errorText(error);
    process.stderr.write(`contrail-server: cannot signal process ${pid}: ${reason}\n`);
    host.exit(1);
  }
}

async function serve(host: NodeHost, args: readonly string[], options: Options, hooks: DaemonHooks): Promise<void> {
  const clock = new NodeClock();
  const world = {
    pid: host.pid,
    hostName: host.hostName,
    realtimeMs: () => clock.realtimeMs(),
    standardError: standardErrorWriter(),
  };
  let log: NodeLog;
  try {
    log = new NodeLog(await openLogSink(options.logging, world), options.logging);
  } catch (error) {
    world.standardError.write(`contrail-server: ${errorText(error)}\n`);
    host.exit(1);
    return;
  }
  const doors = {
    clock,
    network: new NodeNetwork(),
    disk: new NodeDisk(),
    entropy: new NodeEntropy(),
    host,
    passwords: new NodePasswordChecker(),
    log,
    http: new NodeHttp(log),
  };
  let where: Listening | null = null;
  const runFiles = new RunFiles(host.pid, log, () => portsOf(where, options));
  const starting = Contrail.start(doors, options, (listening) => {
    where = listening;
    // Tools wait for the line that says that the server is ready, and then read these files.
    runFiles.write(options);
  });
  const openLog = async (changed: Options) => {
    const sink = await openLogSink(changed.logging, world);
    return () => log.use(sink, changed.logging);
  };
  const reloading = starting.then((contrail) => {
    const reread = () => rereadOptions(args, new NodeConfigSource());
    const reloader = new Reloader({ contrail, log, runFiles, reread, openLog });
    contrail.reloadWith(() => reloader.reload());
    return reloader;
  });
  // Before the start has ended: whoever stops the server as soon as it is ready must find a server that stops in order.
  const life = new Life({ host, log, runFiles, starting, reloading });
  life.begin();
  const isByNpm = isRunByNpm(host);
  if (isByNpm) {
    watchParent(clock, host, () => {
      log.info('npm is gone, which does not pass signals on: stopping');
      life.stop();
    });
  }
  let contrail: Contrail;
  try {
    contrail = await starting;
  } catch (error) {
    log.fatal(startFailure(error));
    await log.close();
    host.exit(1);
    return;
  }
  hooks.started?.(contrail, options, isByNpm);
}

function portsOf(where: Listening | null, { tls, allowsNonTls, monitor }: Options): Ports {
  if (where === null) return {};
  const { address, monitorAddress } = where;
  const nats = [`${tls !== null && !allowsNonTls ? 'tls' : 'nats'}://${address.host}:${address.port}`];
  const scheme = monitor?.isSecure === true ? 'https' : 'http';
  return monitorAddress === null
    ? { nats }
    : { nats, monitoring: [`${scheme}://${monitorAddress.host}:${monitorAddress.port}`] };
}

/** One line that says what is wrong and what to do about it. */
function startFailure(error: unknown): string {
  if (!(error instanceof OperatingError)) return `Cannot start: ${errorText(error)}`;
  const advice: Partial<Record<OperatingError['code'], string>> = {
    NETWORK_ADDRESS_IN_USE: 'stop the process that listens there, or choose another port (-p, -m)',
    NETWORK_ADDRESS_UNAVAILABLE: 'this machine has no such address: choose another one (-a)',
    NETWORK_PERMISSION: 'ports below 1024 need privileges: choose a higher one (-p, -m)',
    DISK_PERMISSION: 'give this user the right to read and write there, or choose another store directory (-sd)',
    DISK_READ_ONLY: 'choose a store directory on a file system that can be written (-sd)',
    DISK_NO_SPACE: 'free some space, or choose another store directory (-sd)',
    DISK_EXISTS: 'move away what is in the way there, or choose another store directory (-sd)',
    DISK_NOT_FOUND: 'choose a store directory whose parents can be made (-sd)',
    DISK_LOCKED: 'stop that server, or choose another store directory (-sd)',
  };
  const what = advice[error.code];
  return what === undefined ? error.message : `${error.message}: ${what}`;
}

interface LifeParts {
  readonly host: Host;
  readonly log: NodeLog;
  readonly runFiles: RunFiles;
  readonly starting: Promise<Contrail>;
  readonly reloading: Promise<Reloader>;
}

/** From the first signal to the exit. */
class Life {
  readonly #parts: LifeParts;
  #isStopping = false;
  #isLameDuck = false;

  constructor(parts: LifeParts) {
    this.#parts = parts;
  }

  begin(): void {
    const { host, log } = this.#parts;
    obeySignals(host, log, {
      stop: () => this.stop(),
      lameDuck: () => this.#lameDuck(),
      reload: () => this.#reload(),
      reopenLog: () => this.#reopenLog(),
      isLameDuck: () => this.#isLameDuck,
    });
  }

  #lameDuck(): void {
    if (this.#isLameDuck || this.#isStopping) return;
    this.#isLameDuck = true;
    this.#exitWhen(this.#parts.starting.then((contrail) => contrail.lameDuck()));
  }

  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#exitWhen(this.#parts.starting.then((contrail) => contrail.stop()));
  }

  #exitWhen(over: Promise<void>): void {
    const { host, log, runFiles } = this.#parts;
    over.then(
      async () => {
        runFiles.remove();
        await log.close();
        host.exit(0);
      },
      async (error: unknown) => {
        log.error(`Cannot stop in order: ${errorText(error)}`);
        await log.close();
        host.exit(1);
      },
    );
  }

  #reload(): void {
    // Where the start fails, that has been said.
    this.#parts.reloading.then(
      (reloader) => reloader.reload(),
      () => undefined,
    );
  }

  #reopenLog(): void {
    const { log } = this.#parts;
    try {
      log.info(log.reopen() ? 'File log re-opened' : 'File log re-open ignored, not a file logger');
    } catch (error) {
      log.error(`File log not re-opened: ${errorText(error)}`);
    }
  }
}
