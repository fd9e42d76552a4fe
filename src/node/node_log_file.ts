// A log in a file, appended line by line, renamed aside when it has grown to its limit, as nats-server does, and says so
// in the new one. Only the newest files stay where a number is given. Written to by node_log_lines.ts and node_json_log.ts.
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorText } from '../base/errors.ts';
import type { LineWriter } from './node_log_lines.ts';

const FILE_MODE = 0o640;

export interface NodeLogFileOptions {
  readonly path: string;
  /** `log_size_limit`: bytes from which a file is renamed aside; 0 is never. */
  readonly bytesMax: number;
  /** `log_max_num`: files kept, the present one counted; 0 is all. */
  readonly filesMax: number;
  /** What the file itself has to say, as a line of the log. */
  readonly line: (level: 'info' | 'error', text: string) => string;
  /** Says what could not be done with the file; it must not write to the file. */
  readonly complain: (text: string) => void;
}

export class NodeLogFile implements LineWriter {
  readonly #options: NodeLogFileOptions;
  #fd: number;
  #bytes: number;
  /** Where rotating failed it is tried again at twice the size. */
  #bytesMax: number;
  #rotations: number;
  /** Since the last line that could be written. */
  #linesLost = 0;
  /** What was written last has no end. */
  #isTorn = false;

  /** Throws what Node.js throws where the file cannot be opened. */
  constructor(options: NodeLogFileOptions) {
    this.#options = options;
    this.#bytesMax = options.bytesMax;
    this.#rotations = 0;
    this.#fd = fs.openSync(options.path, 'a', FILE_MODE);
    this.#bytes = fs.fstatSync(this.#fd).size;
    if (this.#isFull) this.write(options.line('info', 'Rotating logfile...'));
  }

  get #isFull(): boolean {
    return this.#bytesMax > 0 && this.#bytes > this.#bytesMax;
  }

  write(line: string): void {
    this.#append(line);
    if (this.#isFull) this.#rotate();
  }

  /** Opens the path again after somebody has moved the file away (SIGUSR1). */
  reopen(): boolean {
    const fd = fs.openSync(this.#options.path, 'a', FILE_MODE);
    fs.closeSync(this.#fd);
    this.#fd = fd;
    this.#bytes = fs.fstatSync(fd).size;
    return true;
  }

  close(): Promise<void> {
    fs.closeSync(this.#fd);
    return Promise.resolve();
  }

  #append(line: string): void {
    const { path, complain } = this.#options;
    try {
      if (this.#linesLost > 0) this.#sayLost();
      this.#put(line);
    } catch (error) {
      // A full disk: the log has a gap, the server goes on. Said once, where another log may be on the same disk.
      if (this.#linesLost === 0) complain(`Cannot write log file '${path}': ${errorText(error)}`);
      this.#linesLost++;
    }
  }

  #sayLost(): void {
    const lost = this.#linesLost;
    this.#put(this.#options.line('error', `${lost} lines of the log are missing here: the file could not be written`));
    this.#linesLost = 0;
  }

  #put(line: string): void {
    const bytes = Buffer.from(this.#isTorn ? `\n${line}` : line);
    const written = fs.writeSync(this.#fd, bytes);
    this.#bytes += written;
    if (written > 0) this.#isTorn = written < bytes.length;
    if (written < bytes.length) throw new Error('no space left for a whole line');
  }

  #rotate(): void {
    const { path, line, complain } = this.#options;
    const backup = `${path}.${stamp(Date.now(), this.#rotations++)}`;
    try {
      fs.renameSync(path, backup);
      this.reopen();
      this.#append(line('info', `Rotated log, backup saved as "${backup}"`));
      this.#bytesMax = this.#options.bytesMax;
    } catch (error) {
      this.#bytesMax *= 2;
      complain(`Cannot rotate log file '${path}': ${errorText(error)}`);
      return;
    }
    try {
      this.#removeOldest();
    } catch (error) {
      this.#append(line('error', `Cannot remove an old log file, will attempt next rotation: ${errorText(error)}`));
    }
  }

  #removeOldest(): void {
    const { path, filesMax, line } = this.#options;
    if (filesMax === 0) return;
    const prefix = `${basename(path)}.`;
    const isBackup = (name: string) => name.startsWith(prefix) && STAMP.test(name.slice(prefix.length));
    const backups = fs.readdirSync(dirname(path)).filter(isBackup).sort();
    for (const name of backups.slice(0, Math.max(0, backups.length - (filesMax - 1)))) {
      fs.unlinkSync(join(dirname(path), name));
      this.#append(line('info', `Purged log file "${name}"`));
    }
  }
}

const STAMP = /^\d{4}(\.\d\d){5}\.\d{9}$/;

/** Compat: logger/log.go, fileLogger.Write: `2026.11.23.10.02.11.482113007`, local time. */
function stamp(nowMs: number, rotations: number): string {
  const date = new Date(nowMs);
  const parts = [date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()];
  const two = parts.map((part) => String(part).padStart(2, '0')).join('.');
  // Counted below the millisecond, so that two rotations in one still get names of their own, in order.
  const below = String(date.getMilliseconds()).padStart(3, '0') + String(rotations % 1_000_000).padStart(6, '0');
  return `${date.getFullYear()}.${two}.${below}`;
}
