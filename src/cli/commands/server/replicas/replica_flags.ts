// What `contrail server stream-check` and `consumer-check` share: flags, the answers of all servers or those of a file, the
// health of one thing on one server, the table.
import { askServers, requestServers, type SystemAnswer } from '../../../client/system_requests.ts';
import { flag } from '../../../command.ts';
import { CommandError, UsageError } from '../../../errors.ts';
import type { TextTable } from '../../../output/table.ts';
import type { Jsz } from '../../../servers/jetstream_row.ts';
import { ANY_DOMAIN, activeServers } from '../../../servers/server_filter.ts';
import type { Session } from '../../../session.ts';

export const REPLICA_FLAGS = {
  raftGroup: flag.text('Filter results by raft group'),
  expected: flag.integer('Expected number of servers', { min: 0 }),
  unsynced: flag.switch('Filter results by streams that are out of sync'),
  stdin: flag.switch("Process the result of 'contrail server request jsz --all --config' from STDIN"),
  readTimeout: flag.integer('Read timeout in seconds', { default: 5, min: 1 }),
  csv: flag.switch('Renders CSV format'),
} as const;

export interface ReplicaFlags {
  readonly expected: number | undefined;
  readonly stdin: boolean;
  readonly readTimeout: number;
  readonly csv: boolean;
  readonly health: boolean;
}

/** What every server says of its streams and consumers. */
export async function gatherReplicas(session: Session, flags: ReplicaFlags): Promise<readonly SystemAnswer<Jsz>[]> {
  const isQuiet = flags.csv || session.isJson;
  const startMs = session.doors.clock.monotonicMs();
  const expected = flags.expected ?? (flags.stdin ? 0 : await activeServers(session, ANY_DOMAIN));
  const answers = flags.stdin
    ? await answersOfInput(session)
    : await requestServers<Jsz>(session, {
        subject: '$SYS.REQ.SERVER.PING.JSZ',
        body: { streams: true, consumer: true, raft: true },
        expected,
        timeoutMs: flags.readTimeout * 1000,
      });
  if (answers.length === 0) throw new CommandError('no JSZ responses received');
  if (!isQuiet) {
    const seconds = (session.doors.clock.monotonicMs() - startMs) / 1000;
    session.print(`Response took ${seconds.toFixed(3)}s`);
    session.print(`Servers: ${answers.length}`);
  }
  if (answers.length < expected) session.log(`Warning: expected ${expected} responses got ${answers.length}`);
  return answers;
}

/** An object a line, as `server request jetstream` prints them. */
async function answersOfInput(session: Session): Promise<SystemAnswer<Jsz>[]> {
  const parts: Uint8Array[] = [];
  for await (const part of session.doors.terminal.input()) parts.push(part);
  const lines = Buffer.concat(parts).toString('utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map(answerOfLine);
}

function answerOfLine(line: string): SystemAnswer<Jsz> {
  try {
    return JSON.parse(line) as SystemAnswer<Jsz>;
  } catch (error) {
    throw new UsageError(
      "--stdin takes what 'contrail server request jetstream --all' prints: an object on each line",
      {
        cause: error,
      },
    );
  }
}

/** `:ok:`, or with what is wrong. */
export async function healthText(session: Session, serverId: string, body: unknown): Promise<string> {
  const subject = `$SYS.REQ.SERVER.${serverId}.HEALTHZ`;
  const [first] = await askServers(session, { subject, body, expected: 1 });
  const { data } = (first?.value ?? {}) as { readonly data?: { readonly status: string; readonly error?: string } };
  return data === undefined ? '' : `:${data.status}:${data.error ?? ''}`;
}

/** Compat: rows have a cell for it, empty where nobody asked; a table without rows has none. */
export function healthHead(rowCount: number, health: readonly string[] | null): readonly string[] {
  if (health !== null) return ['Health'];
  return rowCount === 0 ? [] : [''];
}

export function showReplicas(session: Session, table: TextTable, flags: ReplicaFlags): void {
  if (flags.csv) session.print(table.csv());
  else session.table(table);
}

/** A number beside its leader's: how far it is off in percent, where it is. */
export function driftText(value: number, leader: number | undefined): string {
  if (leader === undefined || value === leader) return String(value);
  if (leader === 0) return `${value} (+100%)`;
  const percent = ((value - leader) / leader) * 100;
  const shown = Math.abs(percent) < 0.01 ? Math.sign(percent) * 0.01 : percent;
  const digits = Math.abs(shown)
    .toFixed(2)
    .replace(/\.?0+$/, '');
  return `${value} (${shown < 0 ? '-' : '+'}${digits}%)`;
}

/** As the reference cuts them. */
export function accountText(account: string): string {
  return account.slice(0, 10).replaceAll(' ', '_');
}

interface Peer {
  readonly name: string;
  readonly current: boolean;
  readonly offline?: boolean;
}

/** The last first, each with room for a name. */
export function peersText(peers: readonly Peer[] | null | undefined): string {
  const texts = (peers ?? []).map(({ name, current, offline }) =>
    `${name}(current=${String(current).padEnd(5)},offline=${offline === true})`.padEnd(40),
  );
  return texts.reverse().join(' ').trim();
}
