// Where clients connect: listen, host, port, client_advertise; and the address form that every listener of the server
// shares.
import { type Parsed, parsed, refused } from '../../base/parsed.ts';
import { type ConfigValue, goTypeName } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import type { OptionsDraft } from '../options_draft.ts';
import { integerKey, type KeyRule, type Setter, safeInteger, textKey, valueKey } from '../schema.ts';

export interface HostPort {
  /** Empty when only a port is said. */
  readonly host: string;
  readonly port: number;
}

export const LISTEN_KEYS: readonly KeyRule<OptionsDraft>[] = [
  addressKey(['listen'], (draft, { host, port }) => {
    draft.host = host;
    draft.port = port;
  }),
  textKey(['host', 'net'], (draft, host) => {
    draft.host = host;
  }),
  integerKey(['port'], (draft, port) => {
    draft.port = port;
  }),
  textKey(['client_advertise'], (draft, address) => {
    draft.clientAdvertise = address;
  }),
];

/** A port, or `host:port`. */
export function addressKey<Draft>(names: readonly string[], set: Setter<Draft, HostPort> = nothing): KeyRule<Draft> {
  return valueKey(names, (draft, value, entry) => {
    const address = parseAddress(value);
    if (address.ok) set(draft, address.value, entry);
    else entry.findings.error(entry.position, address.error);
  });
}

function nothing(): void {
  // Only checked.
}

/** Compat: opts.go, parseListen. */
function parseAddress(value: ConfigValue): Parsed<HostPort> {
  if (value.kind === 'integer') return parsed({ host: '', port: safeInteger(value.value) });
  if (value.kind !== 'string') return refused(`expected port or host:port, got ${goTypeName(value)}`);
  const parts = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/s.exec(value.value);
  if (parts === null) return refused(`could not parse address string ${goQuote(value.value)}`);
  const [, bracketed, plain, port = ''] = parts;
  if (!/^[+-]?[0-9]{1,18}$/.test(port)) return refused(`could not parse port ${goQuote(port)}`);
  return parsed({ host: bracketed ?? plain ?? '', port: Number(port) });
}
