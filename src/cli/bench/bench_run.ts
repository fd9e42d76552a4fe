// One measurement from its banner to its samples: connections, progress, interruption. What is measured is the plan's.
import type { ConnectionSettings } from '../client/connection_settings.ts';
import type { CliDoors } from '../doors.ts';
import { CommandError } from '../errors.ts';
import { countText, sizeText } from '../output/human.ts';
import { startProgress } from '../output/progress.ts';
import type { Session } from '../session.ts';
import { BenchLogin, type BenchLoginPlan, benchLoginPlan } from './bench_login.ts';
import { type BenchResult, benchResult } from './bench_result.ts';
import { BenchTeam, ClientFailure, type Member, type Team } from './bench_team.ts';
import type { Work } from './bench_work.ts';
import { ThreadTeam } from './thread_team.ts';

export interface BenchPlan {
  /** `Core NATS publisher`. */
  readonly label: string;
  readonly prefix: 'P' | 'S';
  /** Shown in the banner, beside those that every measurement has. */
  readonly facts: Readonly<Record<string, string>>;
  /** What a client says when it starts: `publishing 500 messages`. */
  readonly startText: (messages: number) => string;
  readonly messages: number;
  readonly sizeBytes: number;
  readonly clients: number;
  /** Whether the clients share the messages, or each has all of them. */
  readonly isShared: boolean;
  /** Runs until it is interrupted. */
  readonly isEndless?: boolean;
  readonly hasProgress: boolean;
  /** Before clients connect: streams, consumers, and what `work` needs to know of them. */
  readonly setUp?: (settings: ConnectionSettings) => Promise<void>;
  readonly work: (client: ClientPlace) => Work;
}

export interface ClientPlace {
  readonly index: number;
  readonly offset: number;
  readonly messages: number;
}

const PROGRESS_MS = 100;

/** As evenly as it goes; the first ones have one more. */
export function shares(messages: number, clients: number): number[] {
  return Array.from({ length: clients }, (_, i) => Math.floor(messages / clients) + (i < messages % clients ? 1 : 0));
}

export function bannerText(plan: BenchPlan): string {
  const facts = {
    ...plan.facts,
    msgs: countText(plan.messages),
    'msg-size': sizeText(plan.sizeBytes),
    clients: countText(plan.clients),
  };
  const sorted = Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
  return `Starting ${plan.label} benchmark [${sorted.map(([name, value]) => `${name}=${value}`).join(', ')}]`;
}

function membersOf(plan: BenchPlan, seeds: Uint32Array): Member[] {
  const { messages: all, clients, isShared, isEndless } = plan;
  const counts = isShared ? shares(all, clients) : new Array<number>(clients).fill(all);
  let offset = 0;
  return counts.map((messages, index) => {
    const work = plan.work({ index, offset, messages });
    offset += messages;
    return {
      index,
      target: isEndless === true ? Number.POSITIVE_INFINITY : messages,
      seed: seeds[index] as number,
      work,
    };
  });
}

/** Null where it was interrupted before there was anything to tell. */
export async function runBench(
  session: Session,
  plan: BenchPlan,
  settings: ConnectionSettings,
): Promise<BenchResult | null> {
  const { doors } = session;
  session.log(bannerText(plan));
  await plan.setUp?.(settings);
  const login = await benchLoginPlan(settings, session);
  const seeds = new Uint32Array(plan.clients);
  doors.entropy.fill(new Uint8Array(seeds.buffer));
  const members = membersOf(plan, seeds);
  try {
    const team = await teamOf(members, login, doors);
    // Said when it is so: whoever reads that a subscriber has started can publish.
    for (const { index, target } of members) {
      session.log(`[${index + 1}] Starting ${plan.label}, ${plan.startText(target)}`);
    }
    return benchResult(await runTeam(session, plan, { team, members }), plan.sizeBytes);
  } catch (error) {
    if (!(error instanceof ClientFailure)) throw error;
    throw new CommandError(`Client ${error.index + 1} has failed: ${error.message}`, { cause: error });
  }
}

/** One client needs no thread of its own. */
function teamOf(members: readonly Member[], login: BenchLoginPlan, doors: CliDoors): Promise<Team> {
  const { clock, threads } = doors;
  if (members.length > 1 && threads.cores > 1) return ThreadTeam.prepare(members, { login, threads });
  return BenchTeam.prepare(members, { login: new BenchLogin(login, doors), clock });
}

interface Running {
  readonly team: Team;
  readonly members: readonly Member[];
}

async function runTeam(session: Session, plan: BenchPlan, { team, members }: Running) {
  const { clock } = session.doors;
  const total = members.reduce((sum, { target }) => sum + target, 0);
  const progress =
    plan.hasProgress && Number.isFinite(total) ? startProgress(session, { total, text: countText }) : null;
  const show = (): void => progress?.set(team.done.reduce((sum, done) => sum + done, 0));
  let timer = clock.after(PROGRESS_MS, function again() {
    show();
    timer = clock.after(PROGRESS_MS, again);
  });
  void session.interrupted.then(() => team.stop());
  try {
    return await team.run();
  } finally {
    timer.cancel();
    show();
    progress?.stop();
  }
}
