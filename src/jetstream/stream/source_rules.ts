// What a stream may say about the streams it copies from: its mirror and its sources, one by one and together. Pure;
// a part of stream_config_check.ts. Compat: nats-server stream.go, checkStreamCfgLocked, its middle.
import {
  isSubsetMatch,
  isValidLiteralSubject,
  isValidSubject,
  subjectsCollide,
  tokensOf,
} from '../../subject/subject.ts';
import { checkMapping } from '../../subject/transform.ts';
import { type ApiError, apiError } from '../api/api_error.ts';
import { isValidAssetName } from '../asset_names.ts';
import { goQuote } from '../json/go_quote.ts';
import type { SourceConsumer, StreamConfig, StreamSource } from './stream_config.ts';

const API_PREFIX = '$JS.API';

export type StreamLookup = (name: string) => StreamConfig | null;

interface SourceContext {
  readonly isPedantic: boolean;
  readonly findStream: StreamLookup;
}

type Draft = { -readonly [K in keyof StreamConfig]: StreamConfig[K] };

/** What is collected on the way, for the checks over all of them. */
interface Collected {
  /** Subjects of the streams copied from. */
  readonly subjects: string[];
  readonly deliverPrefixes: string[];
  readonly apiPrefixes: string[];
}

function invalid(text: string): ApiError {
  return apiError('JSStreamInvalidConfigF', { err: text });
}

export function checkSources(draft: Draft, context: SourceContext): ApiError | null {
  const collected: Collected = { subjects: [], deliverPrefixes: [], apiPrefixes: [] };
  return (
    checkMirror(draft, context, collected) ??
    checkSourceList(draft, context, collected) ??
    checkPrefixes(collected) ??
    checkCycle(draft, context.findStream)
  );
}

function checkMirror(draft: Draft, context: SourceContext, collected: Collected): ApiError | null {
  const { mirror } = draft;
  if (mirror === null) return null;
  const error = checkMirrorCompany(draft) ?? checkMirrorItself(draft, mirror) ?? checkMirrorTransforms(mirror);
  if (error !== null) return error;
  if (mirror.external !== null) {
    collectPrefixes(mirror, collected);
    return null;
  }
  if (!isValidAssetName(mirror.name)) return apiError('JSMirrorInvalidStreamName');
  const origin = context.findStream(mirror.name);
  if (origin === null) return null;
  collected.subjects.push(...origin.subjects);
  if (draft.max_msg_size > 0 && origin.max_msg_size > 0 && draft.max_msg_size < origin.max_msg_size) {
    return apiError('JSMirrorMaxMessageSizeTooBigErr');
  }
  if (context.isPedantic && draft.mirror_direct !== origin.allow_direct) {
    return apiError('JSPedanticErrF', { err: 'origin stream has direct get set, mirror has it disabled' });
  }
  draft.mirror_direct = origin.allow_direct;
  return null;
}

/** What a mirror can not have beside it. */
function checkMirrorCompany(draft: Draft): ApiError | null {
  if (draft.first_seq > 0) return apiError('JSMirrorWithFirstSeqErr');
  if (draft.subjects.length > 0) return apiError('JSMirrorWithSubjectsErr');
  if (draft.sources.length > 0) return apiError('JSMirrorWithSourcesErr');
  if (draft.allow_msg_counter) return apiError('JSMirrorWithCountersErr');
  if (draft.allow_atomic) return apiError('JSMirrorWithAtomicPublishErr');
  if (draft.allow_batched) return apiError('JSMirrorWithBatchPublishErr');
  return draft.allow_msg_schedules ? apiError('JSMirrorWithMsgSchedulesErr') : null;
}

function checkMirrorItself(draft: Draft, mirror: StreamSource): ApiError | null {
  if (mirror.consumer !== null && !isSourceConsumerValid(mirror, mirror.consumer)) {
    return apiError('JSMirrorDurableConsumerCfgInvalid');
  }
  if (mirror.filter_subject !== '' && mirror.subject_transforms.length > 0) {
    return apiError('JSMirrorMultipleFiltersNotAllowed');
  }
  return draft.subject_delete_marker_ttl > 0 ? invalid('subject delete markers forbidden on mirrors') : null;
}

function checkMirrorTransforms(mirror: StreamSource): ApiError | null {
  for (const [i, transform] of mirror.subject_transforms.entries()) {
    if (transform.src !== '' && !isValidSubject(transform.src)) {
      return apiError('JSMirrorInvalidSubjectFilter', { err: `invalid subject ${transform.src}` });
    }
    const text = checkMapping(transform.src, transform.dest);
    if (text !== null) return apiError('JSMirrorInvalidTransformDestination', { err: text });
    if (mirror.subject_transforms.some((other, j) => j !== i && subjectsCollide(transform.src, other.src))) {
      return apiError('JSMirrorOverlappingSubjectFilters');
    }
  }
  return null;
}

function isSourceConsumerValid(source: StreamSource, consumer: SourceConsumer): boolean {
  if (!isValidAssetName(consumer.name)) return false;
  if (!isValidLiteralSubject(consumer.deliver_subject)) return false;
  return source.opt_start_seq === 0 && source.opt_start_time === null && source.filter_subject === '';
}

function collectPrefixes(source: StreamSource, collected: Collected): void {
  if (source.external === null) return;
  if (source.external.deliver !== '') collected.deliverPrefixes.push(source.external.deliver);
  if (source.external.api !== '') collected.apiPrefixes.push(source.external.api);
}

function checkSourceList(draft: Draft, context: SourceContext, collected: Collected): ApiError | null {
  if (draft.sources.length > 0 && draft.allow_msg_schedules) return apiError('JSSourceWithMsgSchedulesErr');
  const names = new Set<string>();
  const consumers = new Set<string>();
  for (const source of draft.sources) {
    if (source === null || !isValidAssetName(source.name)) return apiError('JSSourceInvalidStreamName');
    const identity = sourceIdentity(source);
    if (names.has(identity)) return apiError('JSSourceDuplicateDetected');
    names.add(identity);
    const error = checkSourceTransforms(source) ?? checkSourceConsumer(source, consumers);
    if (error !== null) return error;
    if (source.external !== null) {
      collectPrefixes(source, collected);
      continue;
    }
    const origin = context.findStream(source.name);
    if (origin === null) continue;
    collected.subjects.push(...origin.subjects);
    if (draft.max_msg_size > 0 && origin.max_msg_size > 0 && draft.max_msg_size < origin.max_msg_size) {
      return apiError('JSSourceMaxMessageSizeTooBigErr');
    }
  }
  return null;
}

function checkSourceTransforms(source: StreamSource): ApiError | null {
  const transforms = source.subject_transforms;
  if (source.filter_subject !== '' && transforms.length > 0) return apiError('JSSourceMultipleFiltersNotAllowed');
  for (const { src, dest } of transforms) {
    if (src !== '' && !isValidSubject(src)) {
      return apiError('JSSourceInvalidSubjectFilter', { err: `invalid subject ${src}` });
    }
    const text = checkMapping(src, dest);
    if (text !== null) return apiError('JSSourceInvalidTransformDestination', { err: text });
  }
  const isOverlapping = transforms.some((one, i) =>
    transforms.some((other, j) => j !== i && isSubsetMatch(tokensOf(one.src), tokensOf(other.src))),
  );
  return isOverlapping ? apiError('JSSourceOverlappingSubjectFilters') : null;
}

function checkSourceConsumer(source: StreamSource, seen: Set<string>): ApiError | null {
  if (source.consumer === null) return null;
  if (!isSourceConsumerValid(source, source.consumer)) return apiError('JSSourceDurableConsumerCfgInvalid');
  const identity = JSON.stringify([source.name, source.external?.api ?? null, source.consumer.name]);
  if (seen.has(identity)) return apiError('JSSourceDurableConsumerDuplicateDetected');
  seen.add(identity);
  return null;
}

/** Two sources with the same are the same source. Compat: composeIName, without its hashes. */
function sourceIdentity(source: StreamSource): string {
  const orAll = (subject: string) => (subject === '' ? '>' : subject);
  const transforms = source.subject_transforms;
  const from = transforms.length === 0 ? [orAll(source.filter_subject)] : transforms.map(({ src }) => orAll(src));
  const to = transforms.length === 0 ? ['>'] : transforms.map(({ dest }) => orAll(dest));
  return JSON.stringify([source.name, source.external?.api ?? null, source.consumer?.name ?? null, from, to]);
}

function checkPrefixes(collected: Collected): ApiError | null {
  for (const prefix of collected.deliverPrefixes) {
    if (!isValidLiteralSubject(prefix)) return apiError('JSStreamInvalidExternalDeliverySubjErrF', { prefix });
    const subject = collected.subjects.find((other) => subjectsCollide(other, `${prefix}.${other}`));
    if (subject !== undefined) return apiError('JSStreamExternalDelPrefixOverlapsErrF', { prefix, subject });
  }
  for (const prefix of collected.apiPrefixes) {
    if (!isValidLiteralSubject(prefix)) {
      return invalid(`stream external api prefix ${goQuote(prefix)} must be a valid subject without wildcards`);
    }
    if (subjectsCollide(prefix, API_PREFIX)) {
      return apiError('JSStreamExternalApiOverlapErrF', { prefix, subject: API_PREFIX });
    }
  }
  return null;
}

/** Streams that copy from one another in a circle would copy for ever. */
function checkCycle(draft: Draft, findStream: StreamLookup): ApiError | null {
  const queue: StreamConfig[] = [draft];
  const visited = new Set<string>();
  for (let config = queue.shift(); config !== undefined; config = queue.shift()) {
    visited.add(config.name);
    const { subjects } = config;
    for (const source of config.sources) {
      if (source === null || source.external !== null) continue;
      const origin = findStream(source.name);
      if (!visited.has(source.name)) {
        if (origin !== null) queue.push(origin);
      } else if (source.filter_subject === '' || subjects.some((one) => subjectsCollide(one, source.filter_subject))) {
        return invalid('detected cycle');
      }
    }
    const mirror = config.mirror;
    if (mirror === null || mirror.external !== null) continue;
    if (visited.has(mirror.name)) return invalid('detected cycle');
    const origin = findStream(mirror.name);
    if (origin !== null) queue.push(origin);
  }
  return null;
}
