// What the server says of the streams of a plan before anything is sent. It is asked to update a stream that nobody has,
// with each configuration: it checks that, and then there is no such stream, so nothing changes. What it only looks at when
// a stream is made stays open, but for what our own server tells of it here as well, and for replicas without a cluster.
import { errorText } from '../../base/errors.ts';
import { adviceFor } from '../client/api_advice.ts';
import { ApiError, type JsApi } from '../client/js_api.ts';
import { CommandError } from '../errors.ts';
import type { Session } from '../session.ts';
import { sentConfig } from './carry_out.ts';
import { decodedStream } from './forms.ts';
import { nameOf } from './plan_context.ts';
import { type Plan, type Refusal, type Request, type Step, wordsOfError } from './step.ts';
import { originsOf } from './stream_order.ts';

/** No stream has this name, so that an update of it changes nothing. */
const PROBE_PREFIX = 'CONTRAIL_PLAN_';
const ASKED_AT_ONCE = 16;
const NO_CLUSTER = { description: 'replicas > 1 not supported in non-clustered mode', err_code: 10074 };
/** Too little room on disk or in memory. */
const NO_ROOM = [10047, 10028];
/** The configuration itself is refused, most often with a number that has another code. */
const BAD_REQUEST = 400;
const INVALID_CONFIG = 10052;

interface Question {
  readonly step: Step;
  readonly request: Request;
}

/** The plan, with what the server would refuse among its refusals. */
export async function withServerOpinion(session: Session, plan: Plan): Promise<Plan> {
  const questions = plan.steps.flatMap((step) => (isAskedAbout(step, plan) ? questionOf(step) : []));
  if (questions.length === 0) return plan;
  const api = await session.api();
  const refusals = new Map<Step, Refusal>();
  if (await isAlone(session, questions)) {
    for (const { step, request } of questions)
      if (wantsReplicas(request)) refusals.set(step, refusalOf(step, NO_CLUSTER));
  }
  const notes: string[] = [];
  const name = PROBE_PREFIX + uniqueId(session);
  const waiting = questions.filter(({ step }) => !refusals.has(step));
  const askNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        const error = await opinion(api, name, next);
        if (error !== null && isJust(error, next.step, plan)) refusals.set(next.step, refusalOf(next.step, error));
      } catch (error) {
        // Whoever may not ask applies without asking; one answer says it.
        if (!(error instanceof CommandError)) throw error;
        waiting.length = 0;
        notes[0] = `the server could not be asked beforehand whether it takes these streams: ${errorText(error)}`;
      }
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, askNext));
  return {
    ...plan,
    steps: plan.steps.filter((step) => !refusals.has(step)),
    refusals: [...plan.refusals, ...plan.steps.flatMap((step) => refusals.get(step) ?? [])],
    notes: [...plan.notes, ...notes],
  };
}

/** How much room there is then is only known of what is new, and where nothing else of the plan gives some back. */
function isJust({ err_code: code }: ApiError['body'], { action }: Step, { steps }: Plan): boolean {
  if (!NO_ROOM.includes(code)) return true;
  return action === 'create' && !steps.some((one) => one.action === 'update' && one.changes.some(isAboutBytes));
}

function questionOf(step: Step): Question[] {
  return step.request === null ? [] : [{ step, request: step.request }];
}

/** A stream is judged by those it copies from as they are, which says nothing where the plan changes these first. */
function isAskedAbout(step: Step, { steps }: Plan): boolean {
  if (step.kind === 'Consumer' || step.request === null) return false;
  if (step.action !== 'create' && step.action !== 'update') return false;
  const origins = originsOf(decodedStream(step.request.config));
  return !steps.some(
    ({ action, kind, stream }) => action === 'update' && kind !== 'Consumer' && origins.includes(stream),
  );
}

function isAboutBytes({ key }: { readonly key: string }): boolean {
  return key === 'max_bytes';
}

function wantsReplicas({ config }: Request): boolean {
  return Number(config['num_replicas'] ?? 1) > 1;
}

/** Whether the server that this connection has is the one that makes the streams, and in no cluster. */
async function isAlone(session: Session, questions: readonly Question[]): Promise<boolean> {
  if (!questions.some(({ request }) => wantsReplicas(request))) return false;
  const { info } = await session.connect();
  if (info?.jetstream !== true || info.cluster !== undefined || session.apiPrefix !== '$JS.API') return false;
  const { value } = await (await session.api()).request<{ readonly domain?: string }>('INFO');
  return (value.domain ?? '') === ('domain' in info ? info.domain : '');
}

/** Null where nothing speaks against it. */
async function opinion(api: JsApi, name: string, { step, request }: Question): Promise<ApiError['body'] | null> {
  try {
    await api.request(`STREAM.UPDATE.${name}`, { ...sentConfig(step, request), name });
    return null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { body } = error;
    return body.code === BAD_REQUEST || [INVALID_CONFIG, ...NO_ROOM].includes(body.err_code) ? body : null;
  }
}

function refusalOf(step: Step, error: Pick<ApiError['body'], 'description' | 'err_code'>): Refusal {
  const isAboutReplicas = error.err_code === NO_CLUSTER.err_code;
  const wayOut = isAboutReplicas
    ? 'this server is no cluster, say 1'
    : (adviceFor(error.err_code) ?? 'correct the document, or apply it to a server that takes it');
  const field = isAboutReplicas ? 'num_replicas' : null;
  return { ...nameOf(step), place: step.place, field, reason: wordsOfError(error), wayOut };
}

function uniqueId(session: Session): string {
  const bytes = new Uint8Array(8);
  session.doors.entropy.fill(bytes);
  return Buffer.from(bytes).toString('hex');
}
