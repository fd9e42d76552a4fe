// `contrail server report health`: which servers are well, and what is wrong with the others.
// Compat: natscli cli/server_report_command.go, reportHealth.
import type { SystemAnswer } from '../../../client/system_requests.ts';
import { defineCommand } from '../../../command.ts';
import { countText } from '../../../output/human.ts';
import { TextTable } from '../../../output/table.ts';
import { HEALTH_FLAGS, healthBody } from '../../../servers/health_flags.ts';
import { fetchReport, JSON_ANSWERS, LIMIT, ordered, REPORT_FLAGS, watched } from './report_run.ts';

interface Health {
  readonly status: string;
  readonly status_code?: number;
  readonly errors?: readonly { readonly type: string; readonly error?: string }[];
}

/** Of a server that has more, one fewer and a line that says how many are left. */
const ERRORS_MAX = 10;

export const REPORT_HEALTH = defineCommand({
  name: 'health',
  summary: 'Report on Server health',
  args: LIMIT,
  flags: { ...HEALTH_FLAGS, ...REPORT_FLAGS },
  examples: [
    { text: 'All servers', command: 'contrail server report health' },
    { text: 'One stream', command: 'contrail server report health --account A --stream ORDERS' },
  ],
  json: JSON_ANSWERS,
  run: async (session, { limit }, flags) => {
    await watched(session, flags.watch, async () => {
      const body = { ...healthBody(flags), details: true };
      const { answers, exact } = await fetchReport<Health>(session, { page: 'HEALTHZ', flags, limit, body });
      const sorted = ordered(answers, flags.reverse, ({ server }) => server.name);
      return () => (session.isJson ? session.json(exact) : session.table(healthTable(sorted)));
    });
  },
});

function healthTable(answers: readonly SystemAnswer<Health>[]): TextTable {
  const table = new TextTable('Health Report', ['Server', 'Cluster', 'Domain', 'Status', 'Type', 'Error']);
  let errorCount = 0;
  for (const { server, data } of answers) {
    const { status, status_code: code = 0, errors = [] } = data;
    table.row(server.name, server.cluster ?? '', server.domain ?? '', `${status} (${code})`);
    errorCount += errors.length;
    const shown = errors.length > ERRORS_MAX ? ERRORS_MAX - 1 : errors.length;
    for (const { type, error = '' } of errors.slice(0, shown)) table.row('', '', '', '', type, error);
    if (shown < errors.length) table.row('', '', '', `${errors.length - shown} more errors`);
  }
  const good = answers.filter(({ data }) => data.status_code === 200).length;
  table.foot(
    countText(answers.length),
    countText(new Set(answers.map(({ server }) => server.cluster ?? '')).size),
    '',
    `ok: ${good} / err: ${answers.length - good}`,
    '',
    countText(errorCount),
  );
  return table;
}
