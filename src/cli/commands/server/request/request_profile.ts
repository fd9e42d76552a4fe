// `contrail server request profile`: a profile of each server, written to a file for each.
// Compat: natscli cli/server_request_command.go, profilez.

import type { ServerInfo } from '../../../client/system_requests.ts';
import { argument, defineCommand, flag } from '../../../command.ts';
import { CommandError, UsageError } from '../../../errors.ts';
import { timeText } from '../../../output/human.ts';
import type { Session } from '../../../session.ts';
import { fetchPage, REQUEST_FLAGS } from './request_answers.ts';

const PROFILES = ['allocs', 'heap', 'goroutine', 'mutex', 'threadcreate', 'block', 'cpu'];
/** Beyond the time that a server measures. */
const NETWORK_MS = 2000;

interface ProfileAnswer {
  readonly server: ServerInfo;
  readonly data?: { readonly profile?: string; readonly error?: string };
  readonly error?: { readonly description?: string };
}

interface Written {
  readonly server: string;
  readonly file: string | null;
  readonly error: string | null;
}

export const REQUEST_PROFILE = defineCommand({
  name: 'profile',
  summary: 'Run a profile',
  description:
    'A CPU profile is taken for as long as --timeout says. Files are in the format of the server: Go profiles from ' +
    'nats-server, .cpuprofile (for developer tools) from Contrail.',
  args: {
    profile: argument.required(`Specify the name of the profile to run (${PROFILES.join(', ')})`),
    dir: argument.optional('Set the output directory for profile files'),
  },
  flags: { level: flag.integer('Set the debug level of the profile'), ...REQUEST_FLAGS },
  examples: [
    { text: 'What the servers do for ten seconds', command: 'contrail server request profile cpu --timeout 10s' },
  ],
  json: 'A list of objects: server, file (where it was written, or null), error (why not, or null).',
  run: async (session, { profile, dir = '.' }, { level = 0, ...filter }) => {
    if (!PROFILES.includes(profile)) {
      throw new UsageError(`<profile> '${profile}' is not one of ${PROFILES.join(', ')}`);
    }
    if (!session.doors.files.isDirectory(dir)) throw new UsageError(`<dir> '${dir}' is no directory`);
    const isTimed = profile === 'cpu';
    const messages = await fetchPage(session, {
      page: 'PROFILEZ',
      filter,
      wait: undefined,
      body: { name: profile, debug: level, ...(isTimed ? { duration: session.flags.timeout } : {}) },
      ...(isTimed ? { timeoutMs: session.timeoutMs + NETWORK_MS } : {}),
    });
    const nowMs = session.nowMs();
    const stamp = timeText(nowMs, session.doors.place.offsetMinutesAt(nowMs)).replace(/[-:]/g, '').replace(' ', '-');
    const prefix = `${dir.replace(/\/+$/, '')}/${profile}-${stamp}-`;
    const written = messages.map(({ value }) => write(session, value as ProfileAnswer, prefix));
    if (session.isJson) session.json(written);
    else for (const one of written) show(session, one);
    if (written.every(({ file }) => file === null)) throw new CommandError('No profile was written');
  },
});

function write(session: Session, { server, data, error }: ProfileAnswer, prefix: string): Written {
  const refusal = error?.description ?? data?.error ?? '';
  const bytes = Buffer.from(data?.profile ?? '', 'base64');
  if (refusal !== '' || bytes.length === 0) {
    return { server: server.name, file: null, error: refusal === '' ? 'the server sent no profile' : refusal };
  }
  // The name is the server's word: nothing of it may lead elsewhere.
  const file = `${prefix}${server.name.replace(/[^\w.-]/g, '_')}`;
  session.doors.files.writeWhole(file, bytes);
  return { server: server.name, file, error: null };
}

function show(session: Session, { server, file, error }: Written): void {
  if (file === null) session.doors.terminal.writeError(`Server "${server}" error: ${error}\n`);
  else session.print(`Server "${server}" profile written: ${file}`);
}
