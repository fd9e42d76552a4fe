// Requests that many servers may answer (`$SYS.REQ...`): collects answers until all that are expected have come, or none
// has come for a while after the first. Compat: jsm.go serverdata/request.go.
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { JsonValue } from '../../base/json_parser.ts';
import { CommandError } from '../errors.ts';
import { exactJson, jsonLine } from '../output/json.ts';
import type { Session } from '../session.ts';
import { requestFailure } from './js_api.ts';

/** After the first answer; each further one starts it again. */
const QUIET_MS = 300;

export interface SystemRequest {
  readonly subject: string;
  readonly body?: unknown;
  /** How many servers there are; null where nobody knows. */
  readonly expected?: number | null;
  /** Where --timeout says something else. */
  readonly timeoutMs?: number;
}

export interface ServerInfo {
  readonly name: string;
  readonly host: string;
  readonly id: string;
  readonly ver: string;
  readonly cluster?: string;
  readonly domain?: string;
  readonly tags?: readonly string[];
  readonly jetstream?: boolean;
  readonly time?: string;
}

export interface SystemAnswer<T> {
  readonly server: ServerInfo;
  readonly data: T;
}

/** What a server said, read and as it wrote it. */
export interface ServerMessage {
  readonly value: unknown;
  /** For --json: every key and digit. */
  readonly exact: JsonValue;
  /** When it came: the clock's monotonic time. */
  readonly atMs: number;
}

/** Every server's message, in the order they came, refusals too; none where nobody answers to this filter. */
export async function askServers(session: Session, request: SystemRequest): Promise<ServerMessage[]> {
  const messages = await collect(session, await session.connect(), request);
  return messages.map(({ message, atMs }) => {
    session.trace?.(`<<< ${message.string()}`);
    const exact = exactJson(message.data);
    return { value: JSON.parse(message.string()), exact, atMs };
  });
}

/** Every server's answer, in the order they came. A server that refuses ends the command with its reason. */
export async function requestServers<T>(session: Session, request: SystemRequest): Promise<SystemAnswer<T>[]> {
  return (await fetchServers<T>(session, request)).answers;
}

export interface FetchedAnswers<T> {
  readonly answers: SystemAnswer<T>[];
  readonly exact: JsonValue[];
}

/** The same, with what --json prints. */
export async function fetchServers<T>(session: Session, request: SystemRequest): Promise<FetchedAnswers<T>> {
  const messages = await askServers(session, request);
  if (messages.length === 0) {
    throw new CommandError(
      'did not get results from any servers: check the filters, or wait longer with --timeout; a user that may not ' +
        'gets no answer either',
    );
  }
  return {
    answers: messages.map(({ value }) => checkedAnswer<T>(value, request.subject)),
    exact: messages.map(({ exact }) => exact),
  };
}

/** The words of a server that may not be asked, or cannot answer. */
export function checkedAnswer<T>(answer: unknown, subject: string): SystemAnswer<T> {
  if (typeof answer !== 'object' || answer === null) throw new CommandError(`The answer on '${subject}' is no object`);
  if ('error' in answer && answer.error !== null && answer.error !== undefined) {
    const { description = 'it did not say why' } = answer.error as { readonly description?: string };
    throw new CommandError(`The server refused '${subject}': ${description}`);
  }
  if (!('data' in answer && 'server' in answer)) throw new CommandError(`No data in the answer on '${subject}'`);
  // What servers promise for these subjects.
  return answer as SystemAnswer<T>;
}

async function collect(
  session: Session,
  connection: NatsConnection,
  { subject, body, expected = null, timeoutMs = session.timeoutMs }: SystemRequest,
): Promise<{ readonly message: Msg; readonly atMs: number }[]> {
  const payload = body === undefined ? '{}' : jsonLine(body);
  session.trace?.(`>>> ${subject}: ${payload}`);
  const messages: { readonly message: Msg; readonly atMs: number }[] = [];
  try {
    const answers = await connection.requestMany(subject, payload, {
      strategy: 'stall',
      stall: QUIET_MS,
      maxWait: timeoutMs,
    });
    for await (const message of answers) {
      messages.push({ message, atMs: session.doors.clock.monotonicMs() });
      if (messages.length === expected) break;
    }
  } catch (error) {
    throw requestFailure(error, subject, timeoutMs);
  }
  return messages;
}
