// The flags that every command has: where the server is, who asks, how answers look. Names, environment variables and
// defaults are the reference's (natscli nats/main.go); `--json` is on every command here.
import { type FlagMap, flag, type ValuesOf } from './command.ts';
import { COLOR_SCHEMES } from './output/style.ts';

export const GLOBAL_FLAGS = {
  server: flag.text('NATS server urls', { short: 's', placeholder: 'URL', environment: 'NATS_URL' }),
  user: flag.text('Username or Token', { placeholder: 'USER', environment: 'NATS_USER' }),
  password: flag.text('Password', { placeholder: 'PASSWORD', environment: 'NATS_PASSWORD' }),
  token: flag.text('Token', { placeholder: 'TOKEN', environment: 'NATS_TOKEN' }),
  connectionName: flag.text('Nickname to use for the underlying NATS Connection', { placeholder: 'NAME' }),
  creds: flag.text('User credentials', { placeholder: 'LOCATION', environment: 'NATS_CREDS' }),
  nkey: flag.text('User NKEY', { placeholder: 'LOCATION', environment: 'NATS_NKEY' }),
  jwt: flag.text('User JWT', { placeholder: 'LOCATION', environment: 'NATS_JWT' }),
  seed: flag.text('User seed', { placeholder: 'LOCATION', environment: 'NATS_SEED' }),
  tlscert: flag.text('TLS public certificate', { placeholder: 'FILE', environment: 'NATS_CERT' }),
  tlskey: flag.text('TLS private key', { placeholder: 'FILE', environment: 'NATS_KEY' }),
  tlsca: flag.text('TLS certificate authority chain', { placeholder: 'FILE', environment: 'NATS_CA' }),
  tlsfirst: flag.toggle('Perform TLS handshake before expecting the server greeting'),
  tlsFirst: flag.toggle('Another spelling of --tlsfirst', { isHidden: true }),
  timeout: flag.duration('Time to wait on responses from NATS', { environment: 'NATS_TIMEOUT', default: '5s' }),
  socksProxy: flag.text('SOCKS5 proxy for connecting to NATS server', {
    placeholder: 'PROXY',
    environment: 'NATS_SOCKS_PROXY',
  }),
  jsApiPrefix: flag.text('Subject prefix for access to JetStream API', { placeholder: 'PREFIX' }),
  jsEventPrefix: flag.text('Subject prefix for access to JetStream Advisories', { placeholder: 'PREFIX' }),
  jsDomain: flag.text('JetStream domain to access', { placeholder: 'DOMAIN' }),
  domain: flag.text('Another spelling of --js-domain', { placeholder: 'DOMAIN', isHidden: true }),
  inboxPrefix: flag.text('Custom inbox prefix to use for inboxes', { placeholder: 'PREFIX' }),
  colors: flag.choice('Sets a color scheme to use', COLOR_SCHEMES, {
    placeholder: 'SCHEME',
    environment: 'NATS_COLOR',
  }),
  context: flag.text('Configuration context', { placeholder: 'NAME', environment: 'NATS_CONTEXT' }),
  trace: flag.switch('Trace API interactions'),
  noContext: flag.switch('Disable the selected context'),
  json: flag.switch('Produce JSON output', { short: 'j' }),
} as const satisfies FlagMap;

export type GlobalFlags = ValuesOf<typeof GLOBAL_FLAGS>;

/** A command that has a letter for itself, as `server graph -j`, takes it from the flag that has it everywhere else. */
export function globalFlagsBeside(own: FlagMap): FlagMap {
  const taken = new Set(Object.values(own).map(({ short }) => short));
  const entries = Object.entries(GLOBAL_FLAGS as FlagMap).map(([key, one]) => {
    if (one.short === undefined || !taken.has(one.short)) return [key, one];
    const { short, ...rest } = one;
    return [key, rest];
  });
  return Object.fromEntries(entries);
}
