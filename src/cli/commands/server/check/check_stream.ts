// `contrail server check stream`: leader, replicas, messages, subjects, mirror and sources of one stream.
import { checkStream, type STREAM_OPTIONS } from '../../../checks/stream_check.ts';
import { defineCommand, flag } from '../../../command.ts';
import { requiredName } from '../../../input/required_flag.ts';
import { CHECK_FLAGS } from './check_flags.ts';
import { CHECK_JSON, runCheck } from './check_run.ts';
import { given, secondsOf } from './check_values.ts';

export const CHECK_STREAM = defineCommand({
  name: 'stream',
  summary: 'Checks the health of mirrored streams, streams with sources or clustered streams',
  description: `
Thresholds may stand in the stream's own metadata, as in

  io.nats.monitor.lag-critical: 200

A flag that is given goes before them. Where --subjects-critical is smaller than
--subjects-warn, fewer subjects are worse.`,
  flags: {
    ...CHECK_FLAGS,
    stream: flag.text('The streams to check', { placeholder: 'STREAM' }),
    lagCritical: flag.integer('Critical threshold to allow for lag on any source or mirror', {
      placeholder: 'MSGS',
      min: 0,
    }),
    seenCritical: flag.duration('Critical threshold for how long ago the source or mirror should have been seen', {
      placeholder: 'DURATION',
    }),
    minSources: flag.integer('Minimum number of sources to expect', { placeholder: 'SOURCES' }),
    maxSources: flag.integer('Maximum number of sources to expect', { placeholder: 'SOURCES' }),
    peerExpect: flag.integer('Number of cluster replicas to expect', { placeholder: 'SERVERS' }),
    peerLagCritical: flag.integer('Critical threshold to allow for cluster peer lag', { placeholder: 'OPS', min: 0 }),
    peerSeenCritical: flag.duration('Critical threshold for how long ago a cluster peer should have been seen', {
      placeholder: 'DURATION',
    }),
    msgsWarn: flag.integer('Warn if there are fewer than this many messages in the stream', {
      placeholder: 'MSGS',
      min: 0,
    }),
    msgsCritical: flag.integer('Critical if there are fewer than this many messages in the stream', {
      placeholder: 'MSGS',
      min: 0,
    }),
    subjectsWarn: flag.integer('Warning threshold for subjects in the stream', { placeholder: 'SUBJECTS' }),
    subjectsCritical: flag.integer('Critical threshold for subjects in the stream', { placeholder: 'SUBJECTS' }),
  },
  examples: [
    {
      text: 'Three replicas, none far behind',
      command: 'contrail server check stream --stream EVENTS --peer-expect 3 --peer-lag-critical 200',
    },
    { text: 'A mirror that keeps up', command: 'contrail server check stream --stream COPY --lag-critical 100' },
  ],
  json: CHECK_JSON,
  run: async (session, _, flags) => {
    const streamName = requiredName(flags.stream, '--stream');
    const options = given<typeof STREAM_OPTIONS>({
      sourcesLagCritical: flags.lagCritical,
      sourcesSeenCritical: secondsOf(flags.seenCritical),
      minSources: flags.minSources,
      maxSources: flags.maxSources,
      clusterExpectedPeers: flags.peerExpect,
      clusterLagCritical: flags.peerLagCritical,
      clusterSeenCritical: secondsOf(flags.peerSeenCritical),
      messagesWarn: flags.msgsWarn,
      messagesCritical: flags.msgsCritical,
      subjectsWarn: flags.subjectsWarn,
      subjectsCritical: flags.subjectsCritical,
    });
    await runCheck(session, flags, { suite: 'stream', name: streamName }, (result) =>
      checkStream(session, result, { ...options, streamName }),
    );
  },
});
