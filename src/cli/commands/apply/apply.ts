// `contrail apply -f`: makes the server have what documents say. Plans first, shows the plan, asks before anything that is
// there changes or goes, then does it.
import { carryOut, type StepResult } from '../../apply/carry_out.ts';
import { countsText, planJson, refusalText, resultText, showPlan } from '../../apply/plan_page.ts';
import { isAsked, isDoing, type Plan } from '../../apply/step.ts';
import { defineCommand, flag } from '../../command.ts';
import { CommandError, ExitCode, UsageError } from '../../errors.ts';
import type { Session } from '../../session.ts';
import { loadPlan, PLAN_FLAGS } from './load_plan.ts';

/** As in `terraform plan -detailed-exitcode`; 1 is for what did not work. */
export const DIFFERENT = 2;

export const APPLY = defineCommand({
  name: 'apply',
  summary: 'Makes streams, consumers and buckets as documents say (YAML or JSON, also those of NACK)',
  description: `Documents are Contrail's own (kind: and the fields of the JetStream API) or NACK's, unchanged. What they do not say
is the server's default. First the plan is shown; nothing is sent where any of it cannot be. What is there already is only
changed or removed after a question, or with --yes. Applying the same documents again changes nothing.

With --set NAME what is applied belongs to that set, and --prune removes what the set's documents do not have any more,
but no stream that holds messages unless --prune-nonempty says so.

Exit codes: 0 done, or nothing to do; 1 refused, or failed on the way; with --dry-run --detailed-exitcode 2 where there is
something to do. docs/apply.md has the fields and more examples.`,
  flags: {
    ...PLAN_FLAGS,
    dryRun: flag.switch('Only show the plan'),
    diff: flag.switch('The same as --dry-run', { isHidden: true }),
    detailedExitcode: flag.switch('With --dry-run: exit with 2 where there is something to do'),
    yes: flag.switch('Change and remove without asking', { short: 'y' }),
    force: flag.switch('The same as --yes'),
  },
  examples: [
    { text: 'A file', command: 'contrail apply -f streams.yaml' },
    { text: 'What would be done', command: 'contrail apply -f streams.yaml --dry-run' },
    {
      text: 'A folder, in a pipeline, removing what is in it no more',
      command: 'contrail apply -f jetstream/ --set shop --prune --yes',
    },
    { text: 'What Kubernetes has', command: 'kubectl get streams,consumers -o yaml | contrail apply -f - --yes' },
  ],
  json: 'An object: set, dry_run, counts (create, update, adopt, delete, keep, none), steps (action, kind, name, stream, file, document, line, changes with key, old, new and origin, losses, notes, status, error), refusals (kind, name, stream, file, document, line, field, reason, way_out), notes.',
  run: async (session, _args, flags) => {
    const dryRun = flags.dryRun || flags.diff;
    if (flags.detailedExitcode && !dryRun) throw new UsageError('--detailed-exitcode goes with --dry-run');
    const plan = await loadPlan(session, flags);
    if (dryRun || plan.refusals.length > 0) {
      showOnly(session, plan, { dryRun });
      if (flags.detailedExitcode && plan.steps.some(isDoing)) throw new ExitCode(DIFFERENT);
      return;
    }
    if (!session.isJson) showPlan(session, plan);
    const asked = plan.steps.filter(isAsked);
    if (asked.length > 0 && !flags.yes && !flags.force) {
      if (!session.isJson) session.print();
      const what = countsText({ ...plan, steps: asked });
      if (!(await session.ask.confirm(`Really apply this, ${what}`, '--yes'))) return;
    }
    await carryOutPlan(session, plan, flags.pruneNonempty);
  },
});

/** Ends with 1 where there are refusals. */
export function showOnly(session: Session, plan: Plan, { dryRun }: { readonly dryRun: boolean }): void {
  if (session.isJson) session.json(planJson(plan, { dryRun, results: [] }));
  else showPlan(session, plan);
  const { refusals } = plan;
  if (refusals.length === 0) return;
  const [first] = refusals;
  if (first !== undefined && refusals.length === 1) throw new CommandError(`${refusalText(first)}\nNothing was sent`);
  const lines = refusals.map((refusal) => `  ${refusalText(refusal)}`);
  throw new CommandError(`${refusals.length} things cannot be, nothing was sent:\n${lines.join('\n')}`);
}

async function carryOutPlan(session: Session, plan: Plan, pruneNonempty: boolean): Promise<void> {
  if (!session.isJson && plan.steps.some(isDoing)) session.print();
  const results = await carryOut(session, plan.steps, {
    set: plan.set,
    pruneNonempty,
    onResult: (result) => {
      if (!session.isJson) for (const line of resultText(result)) session.print(line);
    },
  });
  if (session.isJson) session.json(planJson(plan, { dryRun: false, results }));
  const failed = results.find(({ status }) => status === 'failed');
  if (failed === undefined && !session.isInterrupted) return;
  throw new CommandError(endText(results), session.isInterrupted ? { code: 130 } : {});
}

function endText(results: readonly StepResult[]): string {
  const count = (wanted: StepResult['status']): number => results.filter(({ status }) => status === wanted).length;
  const failed = results.find(({ status }) => status === 'failed');
  const why = failed?.error == null ? 'interrupted' : failed.error;
  return (
    `${why}\n${count('done')} of ${results.length} steps were done, ${count('failed')} failed, ` +
    `${count('not done')} were not begun: apply again when the cause is gone, what is done stays done`
  );
}
