// `contrail rtt`: how long a round trip to each address of each server takes.
// Compat: natscli cli/rtt_command.go.
import type { NatsConnection } from '@nats-io/transport-node';
import { errorText } from '../../base/errors.ts';
import { rfc3339NanoOfMs } from '../../base/nanos.ts';
import { withoutSecrets } from '../../base/url_secrets.ts';
import { argument, defineCommand } from '../command.ts';
import { CommandError } from '../errors.ts';
import { durationHuman } from '../output/human.ts';
import type { Session } from '../session.ts';

interface Measured {
  readonly time: string;
  readonly address: string;
  /** Nanoseconds; 0 where it failed. */
  readonly rtt: number;
  readonly url: string;
  readonly error?: string;
}

interface Target {
  readonly url: string;
  readonly results: Measured[];
}

const SETTLE_MS = 25;

export const RTT = defineCommand({
  name: 'rtt',
  summary: 'Compute round-trip time to NATS server',
  args: {
    iterations: argument.integer('How many round trips to do when testing', { default: 5, min: 1, max: 100_000 }),
  },
  examples: [
    { text: 'Five round trips to the server of the selected context', command: 'contrail rtt' },
    { text: 'A hundred to another one', command: 'contrail rtt 100 -s nats://nats.example.net:4222' },
  ],
  json: 'A list of servers: url, results (list of time, address, rtt in nanoseconds, url, and error where it failed).',
  run: rtt,
});

async function rtt(session: Session, { iterations }: { readonly iterations: number }): Promise<void> {
  const targets: Target[] = [];
  for (const url of session.settings.url.split(',')) targets.push(await measure(session, url.trim(), iterations));
  const results = targets.flatMap((target) => target.results);
  const failures = results.flatMap(({ address, error }) => (error === undefined ? [] : [{ address, error }]));
  const isLost = failures.length === results.length;
  if (session.isJson) session.json(targets);
  else if (!isLost) show(session, targets);
  if (isLost) throw new CommandError([...new Set(failures.map(({ error }) => error))].join('\n'));
  for (const { address, error } of failures) session.log(`Failed to compute rtt for ${address}: ${error}`);
}

/** Each address that the host's name stands for. */
async function measure(session: Session, server: string, iterations: number): Promise<Target> {
  const [, scheme = 'nats', secrets = '', rest = ''] = /^(?:([a-z]+):\/\/)?(.*@)?([^@]*?)\/?$/i.exec(server) ?? [];
  const port = /:(\d+)$/.exec(rest)?.[1] ?? '4222';
  const host = rest.replace(/:\d+$/, '');
  const isAddress = /^(?:\d+\.){3}\d+$|^\[.*\]$/.test(host);
  const addresses = isAddress ? [] : await session.doors.place.addressesOf(host);
  const hosts = addresses.length === 0 ? [host] : addresses.map((one) => (one.includes(':') ? `[${one}]` : one));
  const results: Measured[] = [];
  for (const one of hosts) {
    const address = `${scheme}://${one}:${port}`;
    results.push(await measureOne(session, { address, url: `${scheme}://${secrets}${one}:${port}`, iterations }));
  }
  return { url: withoutSecrets(server.includes('://') ? server : `nats://${server}`), results };
}

interface Trial {
  readonly address: string;
  readonly url: string;
  readonly iterations: number;
}

async function measureOne(session: Session, { address, url, iterations }: Trial): Promise<Measured> {
  const time = rfc3339NanoOfMs(session.nowMs());
  try {
    const connection = await session.connectTo(url);
    // What the server sends right behind its greeting shall not be measured.
    await session.pause(SETTLE_MS);
    const rttNs = await roundTrips(session, connection, iterations);
    await connection.close();
    return { time, address, rtt: Math.round(rttNs), url: address };
  } catch (error) {
    return { time, address, rtt: 0, url: address, error: errorText(error) };
  }
}

async function roundTrips(session: Session, connection: NatsConnection, iterations: number): Promise<number> {
  const { clock } = session.doors;
  let totalMs = 0;
  for (let number = 1; number <= iterations; number++) {
    const startMs = clock.monotonicMs();
    await connection.flush();
    const ms = clock.monotonicMs() - startMs;
    totalMs += ms;
    if (session.flags.trace) session.print(`#${number}:\trtt=${durationHuman(ms * 1e6)}`);
  }
  return (totalMs / iterations) * 1e6;
}

function show(session: Session, targets: readonly Target[]): void {
  const lengths = targets.flatMap(({ results }) => results.map(({ address }) => address.length));
  const width = Math.max(...lengths) + 3;
  for (const { url, results } of targets) {
    session.print(`${url}:\n`);
    for (const { address, rtt: ns, error } of results) {
      session.print(`${address.padStart(width)}: ${error === undefined ? durationHuman(ns) : 'failed'}`);
    }
    session.print();
  }
}
