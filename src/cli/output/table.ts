// Tables as the reference draws them: a rounded box with a centred title, a head, rows, separators where asked, a foot of
// totals; or Markdown, CSV, TSV where NATS_TABLE_FORMAT says so. Wider than the terminal they are cut, not wrapped, and a
// mark shows where.
// Compat: natscli internal/util/tables.go, go-pretty's StyleRounded.
import { displayWidth } from './display_width.ts';
import type { Style } from './style.ts';

export type Cell = string | number;

type Row = { readonly cells: readonly string[] } | 'separator';

/** Corners, crossings and lines of a box, by where they stand. */
interface BoxChars {
  readonly line: string;
  readonly side: string;
  /** Left, between columns, right. */
  readonly top: readonly [string, string, string];
  /** Under the title, where columns begin. */
  readonly titleEnd: readonly [string, string, string];
  readonly middle: readonly [string, string, string];
  readonly bottom: readonly [string, string, string];
}

const ROUNDED: BoxChars = {
  line: '─',
  side: '│',
  top: ['╭', '┬', '╮'],
  titleEnd: ['├', '┬', '┤'],
  middle: ['├', '┼', '┤'],
  bottom: ['╰', '┴', '╯'],
};

const DOUBLE: BoxChars = {
  line: '═',
  side: '║',
  top: ['╔', '╦', '╗'],
  titleEnd: ['╠', '╦', '╣'],
  middle: ['╠', '╬', '╣'],
  bottom: ['╚', '╩', '╝'],
};

/** Filled row by row, rendered once. Numbers stand to the right, text to the left. */
export class TextTable {
  readonly #title: string;
  readonly #rows: Row[];
  /** Columns in which every cell so far is a number. */
  readonly #isNumber: boolean[];
  #head: readonly string[];
  #foot: readonly string[];

  constructor(title: string, head: readonly string[] = []) {
    this.#title = title;
    this.#head = head;
    this.#rows = [];
    this.#isNumber = [];
    this.#foot = [];
  }

  get rowCount(): number {
    return this.#rows.filter((row) => row !== 'separator').length;
  }

  head(...cells: readonly string[]): void {
    this.#head = cells;
  }

  row(...cells: readonly Cell[]): void {
    for (const [index, cell] of cells.entries()) {
      this.#isNumber[index] = (this.#isNumber[index] ?? true) && typeof cell === 'number';
    }
    this.#rows.push({ cells: cells.map(String) });
  }

  separator(): void {
    this.#rows.push('separator');
  }

  foot(...cells: readonly Cell[]): void {
    this.#foot = cells.map(String);
  }

  /** With a line end behind the last line, as every other text that is shown. */
  render(style: Style): string {
    switch (style.tableFormat) {
      case 'markdown':
        return this.#markdown();
      case 'csv':
        return this.#separated(',', csvCell);
      case 'tsv':
        return this.#separated('\t', tsvCell);
      case 'box':
        return this.#box(style);
    }
  }

  /** Whatever the style says. */
  csv(): string {
    return this.#separated(',', csvCell);
  }

  get #columnCount(): number {
    const lengths = this.#rows.map((row) => (row === 'separator' ? 0 : row.cells.length));
    return Math.max(1, this.#head.length, this.#foot.length, ...lengths);
  }

  #box(style: Style): string {
    const chars = style.scheme === 'double' ? DOUBLE : ROUNDED;
    const widths = this.#widths();
    const inner = widths.reduce((sum, width) => sum + width + 3, -1);
    const rule = ([left, cross, right]: readonly [string, string, string]): string =>
      style.border(left + widths.map((width) => chars.line.repeat(width + 2)).join(cross) + right);
    const lines = (cells: readonly string[], isNumber: (column: number) => boolean): string[] =>
      rowLines(cells, widths, { side: style.border(chars.side), isNumber });
    const isNumber = (column: number): boolean => this.#isNumber[column] === true;
    const blocks: string[][] = [];
    if (this.#head.length > 0) blocks.push(lines(this.#head, () => false));
    for (const section of this.#sections()) blocks.push(section.flatMap((cells) => lines(cells, isNumber)));
    // A head with nothing below it is closed by a line, too.
    if (this.#head.length > 0 && this.#rows.length === 0 && this.#foot.length === 0) blocks.push([]);
    // A column of which no row has said what it is counts as numbers.
    if (this.#foot.length > 0) blocks.push(lines(this.#foot, (column) => this.#isNumber[column] ?? true));
    const [left, , right] = chars.top;
    // The title stays in sight where the columns below it are cut.
    const titled = style.width === null ? inner : Math.min(inner, Math.max(0, style.width - 2));
    const drawn =
      this.#title === ''
        ? [rule(chars.top)]
        : [
            style.border(left + chars.line.repeat(titled) + right),
            style.border(chars.side) + centred(this.#title, titled) + style.border(chars.side),
            rule(chars.titleEnd),
          ];
    for (const [index, block] of blocks.entries()) {
      if (index > 0) drawn.push(rule(chars.middle));
      drawn.push(...block);
    }
    drawn.push(rule(chars.bottom));
    return `${drawn.map((line) => cutLine(line, style.width)).join('\n')}\n`;
  }

  /** Of each column, without the space around; the last one makes room for a long title. */
  #widths(): number[] {
    const widths = new Array<number>(this.#columnCount).fill(0);
    const rows = this.#rows.flatMap((row) => (row === 'separator' ? [] : [row.cells]));
    for (const cells of [this.#head, this.#foot, ...rows]) {
      for (const [column, cell] of cells.entries()) {
        for (const line of cell.split('\n')) widths[column] = Math.max(widths[column] ?? 0, displayWidth(line));
      }
    }
    const inner = widths.reduce((sum, width) => sum + width + 3, -1);
    const missing = displayWidth(this.#title) + 2 - inner;
    if (this.#title !== '' && missing > 0) widths[widths.length - 1] = (widths.at(-1) ?? 0) + missing;
    return widths;
  }

  #sections(): (readonly string[])[][] {
    const sections: (readonly string[])[][] = [[]];
    for (const row of this.#rows) {
      if (row === 'separator') sections.push([]);
      else sections.at(-1)?.push(row.cells);
    }
    return sections.filter((section) => section.length > 0);
  }

  #markdown(): string {
    const count = this.#columnCount;
    const line = (cells: readonly string[]): string =>
      `| ${padded(cells, count)
        .map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', '<br/>'))
        .join(' | ')} |`;
    const lines = this.#title === '' ? [] : [`# ${this.#title}`];
    if (this.#head.length > 0) {
      const rules = Array.from({ length: count }, (_, index) => (this.#isNumber[index] === true ? ' ---:' : ' ---'));
      lines.push(line(this.#head), `|${rules.join(' |')} |`);
    }
    for (const row of this.#rows) if (row !== 'separator') lines.push(line(row.cells));
    if (this.#foot.length > 0) lines.push(line(this.#foot));
    return `${lines.join('\n')}\n`;
  }

  #separated(separator: string, cellText: (cell: string) => string): string {
    const lines = [this.#head, ...this.#rows.flatMap((row) => (row === 'separator' ? [] : [row.cells])), this.#foot];
    const title = this.#title === '' ? [] : [this.#title];
    const texts = lines.filter((cells) => cells.length > 0).map((cells) => cells.map(cellText).join(separator));
    return `${[...title, ...texts].join('\n')}\n`;
  }
}

function padded(cells: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, index) => cells[index] ?? '');
}

interface LineOptions {
  readonly side: string;
  readonly isNumber: (column: number) => boolean;
}

/** A row's lines: as many as its highest cell has. */
function rowLines(cells: readonly string[], widths: readonly number[], { side, isNumber }: LineOptions): string[] {
  const columns = widths.map((_, column) => (cells[column] ?? '').split('\n'));
  const height = Math.max(1, ...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const parts = widths.map((width, column) => {
      const text = columns[column]?.[line] ?? '';
      const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
      return isNumber(column) ? ` ${space}${text} ` : ` ${text}${space} `;
    });
    return `${side}${parts.join(side)}${side}`;
  });
}

/** The odd space stands before the text. */
function centred(text: string, width: number): string {
  const space = Math.max(0, width - displayWidth(text));
  const left = Math.ceil(space / 2);
  return ' '.repeat(left) + text + ' '.repeat(space - left);
}

function csvCell(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '\\"')}"` : cell;
}

function tsvCell(cell: string): string {
  return /["\t\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

const CUT_MARK = ' ≈';

/** Cuts what does not fit, and says so with a mark. Colour codes take no room and stay whole. */
function cutLine(line: string, width: number | null): string {
  if (width === null) return line;
  const room = width - displayWidth(CUT_MARK);
  let used = 0;
  let cut = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with one
  for (const [piece] of line.matchAll(/\u001b\[[\d;]*m|./gsu)) {
    if (piece.startsWith('\u001b')) cut += piece;
    else {
      used += displayWidth(piece);
      if (used <= room) cut += piece;
    }
  }
  return used <= width ? line : cut + CUT_MARK;
}
