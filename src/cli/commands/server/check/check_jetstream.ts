// `contrail server check jetstream`: how full the account is, and the replicas of its streams.
import { checkJetStream, type JETSTREAM_OPTIONS } from '../../../checks/jetstream_check.ts';
import { defineCommand, flag, type ValuesOf } from '../../../command.ts';
import { CHECK_FLAGS } from './check_flags.ts';
import { CHECK_JSON, runCheck } from './check_run.ts';

/** Of the account; the check of everything has them too. */
export const USAGE_FLAGS = {
  memWarn: flag.integer('Warning threshold for memory storage, in percent of limit', { default: 75 }),
  memCritical: flag.integer('Critical threshold for memory storage, in percent of limit', { default: 90 }),
  storeWarn: flag.integer('Warning threshold for disk storage, in percent of limit', { default: 75 }),
  storeCritical: flag.integer('Critical threshold for disk storage, in percent of limit', { default: 90 }),
  streamsWarn: flag.integer('Warning threshold for number of streams used, in percent of limit', { default: -1 }),
  streamsCritical: flag.integer('Critical threshold for number of streams used, in percent of limit', { default: -1 }),
  consumersWarn: flag.integer('Warning threshold for number of consumers used, in percent of limit', { default: -1 }),
  consumersCritical: flag.integer('Critical threshold for number of consumers used, in percent of limit', {
    default: -1,
  }),
} as const;

export const REPLICA_FLAGS = {
  replicaSeenCritical: flag.duration(
    'Critical threshold for when a stream replica should have been seen, as a duration',
    { default: '5s' },
  ),
  replicaLagCritical: flag.integer('Critical threshold for how many operations behind a peer can be', {
    default: 200,
    min: 0,
  }),
} as const;

export type UsageFlags = ValuesOf<typeof USAGE_FLAGS>;
export type ReplicaFlags = ValuesOf<typeof REPLICA_FLAGS>;

export function usageOptions(flags: UsageFlags & ReplicaFlags, checkReplicas: boolean): typeof JETSTREAM_OPTIONS {
  return {
    memoryWarning: flags.memWarn,
    memoryCritical: flags.memCritical,
    fileWarning: flags.storeWarn,
    fileCritical: flags.storeCritical,
    streamWarning: flags.streamsWarn,
    streamCritical: flags.streamsCritical,
    consumersWarning: flags.consumersWarn,
    consumersCritical: flags.consumersCritical,
    checkReplicas,
    replicaSeenCritical: flags.replicaSeenCritical / 1e9,
    replicaLagCritical: flags.replicaLagCritical,
  };
}

export const CHECK_JETSTREAM = defineCommand({
  name: 'jetstream',
  aliases: ['js'],
  summary: 'Check JetStream account state',
  flags: {
    ...CHECK_FLAGS,
    ...USAGE_FLAGS,
    replicas: flag.toggle('Checks if all streams have healthy replicas', { default: true }),
    ...REPLICA_FLAGS,
  },
  examples: [
    { text: 'Storage and replicas', command: 'contrail server check jetstream' },
    { text: 'Warn when half of it is used', command: 'contrail server check jetstream --store-warn 50' },
  ],
  json: CHECK_JSON,
  run: (session, _, flags) =>
    runCheck(session, flags, { suite: 'jetstream', name: 'JetStream' }, (result) =>
      checkJetStream(session, result, usageOptions(flags, flags.replicas)),
    ),
});
