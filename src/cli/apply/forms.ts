// Configurations in one form, with every default filled in as the server fills it, so that what was asked for and what a
// server answers compare field by field. The rules are those of our own server (src/jetstream), which are the
// reference's; what they refuse, they refuse in its words. Pure.

import type { ApiError } from '../../jetstream/api/api_error.ts';
import { apiError } from '../../jetstream/api/api_error.ts';
import {
  CONSUMER_CONFIG,
  type ConsumerConfig,
  encodeConsumerConfig,
  filtersOf,
} from '../../jetstream/consumer/consumer_config.ts';
import { checkConsumerConfig } from '../../jetstream/consumer/consumer_config_check.ts';
import { decodeSingle } from '../../jetstream/json/json_decode.ts';
import { type AccountLimits, BATCH_LIMITS_DEFAULT, type ServerLimits } from '../../jetstream/limits.ts';
import { encodeStreamConfig, STREAM_CONFIG, type StreamConfig } from '../../jetstream/stream/stream_config.ts';
import { checkStreamConfig } from '../../jetstream/stream/stream_config_check.ts';
import type { AssetKind } from '../documents/asset_kind.ts';
import { type Draft, isObject } from '../documents/field.ts';
import { jsonLine } from '../output/json.ts';

/** Limits that a server may be configured with are not told to clients: its choices come to light in its answers. */
export const NO_SERVER_LIMITS: ServerLimits = {
  memoryBytesMax: Number.MAX_SAFE_INTEGER,
  storeBytesMax: Number.MAX_SAFE_INTEGER,
  duplicateWindowMaxNs: 0,
  ackPendingMax: 0,
  requestBatchMax: 0,
  consumersDefaultMax: 0,
  batches: BATCH_LIMITS_DEFAULT,
};

/** The limits of the account, and the other streams, for what depends on them. */
export interface FormContext {
  readonly account: AccountLimits;
  readonly findStream: (name: string) => StreamConfig | null;
}

export type Formed<Config> =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly error: ApiError };

/** Without a refusal of its own: a configuration that a server has must do. */
export function decodedStream(config: unknown): StreamConfig {
  const read = decodeSingle(bytesOf(config), STREAM_CONFIG);
  return read.ok ? read.value : STREAM_CONFIG.zero();
}

export function streamForm(draft: Draft, { account, findStream }: FormContext): Formed<StreamConfig> {
  const read = decodeSingle(bytesOf(draft), STREAM_CONFIG);
  if (!read.ok) return { ok: false, error: apiError('JSInvalidJSONErr', { err: read.text }) };
  return checkStreamConfig(read.value, { server: NO_SERVER_LIMITS, account, isPedantic: false, findStream });
}

/** What a server has, with what older servers do not say yet. */
export function presentStreamForm(config: unknown, context: FormContext): StreamConfig {
  const formed = streamForm(config as Draft, context);
  return formed.ok ? formed.config : decodedStream(config);
}

export function consumerForm(draft: Draft, stream: StreamConfig, account: AccountLimits): Formed<ConsumerConfig> {
  const read = decodeSingle(bytesOf(draft), CONSUMER_CONFIG);
  if (!read.ok) return { ok: false, error: apiError('JSInvalidJSONErr', { err: read.text }) };
  const check = checkConsumerConfig(read.value, { server: NO_SERVER_LIMITS, account, stream, isPedantic: false });
  return check.ok ? { ok: true, config: oneWayForm(check.config) } : check;
}

export function presentConsumerForm(config: unknown, stream: StreamConfig, account: AccountLimits): ConsumerConfig {
  const formed = consumerForm(config as Draft, stream, account);
  if (formed.ok) return formed.config;
  const read = decodeSingle(bytesOf(config), CONSUMER_CONFIG);
  return oneWayForm(read.ok ? read.value : CONSUMER_CONFIG.zero());
}

/** What may be said in two ways, in one: a list of one filter is that filter, a percentage needs no sign. */
function oneWayForm(config: ConsumerConfig): ConsumerConfig {
  const [only = '', ...more] = filtersOf(config);
  const sampled = { ...config, sample_freq: config.sample_freq.replace(/%$/, '') };
  return more.length > 0 ? sampled : { ...sampled, filter_subject: only, filter_subjects: [] };
}

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(jsonLine(value));
}

// --- for comparison ---------------------------------------------------------------------------------------------------

/** Every field but the name and the metadata, as plain values. */
export function streamFields(config: StreamConfig): Draft {
  const { name: _name, metadata: _metadata, sources, ...fields } = plainOf(encodeStreamConfig(config));
  // The order of sources says nothing.
  return Array.isArray(sources) ? { ...fields, sources: [...sources].sort(byText) } : fields;
}

/** Every field but the names, the metadata and the pause, which is not a matter of updates. */
export function consumerFields(config: ConsumerConfig): Draft {
  const fields = plainOf(encodeConsumerConfig(config));
  const { name: _name, durable_name: _durable, metadata: _metadata, pause_until: _pause, ...rest } = fields;
  return rest;
}

function byText(a: unknown, b: unknown): number {
  return jsonLine(a) < jsonLine(b) ? -1 : 1;
}

function plainOf(text: string): Draft {
  const value: unknown = JSON.parse(text);
  return isObject(value) ? value : {};
}

/** An answer of the server as it stands, nothing filled in. */
export function answeredFields(kind: AssetKind, config: unknown): Draft {
  if (kind !== 'Consumer') return streamFields(decodedStream(config));
  const read = decodeSingle(bytesOf(config), CONSUMER_CONFIG);
  return consumerFields(oneWayForm(read.ok ? read.value : CONSUMER_CONFIG.zero()));
}
