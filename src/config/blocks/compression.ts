// How links compress: a word, a boolean, or a block with round trip times. The words are judged where a server starts.
// Compat: opts.go, parseCompression.
import { parseDuration } from '../../base/duration.ts';
import { type ConfigValue, goTypeName } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import { blockRule, type Entry, type KeyRule, readBlock, textKey, valueKey, wrongKind } from '../schema.ts';

const COMPRESSION_BLOCK = blockRule<null>('compression', [
  textKey(['mode']),
  valueKey(['rtt_thresholds', 'thresholds', 'rtts', 'rtt'], readThresholds),
]);

export function compressionKey<Draft>(): KeyRule<Draft> {
  return valueKey(['compression'], (_draft, value, { key, position, findings }) => {
    if (value.kind === 'string' || value.kind === 'boolean') return;
    if (value.kind === 'map') return readBlock(COMPRESSION_BLOCK, value, null, findings);
    findings.error(position, `field ${goQuote(key)} should be a boolean or a structure, got ${goTypeName(value)}`);
  });
}

function readThresholds(_draft: null, value: ConfigValue, entry: Entry): void {
  const { position, findings } = entry;
  if (value.kind !== 'array') return wrongKind(entry, 'an array');
  for (const item of value.items) {
    const duration = item.value.kind === 'string' ? parseDuration(item.value.value) : null;
    if (duration === null) return findings.error(item.position, 'a threshold must be a duration');
    if (!duration.ok) return findings.error(position, duration.error);
  }
}
