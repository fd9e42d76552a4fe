// The configuration of a consumer that is there, changed by flags: for edit, and with more of them for copy.
// Compat: natscli cli/consumer_command.go, copyAndEditConsumer and cpAction.
import type { ConsumerConfigDraft } from '../../consumers/consumer_config_file.ts';
import { UsageError } from '../../errors.ts';
import { parseDuration } from '../../input/duration.ts';
import { checkSubject, splitSubjects } from '../../input/subjects.ts';
import { linearBackoff } from './consumer_backoff.ts';
import type { CreateFlags, EditFlags } from './consumer_config_flags.ts';
import { pauseOf, priorityOf, startOf } from './consumer_config_parts.ts';

/** What no flag says stays as it is. Undefined values are not sent. */
export function changedConfig(before: ConsumerConfigDraft, flags: EditFlags): ConsumerConfigDraft {
  const pending = flags.maxOutstanding ?? flags.maxPending;
  if (flags.target !== undefined && flags.target !== '') checkSubject(flags.target, '--target');
  return {
    ...before,
    ...given('description', flags.description),
    ...given('inactive_threshold', flags.inactiveThreshold),
    ...positive('max_deliver', flags.maxDeliver === -1 ? undefined : flags.maxDeliver),
    ...(flags.maxDeliver === -1 ? { max_deliver: -1 } : {}),
    ...(pending === -1 ? {} : { max_ack_pending: pending }),
    ...given('ack_wait', flags.wait),
    ...(flags.sample < 0 ? {} : { sample_freq: flags.sample === 0 ? undefined : String(flags.sample) }),
    ...positive('max_batch', flags.maxPullBatch),
    ...positive('max_expires', flags.maxPullExpire),
    ...positive('max_bytes', flags.maxPullBytes),
    ...backoffOf(flags),
    ...(flags.target === undefined || flags.target === '' ? {} : { deliver_subject: flags.target }),
    ...given('headers_only', flags.headersOnly),
    ...filtersOf(flags),
    ...positive('num_replicas', flags.replicas),
    ...given('metadata', flags.metadata),
  };
}

/** For a copy: where it starts, how it delivers and what it asks of its clients may change too. */
export function copiedConfig(
  source: ConsumerConfigDraft,
  { flags, name, nowMs }: { readonly flags: CreateFlags; readonly name: string; readonly nowMs: number },
): ConsumerConfigDraft {
  if (flags.pull && flags.target !== undefined && flags.target !== '') {
    throw new UsageError('--pull and --target cannot be combined: a pull consumer has no delivery subject');
  }
  const { opt_start_seq: seq, opt_start_time: time, ...unstarted } = source;
  const changed = changedConfig(flags.deliver === undefined ? source : unstarted, flags);
  const isPull = flags.pull || (changed['deliver_subject'] ?? '') === '';
  return {
    ...changed,
    name,
    durable_name: flags.ephemeral ? undefined : name,
    ...(flags.deliver === undefined ? {} : startOf(flags.deliver, nowMs)),
    ...given('ack_policy', flags.ack),
    ...given('replay_policy', flags.replay),
    ...(flags.memory ? { mem_storage: true } : {}),
    ...pauseOf(flags, nowMs),
    ...priorityOf(flags),
    ...(isPull ? pullOnly(flags) : pushOnly(flags)),
  };
}

function pullOnly({ maxWaiting }: CreateFlags): ConsumerConfigDraft {
  return {
    deliver_subject: undefined,
    deliver_group: undefined,
    idle_heartbeat: undefined,
    flow_control: undefined,
    rate_limit_bps: undefined,
    ...positive('max_waiting', maxWaiting),
  };
}

function pushOnly({ deliverGroup, bps, flowControl, heartbeat }: CreateFlags): ConsumerConfigDraft {
  return {
    max_waiting: undefined,
    max_batch: undefined,
    max_expires: undefined,
    max_bytes: undefined,
    ...given('deliver_group', deliverGroup),
    ...positive('rate_limit_bps', bps),
    ...(flowControl ? { flow_control: true } : {}),
    ...heartbeatOf(heartbeat),
  };
}

function heartbeatOf(text: string | undefined): ConsumerConfigDraft {
  if (text === undefined || text === '-1') return {};
  const read = parseDuration(text);
  if (!read.ok) throw new UsageError(`--heartbeat ${read.error}`);
  return { idle_heartbeat: read.value };
}

function backoffOf({ backoff: mode, backoffSteps: steps, backoffMin: minNs, backoffMax: maxNs }: EditFlags) {
  if (mode === undefined) return {};
  return { backoff: mode === 'none' ? undefined : linearBackoff({ steps, minNs, maxNs }) };
}

function filtersOf({ filter }: EditFlags): ConsumerConfigDraft {
  const filters = splitSubjects(filter);
  for (const subject of filters) checkSubject(subject, '--filter');
  if (filters.length === 0) return {};
  if (filters.length === 1) return { filter_subject: filters[0], filter_subjects: undefined };
  return { filter_subject: undefined, filter_subjects: filters };
}

function given(key: string, value: unknown): ConsumerConfigDraft {
  return value === undefined ? {} : { [key]: value };
}

function positive(key: string, value: number | undefined): ConsumerConfigDraft {
  return value === undefined || value <= 0 ? {} : { [key]: value };
}
