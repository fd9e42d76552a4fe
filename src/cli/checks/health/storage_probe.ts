// Whether JetStream's storage takes messages: a small stream of its own is made on disk, written to, read from and removed.
// It holds one message of a few bytes for a second, and its name, its subject and its metadata say what it is; one that an
// earlier run was kept from removing is removed by the next.
import type { JsApi } from '../../client/js_api.ts';
import { ApiError } from '../../client/js_api.ts';
import type { StreamInfo } from '../../client/js_types.ts';
import { durationGo } from '../../output/human.ts';
import { type Session, timeMs } from '../../session.ts';
import { CheckResult } from '../check_result.ts';
import { isDenied, type Signal, signal } from './signal.ts';

export const PROBE_PREFIX = 'CONTRAIL_CHECK_';
const PROBE_KEY = 'contrail.check';
const PROBE_BYTES_MAX = 256;
const MAX_BYTES_REQUIRED = 10113;
const LEFT_BEHIND_MS = 10 * 60_000;
const NS_PER_HOUR = 3_600_000_000_000;

export interface StorageOptions {
  /** Seconds; 0 for none. */
  readonly writeWarning: number;
  readonly writeCritical: number;
}

/** Refusals that are about what the account may have, not about the disk. */
const LIMITS = new Map([
  [10027, 'the account has as many streams as it may'],
  [10065, 'its subject belongs to another stream'],
  [10120, 'the account may have no streams on disk'],
]);

export async function probeStorage(session: Session, options: StorageOptions): Promise<Signal> {
  const result = new CheckResult('storage', 'Storage');
  const api = await session.api();
  const id = uniqueId(session);
  const name = `${PROBE_PREFIX}${id}`;
  try {
    await makeStream(api, name, id);
  } catch (error) {
    explain(result, error, 'could not make a stream to write to');
    return signal('storage', [result], '');
  }
  await session.during(`the stream ${name} was made to see whether storage is writable: remove it`, async () => {
    try {
      await writeAndRead(session, result, { api, name, id, options });
    } catch (error) {
      explain(result, error, 'could not write and read a message');
    }
    try {
      await api.request(`STREAM.DELETE.${name}`);
    } catch (error) {
      result.warn(`the stream ${name} is left behind: ${sentence(error)}`);
    }
  });
  return signal('storage', [result], result.oks.join(', '));
}

/** Its limits reserve nothing, unless the account wants a reservation of every stream. */
async function makeStream(api: JsApi, name: string, id: string): Promise<void> {
  const config = {
    name,
    subjects: [`contrail.check.${id}`],
    description: "Made by 'contrail server check' to see whether storage is writable, and removed by it",
    storage: 'file',
    retention: 'limits',
    discard: 'old',
    num_replicas: 1,
    max_msgs: 1,
    max_msg_size: PROBE_BYTES_MAX,
    max_bytes: -1,
    max_age: NS_PER_HOUR,
    max_consumers: -1,
    metadata: { [PROBE_KEY]: 'storage-probe' },
  };
  try {
    await api.request(`STREAM.CREATE.${name}`, config);
  } catch (error) {
    if (!(error instanceof ApiError) || error.body.err_code !== MAX_BYTES_REQUIRED) throw error;
    await api.request(`STREAM.CREATE.${name}`, { ...config, max_bytes: 2 * PROBE_BYTES_MAX });
  }
}

interface Probe {
  readonly api: JsApi;
  readonly name: string;
  readonly id: string;
  readonly options: StorageOptions;
}

async function writeAndRead(session: Session, result: CheckResult, { api, name, id, options }: Probe): Promise<void> {
  const { clock } = session.doors;
  const startMs = clock.monotonicMs();
  const ack = await api.raw(`contrail.check.${id}`, id);
  const seconds = (clock.monotonicMs() - startMs) / 1000;
  const answer = JSON.parse(ack.string()) as {
    readonly error?: { code: number; err_code: number; description: string };
  };
  if (answer.error !== undefined) throw new ApiError(answer.error);
  const { value } = await api.request<{ readonly message: { readonly data?: string } }>(`STREAM.MSG.GET.${name}`, {
    last_by_subj: `contrail.check.${id}`,
  });
  const { writeWarning: warning, writeCritical: critical } = options;
  result.measure('write_time', seconds, 'Time taken to store a message on disk', { warning, critical, unit: 's' });
  if (Buffer.from(value.message.data ?? '', 'base64').toString() !== id) {
    result.critical('what was read is not what was written');
    return;
  }
  const took = durationGo(Math.round(seconds * 1e6) * 1e3);
  if (critical > 0 && seconds >= critical) result.critical(`a message was stored in ${took}`);
  else if (warning > 0 && seconds >= warning) result.warn(`a message was stored in ${took}`);
  else result.ok(`a message was stored in ${took} and read back`);
}

/** Rights and limits say nothing about the disk; everything else does. */
function explain(result: CheckResult, error: unknown, what: string): void {
  const limit = error instanceof ApiError ? LIMITS.get(error.body.err_code) : undefined;
  const text = `${what}: ${sentence(error)}`;
  if (limit !== undefined) result.unknown(`${text}; ${limit}`);
  else if (isDenied(error)) result.unknown(`${text}, or leave it out with --no-storage-probe`);
  else result.critical(text);
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function uniqueId(session: Session): string {
  const bytes = new Uint8Array(8);
  session.doors.entropy.fill(bytes);
  return Buffer.from(bytes).toString('hex');
}

export function isProbe({ config }: StreamInfo): boolean {
  return config.name.startsWith(PROBE_PREFIX) && config.metadata?.[PROBE_KEY] === 'storage-probe';
}

/** Old enough that no check can be at work on it, by the server's clock where it tells. */
export function isLeftBehind(info: StreamInfo, nowMs: number): boolean {
  const now = info.ts === undefined ? nowMs : timeMs(info.ts);
  return isProbe(info) && now - timeMs(info.created) >= LEFT_BEHIND_MS;
}

/** Removes what earlier runs were kept from removing. Its failure is nobody's ill health. */
export async function removeLeftBehind(session: Session, streams: readonly StreamInfo[]): Promise<void> {
  const api = await session.api();
  for (const info of streams) {
    if (!isLeftBehind(info, session.nowMs())) continue;
    try {
      await api.request(`STREAM.DELETE.${info.config.name}`);
    } catch (error) {
      session.log(`The stream ${info.config.name} of an earlier check is still there: ${sentence(error)}`);
    }
  }
}
