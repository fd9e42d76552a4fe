// A check's result on one line, as Nagios and what descends from it read it: status, what was checked, verdicts, and
// behind a bar the numbers with their thresholds.
import type { CheckResult, PerfItem } from './check_result.ts';

export function nagiosText(result: CheckResult): string {
  const words = [
    result.status,
    result.name,
    ...result.criticals.map((text) => `Crit:${text}`),
    ...result.warnings.map((text) => `Warn:${text}`),
    ...result.unknowns.map((text) => `Unknown:${text}`),
    ...result.oks.map((text) => `OK:${text}`),
    ...result.skipped.map((text) => `Skipped:${text}`),
  ];
  // Numbers begin at the first bar, and the line is one line.
  const verdict = words
    .join(' ')
    .replaceAll('|', '/')
    .replace(/\s*\n\s*/g, ' ');
  return result.perf.length === 0 ? verdict : `${verdict} | ${result.perf.map(perfText).join(' ')}`;
}

function perfText({ name, value, warning, critical, unit }: PerfItem): string {
  const number = (one: number): string => one.toFixed(unit === 's' ? 4 : 0);
  const label = /\s/.test(name) ? `'${name}'` : name;
  const limits = critical !== 0 ? `;${warning === 0 ? '' : number(warning)};${number(critical)}` : '';
  return `${label}=${number(value)}${unit}${limits === '' && warning !== 0 ? `;${number(warning)}` : limits}`;
}
