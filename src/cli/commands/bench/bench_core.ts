// `contrail bench pub` and `contrail bench sub`: core NATS.
import { argument, defineCommand, flag } from '../../command.ts';
import { checkSubject } from '../../input/subjects.ts';
import { countText } from '../../output/human.ts';
import { BENCH_JSON, showBench } from './bench_command.ts';
import {
  COMMON_FLAGS,
  goText,
  multiFacts,
  PAYLOAD_FLAGS,
  PUBLICATION_FLAGS,
  SLEEP_FLAG,
  sendingOf,
  sizeOf,
  subscribedSubject,
  THROUGHPUT_FLAGS,
  throughputFacts,
} from './bench_flags.ts';

export const BENCH_PUB = defineCommand({
  name: 'pub',
  summary: 'Publish Core NATS messages',
  args: { subject: argument.required('Subject to use for the benchmark') },
  flags: { ...SLEEP_FLAG, ...COMMON_FLAGS, ...PUBLICATION_FLAGS, ...PAYLOAD_FLAGS, ...THROUGHPUT_FLAGS },
  examples: [
    { text: 'A million messages of 16 bytes', command: 'contrail bench pub orders.new --msgs 1000000 --size 16' },
    {
      text: 'Two servers compared',
      command: 'contrail bench pub orders.new --server nats://a:4222 --against nats://b:4222 --rounds 5',
    },
  ],
  json: BENCH_JSON,
  run: async (session, { subject }, flags) => {
    const { publication, pace, plan } = sendingOf(session, subject, flags);
    await showBench(
      session,
      {
        ...plan,
        label: 'Core NATS publisher',
        facts: {
          subject: subscribedSubject(subject, flags.multisubject),
          ...multiFacts(flags),
          sleep: goText(flags.sleep),
          ...throughputFacts(flags),
        },
        startText: (count) => `publishing ${countText(count)} messages`,
        work: ({ offset }) => ({ kind: 'publish', publication, pace, offset }),
      },
      flags,
    );
  },
});

export const BENCH_SUB = defineCommand({
  name: 'sub',
  summary: 'Subscribe to Core NATS messages',
  args: { subject: argument.required('Subject to use for the benchmark') },
  flags: {
    multisubject: flag.switch('Subscribe to the subjects of a publisher in multi-subject mode'),
    ...COMMON_FLAGS,
  },
  examples: [
    {
      text: 'Four receivers of what another benchmark publishes',
      command: 'contrail bench sub orders.new --clients 4 --msgs 1000000 --size 16',
    },
  ],
  json: BENCH_JSON,
  run: async (session, { subject }, flags) => {
    const subscribed = subscribedSubject(subject, flags.multisubject);
    checkSubject(subscribed, 'the subject');
    await showBench(
      session,
      {
        label: 'Core NATS subscriber',
        prefix: 'S',
        facts: { subject: subscribed, 'multi-subject': String(flags.multisubject) },
        startText: (count) => `expecting ${countText(count)} messages`,
        messages: flags.msgs,
        sizeBytes: sizeOf(flags),
        clients: flags.clients,
        isShared: false,
        hasProgress: flags.progress,
        work: () => ({ kind: 'subscribe', subject: subscribed }),
      },
      flags,
    );
  },
});
