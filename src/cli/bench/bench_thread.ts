// The program of a measuring thread: some of the clients of a measurement, with an event loop of their own. Started by
// thread_team.ts.
import { NodeClock } from '../../node/node_clock.ts';
import { NodeEntropy } from '../../node/node_entropy.ts';
import { NodeNetwork } from '../../node/node_network.ts';
import { parentThread } from '../../node/node_threads.ts';
import { BenchLogin, type BenchLoginPlan } from './bench_login.ts';
import { BenchTeam, ClientFailure, type Member } from './bench_team.ts';
import type { ThreadNews, ThreadOrder } from './thread_messages.ts';

const PROGRESS_MS = 100;

const port = parentThread();
const clock = new NodeClock();
let team: BenchTeam | null = null;

function tell(news: ThreadNews): void {
  port.post(news);
}

async function prepare(login: BenchLoginPlan, members: readonly Member[]): Promise<void> {
  const network = new NodeNetwork();
  const doors = { clock, entropy: new NodeEntropy(), network: async () => network };
  team = await BenchTeam.prepare(members, { login: new BenchLogin(login, doors, members[0]?.index), clock });
  tell({ kind: 'ready' });
}

async function run(running: BenchTeam): Promise<void> {
  const show = (): void => tell({ kind: 'progress', done: running.done });
  let timer = clock.after(PROGRESS_MS, function again() {
    show();
    timer = clock.after(PROGRESS_MS, again);
  });
  try {
    const samples = await running.run();
    show();
    tell({ kind: 'samples', samples });
  } finally {
    timer.cancel();
  }
}

function failed(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  tell({ kind: 'failed', index: error instanceof ClientFailure ? error.index : -1, message });
}

port.onMessage((message) => {
  const order = message as ThreadOrder;
  switch (order.kind) {
    case 'prepare':
      prepare(order.login, order.members).catch(failed);
      break;
    case 'run':
      if (team !== null) run(team).catch(failed);
      break;
    case 'stop':
      team?.stop();
      break;
  }
});
