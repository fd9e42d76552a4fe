// Which consumers fit what was asked for, or with --invert do not. For `consumer find`. Compat: jsm.go consumer_query.go.
import type { ConsumerInfo } from '../client/js_types.ts';
import { flag, type ValuesOf } from '../command.ts';
import { parseCondition } from '../input/expression.ts';
import { timeMs } from '../session.ts';
import { isPushConsumer } from './consumer_page.ts';

/** `verb` is what the command does with what it finds: `Display`. */
export function queryFlags(verb: string) {
  return {
    pull: flag.switch(`${verb} only pull based consumers`),
    push: flag.switch(`${verb} only push based consumers`),
    bound: flag.switch(`${verb} push-bound or pull consumers with waiting pulls`),
    waiting: flag.integer(`${verb} consumers with fewer waiting pulls`, { min: 0 }),
    ackPending: flag.integer(`${verb} consumers with fewer pending acks`, { min: 0 }),
    pending: flag.integer(`${verb} consumers with fewer unprocessed messages`, { min: 0 }),
    idle: flag.duration(`${verb} consumers with no new deliveries for a period`),
    created: flag.duration(`${verb} consumers created longer ago than duration`, { placeholder: 'DURATION' }),
    replicas: flag.integer(`${verb} consumers with fewer or equal replicas than the value`, {
      placeholder: 'REPLICAS',
      min: 0,
    }),
    leader: flag.text(`${verb} only clustered streams with a specific leader`, { placeholder: 'SERVER' }),
    pinned: flag.switch('Finds Pinned Client priority group consumers that are fully pinned'),
    invert: flag.toggle('Invert the check - before becomes after, with becomes without'),
    expression: flag.text('Match consumers using an expression language'),
    apiLevel: flag.integer('Match consumers that support at least the given api level', { min: 0 }),
  } as const;
}

export type QueryFlags = ValuesOf<ReturnType<typeof queryFlags>>;

type Check = (info: ConsumerInfo) => boolean;

/** `nowMs` is the time that ages are counted to. */
export function matchingConsumers(
  consumers: readonly ConsumerInfo[],
  flags: QueryFlags,
  nowMs: number,
): ConsumerInfo[] {
  const checks = [...kindChecks(flags), ...countChecks(flags), ...ageChecks(flags, nowMs), ...placeChecks(flags)];
  return consumers.filter((info) => checks.every((check) => check(info)));
}

/** True becomes false where the person asks for the others. */
function turned(flags: QueryFlags, check: Check): Check {
  return (info) => check(info) !== (flags.invert === true);
}

function kindChecks(flags: QueryFlags): Check[] {
  const checks: Check[] = [];
  if (flags.expression !== undefined) {
    const condition = parseCondition(flags.expression);
    checks.push(turned(flags, (info) => condition({ config: info.config, state: info, info, Info: info })));
  }
  if (flags.push) checks.push(turned(flags, ({ config }) => isPushConsumer(config)));
  if (flags.pull) checks.push(turned(flags, ({ config }) => !isPushConsumer(config)));
  if (flags.bound) {
    checks.push(turned(flags, ({ push_bound: isBound, num_waiting: waiting }) => isBound === true || waiting > 0));
  }
  if (flags.pinned) {
    // Those that pin nobody ever are not meant, inverted or not.
    checks.push(({ config }) => config.priority_policy === 'pinned_client');
    checks.push(turned(flags, isFullyPinned));
  }
  return checks;
}

function isFullyPinned({ config, priority_groups: groups = [] }: ConsumerInfo): boolean {
  const pinned = groups.filter(({ pinned_client_id: client = '' }) => client !== '');
  return pinned.length === (config.priority_groups ?? []).length;
}

/** Below the number, or inverted above it; never those that have none. */
function countChecks(flags: QueryFlags): Check[] {
  const checks: Check[] = [];
  const add = (limit: number, countOf: (info: ConsumerInfo) => number): void => {
    if (limit <= 0) return;
    checks.push((info) => {
      const count = countOf(info);
      return count > 0 && (flags.invert === true ? count > limit : count < limit);
    });
  };
  add(flags.waiting ?? 0, (info) => info.num_waiting);
  add(flags.ackPending ?? 0, (info) => info.num_ack_pending);
  add(flags.pending ?? 0, (info) => info.num_pending);
  return checks;
}

function ageChecks(flags: QueryFlags, nowMs: number): Check[] {
  const checks: Check[] = [];
  const { idle = 0, created = 0 } = flags;
  const sinceNs = (text: string): number => (nowMs - timeMs(text)) * 1e6;
  if (idle > 0) {
    // As its help says; the reference finds those that have delivered within the period.
    checks.push(turned(flags, ({ delivered: { last_active: last } }) => last === undefined || sinceNs(last) > idle));
  }
  if (created > 0) checks.push(turned(flags, (info) => sinceNs(info.created) >= created));
  return checks;
}

function placeChecks(flags: QueryFlags): Check[] {
  const checks: Check[] = [];
  const { replicas = 0, apiLevel = 0, leader } = flags;
  if (replicas > 0) checks.push(turned(flags, ({ config }) => (config.num_replicas ?? 0) <= replicas));
  if (leader !== undefined) {
    checks.push(({ cluster }) => cluster !== undefined && cluster !== null);
    checks.push(turned(flags, ({ cluster }) => cluster?.leader === leader));
  }
  if (apiLevel > 0) {
    checks.push(turned(flags, ({ config }) => Number(config.metadata?.['_nats.req.level'] ?? 0) >= apiLevel));
  }
  return checks;
}
