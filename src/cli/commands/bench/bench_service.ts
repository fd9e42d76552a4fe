// `contrail bench service`: requests, and the service that answers them.
import { rfc3339Nano } from '../../../base/nanos.ts';
import { argument, defineCommand, defineGroup, flag } from '../../command.ts';
import { checkSubject } from '../../input/subjects.ts';
import { countText } from '../../output/human.ts';
import { BENCH_JSON, showBench } from './bench_command.ts';
import {
  COMMON_FLAGS,
  goText,
  PAYLOAD_FLAGS,
  paceOf,
  sendingOf,
  sizeOf,
  THROUGHPUT_FLAGS,
  throughputFacts,
} from './bench_flags.ts';

const SERVICE_FLAGS = {
  sleep: flag.duration('Sleep for the specified interval between requests or before replying to the request', {
    default: '0s',
    placeholder: 'DURATION',
  }),
  ...COMMON_FLAGS,
} as const;

const REQUEST = defineCommand({
  name: 'request',
  summary: 'Send a request and wait for a reply',
  args: { subject: argument.required('Subject to use for the benchmark') },
  flags: { ...SERVICE_FLAGS, ...PAYLOAD_FLAGS, ...THROUGHPUT_FLAGS },
  examples: [
    {
      text: 'Ten thousand requests of each of four clients',
      command: 'contrail bench service request svc --msgs 40000 --clients 4',
    },
  ],
  json: BENCH_JSON,
  run: async (session, { subject }, flags) => {
    const { publication, pace, plan } = sendingOf(session, subject, flags);
    await showBench(
      session,
      {
        ...plan,
        label: 'Core NATS service requester',
        facts: { subject, sleep: goText(flags.sleep), ...throughputFacts(flags) },
        startText: (count) => `requesting ${countText(count)} messages`,
        work: ({ offset }) => ({ kind: 'request', publication, pace, offset }),
      },
      flags,
    );
  },
});

const SERVE = defineCommand({
  name: 'serve',
  summary: 'Service requests',
  description: `Answers 'ok' until it is interrupted, and then says how many requests there were in the time between the
first and the last. Services of this name are listed by 'nats service ls'.`,
  args: { subject: argument.required('Subject to use for the benchmark') },
  flags: SERVICE_FLAGS,
  examples: [{ text: 'Two instances share the requests', command: 'contrail bench service serve svc --clients 2' }],
  json: BENCH_JSON,
  run: async (session, { subject }, flags) => {
    checkSubject(subject, 'the subject');
    const { sleepMs } = paceOf(flags.sleep, { throughput: 0 }, 1);
    const startedAt = rfc3339Nano(BigInt(Math.trunc(session.nowMs())) * 1_000_000n);
    await showBench(
      session,
      {
        label: 'Core NATS service server',
        prefix: 'S',
        facts: { subject, sleep: goText(flags.sleep) },
        startText: () => 'hit control-c to stop',
        messages: flags.msgs,
        sizeBytes: sizeOf(flags),
        clients: flags.clients,
        isShared: false,
        isEndless: true,
        hasProgress: false,
        work: () => ({ kind: 'serve', subject, sleepMs, startedAt }),
      },
      flags,
    );
  },
});

export const BENCH_SERVICE = defineGroup({
  name: 'service',
  summary: 'Micro-service mode',
  flags: SERVICE_FLAGS,
  commands: [REQUEST, SERVE],
});
