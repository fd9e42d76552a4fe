// Live views: an empty screen before each, and graphs that fill it. On what is no terminal nothing is cleared.
import { type PlotConfig, plot } from 'asciichart';
import { CommandError } from '../errors.ts';
import type { Session } from '../session.ts';
import { countText } from './human.ts';

const SIZE_MIN = 20;

export function clearScreen(session: Session): void {
  if (session.doors.terminal.isOutputTerminal) session.write('\u001b[2J\u001b[H');
}

/** What is left for graphs beside their labels and captions. */
export function graphSize(session: Session): { readonly width: number; readonly height: number } {
  const size = session.doors.terminal.size();
  if (size === null) throw new CommandError('can only graph data on an interactive terminal');
  const width = size.columns - 11;
  const height = size.rows - 6;
  if (width < SIZE_MIN || height < SIZE_MIN / 2) throw new CommandError('please increase terminal dimensions');
  return { width, height };
}

export interface Graph {
  readonly caption: string;
  readonly values: readonly number[];
  readonly width: number;
  readonly height: number;
}

export function graphText({ caption, values, width, height }: Graph): string {
  const shown = values.slice(-width);
  const filled = [...new Array<number>(Math.max(0, width - shown.length)).fill(0), ...shown];
  const most = Math.max(1, ...filled);
  const labelWidth = countText(Math.ceil(most)).length;
  const config: PlotConfig = {
    height: Math.max(2, height),
    min: 0,
    max: most,
    format: (value: number) => countText(Math.round(value)).padStart(labelWidth + 1),
  };
  const left = ' '.repeat(Math.max(0, labelWidth + 2 + Math.floor((width - caption.length) / 2)));
  return `${plot(filled, config)}\n${left}${caption}`;
}
