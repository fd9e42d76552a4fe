// The simulator's front door: runs a workload over many seeds and stops at the first broken promise.
//
//   node dist/src/sim/main.js --seed 42 --seeds 1000      seeds 42 to 1041, one line at the end
//   node dist/src/sim/main.js --seed 57 --trace 200       one seed, with the last 200 lines of what happened
import { errorText } from '../base/errors.ts';
import { NodeClock } from '../node/node_clock.ts';
import { contrailServer } from './contrail_server.ts';
import type { SimServerFactory } from './machine.ts';
import { toyServer } from './toy_server.ts';
import { Trace } from './trace.ts';
import type { WorkloadReport } from './workloads/publish_ack.ts';
import { publishAck } from './workloads/publish_ack.ts';
import { World } from './world.ts';

const DEFAULTS: Readonly<Record<string, string>> = { seed: '1', seeds: '1', server: 'contrail', trace: '0' };

const SERVERS: Readonly<Record<string, SimServerFactory>> = {
  contrail: contrailServer(),
  toy: toyServer(),
  // To see what a broken promise looks like.
  'careless-toy': toyServer('acknowledges before the sync'),
};

interface Totals {
  published: number;
  acked: number;
  crashes: number;
}

/** What is wrong with this seed, or null. */
async function runSeed(seed: number, factory: SimServerFactory, trace: Trace, totals: Totals): Promise<string | null> {
  let report: WorkloadReport;
  try {
    report = await publishAck(new World({ seed, factory, trace }));
  } catch (error) {
    return stackText(error);
  }
  totals.published += report.published;
  totals.acked += report.acked;
  totals.crashes += report.crashes;
  return report.violations.length === 0 ? null : report.violations.join('\n  ');
}

function stackText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : errorText(error);
}

/** Null where an argument is none of ours. */
function valuesOf(args: readonly string[]): Record<string, string> | null {
  const values = { ...DEFAULTS };
  for (let index = 0; index < args.length; index += 2) {
    const name = args[index]?.slice(2) ?? '';
    const value = args[index + 1];
    if (!args[index]?.startsWith('--') || DEFAULTS[name] === undefined || value === undefined) return null;
    values[name] = value;
  }
  return values;
}

async function main(): Promise<number> {
  const values = valuesOf(process.argv.slice(2));
  const server = values?.server ?? '';
  const [first, count, traceLines] = [Number(values?.seed), Number(values?.seeds), Number(values?.trace)];
  const factory = SERVERS[server];
  if (factory === undefined || ![first, count, traceLines].every(Number.isSafeInteger) || count < 1) {
    console.error('simulator: --seed N --seeds COUNT --server NAME --trace LINES');
    console.error(`simulator: servers are ${Object.keys(SERVERS).join(', ')}`);
    return 2;
  }
  const totals: Totals = { published: 0, acked: 0, crashes: 0 };
  const clock = new NodeClock();
  const startMs = clock.monotonicMs();
  let seed = first;
  const replayText = () => `again: node dist/src/sim/main.js --server ${server} --seed ${seed} --trace 200`;
  process.on('unhandledRejection', (reason) => {
    console.log(`seed ${seed} leaves a promise rejected that nobody handles:\n  ${stackText(reason)}\n${replayText()}`);
    process.exit(1);
  });
  for (; seed < first + count; seed++) {
    const trace = new Trace(traceLines);
    const wrong = await runSeed(seed, factory, trace, totals);
    if (traceLines > 0) console.log(trace.lines().join('\n'));
    if (wrong === null) continue;
    console.log(`seed ${seed} breaks a promise:\n  ${wrong}`);
    console.log(replayText());
    return 1;
  }
  const seconds = ((clock.monotonicMs() - startMs) / 1000).toFixed(1);
  const { published, acked, crashes } = totals;
  console.log(
    `${count} seeds from ${first}: ${published} published, ${acked} acknowledged, ${crashes} crashes, all promises kept (${seconds} s)`,
  );
  return 0;
}

process.exitCode = await main();
