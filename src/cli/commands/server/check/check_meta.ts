// `contrail server check meta`: the group that holds JetStream's own state in a cluster.
import { checkMeta } from '../../../checks/meta_check.ts';
import { defineCommand, flag } from '../../../command.ts';
import { requiredFlag } from '../../../input/required_flag.ts';
import { CHECK_FLAGS } from './check_flags.ts';
import { CHECK_JSON, runCheck } from './check_run.ts';

export const CHECK_META = defineCommand({
  name: 'meta',
  aliases: ['raft'],
  summary: 'Check JetStream cluster state',
  description: 'Asked in the system account: give its user or its context.',
  flags: {
    ...CHECK_FLAGS,
    expect: flag.integer('Number of servers to expect', { placeholder: 'SERVERS' }),
    lagCritical: flag.integer('Critical threshold to allow for lag', { placeholder: 'OPS', min: 0 }),
    seenCritical: flag.duration('Critical threshold for how long ago a peer should have been seen', {
      placeholder: 'DURATION',
    }),
  },
  examples: [
    {
      text: 'Three servers, all of them current',
      command: 'contrail server check meta --expect 3 --lag-critical 100 --seen-critical 10s --context system',
    },
  ],
  json: CHECK_JSON,
  run: async (session, _, flags) => {
    const options = {
      expectServers: requiredFlag(flags.expect, '--expect'),
      lagCritical: requiredFlag(flags.lagCritical, '--lag-critical'),
      seenCritical: requiredFlag(flags.seenCritical, '--seen-critical') / 1e9,
    };
    await runCheck(session, flags, { suite: 'meta', name: 'JetStream Meta Cluster' }, (result) =>
      checkMeta(session, result, options),
    );
  },
});
