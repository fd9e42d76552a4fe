// What `contrail server stream-check` and `consumer-check` are told, and whom they ask: all servers, or a file of their answers.
import { requestServers, type SystemAnswer } from '../../../client/system_requests.ts';
import { flag } from '../../../command.ts';
import { CommandError, UsageError } from '../../../errors.ts';
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
  readonly raftGroup: string | undefined;
  readonly unsynced: boolean;
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
