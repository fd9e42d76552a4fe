// `bench sub`: counts what comes on a subject. The time runs from the first message to the last.

import { deferred } from '../deferred.ts';
import type { ClientContext, RunClient } from './bench_client.ts';

export interface SubscribeWork {
  readonly kind: 'subscribe';
  readonly subject: string;
}

export async function prepareCoreSubscriber(context: ClientContext, work: SubscribeWork): Promise<RunClient> {
  const { connection, tally } = context;
  const { promise: complete, resolve } = deferred();
  connection.subscribe(work.subject, () => {
    if (tally.done >= tally.target) return;
    if (tally.done === 0) tally.start();
    tally.done++;
    if (tally.done < tally.target) return;
    tally.end();
    resolve();
  });
  await connection.flush();
  return () => connection.unlessFailed(Promise.race([complete, tally.stopped]));
}
