// npm and npx run a program within a shell, and a SIGTERM for them ends that shell and not the program: it would go on,
// hold its port and its store directory, and belong to nobody. So a server that npm runs stops when its parent is gone.
import type { Clock } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';

const LOOK_EVERY_MS = 250;

/** npm tells what it runs how it was asked to: `exec`, `run`, `start`. */
export function isRunByNpm(host: Pick<Host, 'environment'>): boolean {
  return host.environment('npm_command') !== null;
}

/** Calls back once, when who started this process is gone. */
export function watchParent(clock: Clock, host: Pick<Host, 'parentPid'>, gone: () => void): void {
  const parent = host.parentPid;
  const look = (): void => {
    if (host.parentPid === parent) clock.after(LOOK_EVERY_MS, look);
    else gone();
  };
  clock.after(LOOK_EVERY_MS, look);
}
