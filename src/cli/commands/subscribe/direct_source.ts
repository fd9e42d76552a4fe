// A stream's messages by direct gets: no consumer is made, so a work queue or an interest stream loses nothing by being
// looked at. Compat: natscli cli/sub_command.go, directSubscribe.
import { type DirectStreamAPI, jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { rfc3339NanoOfMs } from '../../../base/nanos.ts';
import { CommandError } from '../../errors.ts';
import { parseDuration } from '../../input/duration.ts';
import type { ArrivalQueue } from '../../messages/arrival_queue.ts';
import { type Received, receivedDirectly } from '../../messages/received.ts';
import { durationHuman } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import type { Source } from './source.ts';
import type { StreamSourceOptions } from './stream_source.ts';

const BATCH = 100;
const POLL_MS = 250;

/** Where reading begins. */
type Start =
  | { readonly kind: 'sequence'; readonly seq: number }
  | { readonly kind: 'time'; readonly ms: number; readonly seq: number }
  | { readonly kind: 'last_per_subject'; readonly seq: number };

export class DirectSource implements Source {
  readonly patterns: readonly string[];
  readonly mustAck = false;
  readonly replyPattern = null;
  readonly isEmpty: boolean;
  readonly #session: Session;
  readonly #direct: DirectStreamAPI;
  readonly #stream: string;
  readonly #isOnce: boolean;
  #start: Start;
  #isStopped: boolean;

  private constructor(
    session: Session,
    direct: DirectStreamAPI,
    { stream, subject = '>', flags }: StreamSourceOptions,
  ) {
    this.#session = session;
    this.#direct = direct;
    this.#stream = stream.name;
    this.patterns = [subject];
    this.isEmpty = false;
    this.#isOnce = flags.terminateAtEnd;
    this.#start = startOf(session, { stream, subject, flags });
    this.#isStopped = false;
  }

  static async open(session: Session, options: StreamSourceOptions): Promise<DirectSource> {
    const { stream } = options;
    if (stream.info.config.allow_direct !== true) {
      throw new CommandError(`cannot enable direct gets: allow_direct is not set to true for stream ${stream.name}`);
    }
    const api = await session.api();
    const manager = await jetstreamManager(api.connection, {
      apiPrefix: api.prefix,
      timeout: api.timeoutMs,
      checkAPI: false,
    });
    return new DirectSource(session, manager.direct, options);
  }

  async start(queue: ArrivalQueue<Received>): Promise<void> {
    void this.#poll(queue);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
  }

  async #poll(queue: ArrivalQueue<Received>): Promise<void> {
    while (!this.#isStopped) {
      const count = await this.#read(queue);
      if (count > 0) continue;
      if (this.#isOnce || !(await this.#session.pause(POLL_MS))) break;
    }
    queue.end();
  }

  /** One batch; how many messages it had. */
  async #read(queue: ArrivalQueue<Received>): Promise<number> {
    let count = 0;
    for await (const message of await this.#batch()) {
      queue.push(receivedDirectly(message, this.#stream));
      count++;
      if (this.#start.kind !== 'last_per_subject') this.#start = { kind: 'sequence', seq: message.seq + 1 };
    }
    // What has been stored meanwhile follows, message by message.
    if (this.#start.kind !== 'sequence') this.#start = { kind: 'sequence', seq: this.#start.seq + 1 };
    return count;
  }

  async #batch(): Promise<AsyncIterable<StoredMsg>> {
    const [subject = '>'] = this.patterns;
    const start = this.#start;
    switch (start.kind) {
      case 'last_per_subject':
        return await this.#direct.getLastMessagesFor(this.#stream, { multi_last: [subject], up_to_seq: start.seq });
      case 'time':
        return await this.#direct.getBatch(this.#stream, {
          batch: BATCH,
          start_time: rfc3339NanoOfMs(start.ms),
          next_by_subj: subject,
        });
      case 'sequence':
        return await this.#direct.getBatch(this.#stream, { batch: BATCH, seq: start.seq, next_by_subj: subject });
    }
  }
}

function startOf(session: Session, { stream, subject = '>', flags }: StreamSourceOptions): Start {
  const { first_seq: first, last_seq: last } = stream.info.state;
  const say = (text: string): void => {
    if (session.isJson) return;
    session.log(`Subscribing to JetStream Stream (direct) holding messages with subject ${subject} ${text} `);
  };
  if ((flags.startSequence ?? 0) > 0) {
    say(`starting with sequence ${flags.startSequence}`);
    return { kind: 'sequence', seq: flags.startSequence ?? 1 };
  }
  if (flags.last) {
    say('starting with the last message received');
    return { kind: 'sequence', seq: Math.max(1, last) };
  }
  if (flags.new) {
    say('delivering any new messages received');
    return { kind: 'sequence', seq: last + 1 };
  }
  if (flags.since !== undefined) {
    const since = parseDuration(flags.since);
    const ns = since.ok ? since.value : 0;
    say(`starting with messages since ${durationHuman(ns)}`);
    return { kind: 'time', ms: session.nowMs() - ns / 1e6, seq: last };
  }
  if (flags.lastPerSubject) {
    say('for the last messages for each subject in the Stream');
    return { kind: 'last_per_subject', seq: last };
  }
  if (flags.all) say('starting with the first message received');
  return { kind: 'sequence', seq: Math.max(1, first) };
}
