// `contrail server ping`: every server answers, one line each, and how long that took.
// Compat: natscli cli/server_ping_command.go.
import { requestFailure } from '../../client/js_api.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { durationGo } from '../../output/human.ts';
import { graphText } from '../../output/screen.ts';
import type { ServerStats } from '../../servers/server_types.ts';
import type { Session } from '../../session.ts';

const SUBJECT = '$SYS.REQ.SERVER.PING';
const NAME_WIDTH = 60;
const BUCKET_MS = 25;
const GRAPH = { width: 60, height: 15 };

interface Answer {
  readonly name: string;
  readonly id: string;
  readonly rttNs: number;
}

export const SERVER_PING = defineCommand({
  name: 'ping',
  summary: 'Ping all servers',
  args: { expect: argument.integer('How many servers to expect', { min: 0 }) },
  flags: {
    graph: flag.switch('Produce a response distribution graph'),
    id: flag.switch('Include the Server ID in the output'),
  },
  examples: [
    { text: 'Who is there', command: 'contrail server ping' },
    { text: 'Wait for three of them', command: 'contrail server ping 3 --timeout 10s' },
  ],
  json: 'An object: replies (list of name, id, rtt_ns), expected, missing.',
  run: async (session, { expect = 0 }, { graph, id }) => {
    const { answers, expected } = await pingServers(session, expect, (one) => {
      if (session.isJson) return;
      const name = `${one.name.padEnd(NAME_WIDTH)} rtt=${durationGo(one.rttNs)}`;
      session.print(id ? `${one.id} ${name}` : name);
    });
    const missing = Math.max(0, expected - answers.length);
    if (session.isJson) {
      const replies = answers.map(({ name, id: serverId, rttNs }) => ({ name, id: serverId, rtt_ns: rttNs }));
      session.json({ replies, expected, missing });
      return;
    }
    summarize(session, answers, graph);
    if (missing > 0) session.print(`\nMissing ${missing} server(s)`);
  },
});

async function pingServers(
  session: Session,
  expect: number,
  show: (answer: Answer) => void,
): Promise<{ readonly answers: readonly Answer[]; readonly expected: number }> {
  const connection = await session.connect();
  const { clock } = session.doors;
  const answers: Answer[] = [];
  let expected = expect;
  const startMs = clock.monotonicMs();
  try {
    const messages = await connection.requestMany(SUBJECT, '', { strategy: 'timer', maxWait: session.timeoutMs });
    for await (const message of untilInterrupted(session, messages)) {
      const rttNs = Math.round((clock.monotonicMs() - startMs) * 1e6);
      session.trace?.(`<<< ${message.string()}`);
      const { server, statsz } = message.json<ServerStats>();
      if (expected === 0 && answers.length === 0) expected = statsz.active_servers ?? 0;
      const answer = { name: server.name, id: server.id, rttNs };
      answers.push(answer);
      show(answer);
      if (answers.length === expected) break;
    }
  } catch (error) {
    throw requestFailure(error, SUBJECT, session.timeoutMs);
  }
  return { answers, expected };
}

/** Who presses Ctrl-C wants to see what has come. */
async function* untilInterrupted<T>(session: Session, items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  const over = session.interrupted.then(() => ({ done: true, value: undefined }) as const);
  while (true) {
    const next = await Promise.race([iterator.next(), over]);
    if (next.done === true) break;
    yield next.value;
  }
}

function summarize(session: Session, answers: readonly Answer[], withGraph: boolean): void {
  session.print('\n---- ping statistics ----');
  if (answers.length === 0) {
    session.print('no responses received');
    return;
  }
  const times = answers.map(({ rttNs }) => Math.floor(rttNs / 1e6));
  const average = times.reduce((sum, time) => sum + time, 0) / times.length;
  const [max, min] = [Math.max(...times), Math.min(...times)];
  session.print(`${times.length} replies max: ${max.toFixed(2)} min: ${min.toFixed(2)} avg: ${average.toFixed(2)}`);
  if (withGraph) session.print(`\n${distribution(times)}`);
}

function distribution(times: readonly number[]): string {
  const buckets = new Array<number>(Math.floor(Math.max(...times) / BUCKET_MS) + 1).fill(0);
  for (const time of times) {
    const bucket = Math.floor(time / BUCKET_MS);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  return graphText({ caption: `Responses per ${BUCKET_MS}ms`, values: stretched(buckets, GRAPH.width), ...GRAPH });
}

/** As many values as the graph is wide, between those that there are. */
function stretched(values: readonly number[], width: number): number[] {
  return Array.from({ length: width }, (_, column) => {
    const at = (column / (width - 1)) * (values.length - 1);
    const [low = 0, high = 0] = [values[Math.floor(at)], values[Math.ceil(at)]];
    return low + (high - low) * (at % 1);
  });
}
