// The small files a daemon leaves for the tools around it while it runs: its pid, its ports.
import { rmSync, writeFileSync } from 'node:fs';

/** Writes the whole file; throws what the system says. */
export function writeRunFile(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o644 });
}

export function removeRunFile(path: string): void {
  rmSync(path, { force: true });
}
