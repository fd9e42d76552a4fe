// `contrail context info` and `validate`: what a context says, whether its files are there, whether it connects.
import { errorText } from '../../../base/errors.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { type ContextSettings, contextObject } from '../../context/context_file.ts';
import { expandHome, schemeOf } from '../../context/credentials.ts';
import { CommandError } from '../../errors.ts';
import { Page } from '../../output/columns.ts';
import type { Session } from '../../session.ts';

/** Variables that say something else than the context. Compat: natscli cli/cli.go, overrideEnvVars. */
const OVERRIDES = [
  'NATS_URL',
  'NATS_USER',
  'NATS_PASSWORD',
  'NATS_CREDS',
  'NATS_NKEY',
  'NATS_CERT',
  'NATS_KEY',
  'NATS_CA',
  'NATS_TIMEOUT',
  'NATS_SOCKS_PROXY',
  'NATS_COLOR',
];

export const CONTEXT_INFO = defineCommand({
  name: 'info',
  aliases: ['show', 'v', 'view'],
  summary: 'Display information on the current or named context',
  args: { name: argument.optional('The context name to show') },
  flags: { connect: flag.switch('Attempts to connect to NATS using the context while validating') },
  examples: [{ text: 'Where commands go, and whether that works', command: 'contrail context info --connect' }],
  json: 'The context: name and the keys of its file; with --connect also connection (OK or the reason).',
  run: async (session, { name }, { connect }) => {
    await showContext(session, name ?? null, { connect });
  },
});

export const CONTEXT_VALIDATE = defineCommand({
  name: 'validate',
  summary: 'Validate one or all contexts',
  args: { name: argument.optional('Validate a specific context, validates all when not supplied') },
  flags: { connect: flag.switch('Attempts to connect to NATS using the context while validating') },
  examples: [{ text: 'Every context, with a connection each', command: 'contrail context validate --connect' }],
  json: 'A list with an object per context: name, valid, errors (list of sentences).',
  run: async (session, { name }, { connect }) => {
    const names = name === undefined ? session.contexts.list() : [name];
    const results: { name: string; valid: boolean; errors: string[] }[] = [];
    for (const one of names) {
      const errors = await validate(session, one, connect);
      results.push({ name: one, valid: errors.length === 0, errors });
    }
    if (session.isJson) session.json(results);
    if (results.some(({ valid }) => !valid)) throw new CommandError('validation failed');
  },
});

async function validate(session: Session, name: string, connects: boolean): Promise<string[]> {
  try {
    if (session.isJson) return (await pageOf(session, name, connects)).errors;
    const errors = await showContext(session, name, { connect: connects });
    session.print();
    return errors;
  } catch (error) {
    const text = errorText(error);
    if (!session.isJson) session.print(`Could not load ${name}: ${session.style.color('red', text)}\n\n`);
    return [text];
  }
}

/** Prints the context, null standing for the selected one, and returns what is wrong with it. */
export async function showContext(
  session: Session,
  name: string | null,
  { connect = false }: { readonly connect?: boolean },
): Promise<string[]> {
  const shown = name ?? session.contexts.selected();
  if (shown === null) throw new CommandError('no default context and no name supplied');
  if (session.isJson) {
    const connection = connect ? { connection: (await connectionRefusal(session, shown)) ?? 'OK' } : {};
    session.json({ ...contextObject(session.contexts.load(shown), shown), ...connection });
    return [];
  }
  const { page, errors } = await pageOf(session, shown, connect);
  session.page(page);
  session.print();
  const overrides = OVERRIDES.filter((variable) => (session.doors.environment(variable) ?? '') !== '');
  if (overrides.length > 0) {
    const warning = session.style.color('red', 'WARNING');
    session.print(`${warning}: Shell environment overrides in place using ${overrides.join(', ')}`);
  }
  return errors;
}

async function pageOf(session: Session, name: string, connects: boolean): Promise<{ page: Page; errors: string[] }> {
  const settings = session.contexts.load(name);
  const errors: string[] = [];
  const page = new Page(`NATS Configuration Context "${name}"`);
  page.rowIfText('Description', settings.description);
  page.row('Server URLs', settings.url === '' ? 'nats://127.0.0.1:4222' : settings.url);
  page.rowIfText('SOCKS5 Proxy', settings.socks_proxy);
  page.rowIfText('Username', settings.user);
  page.rowIfText('Password', '*'.repeat(settings.password.length));
  page.rowIfText('Token', settings.token);
  for (const [label, reference] of fileRows(settings)) {
    if (reference.startsWith('data:;base64,')) page.row(label, 'embedded data');
    else if (reference !== '') page.row(label, `${reference} (${fileState(session, reference, errors)})`);
  }
  page.rowIf(settings.tls_first, 'TLS First', true);
  page.rowIfText('JS API Prefix', settings.jetstream_api_prefix);
  page.rowIfText('JS Event Prefix', settings.jetstream_event_prefix);
  page.rowIfText('JS Domain', settings.jetstream_domain);
  page.rowIfText('Inbox Prefix', settings.inbox_prefix);
  page.row('Path', session.contexts.path(name));
  page.rowIfText('Color Scheme', settings.color_scheme);
  if (connects) {
    const refusal = await connectionRefusal(session, name);
    if (refusal !== null) errors.push(refusal);
    page.row('Connection', refusal === null ? session.style.color('green', 'OK') : session.style.color('red', refusal));
  }
  return { page, errors };
}

function fileRows(settings: ContextSettings): [string, string][] {
  return [
    ['Credentials', settings.creds],
    ['User JWT', settings.user_jwt],
    ['User Seed', settings.user_seed],
    ['NKey', settings.nkey],
    ['Certificate', settings.cert],
    ['Key', settings.key],
    ['CA', settings.ca],
  ];
}

function fileState(session: Session, reference: string, errors: string[]): string {
  const { style, doors } = session;
  switch (schemeOf(reference)) {
    case 'op':
      return style.color('cyan', '1Password');
    case 'nsc':
      return style.color('cyan', 'nsc');
    case 'env':
      return style.color('cyan', 'runtime environment');
  }
  const path = expandHome(reference.replace(/^file:\/\//i, ''), doors);
  if (doors.files.isFile(path)) return style.color('green', 'OK');
  errors.push(`there is no file '${path}'`);
  return style.color('red', 'ERROR');
}

/** Null where the context connects. */
async function connectionRefusal(session: Session, name: string): Promise<string | null> {
  const { openConnection } = await import('../../client/connect.ts');
  const settings = session.contexts.load(name);
  try {
    const connection = await openConnection({
      settings: { ...settings, url: settings.url === '' ? 'nats://127.0.0.1:4222' : settings.url, contextName: name },
      name: `NATS CLI Version ${session.version}`,
      timeoutMs: session.timeoutMs,
      doors: session.doors,
      log: (text) => session.log(text),
      onServerError: () => undefined,
      isTraced: session.flags.trace,
    });
    await connection.close();
    return null;
  } catch (error) {
    return errorText(error);
  }
}
