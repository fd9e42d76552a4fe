// Reading the configuration again while the server runs: what changed is applied, or the reload is refused by name and
// everything stays as it was. One at a time, in the order in which they were asked for.
// Compat: reload.go, Reload and ReloadOptions.
import { errorText } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { type ChangeKind, diffOptions } from '../config/diff.ts';
import type { Options } from '../config/options.ts';
import type { RunFileOptions } from './run_files.ts';

/** The configuration read again, or why it cannot be used. */
export type Reread =
  | { readonly ok: true; readonly options: Options; readonly remarks: readonly string[] }
  | { readonly ok: false; readonly faults: readonly string[] };

/** What the options say of TLS, read and found good. */
export interface TlsChange {
  /** Whether it shows or asks for something else than before. */
  readonly isOther: boolean;
  apply(): void;
}

/** The server as a reload sees it. */
export interface Reloadable {
  /** As it runs, with the port that it has got. */
  readonly options: Options;
  /** Applies what `diffOptions` found to be possible. */
  reconfigure(options: Options): void;
  /** Throws a sentence where that is no good. */
  prepareTls(options: Options): TlsChange;
  retrace(): void;
  reauthorize(): Promise<void>;
  /** Starts or ends JetStream, as its options now say. */
  switchJetStream(): Promise<void>;
}

export interface ReloaderParts {
  readonly contrail: Reloadable;
  readonly log: Logger;
  readonly runFiles: {
    changePidFile(options: RunFileOptions): void;
    changePortsFile(options: RunFileOptions): void;
  };
  readonly reread: () => Reread;
  /** Makes another log ready; the log changes when what it resolves with is called. Rejects with a sentence. */
  readonly openLog: (options: Options) => Promise<() => void>;
}

export class Reloader {
  readonly #parts: ReloaderParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: ReloaderParts) {
    this.#parts = parts;
  }

  /** Resolves with null when everything is applied, otherwise with why nothing is. Never rejects. */
  reload(): Promise<string | null> {
    const result = this.#last.then(() => this.#reload());
    this.#last = result;
    return result;
  }

  async #reload(): Promise<string | null> {
    const { log } = this.#parts;
    try {
      const refusal = await this.#apply();
      if (refusal !== null) log.error(`Failed to reload server configuration: ${refusal}`);
      return refusal;
    } catch (error) {
      const refusal = errorText(error);
      log.error(`Failed to reload server configuration: ${refusal}`);
      return refusal;
    }
  }

  async #apply(): Promise<string | null> {
    const { contrail, log, runFiles, reread, openLog } = this.#parts;
    const read = reread();
    if (!read.ok) return read.faults.join('; ');
    for (const remark of read.remarks) log.warn(remark);
    const { options } = read;
    const changes = diffOptions(contrail.options, options);
    if (!changes.ok) return changes.error;
    const has = (kind: ChangeKind) => changes.value.some((change) => change.kind === kind);
    // Whatever can fail comes first: either everything is applied, or nothing.
    const changeTls = has('tls') || has('certificates') ? contrail.prepareTls(options) : null;
    // Last of all: what it has opened would stay open.
    const changeLog = has('logging') || has('tracing') ? await openLog(options) : null;
    contrail.reconfigure(options);
    changeTls?.apply();
    if (has('pid file')) runFiles.changePidFile(options);
    if (has('ports file')) runFiles.changePortsFile(options);
    for (const { kind, line } of changes.value) {
      if (line !== null && (kind !== 'certificates' || changeTls?.isOther === true)) log.info(line);
    }
    changeLog?.();
    if (has('tracing')) contrail.retrace();
    if (has('authorization')) await contrail.reauthorize();
    await contrail.switchJetStream();
    log.info(`Reloaded server configuration (${options.configDigest})`);
    return null;
  }
}
