// What a client of a measurement can be told to do, as plain data that crosses threads, and the code for each.
import type { ClientContext, RunClient } from './bench_client.ts';
import { type PublishWork, prepareCorePublisher } from './core_publisher.ts';
import { prepareCoreSubscriber, type SubscribeWork } from './core_subscriber.ts';
import { type ExchangeWork, prepareExchanges } from './exchange_client.ts';
import { type BatchGetWork, prepareBatchGetter } from './js_batch_getter.ts';
import { type PullWork, preparePuller } from './js_consumer.ts';
import {
  type BatchPublishWork,
  type FastPublishWork,
  prepareBatchPublisher,
  prepareFastPublisher,
} from './js_publisher.ts';
import { prepareServer, type ServeWork } from './service_server.ts';

export type Work =
  | PublishWork
  | SubscribeWork
  | ExchangeWork
  | BatchPublishWork
  | FastPublishWork
  | PullWork
  | BatchGetWork
  | ServeWork;

/** Whether the client has one request under way at a time. */
export function waitsForAnswers({ kind }: Work): boolean {
  return ['request', 'publish-sync', 'get', 'kv-put', 'kv-get'].includes(kind);
}

export function prepareClient(context: ClientContext, work: Work): Promise<RunClient> {
  switch (work.kind) {
    case 'publish':
      return prepareCorePublisher(context, work);
    case 'subscribe':
      return prepareCoreSubscriber(context, work);
    case 'request':
    case 'publish-sync':
    case 'get':
    case 'kv-put':
    case 'kv-get':
      return prepareExchanges(context, work);
    case 'publish-async':
    case 'publish-atomic':
      return prepareBatchPublisher(context, work);
    case 'publish-fast':
      return prepareFastPublisher(context, work);
    case 'consume':
    case 'fetch':
      return preparePuller(context, work);
    case 'get-batch':
      return prepareBatchGetter(context, work);
    case 'serve':
      return prepareServer(context, work);
  }
}
