// Whether the server's monitoring answers, and what it says: /varz and /healthz.
import { OperatingError } from '../../../base/errors.ts';
import { withoutSecrets } from '../../../base/url_secrets.ts';
import type { ConnectionSettings } from '../../client/connection_settings.ts';
import { readLiteral } from '../../context/credentials.ts';
import { UsageError } from '../../errors.ts';
import { durationGo } from '../../output/human.ts';
import type { Session } from '../../session.ts';
import { CheckResult } from '../check_result.ts';
import type { Varz } from '../server_check.ts';
import { type Signal, signal } from './signal.ts';

const PORT_DEFAULT = 8222;

export interface MonitorFound {
  readonly signal: Signal;
  /** Null where it has not answered. */
  readonly varz: (Varz & { readonly server_id?: string }) | null;
}

/** `text` may be a whole address, a host with a port, or a port. */
export function monitorUrl(text: string | undefined, host: string): string {
  if (text === undefined || text === '') return `http://${host}:${PORT_DEFAULT}`;
  if (/^\d+$/.test(text)) return `http://${host}:${text}`;
  const url = text.includes('://') ? text : `http://${text}`;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new UsageError(
      `--monitor '${withoutSecrets(text)}' is no address of monitoring: write it like http://nats.example.net:8222, or give the port`,
    );
  }
  return url.replace(/\/+$/, '');
}

export interface ProbeOptions {
  readonly url: string;
  readonly token: string | null;
  /** Of the server that the client port belongs to; null where nobody knows. */
  readonly serverId: string | null;
}

export async function probeMonitor(session: Session, { url, token, serverId }: ProbeOptions): Promise<MonitorFound> {
  const shown = withoutSecrets(url);
  const result = new CheckResult('monitoring', shown);
  const { clock } = session.doors;
  const startMs = clock.monotonicMs();
  let varz: MonitorFound['varz'] = null;
  try {
    const bearer = token === null ? null : await readLiteral(token, 'the token of monitoring', session.doors);
    varz = await page<Varz>(session, `${url}/varz`, bearer);
    const health = await page<Healthz>(session, `${url}/healthz?details=true`, bearer);
    const seconds = (clock.monotonicMs() - startMs) / 1000;
    result.measure('monitor_time', seconds, 'Time taken by the monitoring pages', { unit: 's' });
    if (varz.server_id !== undefined && serverId !== null && varz.server_id !== serverId) {
      const other = `'${varz.server_name}'`;
      result.unknown(`${shown} is the monitoring of another server, ${other}: name the right one with --monitor`);
      return { signal: signal('monitoring', [result], ''), varz: null };
    }
    for (const fault of faultsOf(health)) result.critical(`/healthz: ${fault}`);
    result.okIfClean(`${shown} answered in ${durationGo(Math.round(seconds * 1e6) * 1e3)}`);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    // It answers; what it would say is for others.
    if (error.code === 'NETWORK_PERMISSION') {
      result.unknown(error.message);
      return { signal: signal('monitoring', [result], ''), varz };
    }
    const advice = 'start the server with -m 8222, say where it is with --monitor, or leave it out with --no-monitor';
    result.critical(`${error.message}; ${advice}`);
  }
  return { signal: signal('monitoring', [result], result.oks.join(', ')), varz };
}

interface Healthz {
  readonly status?: string;
  readonly error?: string;
  readonly errors?: readonly { readonly type?: string; readonly error?: string }[] | null;
}

function faultsOf({ status = '', error, errors }: Healthz): string[] {
  if (status === 'ok') return [];
  const details = (errors ?? []).map(({ type, error: text }) => [type, text].filter(Boolean).join(': '));
  if (details.length > 0) return details;
  return [error ?? `its status is '${status}'`];
}

/** A page that says that the server is unwell is an answer as well. */
async function page<T>(session: Session, url: string, bearer: string | null): Promise<T> {
  const { files } = session.doors;
  const web = await session.doors.web();
  const authorities = authoritiesOf(session.settings, files.readBytes.bind(files));
  const { status, body } = await web.get(url, { timeoutMs: session.timeoutMs, authorities, bearer });
  if (status === 401 || status === 403) {
    throw new OperatingError(
      'NETWORK_PERMISSION',
      `${withoutSecrets(url)} answers with ${status}: give the token with --monitor-token, or user and password within ` +
        'the address, --monitor http://USER:PASSWORD@HOST:PORT',
    );
  }
  try {
    return JSON.parse(body) as T;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const why = status === 200 ? 'the page is none of a NATS server' : `it answers with ${status}`;
    throw new OperatingError('NETWORK_OTHER', `No answer from ${withoutSecrets(url)}: ${why}`, { cause: error });
  }
}

function authoritiesOf({ ca }: ConnectionSettings, read: (path: string) => Uint8Array | null): Uint8Array | null {
  return ca === '' ? null : read(ca);
}
