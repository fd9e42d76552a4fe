// Whether a service answers: in time, with the body and the headers it should.
// Compat: jsm.go monitor/request.go.
import type { Msg } from '@nats-io/transport-node';
import { errorText } from '../../base/errors.ts';
import { requestFailure } from '../client/js_api.ts';
import { parseGoPattern } from '../input/go_pattern.ts';
import { durationGo } from '../output/human.ts';
import type { Session } from '../session.ts';
import type { CheckResult } from './check_result.ts';

type Fields = Readonly<Record<string, string>>;

/** Times in seconds; 0 for none. */
export interface RequestOptions {
  readonly subject: string;
  readonly payload: string;
  /** Sent with the request. */
  readonly header: Fields;
  /** Expected of the answer. */
  readonly headers: Fields;
  readonly responseMatch: string;
  readonly responseTimeWarn: number;
  readonly responseTimeCrit: number;
}

export const REQUEST_OPTIONS: RequestOptions = {
  subject: '',
  payload: '',
  header: {},
  headers: {},
  responseMatch: '',
  responseTimeWarn: 0,
  responseTimeCrit: 0,
};

export async function checkRequest(session: Session, result: CheckResult, options: RequestOptions): Promise<void> {
  const { clock } = session.doors;
  const { subject, payload } = options;
  let connection: Awaited<ReturnType<Session['connect']>>;
  try {
    connection = await session.connect();
  } catch (error) {
    result.critical(`could not load info: ${errorText(error)}`);
    return;
  }
  const { headers: newHeaders } = await import('@nats-io/transport-node');
  const headers = newHeaders();
  for (const [name, value] of Object.entries(options.header)) headers.append(name, value);
  const startMs = clock.monotonicMs();
  let answer: Msg | null = null;
  let failure: string | null = null;
  try {
    answer = await connection.request(subject, payload, { timeout: session.timeoutMs, headers });
  } catch (error) {
    failure = requestFailure(error, subject, session.timeoutMs).message;
  }
  const seconds = Math.round(clock.monotonicMs() - startMs) / 1000;
  const { responseTimeWarn: warning, responseTimeCrit: critical } = options;
  result.measure('time', seconds, 'How long the request took', { warning, critical, unit: 's' });
  if (answer === null) result.critical(`could not send request: ${failure}`);
  else judgeAnswer(answer, result, { options, seconds });
}

function judgeAnswer(
  answer: Msg,
  result: CheckResult,
  { options, seconds }: { readonly options: RequestOptions; readonly seconds: number },
): void {
  const pattern = parseGoPattern(options.responseMatch);
  if (!pattern.ok) result.critical(`content regex compile failed: ${pattern.error}`);
  else if (!pattern.value.test(answer.string())) result.critical('response does not match regexp');
  for (const [name, value] of Object.entries(options.headers)) {
    const received = answer.headers?.get(name) ?? '';
    if (received !== value) result.critical(`invalid header "${name}" = "${received}"`);
  }
  const { responseTimeWarn: warning, responseTimeCrit: critical } = options;
  const took = `response took ${durationGo(seconds * 1e9)}`;
  if (critical > 0 && seconds > critical) result.critical(took);
  else if (warning > 0 && seconds > warning) result.warn(took);
  result.okIfClean('Valid response');
}
