// What happened in a simulated run, as text: one line an event, `<virtual ms> <who> <what>`. Two runs of one seed must
// give the same lines; their digest is compared, and the last of them are kept to show what led to a failure.
// Anything that is real (real time, addresses, hash order) must never get in.

const LINES_DEFAULT = 2000;

export class Trace {
  /** The newest lines, as a ring of `#linesMax`. */
  readonly #lines: string[];
  readonly #linesMax: number;
  #count: number;
  #high: number;
  #low: number;

  /** Keeps the newest `linesMax` lines; 0 keeps none, and none are counted. */
  constructor(linesMax: number = LINES_DEFAULT) {
    this.#lines = [];
    this.#linesMax = linesMax;
    this.#count = 0;
    this.#high = 0x811c9dc5;
    this.#low = 0x9e3779b9;
  }

  /** Ask before building a line. */
  get isOn(): boolean {
    return this.#linesMax > 0;
  }

  get count(): number {
    return this.#count;
  }

  add(nowMs: number, who: string, what: string): void {
    if (this.#linesMax === 0) return;
    const line = `${nowMs.toFixed(6)} ${who} ${what}`;
    for (let index = 0; index < line.length; index++) {
      const unit = line.charCodeAt(index);
      this.#high = Math.imul(this.#high ^ unit, 0x01000193);
      this.#low = Math.imul(this.#low + unit, 0x85ebca6b) ^ (this.#low >>> 13);
    }
    this.#lines[this.#count % this.#linesMax] = line;
    this.#count++;
  }

  /** Of all lines, also of those no longer kept. */
  digest(): string {
    const hex = (half: number) => (half >>> 0).toString(16).padStart(8, '0');
    return `${hex(this.#high)}${hex(this.#low)}-${this.#count}`;
  }

  /** The newest lines, oldest first. */
  lines(): string[] {
    const start = this.#count > this.#linesMax ? this.#count % this.#linesMax : 0;
    return [...this.#lines.slice(start), ...this.#lines.slice(0, start)];
  }
}

/** Bytes in a trace line: printable ones as they are, a digest in place of what is long. */
export function bytesText(bytes: Uint8Array): string {
  let text = '';
  const shown = Math.min(bytes.length, 40);
  for (let index = 0; index < shown; index++) {
    const byte = bytes[index] ?? 0;
    text += byte >= 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : `\\${byte.toString(16)}`;
  }
  if (shown === bytes.length) return text;
  let hash = 0x811c9dc5;
  for (let index = shown; index < bytes.length; index++) hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  return `${text}... #${(hash >>> 0).toString(16)}`;
}
