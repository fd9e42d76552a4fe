// `contrail bench js pub`: publishing into a stream, one by one or many at once.

import type { ClientPlace } from '../../bench/bench_run.ts';
import type { Work } from '../../bench/bench_work.ts';
import type { Pace } from '../../bench/pacer.ts';
import type { PublicationSpec } from '../../bench/publication.ts';
import type { JsApi } from '../../client/js_api.ts';
import {
  argument,
  type Command,
  defineCommand,
  defineGroup,
  type FlagMap,
  flag,
  type ValuesOf,
} from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { countText, durationHuman } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import { BENCH_JSON, showBench } from './bench_command.ts';
import {
  goText,
  multiFacts,
  PAYLOAD_FLAGS,
  PUBLICATION_FLAGS,
  sendingOf,
  subscribedSubject,
  THROUGHPUT_FLAGS,
  throughputFacts,
} from './bench_flags.ts';
import { BATCH_MAX, checkName, JS_FLAGS, maxBytesOf, STREAM_FLAGS } from './bench_js_flags.ts';
import { apiOf, createStream, purgeStream, requireLevel, streamInfo, uniqueText } from './bench_setup.ts';

const JS_PUBLISH_FLAGS = {
  ...JS_FLAGS,
  ...PUBLICATION_FLAGS,
  ...PAYLOAD_FLAGS,
  ...STREAM_FLAGS,
  ...THROUGHPUT_FLAGS,
} as const;

type JsPublishFlags = ValuesOf<typeof JS_PUBLISH_FLAGS>;

interface Publishing extends ClientPlace {
  readonly publication: PublicationSpec;
  readonly pace: Pace;
  /** Null where messages have no ids. */
  readonly idPrefix: string | null;
  readonly batchPrefix: string;
}

interface Way<F> {
  readonly name: 'sync' | 'async' | 'atomic' | 'fast';
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly label: string;
  /** What the server must know, and what needs it. */
  readonly level?: readonly [level: number, what: string];
  readonly facts: (flags: F) => Record<string, string>;
  readonly work: (publishing: Publishing, flags: F) => Work;
}

function publishCommand<const F extends FlagMap>(own: F, way: Way<ValuesOf<F>>): Command {
  const { name, aliases = [], summary } = way;
  return defineCommand({
    name,
    aliases,
    summary,
    args: { subject: argument.required('Subject to use for the benchmark') },
    flags: { ...own, ...JS_PUBLISH_FLAGS },
    examples: [
      {
        text: 'A new stream in memory',
        command: `contrail bench js pub ${name} bench.js --create --storage memory --msgs 50000`,
      },
    ],
    json: BENCH_JSON,
    run: async (session, { subject }, values) => {
      // All of them are there: the declaration above says so.
      const flags = values as JsPublishFlags & ValuesOf<F>;
      await runPublish(session, { subject, flags, way });
    },
  });
}

interface Asked<F> {
  readonly subject: string;
  readonly flags: JsPublishFlags & F;
  readonly way: Way<F>;
}

async function runPublish<F>(session: Session, { subject, flags, way }: Asked<F>): Promise<void> {
  const { publication, pace, plan } = sendingOf(session, subject, flags);
  const subscribed = subscribedSubject(subject, flags.multisubject);
  const config = streamConfig(flags, way.name, subscribed);
  const id = uniqueText(session);
  await showBench(
    session,
    {
      ...plan,
      label: way.label,
      facts: {
        subject: subscribed,
        ...multiFacts(flags),
        ...way.facts(flags),
        stream: flags.stream,
        sleep: goText(flags.sleep),
        purge: String(flags.purge),
        ...(flags.create ? createFacts(flags) : {}),
        ...throughputFacts(flags),
      },
      startText: (count) => `publishing ${countText(count)} messages`,
      setUp: async (settings) => {
        const api = await apiOf(session, settings);
        if (way.level !== undefined) await requireLevel(api, ...way.level);
        await prepareStream(session, api, { flags, config, publishes: `${way.name} ${subject}` });
      },
      work: (place) => {
        const idPrefix = flags.dedup ? id : null;
        return way.work({ ...place, publication, pace, idPrefix, batchPrefix: id }, flags);
      },
    },
    flags,
  );
}

interface StreamPlan {
  readonly flags: JsPublishFlags;
  readonly config: { readonly name: string };
  readonly publishes: string;
}

async function prepareStream(session: Session, api: JsApi, { flags, config, publishes }: StreamPlan): Promise<void> {
  if (flags.create) await createStream(api, config);
  await streamInfo(api, flags.stream, publishes);
  session.log(`Using stream: ${flags.stream}`);
  if (flags.purge) await purgeStream(session, api, flags.stream);
}

function streamConfig(flags: JsPublishFlags, way: Way<never>['name'], subject: string) {
  checkName(flags.stream, '--stream');
  const isAsync = flags.persistasync;
  if (isAsync && (flags.replicas !== 1 || way === 'atomic')) {
    throw new CommandError(
      '--persistasync is for streams with one replica that are not published to in atomic batches: leave it out',
    );
  }
  return {
    name: flags.stream,
    subjects: [subject],
    retention: 'limits',
    max_consumers: -1,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_bytes: maxBytesOf(flags.maxbytes),
    max_age: 0,
    max_msg_size: -1,
    storage: flags.storage,
    discard: 'new',
    num_replicas: flags.replicas,
    duplicate_window: flags.dedupwindow,
    allow_direct: true,
    allow_atomic: !isAsync,
    allow_batched: true,
    ...(isAsync ? { persist_mode: 'async' } : {}),
  };
}

function createFacts(flags: JsPublishFlags): Record<string, string> {
  return {
    storage: flags.storage,
    'max-bytes': countText(flags.maxbytes),
    replicas: countText(flags.replicas),
    deduplication: String(flags.dedup),
    'dedup-window': durationHuman(flags.dedupwindow),
  };
}

function batchFacts({ batch }: { readonly batch: number }): Record<string, string> {
  return { batch: countText(batch) };
}

const SYNC = publishCommand(
  {},
  {
    name: 'sync',
    summary: 'Use synchronous JetStream publish',
    label: 'JetStream synchronous publisher',
    facts: () => ({}),
    work: ({ publication, pace, offset, idPrefix }) => ({ kind: 'publish-sync', publication, pace, offset, idPrefix }),
  },
);

const ASYNC = publishCommand(
  { batch: flag.integer('Sets the number of asynchronous operations per batch', { default: 500, min: 1 }) },
  {
    name: 'async',
    summary: 'Use asynchronous JetStream publish',
    label: 'JetStream asynchronous publisher',
    facts: batchFacts,
    work: (publishing, { batch }) => ({ kind: 'publish-async', ...publishing, batch }),
  },
);

const ATOMIC = publishCommand(
  { batch: flag.integer('Sets the size of the batches', { default: 500, min: 1 }) },
  {
    name: 'atomic',
    aliases: ['batch'],
    summary: 'Use atomic batch JetStream publish',
    label: 'JetStream atomic batch publisher',
    level: [2, 'Publishing in atomic batches'],
    facts: batchFacts,
    work: (publishing, { batch }) => ({ kind: 'publish-atomic', ...publishing, batch }),
  },
);

const FAST = publishCommand(
  {
    batch: flag.integer('Sets the size of the batches', { default: 500, min: 1, max: BATCH_MAX }),
    maxOutstandingAcks: flag.integer('Sets the max outstanding acks for fast publishing', {
      default: 1,
      min: 1,
      max: BATCH_MAX,
    }),
  },
  {
    name: 'fast',
    summary: 'Use fast batch JetStream publish',
    label: 'JetStream fast batch publisher',
    level: [4, 'Publishing in fast batches'],
    facts: batchFacts,
    work: (publishing, { batch, maxOutstandingAcks: outstanding }) => ({
      kind: 'publish-fast',
      ...publishing,
      batch,
      outstanding,
    }),
  },
);

export const BENCH_JS_PUB = defineGroup({
  name: 'pub',
  summary: 'Publish JetStream messages',
  commands: [SYNC, ASYNC, ATOMIC, FAST],
});
