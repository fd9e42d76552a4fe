// Benchmarks that ask and wait for the answer, one after the other: requests to a service, synchronous publishes, gets, keys
// put and read. They differ in what is asked and in which answers are good.

import { Prng } from '../../base/prng.ts';
import { CommandError } from '../errors.ts';
import { type ClientContext, nanosBetween, type RunClient } from './bench_client.ts';
import { type Frame, frameText } from './frame_scanner.ts';
import { checkAck, checkAnswer } from './js_answer.ts';
import type { LineWriter } from './line_writer.ts';
import { type Pace, Pacer } from './pacer.ts';
import { Publication, type PublicationSpec } from './publication.ts';

interface ExchangeBase {
  readonly pace: Pace;
  /** The number of this client's first message. */
  readonly offset: number;
}

export interface RequestWork extends ExchangeBase {
  readonly kind: 'request';
  readonly publication: PublicationSpec;
}

export interface SyncPublishWork extends ExchangeBase {
  readonly kind: 'publish-sync';
  readonly publication: PublicationSpec;
  /** Before the number in message ids; null where there are none. */
  readonly idPrefix: string | null;
}

export interface GetWork extends ExchangeBase {
  readonly kind: 'get';
  /** Where to ask: the direct API, or the stream's leader. */
  readonly subject: string;
  readonly firstSeq: number;
}

export interface KvPutWork extends ExchangeBase {
  readonly kind: 'kv-put';
  /** What stands before the key. */
  readonly prefix: string;
  readonly payload: Uint8Array;
  /** Keys by chance below this; 0 for one after the other. */
  readonly randomize: number;
}

export interface KvGetWork extends ExchangeBase {
  readonly kind: 'kv-get';
  /** What stands before the key, in a subject of the direct API or of the bucket. */
  readonly prefix: string;
  /** Where to ask with the key's subject in the body; null where the direct API has it in its own. */
  readonly subject: string | null;
  readonly randomize: number;
}

export type ExchangeWork = RequestWork | SyncPublishWork | GetWork | KvPutWork | KvGetWork;

interface Exchange {
  /** Writes the request with that number and gives its subject. */
  ask(writer: LineWriter, number: number, reply: string): string;
  /** Throws where the answer is no good. */
  check(frame: Frame): void;
}

export async function prepareExchanges(context: ClientContext, work: ExchangeWork): Promise<RunClient> {
  const { connection, clock, tally } = context;
  const exchange = exchangeOf(context, work);
  return async () => {
    const pacer = new Pacer(work.pace, clock, tally);
    const check = (frame: Frame): void => exchange.check(frame);
    void tally.stopped.then(() => connection.giveUp());
    tally.start();
    while (!tally.isOver) {
      const startMs = clock.monotonicMs();
      const subject = exchange.ask(connection.writer, work.offset + tally.done, connection.nextReply());
      await connection.exchange(subject, check);
      if (tally.isStopped) break;
      tally.latency.record(nanosBetween(startMs, clock.monotonicMs()));
      tally.done++;
      if (pacer.isPaced) await connection.unlessFailed(pacer.after(tally.done));
    }
    tally.end();
  };
}

function exchangeOf(context: ClientContext, work: ExchangeWork): Exchange {
  switch (work.kind) {
    case 'request':
      return requests(context, work);
    case 'publish-sync':
      return publishes(context, work);
    case 'get':
      return gets(work);
    case 'kv-put':
      return puts(context, work);
    case 'kv-get':
      return keyGets(context, work);
  }
}

const MINUS = 45;

function requests({ seed }: ClientContext, work: RequestWork): Exchange {
  const publication = new Publication(work.publication, seed);
  return {
    ask: (writer, number, reply) => {
      publication.write(writer, number, { reply });
      return work.publication.subject;
    },
    check: (frame) => {
      const { bytes, payloadStart, payloadEnd } = frame;
      const isBad = payloadStart === payloadEnd || bytes[payloadStart] === MINUS;
      const text = payloadEnd - payloadStart < 5 ? '' : frameText(frame, payloadStart, payloadEnd);
      if (!isBad && !text.includes('error')) return;
      throw new CommandError(`The service has not answered well: '${frameText(frame, payloadStart, payloadEnd)}'`);
    },
  };
}

function publishes({ seed, index }: ClientContext, work: SyncPublishWork): Exchange {
  const publication = new Publication(work.publication, seed);
  const { idPrefix } = work;
  return {
    ask: (writer, number, reply) => {
      publication.write(writer, number, { reply, headers: messageId(idPrefix, index, number) });
      return work.publication.subject;
    },
    check: checkAck,
  };
}

/** The header line of a message's id; empty where there are none. */
export function messageId(idPrefix: string | null, index: number, number: number): string {
  return idPrefix === null ? '' : `Nats-Msg-Id: ${idPrefix}-${index}-${number}\r\n`;
}

function gets({ subject, firstSeq }: GetWork): Exchange {
  return {
    ask: (writer, number, reply) => {
      const body = `{"seq":${firstSeq + number}}`;
      writer.text(`PUB ${subject} ${reply} ${body.length}\r\n${body}\r\n`);
      return subject;
    },
    check: checkAnswer,
  };
}

function keysOf({ seed }: ClientContext, randomize: number): (number: number) => number {
  const random = new Prng(seed);
  return (number) => (randomize > 0 ? random.below(randomize) : number);
}

function puts(context: ClientContext, { prefix, payload, randomize }: KvPutWork): Exchange {
  const key = keysOf(context, randomize);
  return {
    ask: (writer, number, reply) => {
      writer.text(`PUB ${prefix}${key(number)} ${reply} ${payload.length}\r\n`);
      writer.payload(payload);
      return prefix;
    },
    check: checkAck,
  };
}

function keyGets(context: ClientContext, { prefix, subject, randomize }: KvGetWork): Exchange {
  const key = keysOf(context, randomize);
  let asked = '';
  return {
    ask: (writer, number, reply) => {
      asked = `${prefix}${key(number)}`;
      if (subject === null) writer.text(`PUB ${asked} ${reply} 0\r\n\r\n`);
      else {
        const body = `{"last_by_subj":"${asked}"}`;
        writer.text(`PUB ${subject} ${reply} ${body.length}\r\n${body}\r\n`);
      }
      return asked;
    },
    check: (frame) => {
      try {
        checkAnswer(frame);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new CommandError(`Cannot get the key '${asked.slice(asked.lastIndexOf('.') + 1)}': ${why}`, {
          cause: error,
        });
      }
    },
  };
}
