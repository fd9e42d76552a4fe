// What all of `contrail server report` do: ask the servers that are meant, show, and show again where that is asked for.
import type { JsonValue } from '../../../../base/json_parser.ts';
import { fetchServers, type SystemAnswer } from '../../../client/system_requests.ts';
import { argument, flag } from '../../../command.ts';
import { clearScreen } from '../../../output/screen.ts';
import { domainFilterBody, expectedAnswers, FILTER_FLAGS, type ServerFilter } from '../../../servers/server_filter.ts';
import type { Session } from '../../../session.ts';

export const REVERSE_FLAG = { reverse: flag.switch('Reverse sort connections', { short: 'R' }) } as const;

export const REPORT_FLAGS = {
  ...REVERSE_FLAG,
  ...FILTER_FLAGS,
  watch: flag.integer('Display the results and update it every (WATCH) seconds', { min: 0 }),
} as const;

export const LIMIT = { limit: argument.integer('Limit the responses to a certain amount of servers', { min: 0 }) };

/** The words of `json` of the reports that print what the servers said. */
export const JSON_ANSWERS = 'A list with an object per server: server (what it says of itself), data (its page).';

export interface ReportFlags {
  readonly host: string | undefined;
  readonly cluster: string | undefined;
  readonly tags: readonly string[];
}

/** `--host` is a server's name, as in the reference. */
export function filterOf({ host, cluster, tags }: ReportFlags): ServerFilter {
  return { name: host, cluster, tags };
}

export interface ReportRequest {
  /** `JSZ`: the last word of the subject. */
  readonly page: string;
  readonly flags: ReportFlags;
  readonly limit: number | undefined;
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface Reported<T> {
  readonly answers: readonly SystemAnswer<T>[];
  readonly exact: readonly JsonValue[];
}

export async function fetchReport<T>(session: Session, request: ReportRequest): Promise<Reported<T>> {
  const { page, flags, limit, body = {} } = request;
  const filter = filterOf(flags);
  return await fetchServers<T>(session, {
    subject: `$SYS.REQ.SERVER.PING.${page}`,
    body: { ...body, ...domainFilterBody(session, filter) },
    expected: await expectedAnswers(session, filter, limit),
  });
}

/** `report` asks and returns what draws: once, or every so many seconds on an empty screen until Ctrl-C. */
export async function watched(
  session: Session,
  seconds: number | undefined,
  report: () => Promise<() => void>,
): Promise<void> {
  const isWatched = seconds !== undefined && seconds > 0;
  do {
    const draw = await report();
    if (isWatched && !session.isJson) clearScreen(session);
    draw();
  } while (isWatched && (await session.pause(seconds * 1000)));
}

/** Ascending, or descending with --reverse; what is equal is ordered by the next. */
export function ordered<T>(
  items: readonly T[],
  reverse: boolean,
  ...keys: readonly ((item: T) => string | number)[]
): T[] {
  const direction = reverse ? -1 : 1;
  return [...items].sort((a, b) => {
    for (const key of keys) {
      const [x, y] = [key(a), key(b)];
      if (x !== y) return (x < y ? -1 : 1) * direction;
    }
    return 0;
  });
}
