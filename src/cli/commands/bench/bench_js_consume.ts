// `contrail bench js ordered`, `consume` and `fetch`: what a stream gives to consumers.
import type { BenchPlan } from '../../bench/bench_run.ts';
import type { JsApi } from '../../client/js_api.ts';
import { type Command, defineCommand, type ValuesOf } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import { countText } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import { BENCH_JSON, showBench } from './bench_command.ts';
import { goText, paceOf, sizeOf } from './bench_flags.ts';
import {
  BUFFER_FLAG,
  CONSUMER_FLAGS,
  checkName,
  FILTER_FLAG,
  filtersOf,
  JS_FLAGS,
  PURGE_FLAG,
} from './bench_js_flags.ts';
import {
  apiOf,
  CONSUMER_DEFAULT,
  type ConsumerPlan,
  createOrdered,
  purgeStream,
  renewConsumer,
  requireConsumer,
  streamInfo,
  uniqueText,
} from './bench_setup.ts';

type JsFlags = ValuesOf<typeof JS_FLAGS>;

/** What every benchmark that receives from a stream has. */
export function receivingPlan(
  flags: JsFlags,
): Pick<BenchPlan, 'prefix' | 'startText' | 'messages' | 'sizeBytes' | 'clients' | 'hasProgress'> {
  checkName(flags.stream, '--stream');
  return {
    prefix: 'S',
    startText: (count) => `expecting ${countText(count)} messages`,
    messages: flags.msgs,
    sizeBytes: sizeOf(flags),
    clients: flags.clients,
    hasProgress: flags.progress,
  };
}

async function prepareStream(session: Session, api: JsApi, flags: JsFlags & { readonly purge: boolean }) {
  await streamInfo(api, flags.stream);
  if (flags.purge) await purgeStream(session, api, flags.stream);
}

export const ORDERED = defineCommand({
  name: 'ordered',
  summary: 'Consume JetStream messages from a consumer using an ephemeral ordered consumer',
  flags: { ...JS_FLAGS, ...BUFFER_FLAG, ...PURGE_FLAG, ...FILTER_FLAG },
  examples: [
    { text: 'All clients read the whole stream', command: 'contrail bench js ordered --clients 4 --msgs 50000' },
  ],
  json: BENCH_JSON,
  run: async (session, _args, flags) => {
    const filters = filtersOf(flags.filter);
    const { sleepMs } = paceOf(flags.sleep, { throughput: 0 }, 1);
    const names = Array.from({ length: flags.clients }, () => `bench_${uniqueText(session)}`);
    const plan: ConsumerPlan = { stream: flags.stream, ackPolicy: 'none', maxAckPending: 0, filters };
    let round = 0;
    await showBench(
      session,
      {
        ...receivingPlan(flags),
        label: 'JetStream ordered ephemeral consumer',
        facts: {
          stream: flags.stream,
          sleep: goText(flags.sleep),
          purge: String(flags.purge),
          ...(filters.length > 0 ? { filter: filters.join(',') } : {}),
        },
        isShared: false,
        setUp: async (settings) => {
          const api = await apiOf(session, settings);
          await prepareStream(session, api, flags);
          round++;
          for (const name of names) await createOrdered(api, `${name}_${round}`, plan);
        },
        work: ({ index }) => ({
          kind: 'consume',
          subject: `${session.apiPrefix}.CONSUMER.MSG.NEXT.${flags.stream}.${names[index]}_${round}`,
          batch: flags.batch,
          isAcknowledged: false,
          isDoubleAcknowledged: false,
          sleepMs,
        }),
      },
      flags,
    );
  },
});

interface Way {
  readonly name: 'consume' | 'fetch';
  readonly summary: string;
  readonly label: string;
}

function durableCommand({ name, summary, label }: Way): Command {
  return defineCommand({
    name,
    summary,
    description: `The consumer '${CONSUMER_DEFAULT}' is made anew for every measurement; one of another name must be there.`,
    flags: { ...JS_FLAGS, ...CONSUMER_FLAGS },
    examples: [
      { text: 'Four clients share a consumer', command: `contrail bench js ${name} --clients 4 --msgs 50000` },
      { text: 'Without acknowledgements', command: `contrail bench js ${name} --acks none` },
    ],
    json: BENCH_JSON,
    run: async (session, _args, flags) => {
      const filters = filtersOf(flags.filter);
      const { sleepMs } = paceOf(flags.sleep, { throughput: 0 }, 1);
      checkName(flags.consumer, '--consumer');
      if (flags.clients > flags.msgs) throw new UsageError('--clients is more than --msgs: some would get no message');
      const plan: ConsumerPlan = {
        stream: flags.stream,
        ackPolicy: flags.acks,
        maxAckPending: flags.batch * flags.clients,
        filters,
      };
      await showBench(
        session,
        {
          ...receivingPlan(flags),
          label,
          facts: {
            consumer: flags.consumer,
            acks: flags.acks,
            'double-acked': String(flags.doubleack),
            batch: countText(flags.batch),
            ...(filters.length > 0 ? { filter: filters.join(',') } : {}),
            stream: flags.stream,
            sleep: goText(flags.sleep),
            purge: String(flags.purge),
          },
          isShared: true,
          setUp: async (settings) => {
            const api = await apiOf(session, settings);
            await prepareStream(session, api, flags);
            if (flags.consumer === CONSUMER_DEFAULT) await renewConsumer(api, flags.consumer, plan);
            else await requireConsumer(api, flags.stream, flags.consumer);
          },
          work: () => ({
            kind: name,
            subject: `${session.apiPrefix}.CONSUMER.MSG.NEXT.${flags.stream}.${flags.consumer}`,
            batch: flags.batch,
            isAcknowledged: flags.acks !== 'none',
            isDoubleAcknowledged: flags.acks !== 'none' && flags.doubleack,
            sleepMs,
          }),
        },
        flags,
      );
    },
  });
}

export const CONSUME = durableCommand({
  name: 'consume',
  summary: 'Consume JetStream messages from a durable consumer using a callback',
  label: 'JetStream durable consumer (callback)',
});

export const FETCH = durableCommand({
  name: 'fetch',
  summary: 'Consume JetStream messages from a durable consumer using fetch',
  label: 'JetStream durable consumer (fetch)',
});
