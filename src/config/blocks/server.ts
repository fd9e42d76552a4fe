// The top of a configuration file: every key that the reference knows, from the files of this folder, and the few about the
// server itself.
import { type ConfigValue, goTypeName } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import type { OptionsDraft } from '../options_draft.ts';
import { blockRule, type Entry, type KeyRule, later, textKey, textMapKey, valueKey } from '../schema.ts';
import { ACCOUNT_KEYS } from './accounts.ts';
import { AUTHORIZATION_KEYS } from './authorization.ts';
import { GATE_KEYS } from './gates.ts';
import { JETSTREAM_KEYS } from './jetstream.ts';
import { LIMIT_KEYS } from './limits.ts';
import { LINK_KEYS } from './links.ts';
import { LISTEN_KEYS } from './listen.ts';
import { LOGGING_KEYS } from './logging.ts';
import { MONITOR_KEYS } from './monitor.ts';
import { TRUST_KEYS } from './trust.ts';

const IDENTITY_KEYS: readonly KeyRule<OptionsDraft>[] = [
  textKey(['server_name'], (draft, name, { position, findings }) => {
    if (name.includes(' ')) findings.error(position, 'server name cannot contain spaces');
    else draft.serverName = name;
  }),
  valueKey(['server_tags'], readTags),
  textMapKey(['server_metadata'], 'error parsing metadata', (draft, metadata) => {
    draft.serverMetadata = new Map(metadata);
  }),
  later(valueKey(['feature_flags'], readFeatureFlags)),
];

/** Keys at the top that the reference does not know. */
export const OWN_KEYS: readonly string[] = ['monitor_auth'];

export const SERVER_BLOCK = blockRule<OptionsDraft>('', [
  ...IDENTITY_KEYS,
  ...LISTEN_KEYS,
  ...MONITOR_KEYS,
  ...LOGGING_KEYS,
  ...LIMIT_KEYS,
  ...AUTHORIZATION_KEYS,
  ...JETSTREAM_KEYS,
  ...ACCOUNT_KEYS,
  ...TRUST_KEYS,
  ...LINK_KEYS,
  ...GATE_KEYS,
]);

/** Compat: opts.go, processConfigFileLine: the first item of a wrong type ends the reading. */
function readTags(draft: OptionsDraft, value: ConfigValue, { position, findings }: Entry): void {
  if (value.kind !== 'string' && value.kind !== 'array') {
    return findings.error(position, `error parsing tags: unsupported type ${goTypeName(value)}`);
  }
  const tags = value.kind === 'string' ? [value] : value.items.map((item) => item.value);
  if (!tags.every((tag) => tag.kind === 'string')) {
    return findings.error(position, 'error parsing tags: unsupported type where string is expected');
  }
  for (const { value: written } of tags) {
    const tag = written.trim().toLowerCase();
    if (tag !== '' && !draft.serverTags.includes(tag)) draft.serverTags.push(tag);
  }
}

function readFeatureFlags(_draft: OptionsDraft, value: ConfigValue, { position, findings }: Entry): void {
  if (value.kind !== 'map') {
    return findings.error(position, `error parsing feature flags: unsupported type ${goTypeName(value)}`);
  }
  for (const [name, node] of value.entries) {
    if (node.value.kind === 'boolean') continue;
    const expected = `error parsing feature flag ${goQuote(name)}: expected bool`;
    findings.error(node.position, `${expected}, got ${goTypeName(node.value)}`);
  }
}
