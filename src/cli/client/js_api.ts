// Requests to the JetStream API and to the server's own services, over the open connection: subjects with prefix or
// domain, refusals as sentences, traces for --trace. Answers keep every key and digit the server sent.
import type { Msg, NatsConnection, PermissionViolationError } from '@nats-io/transport-node';
import type { JsonValue } from '../../base/json_parser.ts';
import { CommandError } from '../errors.ts';
import { exactJson, jsonLine } from '../output/json.ts';
import { adviceFor } from './api_advice.ts';

export interface ApiErrorBody {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

interface ApiErrorOptions {
  readonly prefix?: string;
  readonly subjects?: readonly string[];
}

/** The server has refused, with a row of its table of errors. */
export class ApiError extends CommandError {
  override readonly name = 'ApiError';
  readonly body: ApiErrorBody;
  /** That were asked for, of a stream. */
  readonly #subjects: readonly string[];

  constructor(body: ApiErrorBody, { prefix = '', subjects = [] }: ApiErrorOptions = {}) {
    const advice = adviceFor(body.err_code, subjects);
    super(`${prefix}${body.description} (${body.err_code})${advice === null ? '' : `: ${advice}`}`);
    this.body = body;
    this.#subjects = subjects;
  }

  /** The same refusal behind what was being done: `could not create Stream: ...`. */
  during(what: string): ApiError {
    return new ApiError(this.body, { prefix: `${what}: `, subjects: this.#subjects });
  }
}

export interface Answer<T> {
  readonly value: T;
  /** As the server wrote it, for --json. */
  readonly exact: JsonValue;
}

export interface ApiOptions {
  /** `$JS.API`, or where it is imported or in which domain. */
  readonly prefix: string;
  readonly timeoutMs: number;
  /** Null without --trace. */
  readonly trace: ((text: string) => void) | null;
}

export class JsApi {
  readonly connection: NatsConnection;
  readonly #options: ApiOptions;

  constructor(connection: NatsConnection, options: ApiOptions) {
    this.connection = connection;
    this.#options = options;
  }

  get timeoutMs(): number {
    return this.#options.timeoutMs;
  }

  get prefix(): string {
    return this.#options.prefix;
  }

  /** `name` is what follows the prefix: `STREAM.INFO.ORDERS`. Throws ApiError where the server refuses. */
  async request<T>(name: string, body?: unknown): Promise<Answer<T>> {
    const subject = `${this.#options.prefix}.${name}`;
    const message = await this.raw(subject, body === undefined ? '' : jsonLine(body));
    return answerOf<T>(message.data, subjectsOf(body));
  }

  /** A page after the other of a list, until all are there. */
  async list<T>(name: string, key: string, body: Readonly<Record<string, unknown>> = {}): Promise<T[]> {
    const items: T[] = [];
    while (true) {
      const { value } = await this.request<ListAnswer>(name, { ...body, offset: items.length });
      const page = value[key];
      if (!Array.isArray(page) || page.length === 0) return items;
      items.push(...(page as T[]));
      if (items.length >= value.total) return items;
    }
  }

  async raw(subject: string, payload: string | Uint8Array): Promise<Msg> {
    const { trace, timeoutMs } = this.#options;
    trace?.(`>>> ${subject}\n${typeof payload === 'string' ? payload : Buffer.from(payload).toString()}\n`);
    try {
      const message = await this.connection.request(subject, payload, { timeout: timeoutMs });
      trace?.(`<<< ${subject}: ${message.string()}`);
      return message;
    } catch (error) {
      throw requestFailure(error, subject, timeoutMs);
    }
  }
}

function subjectsOf(body: unknown): readonly string[] {
  const subjects: unknown = typeof body === 'object' && body !== null && 'subjects' in body ? body.subjects : null;
  return Array.isArray(subjects) ? subjects.map(String) : [];
}

interface ListAnswer {
  readonly total: number;
  readonly [key: string]: unknown;
}

/** What the server has said. Throws ApiError where it refuses. */
export function answerOf<T>(bytes: Uint8Array, subjects: readonly string[] = []): Answer<T> {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  const error = typeof value === 'object' && value !== null && 'error' in value ? value.error : undefined;
  if (error !== undefined) {
    throw new ApiError({ code: 0, err_code: 0, description: '', ...(error as object) }, { subjects });
  }
  // What the server promises for this subject.
  return { value: value as T, exact: exactJson(bytes) };
}

/** Answered in the system account only. */
const SYSTEM_SUBJECT = /^\$SYS\.REQ\.(?:SERVER|CLAIMS)\./;

function systemRefusal(subject: string): string {
  const server = /^\$SYS\.REQ\.SERVER\.([^.]+)\./.exec(`${subject}.`)?.[1] ?? 'PING';
  const who = 'a user of the system account, chosen by --user, --creds or --context';
  if (server === 'PING' || server === subject) return `Nobody answers on '${subject}': this needs ${who}`;
  return (
    `Nobody answers on '${subject}': no server has the id '${server}' ('contrail server list --json' shows ids), or ` +
    `this user may not ask, which needs ${who}`
  );
}

/** What the server has refused, which may be another subject than that of the request. */
function violationIn(error: unknown): PermissionViolationError | null {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one.name === 'PermissionViolationError') return one as PermissionViolationError;
  }
  return null;
}

/** No answer came: says which of the reasons it is. */
export function requestFailure(error: unknown, subject: string, timeoutMs: number): CommandError {
  const text = error instanceof Error ? error.message : String(error);
  const name = error instanceof Error ? error.name : '';
  const isApi = /^\$JS\./.test(subject);
  if (/no responders/i.test(text)) {
    if (SYSTEM_SUBJECT.test(subject)) return new CommandError(systemRefusal(subject), { cause: error });
    if (!isApi) return new CommandError(`Nobody answers requests on '${subject}'`, { cause: error });
    return new CommandError(
      'JetStream is not enabled on this server or for this account: start the server with -js, or choose another ' +
        '--context, --js-domain or account',
      { cause: error },
    );
  }
  const violation = violationIn(error);
  const denied = violation?.subject ?? subject;
  if (violation?.operation === 'subscription') {
    const why = denied === subject ? '' : `, where the answer to '${subject}' would come`;
    return new CommandError(
      `This user may not subscribe to '${denied}'${why}: ask for the permission, choose another --context or user, or ` +
        'say --inbox-prefix with a subject that it may have',
      { cause: error },
    );
  }
  if (/permission/i.test(text) || name === 'PermissionViolationError') {
    return new CommandError(
      `This user may not use '${denied}' (${text}): ask for the permission, or choose another --context or user`,
      { cause: error },
    );
  }
  if (name === 'TimeoutError' || /timeout/i.test(text)) {
    const why = isApi ? 'there may be no leader, or this user may not ask' : 'it may be busy, or this user may not ask';
    return new CommandError(
      `No answer on '${subject}' within ${timeoutMs / 1000}s: ${why}; --timeout says how long to wait`,
      { cause: error },
    );
  }
  return new CommandError(text, { cause: error });
}
