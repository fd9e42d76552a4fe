// Runs a check and hands in what it has found: in the asked format, to the screen or into a file, with the exit code that
// monitoring systems read.
import { errorText } from '../../../../base/errors.ts';
import { checkJson } from '../../../checks/check_json.ts';
import { CheckResult, type CheckStatus, statusCode } from '../../../checks/check_result.ts';
import { checkTables } from '../../../checks/check_tables.ts';
import { nagiosText } from '../../../checks/nagios_text.ts';
import { prometheusText } from '../../../checks/prometheus_text.ts';
import { CommandError, ExitCode, UsageError } from '../../../errors.ts';
import { jsonText } from '../../../output/json.ts';
import type { Session } from '../../../session.ts';
import { type CheckFlags, checkNamespace } from './check_flags.ts';

export interface CheckSubject {
  readonly suite: string;
  readonly name: string;
}

export const CHECK_JSON =
  'An object: status (OK, WARNING, CRITICAL, UNKNOWN), check_suite, check_name, critical, warning, unknown and ok (lists of sentences, left out where empty), perf_data (list of name, value, warning, critical, unit).';

export async function runCheck(
  session: Session,
  flags: CheckFlags,
  { suite, name }: CheckSubject,
  check: (result: CheckResult) => Promise<void>,
): Promise<void> {
  checkNamespace(flags);
  const result = new CheckResult(suite, name);
  try {
    await check(result);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    result.critical(`Check failed: ${errorText(error)}`);
  }
  handIn(session, flags, {
    status: result.status,
    nagios: () => nagiosText(result),
    json: () => checkJson(result),
    prometheus: () => prometheusText([result], flags.namespace),
    text: () => checkTables(result, session.style),
  });
}

export interface Rendering {
  readonly status: CheckStatus;
  readonly nagios: () => string;
  readonly json: () => unknown;
  readonly prometheus: () => string;
  readonly text: () => string;
}

export function handIn(session: Session, { format, outfile }: CheckFlags, rendering: Rendering): void {
  const chosen = session.isJson ? 'json' : format;
  const text = chosen === 'json' ? jsonText(rendering.json()) : rendering[chosen]();
  if (outfile === undefined || outfile === '') session.print(text);
  else writeOutfile(session, outfile, `${text}\n`);
  // Prometheus asks the numbers, not the program.
  const code = chosen === 'prometheus' ? 0 : statusCode(rendering.status);
  if (code !== 0) throw new ExitCode(code);
}

function writeOutfile(session: Session, path: string, text: string): void {
  try {
    session.doors.files.writeWhole(path, text);
  } catch (error) {
    throw new CommandError(`Cannot write --outfile: ${errorText(error)}`, { cause: error });
  }
}
