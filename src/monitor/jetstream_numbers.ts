// What /varz, /jsz and the server's periodic statistics all show of JetStream: its configuration, its use, its limits.
// Compat: jetstream.go, JetStreamConfig and JetStreamStats; opts.go, JSLimitOpts.
import { type GoJsonStruct, omitEmpty } from '../base/go_json.ts';
import type { JetStreamOptions } from '../config/options.ts';
import { API_LEVEL } from '../jetstream/asset_metadata.ts';
import { nanosOfMs } from './monitor_json.ts';
import type { JetStreamParts, MonitorParts } from './monitor_parts.ts';

/** What the reference shows beside `sync_always`. Compat: filestore.go, defaultSyncInterval. */
const SYNC_INTERVAL_NS_DEFAULT = 120_000_000_000;

export function jetStreamConfig(
  { stores }: JetStreamParts,
  { sync, domain, uniqueTag, isStrict }: JetStreamOptions,
): GoJsonStruct {
  return {
    max_memory: stores.memoryBytesMax,
    max_storage: stores.storeBytesMax,
    store_dir: stores.directory,
    sync_interval: sync === 'always' ? SYNC_INTERVAL_NS_DEFAULT : nanosOfMs(sync),
    sync_always: sync === 'always' || undefined,
    domain: domain ?? undefined,
    compress_ok: true,
    unique_tag: uniqueTag ?? undefined,
    strict: isStrict || undefined,
  };
}

export function jetStreamStats({ engine }: JetStreamParts): GoJsonStruct {
  const totals = engine.totals();
  return {
    memory: totals.memoryBytes,
    storage: totals.storeBytes,
    reserved_memory: totals.reserved.memory,
    reserved_storage: totals.reserved.file,
    accounts: totals.accounts,
    ha_assets: 0,
    api: {
      level: API_LEVEL,
      total: totals.apiTotal,
      errors: totals.apiErrors,
      inflight: omitEmpty(totals.apiInflight),
    },
  };
}

export function jetStreamLimits({ limits }: JetStreamOptions): GoJsonStruct {
  return {
    max_request_batch: limits.requestBatchMax ?? undefined,
    max_ack_pending: limits.ackPendingMax ?? undefined,
    max_ha_assets: limits.haAssetsMax ?? undefined,
    max_duplicate_window: limits.duplicateWindowMs === null ? undefined : nanosOfMs(limits.duplicateWindowMs),
    max_batch_inflight_per_stream: limits.batchesInflightPerStreamMax ?? undefined,
    max_batch_inflight_total: limits.batchesInflightTotalMax ?? undefined,
    max_batch_size: limits.batchMessagesMax ?? undefined,
    max_batch_timeout: limits.batchTimeoutMs === null ? undefined : nanosOfMs(limits.batchTimeoutMs),
    default_max_consumers: limits.consumersMaxDefault,
  };
}

/** The section of /varz: empty while JetStream is off. Compat: monitor.go, JetStreamVarz. */
export function jetStreamVarz({ jetStream, configuration }: MonitorParts): GoJsonStruct {
  if (jetStream === null) return {};
  const { jetstream: options } = configuration.options;
  return {
    config: jetStreamConfig(jetStream, options),
    stats: jetStreamStats(jetStream),
    limits: jetStreamLimits(options),
  };
}
