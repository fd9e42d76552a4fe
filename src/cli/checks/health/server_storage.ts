// How much of the storage that the server may use its accounts have used: what fills before the disk does. Pure.
import { sizeText } from '../../output/human.ts';
import { CheckResult } from '../check_result.ts';
import type { JetStreamOptions } from '../jetstream_check.ts';
import type { Varz } from '../server_check.ts';
import { type Signal, signal, skippedSignal } from './signal.ts';

export function serverStorageSignal(varz: Varz | null, options: JetStreamOptions): Signal {
  if (varz === null) return skippedSignal('server_storage', 'monitoring has not told');
  const { config, stats } = varz.jetstream ?? {};
  const max = config?.max_storage ?? 0;
  if (stats === undefined || max <= 0) return skippedSignal('server_storage', 'there is no JetStream');
  const used = stats.storage ?? 0;
  const percent = Math.trunc((used / max) * 100);
  const { fileWarning: warning, fileCritical: critical } = options;
  const result = new CheckResult('server_storage', varz.server_name);
  result.measure('store_used', used, 'Storage that all accounts of the server use', { unit: 'B' });
  result.measure('store_limit', max, 'Storage that the server may use', { unit: 'B' });
  result.measure('store_pct', percent, 'Storage that all accounts of the server use, in percent of its limit', {
    warning: Math.max(0, warning),
    critical: Math.max(0, critical),
    unit: '%',
  });
  const text = `${sizeText(used)} of ${sizeText(max)} (${percent}%) in ${config?.store_dir ?? 'its store'}`;
  if (critical >= 0 && percent > critical) result.critical(text);
  else if (warning >= 0 && percent > warning) result.warn(text);
  return signal('server_storage', [result], text);
}
