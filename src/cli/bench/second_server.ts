// As whom the second server of a comparison is asked: what its URL says, what a context of its own says, or the first one's
// credentials where it is on the same host. Nobody else's host gets to see those.
import { type ConnectionSettings, URL_DEFAULT } from '../client/connection_settings.ts';
import { plainServer, serverAddress } from '../client/server_address.ts';
import { UsageError } from '../errors.ts';
import type { Session } from '../session.ts';

export interface SecondServer {
  readonly against: string | undefined;
  readonly againstContext: string | undefined;
}

const NO_CREDENTIALS = {
  user: '',
  password: '',
  token: '',
  creds: '',
  nkey: '',
  user_jwt: '',
  user_seed: '',
  nsc: '',
  cert: '',
  key: '',
} as const;

/** Null where only one server is meant. */
export function secondSettings(session: Session, second: SecondServer): ConnectionSettings | null {
  const { against, againstContext } = second;
  const { settings, contexts } = session;
  if (againstContext !== undefined) {
    const context = contexts.load(againstContext);
    const url = against ?? (context.url === '' ? URL_DEFAULT : context.url);
    // A URL that says who one is wins over the context, as it does everywhere where nothing else is said.
    const own = hasCredentials(url) ? NO_CREDENTIALS : {};
    return { ...context, ...own, url, contextName: againstContext };
  }
  if (against === undefined) return null;
  if (against.trim() === '') throw new UsageError('--against is the address of a server, like nats://b.example:4222');
  if (isSameHost(settings.url, against) && !hasCredentials(against)) return { ...settings, url: against };
  const other = { ...settings, ...NO_CREDENTIALS, url: against };
  const isDropped = Object.keys(NO_CREDENTIALS).some((key) => settings[key as keyof typeof NO_CREDENTIALS] !== '');
  if (isDropped && !hasCredentials(against)) {
    session.log('The credentials of the first server are not sent to the second; --against-context names its own');
  }
  return other;
}

function hasCredentials(urls: string): boolean {
  return urls.includes('@');
}

function isSameHost(first: string, second: string): boolean {
  const known = new Set(hostsOf(first));
  return hostsOf(second).every((host) => known.has(host));
}

function hostsOf(urls: string): string[] {
  return urls.split(',').map((url) => serverAddress(plainServer(url.trim())).host.toLowerCase());
}
