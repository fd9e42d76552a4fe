// What of a stream may change while it lives, and what sealing it brings with it. Pure; the update request asks this
// with a configuration that passed stream_config_check.ts. Whether subjects overlap other streams, whether the limits
// of server and account are kept and whether consumers are violated is asked by the stream's owner.
// Compat: nats-server stream.go, configUpdateCheckLocked.
import { type ApiError, apiError } from '../api/api_error.ts';
import { STREAM_SOURCE, type StreamConfig, type StreamSource } from './stream_config.ts';
import type { StreamCheck } from './stream_config_check.ts';

/** The API level that a stream's features need, kept in its metadata. Compat: setStaticStreamMetadata. */
export function streamLevelNeeded(config: StreamConfig): number {
  if (config.allow_batched) return 4;
  if (config.allow_msg_counter || config.allow_atomic || config.allow_msg_schedules) return 2;
  if (config.persist_mode === 'async') return 2;
  return config.allow_msg_ttl || config.subject_delete_marker_ttl > 0 ? 1 : 0;
}

function isSameMirror(a: StreamSource, b: StreamSource | null): boolean {
  return b !== null && STREAM_SOURCE.encode(a) === STREAM_SOURCE.encode(b);
}

/** Why `next` can not follow `old`, in the reference's order; null where it can. */
function refuseChange(old: StreamConfig, next: StreamConfig): string | null {
  if (next.storage !== old.storage) return 'stream configuration update can not change storage type';
  if (next.retention !== old.retention && (old.retention === 'workqueue' || next.retention === 'workqueue')) {
    return 'stream configuration update can not change retention policy to/from workqueue';
  }
  if (old.sealed && !next.sealed) return 'stream configuration update can not unseal a sealed stream';
  if (old.deny_delete && !next.deny_delete) {
    return 'stream configuration update can not cancel deny message deletes';
  }
  return old.deny_purge && !next.deny_purge ? 'stream configuration update can not cancel deny purge' : null;
}

/** The rest of the order, behind the mirror, which has an error of its own. */
function refuseFeatureChange(old: StreamConfig, next: StreamConfig): string | null {
  if (old.allow_msg_ttl && !next.allow_msg_ttl) return 'message TTL status can not be disabled';
  if (next.allow_msg_counter !== old.allow_msg_counter) {
    return 'stream configuration update can not change message counter setting';
  }
  if (old.allow_msg_schedules && !next.allow_msg_schedules) return 'message schedules can not be disabled';
  return old.persist_mode === next.persist_mode ? null : 'stream configuration update can not change persist mode';
}

function sealed(config: StreamConfig): StreamConfig {
  return { ...config, max_age: 0, discard: 'new', deny_delete: true, deny_purge: true, allow_rollup_hdrs: false };
}

function refused(error: ApiError): StreamCheck {
  return { ok: false, error };
}

function invalid(text: string): StreamCheck {
  return refused(apiError('JSStreamInvalidConfigF', { err: text }));
}

/** The configuration to go on with, or the refusal. */
export function checkStreamUpdate(old: StreamConfig, next: StreamConfig): StreamCheck {
  if (next.name !== old.name) return invalid('stream configuration name must match original');
  if (next.num_replicas > 1) return refused(apiError('JSStreamReplicasNotSupportedErr'));
  const change = refuseChange(old, next);
  if (change !== null) return invalid(change);
  if (next.mirror !== null && !isSameMirror(next.mirror, old.mirror)) {
    return refused(apiError('JSStreamMirrorNotUpdatableErr'));
  }
  const featureChange = refuseFeatureChange(old, next);
  if (featureChange !== null) return invalid(featureChange);
  return { ok: true, config: next.sealed ? sealed(next) : next };
}
