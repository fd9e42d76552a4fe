// `contrail bench kv`: keys put into a bucket and read from it.
import { defineCommand, defineGroup, flag } from '../../command.ts';
import { countText } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import { BENCH_JSON, showBench } from './bench_command.ts';
import { COMMON_FLAGS, goText, messagesOf, paceOf, sizeOf, THROUGHPUT_FLAGS, throughputFacts } from './bench_flags.ts';
import { checkName, maxBytesOf, PURGE_FLAG, STORE_FLAGS } from './bench_js_flags.ts';
import { apiOf, BUCKET_DEFAULT, bucketInfo, createStream, purgeStream, removeStream } from './bench_setup.ts';

const KV_FLAGS = {
  ...COMMON_FLAGS,
  bucket: flag.text('The bucket to use for the benchmark', { default: BUCKET_DEFAULT }),
  sleep: flag.duration('Sleep for the specified interval after putting each message', {
    default: '0s',
    placeholder: 'DURATION',
  }),
} as const;

const RANDOMIZE = 'using keys between 0 and this number (set to 0 for sequential access)';
const DUPLICATE_WINDOW_NS = 120e9;

/** Before a key's subject, for a client of another domain or behind an import. */
function putPrefix({ apiPrefix }: Session): string {
  return apiPrefix === '$JS.API' ? '' : `${apiPrefix}.`;
}

const PUT = defineCommand({
  name: 'put',
  summary: 'Put messages in a KV bucket',
  flags: {
    ...KV_FLAGS,
    ...STORE_FLAGS,
    history: flag.integer('History depth for the bucket in KV mode', { default: 1, min: 1, max: 64 }),
    ...PURGE_FLAG,
    randomize: flag.integer(`Randomly put messages ${RANDOMIZE}`, { default: 0, min: 0 }),
    ...THROUGHPUT_FLAGS,
  },
  description: `The bucket '${BUCKET_DEFAULT}' is created where it is not there; others must be. --purge begins with a new one, and empties others.`,
  examples: [{ text: 'Ten thousand keys in memory', command: 'contrail bench kv put --storage memory --msgs 10000' }],
  json: BENCH_JSON,
  run: async (session, _args, flags) => {
    const messages = messagesOf(flags, flags);
    const clients = Math.min(flags.clients, messages);
    const pace = paceOf(flags.sleep, flags, clients);
    const payload = new Uint8Array(sizeOf(flags));
    checkName(flags.bucket, '--bucket');
    const stream = `KV_${flags.bucket}`;
    const config = {
      name: stream,
      description: 'nats bench bucket',
      subjects: [`$KV.${flags.bucket}.>`],
      retention: 'limits',
      max_consumers: -1,
      max_msgs: -1,
      max_msgs_per_subject: flags.history,
      max_bytes: maxBytesOf(flags.maxbytes),
      max_age: 0,
      max_msg_size: -1,
      storage: flags.storage,
      discard: 'new',
      num_replicas: flags.replicas,
      duplicate_window: DUPLICATE_WINDOW_NS,
      deny_delete: true,
      allow_rollup_hdrs: true,
      allow_direct: true,
    };
    await showBench(
      session,
      {
        label: 'JetStream KV putter',
        prefix: 'P',
        facts: {
          bucket: flags.bucket,
          sleep: goText(flags.sleep),
          purge: String(flags.purge),
          ...throughputFacts(flags),
        },
        startText: (count) => `publishing ${countText(count)} messages`,
        messages,
        sizeBytes: payload.length,
        clients,
        isShared: true,
        hasProgress: flags.progress,
        setUp: async (settings) => {
          const api = await apiOf(session, settings);
          if (flags.bucket !== BUCKET_DEFAULT) {
            await bucketInfo(api, flags.bucket);
            if (flags.purge) await purgeStream(session, api, stream);
            return;
          }
          if (flags.purge) await removeStream(api, stream);
          await createStream(api, config);
        },
        work: ({ offset }) => ({
          kind: 'kv-put',
          prefix: `${putPrefix(session)}$KV.${flags.bucket}.`,
          payload,
          randomize: flags.randomize,
          pace,
          offset,
        }),
      },
      flags,
    );
  },
});

const GET = defineCommand({
  name: 'get',
  summary: 'Get messages from a KV bucket',
  flags: { ...KV_FLAGS, randomize: flag.integer(`Randomly get messages ${RANDOMIZE}`, { default: 0, min: 0 }) },
  examples: [{ text: 'Keys that a put has written', command: 'contrail bench kv get --msgs 10000 --clients 4' }],
  json: BENCH_JSON,
  run: async (session, _args, flags) => {
    const pace = paceOf(flags.sleep, { throughput: 0 }, 1);
    checkName(flags.bucket, '--bucket');
    const stream = `KV_${flags.bucket}`;
    const keys = `$KV.${flags.bucket}.`;
    let isDirect = true;
    await showBench(
      session,
      {
        label: 'JetStream KV getter',
        prefix: 'S',
        facts: { bucket: flags.bucket, sleep: goText(flags.sleep), randomize: countText(flags.randomize) },
        startText: (count) => `trying to get ${countText(count)} messages`,
        messages: flags.msgs,
        sizeBytes: sizeOf(flags),
        clients: Math.min(flags.clients, flags.msgs),
        isShared: true,
        hasProgress: flags.progress,
        setUp: async (settings) => {
          const { config } = await bucketInfo(await apiOf(session, settings), flags.bucket);
          isDirect = config.allow_direct === true;
        },
        work: ({ offset }) => ({
          kind: 'kv-get',
          prefix: isDirect ? `${session.apiPrefix}.DIRECT.GET.${stream}.${keys}` : keys,
          subject: isDirect ? null : `${session.apiPrefix}.STREAM.MSG.GET.${stream}`,
          randomize: flags.randomize,
          pace,
          offset,
        }),
      },
      flags,
    );
  },
});

export const BENCH_KV = defineGroup({
  name: 'kv',
  summary: 'KV benchmark operations',
  flags: KV_FLAGS,
  commands: [PUT, GET],
});
