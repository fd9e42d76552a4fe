// What meta.inf holds of a stream or a consumer: its configuration with when it was created, as one JSON object in the
// reference's form. Pure; the store knows bytes only, app/ brings the two together.
// Compat: filestore.go, FileStreamInfo and FileConsumerInfo: `Created` and `Name` stand beside the configuration's fields.
import { parseRfc3339, rfc3339Nano } from '../base/nanos.ts';
import { CONSUMER_CONFIG_FIELDS, type ConsumerConfig } from './consumer/consumer_config.ts';
import { decodeSingle } from './json/json_decode.ts';
import { TIME } from './json/json_time.ts';
import { embed, field, STRING, struct } from './json/json_type.ts';
import { STREAM_CONFIG_FIELDS, type StreamConfig } from './stream/stream_config.ts';

export type StoredConfig<Config> =
  | { readonly ok: true; readonly config: Config; readonly createdNs: bigint }
  | { readonly ok: false; readonly reason: string };

const STREAM_META = struct<StreamConfig & { readonly Created: string }>('FileStreamInfo', {
  Created: field(TIME),
  ...embed<StreamConfig>('StreamConfig', STREAM_CONFIG_FIELDS),
});

const CONSUMER_META = struct<ConsumerConfig & { readonly Created: string; readonly Name: string }>('FileConsumerInfo', {
  Created: field(TIME),
  Name: field(STRING),
  ...embed<ConsumerConfig>('ConsumerConfig', CONSUMER_CONFIG_FIELDS),
});

const encoder = new TextEncoder();

export function encodeStreamMeta(config: StreamConfig, createdNs: bigint): Uint8Array {
  return encoder.encode(STREAM_META.encode({ ...config, Created: rfc3339Nano(createdNs) }));
}

export function encodeConsumerMeta(name: string, config: ConsumerConfig, createdNs: bigint): Uint8Array {
  return encoder.encode(CONSUMER_META.encode({ ...config, Created: rfc3339Nano(createdNs), Name: name }));
}

export function decodeStreamMeta(meta: Uint8Array): StoredConfig<StreamConfig> {
  const decoded = decodeSingle(meta, STREAM_META);
  if (!decoded.ok) return { ok: false, reason: `meta.inf cannot be read: ${decoded.text}` };
  const { Created, ...config } = decoded.value;
  if (config.name === '') return { ok: false, reason: 'meta.inf names no stream' };
  return { ok: true, config, createdNs: timeOf(Created) };
}

export function decodeConsumerMeta(meta: Uint8Array): StoredConfig<ConsumerConfig> {
  const decoded = decodeSingle(meta, CONSUMER_META);
  if (!decoded.ok) return { ok: false, reason: `meta.inf cannot be read: ${decoded.text}` };
  const { Created, Name: _name, ...config } = decoded.value;
  return { ok: true, config, createdNs: timeOf(Created) };
}

function timeOf(text: string): bigint {
  const parsed = parseRfc3339(text);
  return parsed.ok ? parsed.value : 0n;
}
