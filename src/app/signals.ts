// What signals mean to a server: stop, reload, reopen the log, go away slowly. Says that they came; what to do is passed in.
// Compat: server/signal.go, handleSignal.
import type { Logger } from '../base/log.ts';
import type { Host, HostSignal } from '../ports/host.ts';

export interface SignalActions {
  /** SIGINT and SIGTERM. */
  stop(): void;
  /** SIGHUP. */
  reload(): void;
  /** SIGUSR1. */
  reopenLog(): void;
  /** SIGUSR2. */
  lameDuck(): void;
  /** A server that goes away slowly is not hurried by SIGTERM: that is how its supervisor asks for just that. */
  isLameDuck(): boolean;
}

/** As the reference's log names them. */
const NAMES: Readonly<Record<HostSignal, string>> = {
  SIGINT: 'interrupt',
  SIGTERM: 'terminated',
  SIGHUP: 'hangup',
  SIGUSR1: 'user defined signal 1',
  SIGUSR2: 'user defined signal 2',
};

export function obeySignals(host: Host, log: Logger, actions: SignalActions): void {
  const on = (signal: HostSignal, action: () => void): void => {
    host.onSignal(signal, () => {
      log.info(`Trapped "${NAMES[signal]}" signal`);
      action();
    });
  };
  on('SIGINT', () => actions.stop());
  on('SIGTERM', () => {
    if (!actions.isLameDuck()) actions.stop();
  });
  on('SIGHUP', () => actions.reload());
  on('SIGUSR1', () => actions.reopenLog());
  on('SIGUSR2', () => actions.lameDuck());
}
