// A configuration context as it stands in a file: the same keys, in the same order, as the `nats` command writes, so that
// both share one set of contexts. Keys that this version does not know are kept.
// Compat: jsm.go natscontext/context.go, settings.
import { CommandError } from '../errors.ts';

const TEXT_KEYS = [
  'description',
  'url',
  'socks_proxy',
  'token',
  'user',
  'password',
  'creds',
  'nkey',
  'cert',
  'key',
  'ca',
  'nsc',
  'jetstream_domain',
  'jetstream_api_prefix',
  'jetstream_event_prefix',
  'inbox_prefix',
  'user_jwt',
  'user_seed',
  'color_scheme',
  'windows_cert_store',
  'windows_cert_match_by',
  'windows_cert_match',
] as const;

const KEYS = [...TEXT_KEYS.slice(0, 19), 'tls_first', ...TEXT_KEYS.slice(19), 'windows_ca_certs_match'] as const;

export type ContextText = (typeof TEXT_KEYS)[number];

export interface ContextSettings extends Readonly<Record<ContextText, string>> {
  readonly tls_first: boolean;
  readonly windows_ca_certs_match: readonly string[] | null;
  /** What other versions have written. */
  readonly others: Readonly<Record<string, unknown>>;
}

export function emptyContext(): ContextSettings {
  const texts = Object.fromEntries(TEXT_KEYS.map((key) => [key, ''])) as Record<ContextText, string>;
  return { ...texts, tls_first: false, windows_ca_certs_match: null, others: {} };
}

/** `where` names the file or the editor in refusals. */
export function readContext(text: string, where: string): ContextSettings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`The context in ${where} is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  return contextOf(value, where);
}

export function contextOf(value: unknown, where: string): ContextSettings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandError(`The context in ${where} is no JSON object`);
  }
  const settings: Record<string, unknown> = { ...emptyContext() };
  const others: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === 'name') continue;
    if (!KEYS.some((known) => known === key)) others[key] = item;
    else if (item !== null) settings[key] = checked(key, item, where);
  }
  // Each key has been checked against its type.
  return { ...settings, others } as ContextSettings;
}

function checked(key: string, item: unknown, where: string): unknown {
  if (key === 'tls_first') {
    if (typeof item === 'boolean') return item;
    throw new CommandError(`In the context in ${where} the key 'tls_first' must be true or false`);
  }
  if (key === 'windows_ca_certs_match') {
    if (Array.isArray(item) && item.every((one) => typeof one === 'string')) return item;
    throw new CommandError(`In the context in ${where} the key '${key}' must be a list of texts`);
  }
  if (typeof item === 'string') return item;
  throw new CommandError(`In the context in ${where} the key '${key}' must be a text`);
}

/** The object as it is written, with `name` in front where the reference shows one. */
export function contextObject(settings: ContextSettings, name: string | null = null): Record<string, unknown> {
  const object: Record<string, unknown> = name === null ? {} : { name };
  for (const key of KEYS) object[key] = settings[key];
  return { ...object, ...settings.others };
}

export function contextText(settings: ContextSettings): string {
  return JSON.stringify(contextObject(settings), null, 2);
}
