// Whether a key-value bucket is there, has the key it should have, and holds neither too much nor too little.
// Compat: jsm.go monitor/kv.go.
import { errorText } from '../../base/errors.ts';
import { ApiError } from '../client/js_api.ts';
import type { StreamInfo } from '../client/js_types.ts';
import { parseHeaderBlock } from '../messages/header_block.ts';
import type { Session } from '../session.ts';
import type { CheckResult } from './check_result.ts';

/** Thresholds; -1 for none. */
export const KV_OPTIONS = { bucket: '', key: '', valuesWarning: -1, valuesCritical: -1 };

export type KvOptions = typeof KV_OPTIONS;

const NO_STREAM = 10059;
const NO_MESSAGE = 10037;

export async function checkKv(session: Session, result: CheckResult, options: KvOptions): Promise<void> {
  const { bucket, key } = options;
  try {
    await session.connect();
  } catch (error) {
    result.critical(`connection failed: ${errorText(error)}`);
    return;
  }
  let info: StreamInfo;
  try {
    info = (await (await session.api()).request<StreamInfo>(`STREAM.INFO.KV_${bucket}`)).value;
  } catch (error) {
    const isNone = error instanceof ApiError && error.body.err_code === NO_STREAM;
    result.critical(isNone ? `bucket ${bucket} not found` : `could not load bucket: ${errorText(error)}`);
    return;
  }
  result.ok(`bucket ${bucket}`);
  const { messages: values, bytes } = info.state;
  const { valuesWarning, valuesCritical } = options;
  result.measure('values', values, 'How many values are stored in the bucket', {
    warning: Math.max(0, valuesWarning),
    critical: Math.max(0, valuesCritical),
  });
  if (key !== '') await checkKey(session, result, options);
  judgeValues(values, result, options);
  result.measure('bytes', bytes, 'Bytes stored in the bucket', { unit: 'B' });
  result.measure('replicas', info.config.num_replicas, 'How many replicas the bucket has');
}

async function checkKey(session: Session, result: CheckResult, { bucket, key }: KvOptions): Promise<void> {
  try {
    const api = await session.api();
    const { value } = await api.request<{ readonly message: { readonly hdrs?: string } }>(
      `STREAM.MSG.GET.KV_${bucket}`,
      {
        last_by_subj: `$KV.${bucket}.${key}`,
      },
    );
    const headers = parseHeaderBlock(Buffer.from(value.message.hdrs ?? '', 'base64'));
    const isGone = headers.some(([name, text]) => (name === 'KV-Operation' && text !== 'PUT') || name === MARKER);
    if (isGone) result.critical(`key ${key} not found`);
    else result.ok(`key ${key} found`);
  } catch (error) {
    const isNone = error instanceof ApiError && error.body.err_code === NO_MESSAGE;
    result.critical(isNone ? `key ${key} not found` : `key ${key} not loaded: ${errorText(error)}`);
  }
}

/** What the server puts in the place of a value whose time is over. */
const MARKER = 'Nats-Marker-Reason';

/** More than the thresholds is too many; where the critical one is the smaller, fewer is too few. */
function judgeValues(values: number, result: CheckResult, { valuesWarning, valuesCritical }: KvOptions): void {
  if (valuesWarning < 0 && valuesCritical < 0) return;
  const isBeyond = (limit: number): boolean => {
    if (limit < 0) return false;
    return valuesCritical < valuesWarning ? values <= limit : values >= limit;
  };
  const text = `${values} values`;
  if (isBeyond(valuesCritical)) result.critical(text);
  else if (isBeyond(valuesWarning)) result.warn(text);
  else result.ok(text);
}
