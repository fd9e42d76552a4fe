// What all signals say together: one status, one line for monitoring systems, the whole for programs, a table for people.

import { countText } from '../../output/human.ts';
import type { Style } from '../../output/style.ts';
import { TextTable } from '../../output/table.ts';
import { checkJson } from '../check_json.ts';
import { CheckResult, type CheckStatus, worstOf } from '../check_result.ts';
import { perfTable } from '../check_tables.ts';
import { nagiosText } from '../nagios_text.ts';
import { prometheusText } from '../prometheus_text.ts';
import { SIGNAL_TITLES, type Signal, signalStatus } from './signal.ts';

interface Fault {
  readonly status: CheckStatus;
  readonly text: string;
}

interface Line {
  readonly status: CheckStatus | 'SKIPPED';
  readonly text: string;
}

export class HealthReport {
  readonly #signals: readonly Signal[];
  readonly total: CheckResult;

  /** `name` is the server as it was asked for: `localhost:4222`. */
  constructor(name: string, signals: readonly Signal[]) {
    this.#signals = signals;
    this.total = new CheckResult('health', name);
    for (const one of signals) {
      const title = SIGNAL_TITLES[one.code];
      for (const { status, text } of linesOf(one)) {
        const line = `${title}: ${text}`;
        if (status === 'CRITICAL') this.total.critical(line);
        else if (status === 'WARNING') this.total.warn(line);
        else if (status === 'UNKNOWN') this.total.unknown(line);
        else if (status === 'SKIPPED') this.total.skip(line);
        else this.total.ok(line);
      }
      this.total.perf.push(...(one.totals?.perf ?? one.results.flatMap(({ perf }) => perf)));
    }
  }

  nagios(): string {
    return nagiosText(this.total);
  }

  json(): unknown {
    const signals = this.#signals.map((one) => ({
      signal: one.code,
      status: one.skipped === null ? signalStatus(one) : 'SKIPPED',
      messages: linesOf(one).map(({ text }) => text),
      checks: one.results.map(checkJson),
    }));
    return { ...checkJson(this.total), signals };
  }

  /** Gauges of every check, of each signal and of the whole. */
  prometheus(namespace: string): string {
    const results = this.#signals.flatMap((one) => {
      if (one.skipped !== null) return [];
      const whole = new CheckResult('signal', one.code);
      for (const { status, text } of linesOf(one)) {
        if (status === 'CRITICAL') whole.critical(text);
        else if (status === 'WARNING') whole.warn(text);
        else if (status === 'UNKNOWN') whole.unknown(text);
      }
      return [...one.results, whole, ...(one.totals === null ? [] : [one.totals])];
    });
    const whole = new CheckResult('health', this.total.name);
    whole.criticals.push(...this.total.criticals);
    whole.warnings.push(...this.total.warnings);
    whole.unknowns.push(...this.total.unknowns);
    return prometheusText([...results, whole], namespace);
  }

  tables(style: Style): string {
    const table = new TextTable('', ['Signal', 'Status', 'Message']);
    for (const one of this.#signals) {
      for (const { status, text } of linesOf(one)) {
        const shown = status === 'OK' ? status : status.charAt(0) + status.slice(1).toLowerCase();
        table.row(SIGNAL_TITLES[one.code], shown, text);
      }
    }
    const parts = [`${this.total.name}: ${this.total.status}\n`, 'Signals\n', table.render(style)];
    if (this.total.perf.length > 0) parts.push('Check Metrics\n', perfTable(this.total.perf).render(style));
    return parts.join('\n');
  }
}

/** A thousand streams without leader are one trouble: the rest is in the JSON. */
const FAULTS_SHOWN_MAX = 20;

/** Every fault on a line of its own; one line where there is none. */
function linesOf({ results, summary, skipped }: Signal): Line[] {
  if (skipped !== null) return [{ status: 'SKIPPED', text: skipped }];
  const faults = results.flatMap(({ name, suite, criticals, warnings, unknowns }): Fault[] => {
    // Many streams are one signal, so a fault says whose it is.
    const whose = suite === 'stream' || suite === 'consumer' ? `${name}: ` : '';
    const line =
      (status: CheckStatus) =>
      (text: string): Fault => ({ status, text: whose + text });
    return [...criticals.map(line('CRITICAL')), ...warnings.map(line('WARNING')), ...unknowns.map(line('UNKNOWN'))];
  });
  const more = faults.length - FAULTS_SHOWN_MAX;
  if (more > 0) {
    const status = worstOf(faults.slice(FAULTS_SHOWN_MAX).map((fault) => fault.status));
    return [...faults.slice(0, FAULTS_SHOWN_MAX), { status, text: `and ${countText(more)} more` }];
  }
  if (faults.length > 0) return faults;
  return [{ status: 'OK', text: summary }];
}
