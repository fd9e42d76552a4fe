// `contrail diff -f`: what the server has different from documents, field by field, and whether it was the documents or
// somebody at the server who changed.
import { isDoing } from '../../apply/step.ts';
import { defineCommand } from '../../command.ts';
import { ExitCode } from '../../errors.ts';
import { DIFFERENT, showOnly } from './apply.ts';
import { loadPlan, PLAN_FLAGS } from './load_plan.ts';

export const DIFF = defineCommand({
  name: 'diff',
  summary: 'Shows what the server has different from documents, field by field',
  description: `The plan of 'contrail apply' with the same flags, without doing it. What somebody has changed on the server since the
last apply (drift) is marked so.

Exit codes: 0 no difference, 2 some, 1 something did not work or cannot be.`,
  flags: PLAN_FLAGS,
  examples: [
    { text: 'One file', command: 'contrail diff -f streams.yaml' },
    {
      text: 'Has anybody changed something by hand?',
      command: 'contrail diff -f jetstream/ --set shop --prune || echo drift',
    },
  ],
  json: 'An object, as for apply --dry-run; origin of a change is document, server (drift), both or unknown.',
  run: async (session, _args, flags) => {
    const plan = await loadPlan(session, flags);
    showOnly(session, plan, { dryRun: true });
    if (plan.steps.some(isDoing)) throw new ExitCode(DIFFERENT);
  },
});
