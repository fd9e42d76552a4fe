// A signal of health: one thing that must be so for the whole to be well, with the results of the checks that say whether
// it is. What could not be looked at, or was left out, is said by name.
import { CheckResult, type CheckStatus, worstOf } from '../check_result.ts';

/** For programs; an interface, never renamed. In the order they are shown. */
export const SIGNAL_TITLES = {
  process: 'server process',
  client_port: 'client port',
  monitoring: 'monitoring',
  storage: 'storage writable',
  stream_leader: 'stream leader',
  consumer_lag: 'consumer lag',
  account_usage: 'account usage',
  server_storage: 'server storage',
  meta_group: 'meta group',
  credential: 'credential',
} as const;

export type SignalCode = keyof typeof SIGNAL_TITLES;

export interface Signal {
  readonly code: SignalCode;
  readonly results: readonly CheckResult[];
  /** Said where all is well. */
  readonly summary: string;
  /** Why nobody has looked; null where somebody has. */
  readonly skipped: string | null;
  /** Numbers of the whole that stand for those of its results. */
  readonly totals: CheckResult | null;
}

export function signal(code: SignalCode, results: readonly CheckResult[], summary: string): Signal {
  return { code, results, summary, skipped: null, totals: null };
}

export function skippedSignal(code: SignalCode, why: string): Signal {
  return { code, results: [], summary: '', skipped: why, totals: null };
}

/** Nobody knows, for want of rights or of an answer. */
export function unknownSignal(code: SignalCode, why: string): Signal {
  const result = new CheckResult(code, SIGNAL_TITLES[code]);
  result.unknown(why);
  return signal(code, [result], '');
}

export function failedSignal(code: SignalCode, why: string): Signal {
  const result = new CheckResult(code, SIGNAL_TITLES[code]);
  result.critical(why);
  return signal(code, [result], '');
}

export function signalStatus({ results }: Signal): CheckStatus {
  return worstOf(results.map(({ status }) => status));
}

/** A refusal for want of permission says nothing about health. */
export function isDenied(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one.name === 'PermissionViolationError' || /permissions? violation/i.test(one.message)) return true;
  }
  return false;
}
