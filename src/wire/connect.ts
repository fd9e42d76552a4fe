// The CONNECT object: what a client says of itself. Tolerant of unknown fields, strict about types, as the reference.
// Compat: client.go, ClientOpts: field names match in any case, null changes nothing, missing fields keep what they were.
import { JsonDecimal, parseJson } from '../base/json_parser.ts';

export interface ConnectOptions {
  verbose: boolean;
  pedantic: boolean;
  echo: boolean;
  headers: boolean;
  noResponders: boolean;
  tlsRequired: boolean;
  protocol: number;
  user: string;
  pass: string;
  authToken: string;
  nkey: string;
  jwt: string;
  sig: string;
  name: string;
  lang: string;
  version: string;
  account: string;
  newAccount: boolean;
}

/** What holds before CONNECT: a client that never sends one is talked to like a person at a terminal. */
export function connectDefaults(): ConnectOptions {
  return {
    verbose: true,
    pedantic: true,
    echo: true,
    headers: false,
    noResponders: false,
    tlsRequired: false,
    protocol: 0,
    user: '',
    pass: '',
    authToken: '',
    nkey: '',
    jwt: '',
    sig: '',
    name: '',
    lang: '',
    version: '',
    account: '',
    newAccount: false,
  };
}

const FIELDS: ReadonlyMap<string, keyof ConnectOptions> = new Map([
  ['verbose', 'verbose'],
  ['pedantic', 'pedantic'],
  ['echo', 'echo'],
  ['headers', 'headers'],
  ['no_responders', 'noResponders'],
  ['tls_required', 'tlsRequired'],
  ['protocol', 'protocol'],
  ['user', 'user'],
  ['pass', 'pass'],
  ['auth_token', 'authToken'],
  ['nkey', 'nkey'],
  ['jwt', 'jwt'],
  ['sig', 'sig'],
  ['name', 'name'],
  ['lang', 'lang'],
  ['version', 'version'],
  ['account', 'account'],
  ['new_account', 'newAccount'],
]);

/**
 * Reads a CONNECT argument into `into`. Returns null, or a sentence for the log when it is not one: the connection then
 * closes without a word.
 */
export function readConnect(bytes: Uint8Array, into: ConnectOptions): string | null {
  const parsed = parseJson(bytes);
  if (!parsed.ok) return parsed.error;
  const fields = parsed.value;
  if (fields === null) return null;
  if (typeof fields !== 'object' || Array.isArray(fields) || fields instanceof JsonDecimal) {
    return 'CONNECT is not a JSON object';
  }
  for (const [key, value] of Object.entries(fields)) {
    const field = FIELDS.get(key.toLowerCase());
    if (field === undefined || value === null) continue;
    // A number with a fraction or exponent is an object here: no integer, as for the reference.
    if (typeof value !== typeof into[field]) return `CONNECT field '${key}' must be a ${typeof into[field]}`;
    (into as unknown as Record<string, unknown>)[field] = value;
  }
  return null;
}
