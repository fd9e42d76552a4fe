// `contrail bench js`: JetStream, with its gets.
import { defineCommand, defineGroup, flag } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { checkSubject } from '../../input/subjects.ts';
import { countText } from '../../output/human.ts';
import { BENCH_JSON, showBench } from './bench_command.ts';
import { goText, paceOf } from './bench_flags.ts';
import { CONSUME, FETCH, ORDERED, receivingPlan } from './bench_js_consume.ts';
import { BUFFER_FLAG, JS_FLAGS } from './bench_js_flags.ts';
import { BENCH_JS_PUB } from './bench_js_publish.ts';
import { apiOf, streamInfo } from './bench_setup.ts';

const GET_SYNC = defineCommand({
  name: 'sync',
  summary: 'Use synchronous JetStream get',
  flags: JS_FLAGS,
  examples: [{ text: 'A thousand messages, one by one', command: 'contrail bench js get sync --msgs 1000' }],
  json: BENCH_JSON,
  run: async (session, _args, flags) => {
    const pace = paceOf(flags.sleep, { throughput: 0 }, 1);
    let firstSeq = 1;
    let verb = 'DIRECT.GET';
    await showBench(
      session,
      {
        ...receivingPlan(flags),
        label: 'JetStream synchronous getter',
        facts: { stream: flags.stream, sleep: goText(flags.sleep) },
        isShared: false,
        setUp: async (settings) => {
          const { config, state } = await streamInfo(await apiOf(session, settings), flags.stream);
          firstSeq = Number(state.first_seq);
          verb = config.allow_direct === true ? 'DIRECT.GET' : 'STREAM.MSG.GET';
        },
        work: () => ({
          kind: 'get',
          subject: `${session.apiPrefix}.${verb}.${flags.stream}`,
          firstSeq,
          pace,
          offset: 0,
        }),
      },
      flags,
    );
  },
});

const GET_BATCH = defineCommand({
  name: 'batch',
  summary: 'Use batched JetStream direct get',
  flags: { ...JS_FLAGS, ...BUFFER_FLAG, filter: flag.text('Filter for the messages', { default: '>' }) },
  examples: [{ text: 'Larger batches', command: 'contrail bench js get batch --batch 1000 --msgs 50000' }],
  json: BENCH_JSON,
  run: async (session, _args, flags) => {
    const { sleepMs } = paceOf(flags.sleep, { throughput: 0 }, 1);
    checkSubject(flags.filter, '--filter');
    await showBench(
      session,
      {
        ...receivingPlan(flags),
        label: 'JetStream batched direct getter',
        facts: {
          batch: countText(flags.batch),
          filter: flags.filter,
          stream: flags.stream,
          sleep: goText(flags.sleep),
        },
        isShared: false,
        setUp: async (settings) => {
          const { config } = await streamInfo(await apiOf(session, settings), flags.stream);
          if (config.allow_direct === true) return;
          throw new CommandError(
            `The stream ${flags.stream} has no direct gets: 'contrail stream edit ${flags.stream} --allow-direct' allows them`,
          );
        },
        work: () => ({
          kind: 'get-batch',
          subject: `${session.apiPrefix}.DIRECT.GET.${flags.stream}`,
          filter: flags.filter,
          batch: flags.batch,
          sleepMs,
        }),
      },
      flags,
    );
  },
});

const GET = defineGroup({
  name: 'get',
  summary: 'Retrieve messages from JetStream using gets',
  commands: [GET_SYNC, GET_BATCH],
});

export const BENCH_JS = defineGroup({
  name: 'js',
  summary: 'JetStream benchmark commands',
  flags: JS_FLAGS,
  commands: [BENCH_JS_PUB, ORDERED, CONSUME, FETCH, GET],
});
