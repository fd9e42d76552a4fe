// `contrail server report cpu` and `mem`: a bar for each server.
// Compat: natscli cli/server_report_command.go, reportCpuOrMem; internal/util, BarGraph.
import { askServers } from '../../../client/system_requests.ts';
import { type Command, defineCommand } from '../../../command.ts';
import { decimalText, sizeText } from '../../../output/human.ts';
import { domainFilterBody, expectedAnswers, noAnswer } from '../../../servers/server_filter.ts';
import type { ServerStats, Stats } from '../../../servers/server_types.ts';
import type { Session } from '../../../session.ts';
import { filterOf, LIMIT, REPORT_FLAGS, type ReportFlags, watched } from './report_run.ts';

interface Usage {
  readonly name: string;
  readonly summary: string;
  readonly title: string;
  readonly json: string;
  readonly value: (stats: Stats) => number;
  readonly text: (value: number) => string;
}

function usageReport({ name, summary, title, json, value, text }: Usage): Command {
  return defineCommand({
    name,
    summary,
    args: LIMIT,
    flags: REPORT_FLAGS,
    examples: [{ text: 'Every five seconds', command: `contrail server report ${name} --watch 5` }],
    json,
    run: async (session, { limit }, flags) => {
      await watched(session, flags.watch, async () => {
        const usage = await fetchUsage(session, flags, { limit, value });
        return () => {
          if (session.isJson) session.json(Object.fromEntries(usage));
          else session.print(barGraph(session, title, { usage, text, reverse: flags.reverse }));
        };
      });
    },
  });
}

export const REPORT_CPU = usageReport({
  name: 'cpu',
  summary: 'Report on CPU usage',
  title: 'CPU Usage',
  json: 'An object: the name of each server with its CPU use in percent of a core.',
  value: ({ cpu }) => cpu,
  text: decimalText,
});

export const REPORT_MEM = usageReport({
  name: 'mem',
  summary: 'Report on Memory usage',
  title: 'Memory Usage',
  json: 'An object: the name of each server with its memory in bytes.',
  value: ({ mem }) => mem,
  text: sizeText,
});

async function fetchUsage(
  session: Session,
  flags: ReportFlags,
  { limit, value }: { readonly limit: number | undefined; readonly value: (stats: Stats) => number },
): Promise<Map<string, number>> {
  const filter = filterOf(flags);
  const messages = await askServers(session, {
    subject: '$SYS.REQ.SERVER.PING',
    body: domainFilterBody(session, filter),
    expected: await expectedAnswers(session, filter, limit),
  });
  if (messages.length === 0) throw noAnswer();
  return new Map(
    messages.map((message) => {
      // What servers promise for this subject.
      const { server, statsz } = message.value as ServerStats;
      return [server.name, value(statsz)];
    }),
  );
}

const BAR_MAX = 30;
const BAR_MIN = 5;
/** Room beside the bars, as the reference leaves it. */
const MARGIN = 30;

interface Bars {
  readonly usage: ReadonlyMap<string, number>;
  readonly text: (value: number) => string;
  readonly reverse: boolean;
}

/** The least first. Bars stand for how far a value is above the least one. */
function barGraph(session: Session, title: string, { usage, text, reverse }: Bars): string {
  const { width: columns } = session.style;
  const width = columns === null ? BAR_MAX : Math.min(BAR_MAX, Math.max(BAR_MIN, Math.floor((columns - MARGIN) / 2)));
  const values = [...usage.values()];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const longest = Math.max(...[...usage.keys()].map((name) => name.length));
  const blocks = (value: number): number => {
    if (value === 0) return 0;
    return least === most ? width : Math.floor(((value - least) / (most - least)) * width);
  };
  const sorted = [...usage].sort(([, a], [, b]) => (reverse ? b - a : a - b));
  const lines = sorted.map(
    ([name, value]) => `  ${name.padStart(longest)}: ${'█'.repeat(blocks(value)) || '▏'} (${text(value)})`,
  );
  return [title, '', ...lines].join('\n');
}
