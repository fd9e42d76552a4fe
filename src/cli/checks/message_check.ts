// Whether a stream's last message on a subject is young enough and says what it should.
// Compat: jsm.go monitor/stream_msg.go.
import { errorText } from '../../base/errors.ts';
import { ApiError } from '../client/js_api.ts';
import { parseGoPattern } from '../input/go_pattern.ts';
import { durationGo } from '../output/human.ts';
import { type Session, timeMs } from '../session.ts';
import type { CheckResult } from './check_result.ts';

/** Ages in seconds; 0 for none. An empty pattern matches all. */
export const MESSAGE_OPTIONS = {
  streamName: '',
  subject: '>',
  ageWarning: 0,
  ageCritical: 0,
  contentRegex: '',
  bodyAsTimestamp: false,
};

export type MessageOptions = typeof MESSAGE_OPTIONS;

interface StoredMessage {
  readonly time: string;
  /** Base64. */
  readonly data?: string;
}

const NO_MESSAGE = 10037;

export async function checkMessage(session: Session, result: CheckResult, options: MessageOptions): Promise<void> {
  const { streamName, subject } = options;
  let message: StoredMessage;
  try {
    const api = await session.api();
    const query = { last_by_subj: subject };
    const { value } = await api.request<{ readonly message: StoredMessage }>(`STREAM.MSG.GET.${streamName}`, query);
    message = value.message;
  } catch (error) {
    const isNone = error instanceof ApiError && error.body.err_code === NO_MESSAGE;
    result.critical(isNone ? 'no message found' : `msg load failed: ${errorText(error)}`);
    return;
  }
  judgeMessage(message, result, { options, nowMs: session.nowMs() });
}

export function judgeMessage(
  { time, data = '' }: StoredMessage,
  result: CheckResult,
  { options, nowMs }: { readonly options: MessageOptions; readonly nowMs: number },
): void {
  const { streamName, subject, ageWarning: warning, ageCritical: critical, contentRegex } = options;
  const body = Buffer.from(data, 'base64');
  const text = body.toString('utf8');
  let storedMs = timeMs(time);
  if (options.bodyAsTimestamp) {
    if (!/^[-+]?\d+$/.test(text.trim())) {
      result.critical(`invalid timestamp body: '${text.slice(0, 40)}' is no Unix time in seconds`);
      return;
    }
    storedMs = Number(text) * 1000;
  }
  const age = Math.round(nowMs - storedMs) / 1000;
  result.measure('age', age, 'The age of the message', { warning, critical, unit: 's' });
  result.measure('size', body.length, 'The size of the message', { unit: 'B' });
  if (critical > 0 && age > critical) result.critical(`${durationGo(age * 1e9)} old`);
  else if (warning > 0 && age > warning) result.warn(`${durationGo(age * 1e9)} old`);
  const pattern = parseGoPattern(contentRegex);
  if (!pattern.ok) result.critical(`content regex compile failed: ${pattern.error}`);
  else if (!pattern.value.test(text)) result.critical(`does not match regex: ${contentRegex}`);
  result.okIfClean(`Valid message on ${streamName} > ${subject}`);
}
