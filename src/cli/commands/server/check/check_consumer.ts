// `contrail server check consumer`: whether one consumer keeps up.
import { type CONSUMER_OPTIONS, checkConsumer } from '../../../checks/consumer_check.ts';
import { defineCommand, flag } from '../../../command.ts';
import { requiredName } from '../../../input/required_flag.ts';
import { CHECK_FLAGS } from './check_flags.ts';
import { CHECK_JSON, runCheck } from './check_run.ts';
import { given, secondsOf } from './check_values.ts';

/** What -1 and 0 mean where nobody has given the flag. */
const NONE = 'none';

export const CHECK_CONSUMER = defineCommand({
  name: 'consumer',
  summary: 'Checks the health of a consumer',
  description: `
Thresholds may stand in the consumer's own metadata, as in

  io.nats.monitor.unprocessed-critical: 1000

A flag that is given goes before them.`,
  flags: {
    ...CHECK_FLAGS,
    stream: flag.text('The streams to check', { placeholder: 'STREAM' }),
    consumer: flag.text('The consumer to check', { placeholder: 'CONSUMER' }),
    outstandingAckCritical: flag.integer('Maximum number of outstanding acks to allow', { placeholder: NONE }),
    waitingCritical: flag.integer('Maximum number of waiting pulls to allow', { placeholder: NONE }),
    unprocessedCritical: flag.integer('Maximum number of unprocessed messages to allow', { placeholder: NONE }),
    lastDeliveryCritical: flag.duration('Time to allow since the last delivery', { placeholder: NONE }),
    lastAckCritical: flag.duration('Time to allow since the last ack', { placeholder: NONE }),
    redeliveryCritical: flag.integer('Maximum number of redeliveries to allow', { placeholder: NONE }),
    pinned: flag.switch('Requires Pinned Client priority with all groups having a pinned client'),
  },
  examples: [
    {
      text: 'Not more than a thousand messages behind',
      command: 'contrail server check consumer --stream EVENTS --consumer WORKER --unprocessed-critical 1000',
    },
    {
      text: 'Something was acknowledged in the last five minutes',
      command: 'contrail server check consumer --stream EVENTS --consumer WORKER --last-ack-critical 5m',
    },
  ],
  json: CHECK_JSON,
  run: async (session, _, flags) => {
    const streamName = requiredName(flags.stream, '--stream');
    const consumerName = requiredName(flags.consumer, '--consumer');
    const options = given<typeof CONSUMER_OPTIONS>({
      ackOutstandingCritical: flags.outstandingAckCritical,
      waitingCritical: flags.waitingCritical,
      unprocessedCritical: flags.unprocessedCritical,
      lastDeliveryCritical: secondsOf(flags.lastDeliveryCritical),
      lastAckCritical: secondsOf(flags.lastAckCritical),
      redeliveryCritical: flags.redeliveryCritical,
      pinned: flags.pinned ? true : undefined,
    });
    await runCheck(session, flags, { suite: 'consumer', name: `${streamName}_${consumerName}` }, (result) =>
      checkConsumer(session, result, { ...options, streamName, consumerName }),
    );
  },
});
