// `contrail server config`: a configuration file is checked as the server reads it; a running server reads its own again.
// Compat: natscli cli/server_config_command.go, for reload; check is ours.
import { checkConfiguration } from '../../../config/config_check.ts';
import { type Finding, findingText } from '../../../config/findings.ts';
import { checkOptions, optionsOf } from '../../../config/options.ts';
import { emptyDraft } from '../../../config/options_draft.ts';
import { askServers } from '../../client/system_requests.ts';
import { argument, defineCommand, defineGroup, flag } from '../../command.ts';
import { CommandError } from '../../errors.ts';
import { findServer } from '../../servers/find_server.ts';
import type { Session } from '../../session.ts';
import { serverPage } from './server_info.ts';

type Severity = 'error' | 'warning' | 'unsupported' | 'ineffective';

interface Judged extends Finding {
  readonly severity: Severity;
}

const CHECK = defineCommand({
  name: 'check',
  aliases: ['test'],
  summary: "Checks a configuration file with the server's own code, and starts nothing",
  description:
    'Says everything there is to say about the file, each with its line and column. Ends with 0 where a server would ' +
    'take it. A warning fails too, as with -t of the server; parts that Contrail does not have yet do not.',
  args: { file: argument.required('The configuration file') },
  flags: { expandEnv: flag.switch('Expand $(NAME) in strings, as the server does with --expand_env') },
  examples: [{ text: 'Before a reload', command: 'contrail server config check /etc/nats/server.conf' }],
  json: 'An object: file, valid, digest (or null), findings (list of severity, file, line, column, text; severities are error, warning, unsupported, ineffective).',
  run: async (session, { file }, { expandEnv }) => {
    const { digest, findings } = await judge(session, file, expandEnv);
    const faults = findings.filter(({ severity }) => severity === 'error' || severity === 'warning').length;
    if (session.isJson) session.json(asObject(file, { digest, findings, isValid: faults === 0 }));
    else for (const finding of findings) session.print(lineOf(finding));
    if (faults > 0) {
      throw new CommandError(`configuration file ${file} is not valid: ${faults} ${faults === 1 ? 'fault' : 'faults'}`);
    }
    if (!session.isJson) session.print(`configuration file ${file} is valid (${digest})`);
  },
});

interface Judgement {
  readonly digest: string | null;
  readonly findings: readonly Judged[];
}

async function judge(session: Session, file: string, expandsEnvironment: boolean): Promise<Judgement> {
  const draft = emptyDraft();
  const source = await session.doors.configSource();
  const { digest, findings } = checkConfiguration(file, draft, source, { expandsEnvironment });
  const as = (severity: Severity, list: readonly Finding[]): Judged[] => list.map((one) => ({ ...one, severity }));
  const judged = [
    ...as('error', findings.errors),
    ...as('warning', findings.warnings),
    ...as('unsupported', findings.unsupported),
    ...as('ineffective', findings.ineffective),
  ].sort(byPlace);
  if (digest === null || findings.errors.length > 0) return { digest, findings: judged };
  // What only shows when everything is put together: a start would end there.
  const fault = checkOptions(optionsOf(draft, file, digest));
  return {
    digest,
    findings: fault === null ? judged : [...judged, { position: null, text: fault, severity: 'error' }],
  };
}

/** Within a file from top to bottom; what has no place first. */
function byPlace(a: Judged, b: Judged): number {
  const [one, other] = [a.position, b.position];
  if (one === null || other === null) return Number(one !== null) - Number(other !== null);
  return one.file === other.file ? one.line - other.line || one.column - other.column : 0;
}

function lineOf(finding: Judged): string {
  const text = findingText(finding);
  return finding.severity === 'error' ? text : `${text} (${finding.severity === 'warning' ? 'warning' : 'no fault'})`;
}

function asObject(file: string, { digest, findings, isValid }: Judgement & { readonly isValid: boolean }): unknown {
  return {
    file,
    valid: isValid,
    digest,
    findings: findings.map(({ severity, position, text }) => ({
      severity,
      file: position?.file ?? file,
      line: position?.line ?? null,
      column: position?.column ?? null,
      text,
    })),
  };
}

const RELOAD = defineCommand({
  name: 'reload',
  summary: 'Reloads the runtime configuration',
  args: { id: argument.required('The server ID or Name to trigger a reload for') },
  flags: {
    force: flag.toggle('Force reload without prompting', { short: 'f' }),
    dryRun: flag.switch('Show which server would reload, and do nothing'),
  },
  examples: [{ text: 'After its file has changed', command: 'contrail server config reload n1' }],
  json: "The server's answer to what it is now: server, data (its /varz). With --dry-run an object: server.",
  run: async (session, { id }, { force = false, dryRun }) => {
    const { server, varz } = await findServer(session, id);
    const who = `${server.name} (${server.id}) on ${server.host}`;
    if (dryRun) {
      if (session.isJson) session.json({ server });
      else session.print(`Would reload configuration for ${who}, loaded ${session.time(varz.config_load_time)}`);
      return;
    }
    if (!force && !(await session.ask.confirm(`Really reload configuration for ${who}`))) return;
    await reload(session, server.id);
    const after = await findServer(session, server.id);
    if (session.isJson) session.json(after.exact);
    else session.page(serverPage(session, after.varz));
  },
});

async function reload(session: Session, id: string): Promise<void> {
  const subject = `$SYS.REQ.SERVER.${id}.RELOAD`;
  const [first] = await askServers(session, { subject, expected: 1 });
  if (first === undefined) throw new CommandError('The server did not say whether it has reloaded: look at its log');
  const { error } = first.value as { readonly error?: { readonly description?: string } };
  if (error === undefined || error === null) return;
  throw new CommandError(
    `The server did not reload: ${error.description ?? 'it did not say why'}; it goes on with what it had. ` +
      `'contrail server config check FILE' shows what is wrong with a file`,
  );
}

export const SERVER_CONFIG = defineGroup({
  name: 'config',
  summary: 'Interact with server configuration',
  commands: [CHECK, RELOAD],
});
