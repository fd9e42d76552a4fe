// One server's answer to a question for the system account: that of the first which answers. Servers of which the
// question is not true keep silent.
import type { Msg } from '@nats-io/transport-node';
import { requestFailure } from '../client/js_api.ts';
import { checkedAnswer } from '../client/system_requests.ts';
import type { Session } from '../session.ts';

export async function firstAnswer<T>(session: Session, page: string, body: unknown, timeoutMs: number): Promise<T> {
  const subject = `$SYS.REQ.SERVER.PING.${page}`;
  const connection = await session.connect();
  const payload = JSON.stringify(body);
  session.trace?.(`>>> ${subject}: ${payload}`);
  let message: Msg;
  try {
    message = await connection.request(subject, payload, { timeout: timeoutMs });
  } catch (error) {
    throw requestFailure(error, subject, timeoutMs);
  }
  session.trace?.(`<<< ${message.string()}`);
  const answer: unknown = JSON.parse(message.string());
  return checkedAnswer<T>(answer, subject).data;
}
