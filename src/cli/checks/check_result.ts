// What a check has found: verdicts in words, numbers for graphs, and one status in the words of Nagios. Filled by a
// check, written by the formats beside this file.

export type CheckStatus = 'OK' | 'WARNING' | 'CRITICAL' | 'UNKNOWN';

export interface PerfItem {
  readonly name: string;
  readonly value: number;
  /** 0 where there is no such threshold. */
  readonly warning: number;
  readonly critical: number;
  /** `s`, `B`, `%`; empty for plain counts. */
  readonly unit: string;
  readonly help: string;
}

export interface PerfDetails {
  readonly warning?: number;
  readonly critical?: number;
  readonly unit?: string;
}

const CODES = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const;

export function statusCode(status: CheckStatus): number {
  return CODES[status];
}

/** What is known to be bad counts for more than what is not known, and that for more than what is well. */
const WORST_FIRST: readonly CheckStatus[] = ['CRITICAL', 'WARNING', 'UNKNOWN', 'OK'];

export function worstOf(statuses: readonly CheckStatus[]): CheckStatus {
  return WORST_FIRST.find((status) => statuses.includes(status)) ?? 'OK';
}

export class CheckResult {
  /** What kind of check it is: part of the names of metrics. */
  readonly suite: string;
  /** What was checked. */
  readonly name: string;
  readonly oks: string[];
  readonly warnings: string[];
  readonly criticals: string[];
  /** What could not be found out. */
  readonly unknowns: string[];
  /** What nobody has looked at, and why; that makes nothing better or worse. */
  readonly skipped: string[];
  readonly perf: PerfItem[];

  constructor(suite: string, name: string) {
    this.suite = suite;
    this.name = name;
    this.oks = [];
    this.warnings = [];
    this.criticals = [];
    this.unknowns = [];
    this.skipped = [];
    this.perf = [];
  }

  get status(): CheckStatus {
    if (this.criticals.length > 0) return 'CRITICAL';
    if (this.warnings.length > 0) return 'WARNING';
    return this.unknowns.length > 0 ? 'UNKNOWN' : 'OK';
  }

  ok(text: string): void {
    this.oks.push(text);
  }

  warn(text: string): void {
    this.warnings.push(text);
  }

  critical(text: string): void {
    this.criticals.push(text);
  }

  unknown(text: string): void {
    this.unknowns.push(text);
  }

  skip(text: string): void {
    this.skipped.push(text);
  }

  /** Only where nothing was wrong so far. */
  okIfClean(text: string): void {
    if (this.status === 'OK') this.ok(text);
  }

  /** A number, and what it says. */
  measure(name: string, value: number, help: string, { warning = 0, critical = 0, unit = '' }: PerfDetails = {}): void {
    this.perf.push({ name, value, warning, critical, unit, help });
  }
}
