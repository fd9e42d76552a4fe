// JetStream on this server: `jetstream: true`, `jetstream: enabled`, or a block with its directory, sizes, sync policy and
// limits. Encryption and tuning of the reference's own inside are known by name.
import { type Parsed, parsed, refused } from '../../base/parsed.ts';
import { type ConfigValue, goTypeName, shownValue } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import type { JetStreamDraft, JetStreamLimitsDraft, OptionsDraft } from '../options_draft.ts';
import {
  blockKey,
  blockRule,
  booleanKey,
  durationTextKey,
  type Entry,
  inert,
  integerKey,
  type KeyRule,
  later,
  readBlock,
  readDuration,
  type Setter,
  safeInteger,
  textKey,
  valueKey,
} from '../schema.ts';

const CONCURRENT_IO_MIN = 4;
const CONCURRENT_IO_MAX = 8192;

const BATCH_BLOCK = blockRule<JetStreamLimitsDraft>('jetstream.limits.batch', [
  integerKey(['max_inflight_per_stream'], (draft, batches) => {
    draft.batchesInflightPerStreamMax = batches;
  }),
  integerKey(['max_inflight_total'], (draft, batches) => {
    draft.batchesInflightTotalMax = batches;
  }),
  integerKey(['max_msgs'], (draft, messages) => {
    draft.batchMessagesMax = messages;
  }),
  durationTextKey(['timeout'], (draft, ms) => {
    draft.batchTimeoutMs = ms;
  }),
]);

const LIMITS_BLOCK = blockRule<JetStreamLimitsDraft>('jetstream.limits', [
  integerKey(['max_ack_pending'], (draft, messages) => {
    draft.ackPendingMax = messages;
  }),
  // A limit of the cluster's leader; a single server has no such assets.
  inert(
    integerKey(['max_ha_assets'], (draft, assets) => {
      draft.haAssetsMax = assets;
    }),
  ),
  integerKey(['max_request_batch'], (draft, messages) => {
    draft.requestBatchMax = messages;
  }),
  integerKey(['default_max_consumers'], (draft, consumers) => {
    draft.consumersMaxDefault = consumers;
  }),
  durationTextKey(['duplicate_window'], (draft, ms) => {
    draft.duplicateWindowMs = ms;
  }),
  blockKey(['batch'], BATCH_BLOCK, (draft) => draft, 'Expected a map to define batch limits'),
]);

const TPM_BLOCK = blockRule<null>('jetstream.tpm', [
  textKey(['keys_file']),
  textKey(['encryption_password']),
  textKey(['srk_password']),
  integerKey(['pcr']),
  cipherKey(),
]);

const JETSTREAM_BLOCK = blockRule<JetStreamDraft>('jetstream', [
  booleanKey(['enabled', 'enable'], (draft, isEnabled) => {
    draft.isEnabled = isEnabled;
  }),
  later(
    valueKey(['strict'], (draft, value, { position, findings }) => {
      if (value.kind === 'boolean') draft.isStrict = value.value;
      else findings.error(position, `Expected 'true' or 'false' for bool value, got '${shownValue(value)}'`);
    }),
    (value) => value.kind === 'boolean' && value.value,
  ),
  textKey(['store_dir', 'store', 'storedir'], setStoreDirectory),
  valueKey(['sync_interval', 'sync'], (draft, value, entry) => {
    if (value.kind === 'string' && value.value.toLowerCase() === 'always') draft.sync = 'always';
    else draft.sync = readDuration(entry, entry.key) ?? draft.sync;
  }),
  sizeKey(['max_memory_store', 'max_mem_store', 'max_mem'], 'max_mem_store', (draft, bytes) => {
    draft.memoryBytesMax = bytes;
  }),
  sizeKey(['max_file_store', 'max_file'], 'max_file_store', (draft, bytes) => {
    draft.storeBytesMax = bytes;
  }),
  textKey(['domain'], (draft, domain) => {
    draft.domain = domain;
  }),
  blockKey(['limits'], LIMITS_BLOCK, (draft) => draft.limits, 'Expected a map to define JetStreamLimits'),
  // Placement in a cluster; a single server places nothing.
  inert(
    textKey(['unique_tag'], (draft, tag) => {
      draft.uniqueTag = tag.trim().toLowerCase();
    }),
  ),
  later(textKey(['encryption_key', 'key', 'ek']), isEmptyText),
  later(textKey(['prev_encryption_key', 'prev_key', 'prev_ek']), isEmptyText),
  later(cipherKey()),
  later(blockKey(['tpm'], TPM_BLOCK, () => null, 'Expected a map to define JetStreamLimits')),
  inert(textKey(['extension_hint'])),
  inert(sizeKey(['max_outstanding_catchup'])),
  inert(sizeKey(['max_buffered_size'])),
  inert(countKey(['max_buffered_msgs'])),
  inert(countKey(['request_queue_limit'])),
  inert(countKey(['info_queue_limit'])),
  inert(
    valueKey(['meta_compact'], (_draft, value, entry) => {
      if (value.kind !== 'integer' || value.value < 0n) unexpectedSize(entry, 'an absolute size', '');
    }),
  ),
  inert(
    sizeKey(['meta_compact_size'], null, (_draft, bytes, entry) => {
      if (bytes < 0) unexpectedSize(entry, 'an absolute size', '');
    }),
  ),
  inert(booleanKey(['meta_compact_sync'])),
  inert(
    valueKey(['max_concurrent_io'], (_draft, value, entry) => {
      const count = value.kind === 'integer' ? value.value : -1n;
      if (count >= CONCURRENT_IO_MIN && count <= CONCURRENT_IO_MAX) return;
      unexpectedSize(entry, 'an absolute size', ` between ${CONCURRENT_IO_MIN} and ${CONCURRENT_IO_MAX}`);
    }),
  ),
]);

export const JETSTREAM_KEYS: readonly KeyRule<OptionsDraft>[] = [
  valueKey(['jetstream'], ({ jetstream }, value, { position, findings }) => {
    switch (value.kind) {
      case 'boolean':
        jetstream.isEnabled = value.value;
        return;
      case 'string': {
        const word = value.value.toLowerCase();
        if (word === 'enabled' || word === 'enable') jetstream.isEnabled = true;
        else if (word === 'disabled' || word === 'disable') jetstream.isEnabled = false;
        else findings.error(position, `Expected 'enabled' or 'disabled' for string value, got '${value.value}'`);
        return;
      }
      case 'map':
        jetstream.isEnabled = true;
        return readBlock(JETSTREAM_BLOCK, value, jetstream, findings);
      default:
        findings.error(position, `Expected map, bool or string to define JetStream, got ${goTypeName(value)}`);
    }
  }),
  textKey(['store_dir', 'storedir'], ({ jetstream }, directory, entry) => {
    setStoreDirectory(jetstream, directory, entry);
  }),
];

/** It can be said at the top, in the block and as a flag, but only once. */
function setStoreDirectory(draft: JetStreamDraft, directory: string, { position, findings }: Entry): void {
  if (draft.storeDirectory !== null && draft.storeDirectory !== '') {
    findings.error(position, `Duplicate 'store_dir' configuration`);
  } else draft.storeDirectory = directory;
}

/** Bytes, as an integer or as a text that ends in K, M, G or T. `name` stands in messages, else the key. */
export function sizeKey<Draft>(
  names: readonly string[],
  name: string | null = null,
  set: Setter<Draft, number> = () => undefined,
): KeyRule<Draft> {
  return valueKey(names, (draft, value, entry) => {
    const size = parseSize(value);
    if (size.ok) set(draft, safeInteger(size.value), entry);
    else entry.findings.error(entry.position, `${name ?? entry.key.toLowerCase()} ${size.error}`);
  });
}

/** Compat: opts.go, getStorageSize. */
function parseSize(value: ConfigValue): Parsed<bigint> {
  if (value.kind === 'integer') return parsed(value.value);
  if (value.kind !== 'string') return refused('must be int64 or string');
  if (value.value === '') return parsed(0n);
  const digits = value.value.slice(0, -1);
  if (!/^[+-]?[0-9]+$/.test(digits)) {
    return refused(`strconv.ParseInt: parsing ${goQuote(digits)}: invalid syntax`);
  }
  const number = BigInt(digits.replace('+', ''));
  if (BigInt.asIntN(64, number) !== number) {
    return refused(`strconv.ParseInt: parsing ${goQuote(digits)}: value out of range`);
  }
  const power = 'KMGT'.indexOf(value.value.slice(-1)) + 1;
  if (power === 0) return refused('sizes defined as strings must end in K, M, G, T');
  return parsed(BigInt.asIntN(64, number << BigInt(10 * power)));
}

function countKey<Draft>(names: readonly string[]): KeyRule<Draft> {
  return valueKey(names, (_draft, value, entry) => {
    if (value.kind !== 'integer') unexpectedSize(entry, 'a parseable size', '');
  });
}

function unexpectedSize({ key, value, position, findings }: Entry, expected: string, range: string): void {
  findings.error(position, `Expected ${expected} for ${goQuote(key)}${range}, got ${shownValue(value)}`);
}

function cipherKey<Draft>(): KeyRule<Draft> {
  return textKey(['cipher'], (_draft, cipher, { position, findings }) => {
    if (/^(?:chacha|chachapoly|aes)$/i.test(cipher)) return;
    findings.error(position, `Unknown cipher type: ${goQuote(cipher)}`);
  });
}

function isEmptyText(value: ConfigValue): boolean {
  return value.kind === 'string' && value.value === '';
}
