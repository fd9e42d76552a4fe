// Which streams fit what was asked for, or with --invert do not. For `stream find` and for balancing leaders.
// Compat: jsm.go stream_query.go.
import { isSubsetMatch, tokensOf } from '../../subject/subject.ts';
import type { StreamInfo } from '../client/js_types.ts';
import { flag, type ValuesOf } from '../command.ts';
import { UsageError } from '../errors.ts';
import { parseCondition } from '../input/expression.ts';
import { timeMs } from '../session.ts';

/** `verb` is what the command does with what it finds: `Display`. */
export function queryFlags(verb: string) {
  return {
    serverName: flag.text(`${verb} streams present on a regular expression matched server`),
    cluster: flag.text(`${verb} streams present on a regular expression matched cluster`),
    empty: flag.switch(`${verb} streams with no messages`),
    idle: flag.duration(`${verb} streams with no new messages or consumer deliveries for a period`, {
      placeholder: 'DURATION',
    }),
    created: flag.duration(`${verb} streams created longer ago than duration`, { placeholder: 'DURATION' }),
    consumers: flag.integer(`${verb} streams with fewer consumers than threshold`, {
      placeholder: 'THRESHOLD',
      default: -1,
    }),
    subject: flag.text('Filters streams by those with interest matching a subject or wildcard'),
    replicas: flag.integer(`${verb} streams with fewer or equal replicas than the value`, {
      placeholder: 'REPLICAS',
      min: 0,
    }),
    sourced: flag.switch(`${verb} that sources data from other streams`),
    mirrored: flag.switch(`${verb} that mirrors data from other streams`),
    leader: flag.text(`${verb} only clustered streams with a specific leader`, { placeholder: 'SERVER' }),
    invert: flag.toggle('Invert the check - before becomes after, with becomes without'),
    expression: flag.text('Match streams using an expression language'),
  } as const;
}

export type QueryFlags = ValuesOf<ReturnType<typeof queryFlags>> & { readonly apiLevel?: number | undefined };

type Check = (info: StreamInfo) => boolean;

/** `nowMs` is the time that ages are counted to. */
export function matchingStreams(streams: readonly StreamInfo[], flags: QueryFlags, nowMs: number): StreamInfo[] {
  const checks = checksOf(flags, nowMs);
  const subjects = flags.subject === undefined || flags.subject === '' ? null : flags.subject;
  return streams.filter((info) => {
    const isFit = checks.every((check) => check(info) !== (flags.invert === true));
    return isFit && (subjects === null || hasSubject(info, subjects, flags.invert === true));
  });
}

function checksOf(flags: QueryFlags, nowMs: number): Check[] {
  const checks: Check[] = [];
  const { idle = 0, created = 0, replicas = 0, apiLevel = 0, consumers } = flags;
  if (flags.expression !== undefined) {
    const condition = parseCondition(flags.expression);
    checks.push((info) => condition({ config: info.config, state: info.state, info, Info: info }));
  }
  const sinceNs = (text: string): number => (nowMs - timeMs(text)) * 1e6;
  if (created > 0) checks.push((info) => sinceNs(info.created) >= created);
  if (idle > 0) checks.push(({ state }) => sinceNs(state.last_ts) > idle);
  if (flags.empty) checks.push(({ state }) => state.messages === 0);
  if (consumers >= 0) checks.push(({ state }) => state.consumer_count <= consumers);
  if (flags.cluster !== undefined) {
    const pattern = regularExpression(flags.cluster, '--cluster');
    checks.push(({ cluster }) => cluster != null && pattern.test(cluster.name ?? ''));
  }
  if (flags.serverName !== undefined) {
    const pattern = regularExpression(flags.serverName, '--server-name');
    checks.push(({ cluster }) => {
      const names = [cluster?.leader ?? '', ...(cluster?.replicas ?? []).map(({ name }) => name)];
      return names.some((name) => name !== '' && pattern.test(name));
    });
  }
  if (replicas > 0) checks.push(({ config }) => config.num_replicas <= replicas);
  if (flags.sourced) checks.push(({ config }) => (config.sources ?? []).length > 0);
  if (flags.mirrored) checks.push(({ config }) => config.mirror !== undefined);
  if (flags.leader !== undefined) checks.push(({ cluster }) => cluster?.leader === flags.leader);
  if (apiLevel > 0) checks.push(({ config }) => Number(config.metadata?.['_nats.req.level'] ?? 0) >= apiLevel);
  return checks;
}

/** Inverted, one subject that does not match is enough. */
function hasSubject({ config }: StreamInfo, pattern: string, isInverted: boolean): boolean {
  const tokens = tokensOf(pattern);
  return (config.subjects ?? []).some((subject) => isSubsetMatch(tokensOf(subject), tokens) !== isInverted);
}

function regularExpression(text: string, flagName: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(
      `${flagName} '${text}' is no regular expression: ${error instanceof Error ? error.message : error}`,
    );
  }
}
