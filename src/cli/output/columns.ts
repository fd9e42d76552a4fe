// Pages of `Label: value` lines with the labels to the right, under section titles; or Markdown for readers that are
// models. Filled line by line, rendered once.
// Compat: natscli columns/columns.go.
import { countText, durationHuman } from './human.ts';
import type { Style } from './style.ts';

type Line =
  | { readonly kind: 'row'; readonly label: string; readonly value: string }
  | { readonly kind: 'title'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string | null }
  | { readonly kind: 'indent'; readonly width: number };

/** A number is a count; text, times and sizes come as they are to be shown. */
export type PageValue = string | number | bigint | boolean | readonly string[];

/** Room that the label and its margin take of a line, for values that are cut in the middle. */
const MARGIN = 30;
const VALUE_WIDTH_MIN = 20;

export class Page {
  readonly #heading: string;
  readonly #lines: Line[];

  constructor(heading = '') {
    this.#heading = heading;
    this.#lines = [];
  }

  row(label: string, value: PageValue): void {
    this.#lines.push({ kind: 'row', label, value: valueText(value) });
  }

  rowIf(condition: boolean, label: string, value: PageValue): void {
    if (condition) this.row(label, value);
  }

  /** Nothing where the text is empty or not there. */
  rowIfText(label: string, value: string | null | undefined): void {
    if (value !== null && value !== undefined && value !== '') this.row(label, value);
  }

  duration(label: string, ns: number): void {
    this.row(label, durationHuman(ns));
  }

  /** One label, one value per line, sorted; each cut in the middle where it is longer than a line. */
  list(label: string, values: readonly string[], style: Style): void {
    for (const [index, value] of [...values].sort().entries()) {
      this.row(index === 0 ? label : '', cutMiddle(value, style));
    }
  }

  /** One row per key, sorted. */
  map(values: Readonly<Record<string, string>>, style: Style): void {
    for (const key of Object.keys(values).sort()) this.row(key, cutMiddle(values[key] ?? '', style));
  }

  title(text: string): void {
    this.#lines.push({ kind: 'title', text });
  }

  /** Text outside the columns; an empty line where there is none. */
  text(text: string | null = null): void {
    this.#lines.push({ kind: 'text', text });
  }

  /** For all that follows. */
  indent(width: number): void {
    this.#lines.push({ kind: 'indent', width });
  }

  render(style: Style): string {
    const lines = style.isMarkdown ? this.#markdownLines() : this.#plainLines(style);
    return lines.map((line) => `${line}\n`).join('');
  }

  #plainLines(style: Style): string[] {
    const labels = this.#lines.map((line) => (line.kind === 'row' ? line.label.length : 0));
    const longest = Math.max(0, ...labels);
    const colon = style.border(':');
    const lines = this.#heading === '' ? [] : [this.#heading, ''];
    let indent = '';
    let last: Line['kind'] | null = null;
    let isLastEmpty = false;
    for (const [index, line] of this.#lines.entries()) {
      switch (line.kind) {
        case 'indent':
          indent = ' '.repeat(line.width);
          continue;
        case 'title': {
          const follows = (index !== 0 && last !== 'title' && last !== 'text') || (last === 'text' && !isLastEmpty);
          if (follows) lines.push('');
          lines.push(`${indent}${line.text}${line.text.endsWith(':') ? '' : ':'}`, '');
          isLastEmpty = false;
          break;
        }
        case 'row': {
          const padding = ' '.repeat(longest - line.label.length + 2);
          lines.push(`${indent + padding + (line.label === '' ? ' ' : line.label + colon)} ${line.value}`);
          isLastEmpty = false;
          break;
        }
        case 'text':
          if (last === 'title' && line.text === null) continue;
          lines.push(line.text === null ? indent : `${indent} ${line.text}`);
          isLastEmpty = line.text === null;
          break;
      }
      last = line.kind;
    }
    return lines;
  }

  #markdownLines(): string[] {
    const lines = this.#heading === '' ? [] : [`# ${this.#heading}`, ''];
    let depth = 0;
    let isFirst = true;
    for (const line of this.#lines) {
      switch (line.kind) {
        case 'indent':
          depth = line.width === 0 ? 0 : depth + 1;
          continue;
        case 'title':
          if (!isFirst) lines.push('');
          lines.push(`${'#'.repeat(depth + 2)} ${line.text}`, '');
          break;
        case 'row':
          lines.push(line.label === '' ? `- ${line.value}` : `- **${line.label}:** ${line.value}`);
          break;
        case 'text':
          lines.push(line.text ?? '');
          break;
      }
      isFirst = false;
    }
    return lines;
  }
}

function valueText(value: PageValue): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
      return countText(value);
    case 'boolean':
      return String(value);
    default:
      return value.join(', ');
  }
}

function cutMiddle(text: string, style: Style): string {
  const width = style.width === null ? 80 : Math.max(10, style.width - MARGIN);
  const letters = [...text];
  if (letters.length <= width || width <= VALUE_WIDTH_MIN) return text;
  const half = Math.floor(width / 2) - 10;
  return `${letters.slice(0, half).join('')} ... ${letters.slice(-half).join('')}`;
}
