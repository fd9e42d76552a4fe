// A plan as people read it, line by line, and as programs do. Decides nothing.
import { valueText } from '../output/difference.ts';
import type { Color } from '../output/style.ts';
import type { Session } from '../session.ts';
import type { StepResult } from './carry_out.ts';
import { type Action, type Change, type Plan, placeText, type Refusal, type Step, titleOf } from './step.ts';

const SIGNS: Readonly<Record<Action, string>> = {
  create: '+',
  update: '~',
  adopt: '=',
  delete: '-',
  keep: '!',
  none: ' ',
};

const COLORS: Readonly<Record<Action, Color | null>> = {
  create: 'green',
  update: 'yellow',
  adopt: 'cyan',
  delete: 'red',
  keep: 'magenta',
  none: null,
};

/** What is unchanged is only counted. */
export function showPlan(session: Session, plan: Plan): void {
  const { style } = session;
  for (const step of plan.steps) {
    if (step.action === 'none') continue;
    const color = COLORS[step.action];
    const head = `${SIGNS[step.action]} ${step.action} ${titleOf(step)}`;
    const place = step.place === null ? '' : `  ${placeText(step.place)}`;
    session.print((color === null ? head : style.color(color, head)) + place);
    for (const change of step.changes) session.print(`    ${changeText(change)}`);
    for (const loss of step.losses) session.print(style.color('red', `    loses ${loss}`));
  }
  // What is peculiar about a document was told when it was applied.
  const noted = plan.steps.filter(({ action }) => action !== 'none');
  const notes = [...noted.flatMap((step) => step.notes.map((note) => `${titleOf(step)}: ${note}`)), ...plan.notes];
  if (noted.length > 0) session.print();
  for (const note of notes) session.print(`Note: ${note}`);
  if (notes.length > 0) session.print();
  if (plan.refusals.length === 0) session.print(countsText(plan));
}

function changeText({ key, old, new: now, origin }: Change): string {
  const drift = {
    document: '',
    unknown: '',
    server: ' (changed on the server)',
    both: ' (also changed on the server)',
  };
  return `${key}: ${valueText(key, old)} → ${valueText(key, now)}${drift[origin]}`;
}

export function refusalText(refusal: Refusal): string {
  const { field, reason, wayOut, place } = refusal;
  const where = place === null ? '' : `${placeText(place)}: `;
  return `${where}${titleOf(refusal)}: ${field === null ? '' : `${field}: `}${reason}: ${wayOut}`;
}

const COUNT_WORDS: readonly (readonly [Action, string])[] = [
  ['create', 'to create'],
  ['update', 'to update'],
  ['adopt', 'to adopt'],
  ['delete', 'to delete'],
  ['keep', 'kept as they are'],
  ['none', 'unchanged'],
];

/** `2 to create, 1 unchanged`. */
export function countsText(plan: Plan): string {
  const counts = countsOf(plan);
  return COUNT_WORDS.flatMap(([action, words]) => (counts[action] > 0 ? `${counts[action]} ${words}` : [])).join(', ');
}

function countsOf({ steps }: Plan): Record<Action, number> {
  const counts = { create: 0, update: 0, adopt: 0, delete: 0, keep: 0, none: 0 };
  for (const { action } of steps) counts[action] += 1;
  return counts;
}

const DONE_WORDS: Readonly<Record<Action, string>> = {
  create: 'Created',
  update: 'Updated',
  adopt: 'Adopted',
  delete: 'Deleted',
  keep: 'Kept',
  none: 'Left',
};

export function resultText({ step, status, error, notes }: StepResult): string[] {
  const lines = notes.map((note) => `Note: ${titleOf(step)}: ${note}`);
  switch (status) {
    case 'done':
      return [`${DONE_WORDS[step.action]} ${titleOf(step)}`, ...lines];
    case 'failed':
      return [`Failed to ${step.action} ${titleOf(step)}: ${error ?? ''}`, ...lines];
    case 'not done':
      return [`Not done: ${step.action} ${titleOf(step)}`, ...lines];
  }
}

export interface PlanJsonOptions {
  readonly dryRun: boolean;
  readonly results: readonly StepResult[];
}

/** The shape is an interface: docs/apply.md. */
export function planJson(plan: Plan, { dryRun, results }: PlanJsonOptions): unknown {
  const byStep = new Map(results.map((result) => [result.step, result]));
  return {
    set: plan.set,
    dry_run: dryRun,
    counts: countsOf(plan),
    steps: plan.steps.map((step) => stepJson(step, byStep.get(step))),
    refusals: plan.refusals.map((refusal) => ({
      ...assetJson(refusal),
      field: refusal.field,
      reason: refusal.reason,
      way_out: refusal.wayOut,
    })),
    notes: plan.notes,
  };
}

function assetJson({ kind, name, stream, place }: Step | Refusal): Record<string, unknown> {
  return {
    kind,
    name,
    stream,
    file: place?.file ?? null,
    document: place?.document ?? null,
    line: place?.line ?? null,
  };
}

function stepJson(step: Step, result: StepResult | undefined): unknown {
  return {
    action: step.action,
    ...assetJson(step),
    changes: step.changes.map(({ key, old, new: now, origin }) => ({
      key,
      old: old ?? null,
      new: now ?? null,
      origin,
    })),
    losses: step.losses,
    notes: [...step.notes, ...(result?.notes ?? [])],
    status: result?.status ?? null,
    error: result?.error ?? null,
  };
}
