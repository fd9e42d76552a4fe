// A check's result for programs, with the keys of the reference.
import type { CheckResult } from './check_result.ts';

export function checkJson(result: CheckResult): Readonly<Record<string, unknown>> {
  const { status, suite, name, warnings, criticals, unknowns, oks, skipped, perf } = result;
  return {
    status,
    check_suite: suite,
    check_name: name,
    ...(warnings.length > 0 ? { warning: warnings } : {}),
    ...(criticals.length > 0 ? { critical: criticals } : {}),
    ...(unknowns.length > 0 ? { unknown: unknowns } : {}),
    ...(oks.length > 0 ? { ok: oks } : {}),
    ...(skipped.length > 0 ? { skipped } : {}),
    perf_data: perf.map(({ name: metric, value, warning, critical, unit }) => ({
      name: metric,
      value,
      warning,
      critical,
      ...(unit === '' ? {} : { unit }),
    })),
  };
}
