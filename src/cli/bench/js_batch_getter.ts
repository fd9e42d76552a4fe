// `bench js get batch`: reads a stream through its direct API, many messages for one request.
import { deferred } from '../deferred.ts';
import { CommandError } from '../errors.ts';
import { type ClientContext, nanosBetween, type RunClient } from './bench_client.ts';
import { type Frame, frameStatus } from './frame_scanner.ts';
import { checkAnswer, frameHeader } from './js_answer.ts';
import { Pacer } from './pacer.ts';

export interface BatchGetWork {
  readonly kind: 'get-batch';
  readonly subject: string;
  readonly filter: string;
  readonly batch: number;
  readonly sleepMs: number;
}

const END_OF_BATCH = 204;
const LESS =
  'at least one of the clients got less than the requested number of messages in a batch get. These results may not be optimal!';

export async function prepareBatchGetter(context: ClientContext, work: BatchGetWork): Promise<RunClient> {
  const { connection, clock, tally } = context;
  let got = 0;
  let nextSeq = 1;
  let failure: unknown = null;
  let wake: () => void = () => undefined;

  const onFrame = (frame: Frame): void => {
    const status = frameStatus(frame);
    if (status === 0) {
      if (tally.done < tally.target) tally.done++;
      got++;
      return;
    }
    try {
      if (status !== END_OF_BATCH) checkAnswer(frame);
      nextSeq = Number(frameHeader(frame, 'Nats-Last-Sequence') ?? 0) + 1;
    } catch (error) {
      failure = error;
    }
    wake();
  };

  const inbox = `${connection.inbox}.g`;
  connection.subscribe(inbox, onFrame);
  await connection.flush();
  return async () => {
    const pacer = new Pacer({ sleepMs: work.sleepMs, rate: 0 }, clock, tally);
    tally.start();
    while (!tally.isOver) {
      const batch = Math.min(work.batch, tally.target - tally.done);
      const body = JSON.stringify({ batch, seq: nextSeq, next_by_subj: work.filter });
      const { promise, resolve } = deferred();
      wake = resolve;
      got = 0;
      const startMs = clock.monotonicMs();
      connection.writer.text(`PUB ${work.subject} ${inbox} ${Buffer.byteLength(body)}\r\n${body}\r\n`);
      connection.writer.flush();
      await connection.within(Promise.race([promise, tally.stopped]), 'the end of a batch');
      if (tally.isStopped) break;
      if (failure !== null) throw failure;
      if (got === 0) throw new CommandError(`A batch from sequence ${nextSeq} on has brought no message`);
      if (got < batch) tally.warnings.add(LESS);
      tally.latency.record(nanosBetween(startMs, clock.monotonicMs()));
      if (pacer.isPaced) await connection.unlessFailed(pacer.after(tally.done));
    }
    tally.end();
  };
}
