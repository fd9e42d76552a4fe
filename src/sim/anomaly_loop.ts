// Goes through everything that can go wrong at one operation of a script: the script runs once undisturbed, then once for
// each of its disk operations, with a crash, a kill or a failure just there. After each run the disk as found is given to
// a check. For stores, which need no server to be tested: the script is a few calls, the check opens the store again.
import type { OperatingErrorCode } from '../base/errors.ts';
import type { DiskOperation } from './disk_operation.ts';
import { isMutation } from './disk_operation.ts';
import { Scheduler } from './scheduler.ts';
import type { SimDiskOptions } from './sim_disk.ts';
import { SimDisk } from './sim_disk.ts';

/** What happens at the chosen operation. */
export type Anomaly = 'power cut' | 'kill' | OperatingErrorCode;

export interface AnomalyRun {
  readonly scheduler: Scheduler;
  readonly disk: SimDisk;
}

export interface AnomalyLoop<Facts> {
  readonly anomalies: readonly Anomaly[];
  /** Different outcomes of each crash. */
  readonly outcomes?: number;
  readonly seed?: number;
  readonly disk?: Partial<SimDiskOptions>;
  /**
   * The calls; it may await only what comes from the disk, and never comes back where that has died. `facts` is filled as
   * they go with what the check needs to know (what was promised so far) and survives the crash. May throw what a failing
   * disk makes the code under test throw: that is for `check` to judge, as `thrown`.
   */
  readonly script: (run: AnomalyRun, facts: Facts) => Promise<void>;
  readonly makeFacts: () => Facts;
  /** Throws where the disk as found does not hold what was promised. */
  readonly check: (found: AnomalyRun, facts: Facts, thrown: unknown) => Promise<void>;
}

const OUTCOMES_DEFAULT = 4;

/** Returns how many times the disk as found was checked. */
export async function anomalyLoop<Facts>(loop: AnomalyLoop<Facts>): Promise<number> {
  const undisturbed = await disturb(loop, null, 0);
  let checks = await checkFound(loop, undisturbed, null);
  for (const operation of undisturbed.run.disk.operations) {
    for (const anomaly of loop.anomalies) {
      if (!isFailure(anomaly) && !isMutation(operation)) continue;
      const disturbed = await disturb(loop, anomaly, operation.index);
      checks += await checkFound(loop, disturbed, anomaly).catch((error: unknown) => {
        throw new Error(`After ${anomaly} at ${whereText(operation)}: ${String(error)}`, { cause: error });
      });
    }
  }
  return checks;
}

interface Disturbed<Facts> {
  readonly run: AnomalyRun;
  readonly facts: Facts;
  readonly thrown: unknown;
}

async function disturb<Facts>(
  loop: AnomalyLoop<Facts>,
  anomaly: Anomaly | null,
  index: number,
): Promise<Disturbed<Facts>> {
  const scheduler = new Scheduler({ seed: loop.seed ?? 1 });
  const disk = new SimDisk({ ...loop.disk, scheduler });
  const run = { scheduler, disk };
  if (anomaly !== null && isFailure(anomaly)) disk.failAt(index, anomaly);
  else if (anomaly !== null) disk.crashAt(index);
  const facts = loop.makeFacts();
  let thrown: unknown = null;
  let isDone = false;
  loop.script(run, facts).then(
    () => {
      isDone = true;
    },
    (error: unknown) => {
      isDone = true;
      thrown = error;
    },
  );
  await scheduler.runUntil(() => isDone || disk.life.isOver);
  return { run, facts, thrown };
}

/** After a failure the power goes too: what was promised must be there even then. */
async function checkFound<Facts>(
  loop: AnomalyLoop<Facts>,
  disturbed: Disturbed<Facts>,
  anomaly: Anomaly | null,
): Promise<number> {
  const { run } = disturbed;
  if (anomaly === 'kill') {
    await checkOne(loop, run.disk.kill(), disturbed);
    return 1;
  }
  const outcomes = loop.outcomes ?? OUTCOMES_DEFAULT;
  for (let outcome = 0; outcome < outcomes; outcome++) {
    await checkOne(loop, run.disk.crash(outcome), disturbed);
  }
  return outcomes;
}

async function checkOne<Facts>(
  loop: AnomalyLoop<Facts>,
  disk: SimDisk,
  { run, facts, thrown }: Disturbed<Facts>,
): Promise<void> {
  await run.scheduler.settle(loop.check({ scheduler: run.scheduler, disk }, facts, thrown));
}

function isFailure(anomaly: Anomaly): anomaly is OperatingErrorCode {
  return anomaly !== 'power cut' && anomaly !== 'kill';
}

function whereText({ index, kind, path }: DiskOperation): string {
  return `operation ${index} (${kind} ${path})`;
}
