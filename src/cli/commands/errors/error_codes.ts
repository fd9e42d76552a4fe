// The errors of the JetStream API with what there is to say about them: the server's own table, notes on rows whose text
// is filled in, and advice. Or another table from a file of the same form.
import { API_ERRORS } from '../../../jetstream/api/api_errors.ts';
import { adviceFor } from '../../client/api_advice.ts';
import { CommandError } from '../../errors.ts';
import { readFile } from '../../input/input_file.ts';
import type { Session } from '../../session.ts';

/** As in nats-server's errors.json. */
export interface ErrorRow {
  readonly constant: string;
  /** As in HTTP. */
  readonly code: number;
  readonly error_code: number;
  readonly description: string;
  readonly comment: string;
  readonly help: string;
  readonly url: string;
  readonly deprecates: string;
}

const NOTES: ReadonlyMap<number, string> = new Map([
  [10005, 'no server can take the stream; the text says why'],
  [10012, 'a consumer could not be made; the text says why'],
  [10029, 'the consumer of a mirror could not be made'],
  [10041, 'something in the Raft group failed'],
  [10045, 'the consumer of a source could not be made'],
  [10048, 'a stream could not be given to servers'],
  [10049, 'a stream could not be made; the text says why'],
  [10050, 'a stream could not be removed; the text says why'],
  [10051, 'something about the stream failed; the text says what'],
  [10052, 'the configuration does not hold together; the text says where'],
  [10053, 'a limit of the account or the server was reached'],
  [10057, 'a message could not be removed; the text says why'],
  [10066, 'a stream template could not be made'],
  [10067, 'a stream template could not be removed'],
  [10069, 'a stream could not be changed; the text says why'],
  [10077, 'a message could not be stored; the text says why'],
  [10094, 'where delivery begins does not fit the policy; the text says how'],
  [10110, 'messages could not be purged; the text says why'],
  [10111, 'a roll-up could not be done; the text says why'],
  [10140, 'two sources are the same: stream, filter, transform and where it is from'],
  [10148, 'a consumer of that name is there, with another configuration'],
  [10149, 'there is no such consumer to change'],
]);

/** Null for the server's own table. */
export function errorRows(session: Session, path: string | null): ErrorRow[] {
  if (path !== null) return rowsOfFile(session, path);
  return Object.entries(API_ERRORS).map(([constant, { code, err_code: number, description }]) => ({
    constant,
    code,
    error_code: number,
    description,
    comment: NOTES.get(number) ?? '',
    help: adviceFor(number) ?? '',
    url: '',
    deprecates: '',
  }));
}

function rowsOfFile(session: Session, path: string): ErrorRow[] {
  let value: unknown;
  try {
    value = JSON.parse(readFile(session, path, 'the errors file'));
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(`'${path}' is no JSON: ${String(error)}`);
  }
  if (!Array.isArray(value)) throw new CommandError(`'${path}' holds no list of errors`);
  return value.map((row: Partial<ErrorRow>) => ({ ...EMPTY_ROW, ...row }));
}

export const EMPTY_ROW: ErrorRow = {
  constant: '',
  code: 0,
  error_code: 0,
  description: '',
  comment: '',
  help: '',
  url: '',
  deprecates: '',
};

/** What is wrong with a row; nothing for a good one. Compat: natscli cli/errors_command.go, validateErr. */
export function rowFaults(row: ErrorRow): string[] {
  const faults: string[] = [];
  const opened = row.description.split('{').length;
  if (/^\{[^}]+\}$/.test(row.description) && row.comment === '') {
    faults.push('token only descriptions requires a comment');
  }
  if (row.error_code < 10_000) faults.push('error codes may not be below 10000');
  if (row.code === 0) faults.push('code is required');
  if (row.constant === '') faults.push('constant is required');
  if (row.description === '') faults.push('description is required');
  if (opened !== row.description.split('}').length) faults.push('unmatched number of { and }');
  if (opened > 1 && !row.constant.endsWith('F')) {
    faults.push('constants for errors with tokens must end in F like JSStreamMsgDeleteFailedF');
  }
  return faults;
}
