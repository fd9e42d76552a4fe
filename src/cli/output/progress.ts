// A bar for long work, where a person sees it: on standard error of a terminal, nothing anywhere else and nothing with
// --json. Drawn by cli-progress.
import { Bar, Presets } from 'cli-progress';
import type { Session } from '../session.ts';

export interface Progress {
  add(amount: number): void;
  /** What is done of the whole. */
  set(done: number): void;
  stop(): void;
}

/** No bar. */
export const SILENT_PROGRESS: Progress = { add: () => undefined, set: () => undefined, stop: () => undefined };

export interface ProgressOptions {
  readonly total: number;
  /** How amounts are shown. */
  readonly text?: (amount: number) => string;
}

export function startProgress(session: Session, { total, text = String }: ProgressOptions): Progress {
  const { terminal } = session.doors;
  if (session.isJson || !terminal.isErrorTerminal) return SILENT_PROGRESS;
  const bar = new Bar(
    {
      format: '{bar} {percentage}% | {done}/{whole} | {duration_formatted}',
      hideCursor: true,
      // Redrawn when it moves, by us: no timer is left behind.
      noTTYOutput: false,
    },
    Presets.shades_classic,
  );
  let done = 0;
  const payload = (): Record<string, string> => ({ done: text(done), whole: text(total) });
  bar.start(total, 0, payload());
  const stop = (): void => bar.stop();
  session.onClose(stop);
  return {
    add: (amount) => {
      done += amount;
      bar.update(done, payload());
    },
    set: (value) => {
      done = value;
      bar.update(done, payload());
    },
    stop,
  };
}
