// `contrail errors`: what the numbers in the JetStream API's refusals mean. Compat: natscli cli/errors_command.go.
import { argument, defineCommand, defineGroup, flag } from '../../command.ts';
import { CommandError, UsageError } from '../../errors.ts';
import { editText } from '../../input/editor.ts';
import { parseInteger } from '../../input/number.ts';
import { Page } from '../../output/columns.ts';
import { jsonText } from '../../output/json.ts';
import { TextTable } from '../../output/table.ts';
import type { Session } from '../../session.ts';
import { EMPTY_ROW, type ErrorRow, errorRows, rowFaults } from './error_codes.ts';

const FILE_FLAG = {
  errors: flag.text('The errors.json file to use as input', { placeholder: 'FILE' }),
} as const;

const SORTS: Readonly<Record<string, (row: ErrorRow) => string | number>> = {
  code: ({ error_code: code }) => code,
  http: ({ code }) => code,
  description: ({ description }) => description,
  descr: ({ description }) => description,
  d: ({ description }) => description,
};

const ERRORS_LS = defineCommand({
  name: 'ls',
  aliases: ['list'],
  summary: 'List all known error codes',
  args: {
    match: argument.optional('Regular expression match to limit the displayed results'),
    sort: argument.optional('Sorts by a specific field (code, http, description, d, desc)'),
  },
  flags: { ...FILE_FLAG, reverse: flag.toggle('Reverse sort', { short: 'R' }) },
  examples: [{ text: 'Everything about consumers', command: 'contrail errors ls consumer' }],
  json: 'A list of errors: constant, code (as in HTTP), error_code, description, comment, help, url, deprecates.',
  run: async (session, { match = '.', sort = 'code' }, { errors, reverse }) => {
    const keyOf = SORTS[sort];
    if (keyOf === undefined) throw new UsageError(`<sort> '${sort}' is not one of ${Object.keys(SORTS).join(', ')}`);
    const pattern = new RegExp(match.toLowerCase());
    const rows = errorRows(session, errors ?? null).filter((row) => hasMatch(row, pattern));
    if (rows.length === 0) throw new CommandError(`no errors found matching regular expression ${match}`);
    rows.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : Number(keyOf(a) > keyOf(b))) * (reverse === true ? -1 : 1));
    if (session.isJson) session.json(rows);
    else showRows(session, rows);
  },
});

function hasMatch(row: ErrorRow, pattern: RegExp): boolean {
  const { description, code, error_code: number, help, constant, comment } = row;
  return [description, String(code), String(number), help, constant, comment].some((text) =>
    pattern.test(text.toLowerCase()),
  );
}

function showRows(session: Session, rows: readonly ErrorRow[]): void {
  const head = ['NATS Code', 'HTTP Error Code', 'Description', 'Comment', 'Go Constant'];
  const table = new TextTable('NATS Errors', head);
  for (const row of rows) table.row(row.error_code, row.code, row.description, row.comment, row.constant);
  session.write(table.render(session.style));
}

const ERRORS_LOOKUP = defineCommand({
  name: 'lookup',
  aliases: ['find', 'get', 'l', 'view', 'show'],
  summary: "Looks up an error by it's code",
  args: { code: argument.required('The code to retrieve') },
  flags: FILE_FLAG,
  examples: [{ text: 'What 10059 means', command: 'contrail errors lookup 10059' }],
  json: 'The error, as in the list of errors ls.',
  run: async (session, { code }, { errors }) => {
    const number = codeOf(code);
    const row = errorRows(session, errors ?? null).find(({ error_code: one }) => one === number);
    if (row === undefined) throw new CommandError(`no error matches code ${number}`);
    if (session.isJson) {
      session.json(row);
      return;
    }
    const page = new Page(`NATS Error Code: ${session.style.color('bold', String(number))}`);
    page.row('Description', row.description);
    page.rowIfText('Comment', row.comment);
    page.row('HTTP Code', String(row.code));
    page.row('Go Index Constant', row.constant);
    page.rowIfText('Help URL', row.url);
    page.text();
    page.text(row.help === '' ? 'No further information available' : row.help);
    session.page(page);
  },
});

function codeOf(text: string): number {
  const code = parseInteger(text, { min: 0, max: 65_535 });
  if (!code.ok) throw new UsageError(`<code> ${code.error}`);
  return code.value;
}

const ERRORS_EDIT = defineCommand({
  name: 'edit',
  aliases: ['vi', 'add', 'new'],
  summary: 'Edit or add a error code using your EDITOR',
  args: { file: argument.required('The file to edit'), code: argument.integer('The code to edit', { min: 0 }) },
  flags: FILE_FLAG,
  examples: [{ text: 'A new one, with the next free number', command: 'contrail errors edit errors.json' }],
  json: 'An object: validated (how many errors the file has).',
  run: async (session, { file, code }) => {
    const rows = errorRows(session, file);
    const at = rows.findIndex(({ error_code: one }) => one === code);
    const highest = Math.max(9999, ...rows.map(({ error_code: one }) => one));
    const edited = await editRow(session, rows[at] ?? { ...EMPTY_ROW, error_code: highest + 1 });
    if (at < 0) rows.push(edited);
    else rows[at] = edited;
    session.doors.files.writeWhole(file, `${jsonText(rows)}\n`);
    validate(session, file, rows);
  },
});

async function editRow(session: Session, row: ErrorRow): Promise<ErrorRow> {
  let text = jsonText(row);
  while (true) {
    text = await editText(session, { text, suffix: '.json' });
    const edited: ErrorRow = { ...EMPTY_ROW, ...(JSON.parse(text) as Partial<ErrorRow>) };
    const faults = rowFaults(edited);
    if (faults.length === 0) return edited;
    const refusal = `Invalid error specification: ${faults.join(', ')}`;
    if (!session.ask.isPossible) throw new CommandError(refusal);
    session.print(refusal);
    if (!(await session.ask.yesOrNo('Retry edit', true))) throw new CommandError('aborted');
  }
}

const ERRORS_VALIDATE = defineCommand({
  name: 'validate',
  summary: 'Validates the validity of the errors definition',
  args: { file: argument.optional('The file to validate') },
  flags: FILE_FLAG,
  examples: [{ text: 'Every row of a file', command: 'contrail errors validate errors.json' }],
  json: 'An object: validated (how many errors the file has).',
  run: async (session, { file }, { errors }) => {
    const path = file ?? errors;
    if (path === undefined) throw new UsageError('errors file is required');
    validate(session, path, errorRows(session, path));
  },
});

function validate(session: Session, path: string, rows: readonly ErrorRow[]): void {
  let isFaulty = false;
  for (const row of rows) {
    const faults = rowFaults(row);
    if (faults.length > 0) session.print(`${row.error_code} failed: ${faults.join(', ')}`);
    isFaulty ||= faults.length > 0;
  }
  if (isFaulty) throw new CommandError(`${path} is invalid`);
  if (session.isJson) session.json({ validated: rows.length });
  else session.print(`Validated ${rows.length} errors`);
}

export const ERRORS = defineGroup({
  name: 'errors',
  aliases: ['err', 'error'],
  summary: 'Error code documentation',
  // Each command has it too, where its type is known.
  flags: FILE_FLAG,
  commands: [ERRORS_LS, ERRORS_LOOKUP, ERRORS_EDIT, ERRORS_VALIDATE],
});
