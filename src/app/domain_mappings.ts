// JetStream's domain as clients name it: `$JS.<domain>.API` is the API of this server, by mappings in every account.
// Compat: jetstream_api.go, generateJSMappingTable.
import type { Options } from '../config/options.ts';
import type { Mapping } from '../subject/mapping.ts';
import { WEIGHT_MAX } from '../subject/mapping.ts';

/** What stands behind `$JS.<domain>.API.`, and where it leads. */
const TABLE: readonly (readonly [suffix: string, to: string])[] = [
  ['INFO', '$JS.API.INFO'],
  ...['STREAM.>', 'CONSUMER.>', 'DIRECT.>', 'META.>', 'SERVER.>', 'ACCOUNT.>'].map(
    (suffix) => [suffix, `$JS.API.${suffix}`] as const,
  ),
  // Buckets have subjects beside the API.
  ['$KV.>', '$KV.>'],
  ['$OBJ.>', '$OBJ.>'],
];

export function domainMappings(account: string, { jetstream, systemAccount }: Options): readonly Mapping[] {
  const { domain } = jetstream;
  // Also while JetStream is off: a reload may switch it on.
  if (domain === null) return [];
  const table = account === systemAccount ? ([['>', '$JS.API.>']] as const) : TABLE;
  return table.map(([suffix, subject]) => ({
    source: `$JS.${domain}.API.${suffix}`,
    destinations: [{ subject, weight: WEIGHT_MAX, cluster: '' }],
  }));
}
