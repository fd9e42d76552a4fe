// What flags change of a configuration that is there: for `edit` and `copy`. What no flag names stays as it is.
// Compat: natscli cli/stream_command.go, copyAndEditStream.
import { UsageError } from '../../errors.ts';
import { checkSubject, splitSubjects } from '../../input/subjects.ts';
import type { Session } from '../../session.ts';
import { readStreamConfig, type StreamConfigDraft } from '../../streams/stream_config_file.ts';
import { userMetadata } from '../../streams/stream_page.ts';
import { ageOf } from './stream_config_build.ts';
import type { CopyFlags, EditFlags } from './stream_config_flags.ts';
import { republishOf, retentionOf, storageOf, tagsOf, transformOf } from './stream_config_parts.ts';

export type ChangeFlags = (Omit<EditFlags, never> & Partial<CopyFlags>) & { readonly config?: string | undefined };

export function changedConfig(session: Session, before: StreamConfigDraft, flags: ChangeFlags): StreamConfigDraft {
  if (flags.config !== undefined) {
    const config = readStreamConfig(session, flags.config);
    return { ...config, name: before.name };
  }
  if (flags.source.length > 0 || flags.mirror !== undefined) {
    throw new UsageError('cannot edit mirrors, or sources using the CLI, use --config instead');
  }
  const subjects = splitSubjects(flags.subjects);
  for (const subject of subjects) checkSubject(subject, '--subjects');
  const changes: Record<string, unknown> = {
    no_ack: flags.ack === undefined ? undefined : !flags.ack,
    discard: flags.discard,
    subjects: subjects.length > 0 ? subjects : undefined,
    storage: flags.storage === undefined ? undefined : storageOf(flags.storage),
    retention: flags.retention === undefined ? undefined : retentionOf(flags.retention),
    max_bytes: flags.maxBytes === 0 ? undefined : flags.maxBytes,
    max_msgs: flags.maxMsgs === 0 ? undefined : flags.maxMsgs,
    max_msgs_per_subject: flags.maxMsgsPerSubject === 0 ? undefined : flags.maxMsgsPerSubject,
    max_age: flags.maxAge === undefined ? undefined : ageOf(flags.maxAge, '--max-age'),
    max_msg_size: flags.maxMsgSize === 0 ? undefined : flags.maxMsgSize,
    max_consumers: flags.maxConsumers === -1 ? undefined : flags.maxConsumers,
    duplicate_window: flags.dupeWindow === undefined ? undefined : ageOf(flags.dupeWindow, '--dupe-window'),
    num_replicas: flags.replicas,
    description: flags.description,
    allow_rollup_hdrs: flags.allowRollup,
    deny_purge: flags.denyPurge,
    deny_delete: flags.denyDelete,
    allow_direct: flags.allowDirect,
    mirror_direct: flags.allowMirrorDirect,
    allow_msg_schedules: flags.allowSchedules,
    allow_msg_ttl: flags.allowMsgTtl ? true : undefined,
    allow_atomic: flags.allowBatch,
    allow_batched: flags.allowFast,
    allow_msg_counter: flags.allowCounter ? true : undefined,
    discard_new_per_subject: flags.discardPerSubject,
    metadata: flags.metadata === undefined ? undefined : userMetadata(flags.metadata),
    compression: flags.compression,
    subject_delete_marker_ttl: flags.subjectDelMarkersTtl,
    first_seq: flags.firstSequence,
    persist_mode: flags.persistMode,
  };
  const config: StreamConfigDraft = { ...before };
  for (const [key, value] of Object.entries(changes)) if (value !== undefined) config[key] = value;
  changePlacement(config, flags);
  replaceOrRemove(config, { key: 'republish', value: republishOf(flags), isRemoved: flags.noRepublish });
  replaceOrRemove(config, { key: 'subject_transform', value: transformOf(flags), isRemoved: flags.noTransform });
  if (flags.noMirror) delete config['mirror'];
  changeConsumerLimits(config, flags);
  return config;
}

function changePlacement(config: StreamConfigDraft, flags: ChangeFlags): void {
  const tags = tagsOf(flags);
  if (tags === null && flags.cluster === undefined) return;
  const before = (config['placement'] ?? {}) as { readonly cluster?: string; readonly tags?: readonly string[] };
  const cluster = flags.cluster ?? before.cluster ?? '';
  const allTags = tags ?? before.tags ?? [];
  // Empty texts take a placement away.
  if (cluster === '' && allTags.length === 0) delete config['placement'];
  else {
    config['placement'] = {
      ...(cluster === '' ? {} : { cluster }),
      ...(allTags.length === 0 ? {} : { tags: allTags }),
    };
  }
}

function replaceOrRemove(
  config: StreamConfigDraft,
  { key, value, isRemoved }: { readonly key: string; readonly value: unknown; readonly isRemoved: boolean },
): void {
  if (isRemoved) delete config[key];
  else if (value !== null) config[key] = value;
}

function changeConsumerLimits(config: StreamConfigDraft, flags: ChangeFlags): void {
  const { limitConsumerInactive: inactive, limitConsumerMaxPending: pending } = flags;
  if (inactive === undefined && pending === undefined) return;
  config['consumer_limits'] = {
    ...(config['consumer_limits'] as object | undefined),
    ...(inactive === undefined ? {} : { inactive_threshold: inactive }),
    ...(pending === undefined ? {} : { max_ack_pending: pending }),
  };
}
