// `contrail object`: buckets of objects, which are files of any size.
import { defineGroup } from '../../command.ts';
import { OBJECT_ADD, OBJECT_EDIT } from './object_add.ts';
import { OBJECT_DEL } from './object_del.ts';
import { OBJECT_GET } from './object_get.ts';
import { OBJECT_INFO } from './object_info.ts';
import { OBJECT_LS } from './object_ls.ts';
import { OBJECT_PUT } from './object_put.ts';
import { OBJECT_SEAL } from './object_seal.ts';
import { OBJECT_WATCH } from './object_watch.ts';

export const OBJECT = defineGroup({
  name: 'object',
  aliases: ['obj'],
  summary: 'Interacts with a JetStream based Object store',
  description:
    'The Object store keeps files of any size in streams, in chunks with a digest over the whole, for as long as the bucket they are in says.',
  commands: [
    OBJECT_ADD,
    OBJECT_EDIT,
    OBJECT_PUT,
    OBJECT_DEL,
    OBJECT_GET,
    OBJECT_INFO,
    OBJECT_LS,
    OBJECT_SEAL,
    OBJECT_WATCH,
  ],
});
