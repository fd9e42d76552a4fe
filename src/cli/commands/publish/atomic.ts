// `contrail publish --atomic`: the lines of the input as one batch, stored whole or not at all.
import { jetstream } from '@nats-io/jetstream';
import { CommandError } from '../../errors.ts';
import type { Outgoing, OutgoingMessages } from '../../messages/outgoing.ts';
import { countText } from '../../output/human.ts';
import type { Session } from '../../session.ts';

export interface AtomicOptions {
  readonly bodies: AsyncIterable<string>;
  /** How often each body is put in. */
  readonly count: number;
  readonly isQuiet: boolean;
}

export async function publishAtomically(
  session: Session,
  messages: OutgoingMessages,
  { bodies, count, isQuiet }: AtomicOptions,
): Promise<void> {
  const batch: Outgoing[] = [];
  for await (const body of bodies) {
    for (let number = 1; number <= count; number++) {
      const message = messages.make(body, number);
      batch.push(message);
      if (!isQuiet && !session.isJson) {
        session.log(`Adding ${message.data.length} bytes to batch on subject "${message.subject}"`);
      }
    }
  }
  const last = batch.at(-1);
  if (last === undefined) throw new CommandError('no messages to publish in atomic batch');
  const connection = await session.connect();
  const js = jetstream(connection, { apiPrefix: session.apiPrefix, timeout: session.timeoutMs });
  const [first = last, ...others] = batch;
  const ack =
    batch.length === 1
      ? await js.publish(last.subject, last.data, { ...optional(last), timeout: session.timeoutMs })
      : await commit(await js.startBatch(first.subject, first.data, optional(first)), others);
  if (session.isJson) session.jsonLine({ ...ack, messages: batch.length });
  else if (!isQuiet) session.log(`Wrote batch Messages: ${countText(batch.length)} Sequence: ${countText(ack.seq)}`);
}

type Batch = Awaited<ReturnType<ReturnType<typeof jetstream>['startBatch']>>;

function commit(batch: Batch, messages: readonly Outgoing[]): ReturnType<Batch['commit']> {
  for (const message of messages.slice(0, -1)) batch.add(message.subject, message.data, optional(message));
  const last = messages.at(-1);
  if (last === undefined) throw new CommandError('no messages to publish in atomic batch');
  return batch.commit(last.subject, last.data, optional(last));
}

function optional({ headers }: Outgoing): { headers?: NonNullable<Outgoing['headers']> } {
  return headers === undefined ? {} : { headers };
}
