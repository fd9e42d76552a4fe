// What is asked about certificates while they are in use: stapling (`ocsp`) and the cache of answers (`ocsp_cache`), as `-t`
// judges them; what peers show is part of a tls block. Nothing is kept yet.
// Compat: opts.go, ocsp; ocsp_responsecache.go, parseOCSPResponseCache.
import { parseDuration } from '../../base/duration.ts';
import { type ConfigValue, goTypeName } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import { blockRule, type Entry, type KeyRule, readBlock, textKey, valueKey } from '../schema.ts';

const MODES = ['always', 'must', 'never', 'auto'];

const OCSP_BLOCK = blockRule<null>(
  'ocsp',
  [
    textKey(['mode'], (_draft, mode, { position, findings }) => {
      if (MODES.includes(mode.toLowerCase())) return;
      findings.error(position, `error parsing ocsp config: unsupported ocsp mode ${goQuote(mode)}`);
    }),
    // The reference has it and refuses whatever it is given.
    valueKey(['urls'], (_draft, _value, entry) => {
      entry.findings.error(entry.position, `'urls' is not to be had in nats-server: say 'url'`);
    }),
    textKey(['url']),
  ],
  (key) => `error parsing ocsp config: unsupported field ${goQuote(key)}`,
);

export function ocspKey<Draft>(): KeyRule<Draft> {
  return valueKey(['ocsp'], (_draft, value, { position, findings }) => {
    if (value.kind === 'boolean') return;
    if (value.kind === 'map') return readBlock(OCSP_BLOCK, value, null, findings);
    findings.error(position, `error parsing ocsp config: unsupported type ${goTypeName(value)}`);
  });
}

/** The reference has one text for keys that it does not know and for values of the wrong kind. */
type Reader = (value: ConfigValue) => 'fine' | 'wrong kind' | { readonly fault: string };

function booleanValue(value: ConfigValue): ReturnType<Reader> {
  return value.kind === 'boolean' ? 'fine' : 'wrong kind';
}

function textValue(value: ConfigValue): ReturnType<Reader> {
  return value.kind === 'string' ? 'fine' : 'wrong kind';
}

/** A number of seconds or a duration. `where` stands in messages about what is neither, `what` about a wrong duration. */
function secondsValue(where: string, what: string): Reader {
  return (value) => {
    if (value.kind === 'integer' || value.kind === 'float') return 'fine';
    if (value.kind !== 'string') return { fault: `error parsing ${where} config, conversion error: unexpected type` };
    const duration = parseDuration(value.value);
    return duration.ok ? 'fine' : { fault: `error parsing ${what} config, conversion error: ${duration.error}` };
  };
}

const CACHE_WHERE = 'OCSP peer cache';
const PEER_WHERE = 'tls peer';

const CACHE_KEYS: Readonly<Record<string, Reader>> = {
  type: (value) => {
    if (value.kind !== 'string') return 'wrong kind';
    if (value.value.toLowerCase() === 'none' || value.value.toLowerCase() === 'local') return 'fine';
    return { fault: `error parsing ${CACHE_WHERE} config, unknown type [${value.value}]` };
  },
  local_store: textValue,
  preserve_revoked: booleanValue,
  save_interval: secondsValue(CACHE_WHERE, PEER_WHERE),
};

export function ocspCacheKey<Draft>(): KeyRule<Draft> {
  return valueKey(['ocsp_cache'], (_draft, value, entry) => {
    if (value.kind === 'boolean') return;
    if (value.kind === 'map') return readKeys(CACHE_KEYS, CACHE_WHERE, value, entry);
    // Compat: the words of another key.
    entry.findings.error(entry.position, `error parsing tags: unsupported type ${goTypeName(value)}`);
  });
}

function readKeys(
  readers: Readonly<Record<string, Reader>>,
  where: string,
  map: Extract<ConfigValue, { kind: 'map' }>,
  { findings }: Entry,
): void {
  for (const [key, { value, position }] of map.entries) {
    const result = readers[key.toLowerCase()]?.(value) ?? 'wrong kind';
    if (result === 'wrong kind') {
      findings.error(position, `error parsing ${where} config, unknown field [${goQuote(key)}]`);
    } else if (result !== 'fine') findings.error(position, result.fault);
  }
}
