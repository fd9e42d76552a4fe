// `contrail consumer sub`: messages of a push consumer as they come, until Ctrl-C; of a pull consumer the next one. Answers
// the server's questions whether this subscriber keeps up.
// Compat: natscli cli/consumer_command.go, subAction and subscribeConsumer.
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { ConsumerConfig } from '../../client/js_types.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { ackPolicyText, isPushConsumer } from '../../consumers/consumer_page.ts';
import {
  DELIVERED_JSON,
  printDeliveredJson,
  printHeaders,
  printPlace,
  type Verdict,
} from '../../consumers/delivered_message.ts';
import { pickConsumer } from '../../consumers/pick_consumer.ts';
import { checkGroup } from '../../input/subjects.ts';
import { ArrivalQueue } from '../../messages/arrival_queue.ts';
import { durationGo } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';
import { takeMessages } from './consumer_next.ts';

const STATUS = 100;
const STALLED_HEADER = 'Nats-Consumer-Stalled';

export const CONSUMER_SUB = defineCommand({
  name: 'sub',
  summary: 'Retrieves messages from consumers',
  isHidden: true,
  args: { stream: argument.optional('Stream name'), consumer: argument.optional('Consumer name') },
  flags: {
    ack: flag.toggle('Acknowledge received message', { default: true }),
    raw: flag.switch('Show only the message', { short: 'r' }),
    deliverGroup: flag.text('Deliver group of the consumer'),
    ...ALL_FLAG,
  },
  examples: [{ text: 'Until Ctrl-C', command: 'contrail consumer sub EVENTS PUSHED' }],
  json: DELIVERED_JSON,
  run: async (session, names, { ack, raw, deliverGroup, all }) => {
    checkGroup(deliverGroup, '--deliver-group');
    const { value } = await pickConsumer(session, names, { all });
    const { stream_name: stream, name: consumer, config } = value;
    const verdict: Verdict = ack && config.ack_policy !== 'none' ? '+ACK' : null;
    if (!isPushConsumer(config)) {
      await takeMessages(session, { stream, consumer, count: 1, isRaw: raw, verdict, waitNs: 0 });
      return;
    }
    if (!raw && !session.isJson) announce(session, config, verdict !== null);
    const group = deliverGroup ?? config.deliver_group ?? '';
    await listen(session, { subject: config.deliver_subject ?? '', group, isRaw: raw, verdict });
  },
});

function announce(session: Session, config: ConsumerConfig, acknowledges: boolean): void {
  session.print(
    `Subscribing to topic ${config.deliver_subject} auto acknowledgment: ${acknowledges}\n\nConsumer Info:`,
  );
  session.print(`  Ack Policy: ${ackPolicyText(config)}`);
  if (config.ack_policy !== 'none') session.print(`    Ack Wait: ${durationGo(config.ack_wait ?? 0)}`);
  session.print();
}

interface Listening {
  readonly subject: string;
  /** Empty where there is none. */
  readonly group: string;
  readonly isRaw: boolean;
  readonly verdict: Verdict;
}

async function listen(session: Session, { subject, group, isRaw, verdict }: Listening): Promise<void> {
  const connection = await session.connect();
  const queue = new ArrivalQueue<Msg>();
  void session.interrupted.then(() => queue.end());
  const subscription = connection.subscribe(subject, {
    ...(group === '' ? {} : { queue: group }),
    callback: (error, message) => {
      if (error === null) queue.push(message);
    },
  });
  await connection.flush();
  await session.checkServerError();
  for await (const message of queue) {
    if (message.data.length === 0 && message.headers?.code === STATUS) {
      keepsUp(connection, message);
      continue;
    }
    show(session, message, { isRaw, verdict });
    if (verdict !== null) message.respond();
  }
  subscription.unsubscribe();
  await connection.flush();
}

/** A heartbeat that names where the flow has stalled, or a question of flow control: an empty message lets it go on. */
function keepsUp(connection: NatsConnection, message: Msg): void {
  const stalled = message.headers?.get(STALLED_HEADER) ?? '';
  if (stalled !== '') connection.publish(stalled);
  else message.respond();
}

function show(session: Session, message: Msg, { isRaw, verdict }: Pick<Listening, 'isRaw' | 'verdict'>): void {
  if (session.isJson) {
    printDeliveredJson(session, message, verdict);
    return;
  }
  if (!isRaw) {
    printPlace(session, message);
    printHeaders(session, message, '   ');
  }
  session.write(message.data);
  session.print();
  if (!isRaw && message.data.at(-1) !== 0x0a) session.print();
}
