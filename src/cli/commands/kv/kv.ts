// `contrail kv`: key-value buckets and their keys.
import { defineGroup } from '../../command.ts';
import { KV_ADD, KV_EDIT } from './kv_add.ts';
import { KV_COMPACT } from './kv_compact.ts';
import { KV_DEL, KV_PURGE } from './kv_del.ts';
import { KV_GET } from './kv_get.ts';
import { KV_HISTORY, KV_REVERT } from './kv_history.ts';
import { KV_INFO } from './kv_info.ts';
import { KV_LS } from './kv_ls.ts';
import { KV_CREATE, KV_PUT, KV_UPDATE } from './kv_put.ts';
import { KV_WATCH } from './kv_watch.ts';

export const KV = defineGroup({
  name: 'kv',
  summary: 'Interacts with a JetStream based Key-Value store',
  description:
    'The Key-Value store keeps values under keys in streams, for as long as the bucket they are in says, each with its revision and as much of its history as the bucket keeps.',
  commands: [
    KV_ADD,
    KV_EDIT,
    KV_PUT,
    KV_GET,
    KV_CREATE,
    KV_UPDATE,
    KV_DEL,
    KV_PURGE,
    KV_HISTORY,
    KV_REVERT,
    KV_INFO,
    KV_WATCH,
    KV_LS,
    KV_COMPACT,
  ],
});
