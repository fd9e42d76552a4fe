// `contrail consumer next`: pulls messages one by one, shows them and acknowledges them.
// Compat: natscli cli/consumer_command.go, getNextMsgDirect.
import type { Msg } from '@nats-io/transport-node';
import type { JsApi } from '../../client/js_api.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { isPushConsumer } from '../../consumers/consumer_page.ts';
import {
  DELIVERED_JSON,
  printDeliveredJson,
  printHeaders,
  printPlace,
  type Verdict,
} from '../../consumers/delivered_message.ts';
import { checkConsumerName, loadConsumer } from '../../consumers/pick_consumer.ts';
import { CommandError, UsageError } from '../../errors.ts';
import { checkGroup } from '../../input/subjects.ts';
import { durationGo } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import { checkStreamName } from '../../streams/pick_stream.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';

/** The client gives up this much later than the server, whose word says more. */
const ANSWER_GRACE_MS = 500;
const PIN_HEADER = 'Nats-Pin-Id';

export const CONSUMER_NEXT = defineCommand({
  name: 'next',
  summary: 'Retrieves messages from Pull consumers without interactive prompts',
  args: { stream: argument.required('Stream name'), consumer: argument.required('Consumer name') },
  flags: {
    ack: flag.toggle('Acknowledge received message'),
    nak: flag.switch('Perform a Negative Acknowledgement on the message'),
    term: flag.switch('Terms the message'),
    raw: flag.switch('Show only the message', { short: 'r' }),
    wait: flag.duration('Wait up to this period to acknowledge messages'),
    group: flag.text('Priority group to pull for'),
    count: flag.integer('Number of messages to try to fetch from the pull consumer', { default: 1, min: 1 }),
    ...ALL_FLAG,
  },
  examples: [
    { text: 'The next message, acknowledged', command: 'contrail consumer next EVENTS WORKER' },
    { text: 'Ten, left for others to handle', command: 'contrail consumer next EVENTS WORKER --count 10 --no-ack' },
  ],
  json: DELIVERED_JSON,
  run: async (session, { stream, consumer }, { ack, nak, term, raw, wait = 0, group, count }) => {
    checkStreamName(stream);
    checkConsumerName(consumer);
    checkGroup(group, '--group');
    if (term && ack === true) throw new UsageError('can not both Acknowledge and Terminate message');
    if (term && nak) throw new UsageError('can not both NaK and Terminate message');
    let verdict: Verdict = ack === false ? null : '+ACK';
    if (nak) verdict = '-NAK';
    if (term) verdict = '+TERM';
    await takeMessages(session, { stream, consumer, group, count, isRaw: raw, verdict, waitNs: wait });
  },
});

interface Taking extends Answering {
  readonly stream: string;
  readonly consumer: string;
  /** Of a consumer with priority groups. */
  readonly group?: string | undefined;
  readonly count: number;
}

/** Pulled, shown and answered one after the other. */
export async function takeMessages(
  session: Session,
  { stream, consumer, group, count, ...answering }: Taking,
): Promise<void> {
  const api = await session.api();
  let pin: string | undefined;
  for (let i = 0; i < count && !session.isInterrupted; i++) {
    const message = await nextMessage(session, { api, stream, consumer, group, pin });
    // To whom the group is pinned is said with the first message; who does not repeat it waits.
    pin = message.headers?.get(PIN_HEADER) || pin;
    show(session, message, answering);
    await answer(session, message, answering);
  }
}

interface Wanted {
  readonly api: JsApi;
  readonly stream: string;
  readonly consumer: string;
  readonly group: string | undefined;
  readonly pin: string | undefined;
}

async function nextMessage(session: Session, { api, stream, consumer, group, pin }: Wanted): Promise<Msg> {
  const subject = `${api.prefix}.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  const body = JSON.stringify({ batch: 1, expires: Math.round(session.flags.timeout), group, id: pin });
  session.trace?.(`>>> ${subject}\n${body}\n`);
  let message: Msg;
  try {
    // Messages keep the subject they were stored with, which an inbox shared by all requests could not tell apart.
    message = await api.connection.request(subject, body, {
      timeout: session.timeoutMs + ANSWER_GRACE_MS,
      noMux: true,
    });
  } catch (error) {
    await refuseIfNotPull(session, stream, consumer);
    throw nothing(session, stream, consumer, error);
  }
  const status = message.headers?.code ?? 0;
  if (status === 0) return message;
  if (status === 408 || status === 404) throw nothing(session, stream, consumer);
  await refuseIfNotPull(session, stream, consumer);
  const said = message.headers?.description ?? '';
  throw new CommandError(
    `no message received: ${said} (${status}); 'contrail consumer why ${stream} ${consumer}' says more`,
  );
}

async function refuseIfNotPull(session: Session, stream: string, consumer: string): Promise<void> {
  const { value } = await loadConsumer(session, stream, consumer);
  if (!isPushConsumer(value.config)) return;
  throw new CommandError(
    `consumer "${consumer}" is not a Pull consumer: 'contrail sub ${value.config.deliver_subject}' shows what it delivers`,
  );
}

function nothing(session: Session, stream: string, consumer: string, cause?: unknown): CommandError {
  return new CommandError(
    `no message received within ${durationGo(session.flags.timeout)}: 'contrail consumer why ${stream} ${consumer}' says why, --timeout how long to wait`,
    { cause },
  );
}

interface Showing {
  readonly isRaw: boolean;
  readonly verdict: Verdict;
}

function show(session: Session, message: Msg, { isRaw, verdict }: Showing): void {
  if (session.isJson) {
    printDeliveredJson(session, message, verdict);
    return;
  }
  if (!isRaw) {
    printPlace(session, message);
    printHeaders(session, message, '  ');
    if ([...(message.headers ?? [])].length > 0) session.print();
    session.print();
  }
  session.write(message.data);
  session.print();
}

interface Answering extends Showing {
  readonly waitNs: number;
}

async function answer(session: Session, message: Msg, { isRaw, verdict, waitNs }: Answering): Promise<void> {
  const { reply = '' } = message;
  if (verdict === null || reply === '') return;
  const delayNs = verdict === '+TERM' || waitNs <= 0 ? 0 : Math.floor(randomShare(session) * waitNs);
  if (delayNs > 0 && !(await session.pause(delayNs / 1e6))) return;
  const connection = await session.connect();
  session.trace?.(`>>> ${reply}: ${verdict}`);
  connection.publish(reply, verdict);
  await connection.flush();
  if (isRaw || session.isJson) return;
  if (verdict === '+TERM') {
    session.print('\nTerminated message');
    return;
  }
  const after = delayNs > 0 ? ` after ${durationGo(delayNs)} delay` : '';
  session.print(`\n${verdict === '-NAK' ? 'Negative ' : ''}Acknowledged message${after}\n`);
}

/** From 0 to 1. */
function randomShare(session: Session): number {
  const bytes = new Uint8Array(4);
  session.doors.entropy.fill(bytes);
  return new DataView(bytes.buffer).getUint32(0) / 2 ** 32;
}
