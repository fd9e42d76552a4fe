// `contrail consumer`: everything about consumers.
import { defineGroup } from '../../command.ts';
import { CONSUMER_ADD } from './consumer_add.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';
import { CONSUMER_CLUSTER } from './consumer_cluster.ts';
import { CONSUMER_COPY } from './consumer_copy.ts';
import { CONSUMER_EDIT } from './consumer_edit.ts';
import { CONSUMER_FIND } from './consumer_find.ts';
import { CONSUMER_GRAPH } from './consumer_graph.ts';
import { CONSUMER_INFO, CONSUMER_STATE } from './consumer_info.ts';
import { CONSUMER_LS } from './consumer_ls.ts';
import { CONSUMER_NEXT } from './consumer_next.ts';
import { CONSUMER_PAUSE, CONSUMER_RESUME } from './consumer_pause.ts';
import { CONSUMER_RM } from './consumer_remove.ts';
import { CONSUMER_REPORT } from './consumer_report.ts';
import { CONSUMER_RESET } from './consumer_reset.ts';
import { CONSUMER_SUB } from './consumer_sub.ts';
import { CONSUMER_UNPIN } from './consumer_unpin.ts';
import { CONSUMER_WHY } from './consumer_why.ts';

export const CONSUMER = defineGroup({
  name: 'consumer',
  aliases: ['con', 'obs', 'c'],
  summary: 'JetStream consumer management',
  // Each command has it too, where its type is known.
  flags: ALL_FLAG,
  commands: [
    CONSUMER_ADD,
    CONSUMER_EDIT,
    CONSUMER_LS,
    CONSUMER_FIND,
    CONSUMER_INFO,
    CONSUMER_STATE,
    CONSUMER_WHY,
    CONSUMER_RM,
    CONSUMER_RESET,
    CONSUMER_COPY,
    CONSUMER_NEXT,
    CONSUMER_SUB,
    CONSUMER_GRAPH,
    CONSUMER_PAUSE,
    CONSUMER_UNPIN,
    CONSUMER_RESUME,
    CONSUMER_REPORT,
    CONSUMER_CLUSTER,
  ],
});
