// Standard error as a writer of log lines.
import type { LineWriter } from './node_log_lines.ts';

/**
 * When nobody reads standard error any more the lines are dropped: losing the log must not end a server that stores and
 * serves.
 */
export function standardErrorWriter(): LineWriter {
  let isBroken = false;
  process.stderr.on('error', () => {
    isBroken = true;
  });
  return {
    write: (line) => {
      if (!isBroken) process.stderr.write(line);
    },
    reopen: () => false,
    close: () => Promise.resolve(),
  };
}

export function isStandardErrorTerminal(): boolean {
  return process.stderr.isTTY === true;
}
