// A check's result for people: its verdicts in a table, and its numbers with their thresholds in another.
import { countText } from '../output/human.ts';
import type { Style } from '../output/style.ts';
import { TextTable } from '../output/table.ts';
import type { CheckResult, PerfItem } from './check_result.ts';

export function checkTables(result: CheckResult, style: Style): string {
  const verdicts = new TextTable('', ['Status', 'Message']);
  addVerdicts(verdicts, result);
  const parts = [`${result.name}: ${result.status}\n`];
  if (verdicts.rowCount > 0) parts.push('Status Detail\n', verdicts.render(style));
  if (result.perf.length > 0) parts.push('Check Metrics\n', perfTable(result.perf).render(style));
  return parts.join('\n');
}

function addVerdicts(table: TextTable, { oks, warnings, criticals, unknowns }: CheckResult): void {
  for (const text of oks) table.row('OK', text);
  for (const text of unknowns) table.row('Unknown', text);
  for (const text of warnings) table.row('Warning', text);
  for (const text of criticals) table.row('Critical', text);
}

export function perfTable(perf: readonly PerfItem[]): TextTable {
  const head = ['Metric', 'Value', 'Unit', 'Critical Threshold', 'Warning Threshold', 'Description'];
  const table = new TextTable('', head);
  for (const { name, value, unit, critical, warning, help } of perf) {
    table.row(name, threeDigits(value), unit, threeDigits(critical), threeDigits(warning), help);
  }
  return table;
}

/** `1,234.500`: what is behind the third digit is cut, not rounded. */
function threeDigits(value: number): string {
  const [whole = '0', fraction = ''] = Math.abs(value).toFixed(9).split('.');
  return `${value < 0 ? '-' : ''}${countText(BigInt(whole))}.${fraction.slice(0, 3)}`;
}
