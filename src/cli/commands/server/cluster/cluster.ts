// `contrail server cluster`: connections and JetStream over many servers.
import { defineGroup } from '../../../command.ts';
import { BALANCE } from './cluster_balance.ts';
import { EVACUATE, PEER_REMOVE, STEP_DOWN } from './cluster_members.ts';
import { RESCUE } from './cluster_rescue.ts';

export const SERVER_CLUSTER = defineGroup({
  name: 'cluster',
  aliases: ['r', 'raft'],
  summary: 'Manage JetStream Clustering',
  commands: [BALANCE, EVACUATE, STEP_DOWN, PEER_REMOVE, RESCUE],
});
