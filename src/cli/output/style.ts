// How output looks where a person sees it: whether there is colour, which scheme, which format tables have. Decided once
// per run from flags, environment and the terminal; output itself asks nobody.
import { styleText } from 'node:util';
import type { Terminal } from '../../ports/terminal.ts';

export const COLOR_SCHEMES = ['blue', 'cyan', 'double', 'green', 'magenta', 'red', 'rounded', 'yellow'] as const;
export type ColorScheme = (typeof COLOR_SCHEMES)[number];
export type Color = 'blue' | 'cyan' | 'green' | 'magenta' | 'red' | 'yellow';
export type TableFormat = 'box' | 'markdown' | 'csv' | 'tsv';

export interface StyleChoice {
  readonly scheme: string;
  readonly environment: (name: string) => string | null;
}

export class Style {
  readonly isColored: boolean;
  readonly scheme: ColorScheme;
  readonly tableFormat: TableFormat;
  /** Pages are written as Markdown, for readers that are models. */
  readonly isMarkdown: boolean;
  /** Columns that a line may fill; null where nothing is cut. */
  readonly width: number | null;

  constructor(terminal: Terminal, { scheme, environment }: StyleChoice) {
    const noColor = environment('NO_COLOR');
    this.isColored = terminal.isOutputTerminal && (noColor === null || noColor === '');
    this.scheme = COLOR_SCHEMES.find((known) => known === scheme) ?? 'rounded';
    this.isMarkdown = environment('LLMFORMAT') === '1';
    this.tableFormat = this.isMarkdown ? 'markdown' : tableFormatOf(environment('NATS_TABLE_FORMAT'));
    this.width = terminal.size()?.columns ?? null;
  }

  color(color: Color | 'bold', text: string): string {
    // Whether there is colour has been decided; newer releases of Node would ask standard output again.
    return this.isColored ? styleText(color, text, { validateStream: false }) : text;
  }

  /** Borders and separators, in the colour of the scheme. */
  border(text: string): string {
    return this.scheme === 'rounded' || this.scheme === 'double' ? text : this.color(this.scheme, text);
  }
}

function tableFormatOf(name: string | null): TableFormat {
  switch (name?.toLowerCase()) {
    case 'md':
    case 'markdown':
      return 'markdown';
    case 'csv':
      return 'csv';
    case 'tsv':
      return 'tsv';
    default:
      return 'box';
  }
}
