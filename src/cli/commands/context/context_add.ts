// `contrail context add` and `copy`: the connection flags of this command line, over an existing context, saved.

import { overlaid } from '../../client/connection_settings.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import { type ContextSettings, emptyContext } from '../../context/context_file.ts';
import { checkContextName } from '../../context/context_store.ts';
import { nscProfile } from '../../context/credentials.ts';
import { CommandError, UsageError } from '../../errors.ts';
import type { Session } from '../../session.ts';
import { showContext } from './context_info.ts';
import { readFileAsDataUri } from './embed.ts';

const SAVE_FLAGS = {
  description: flag.text('Set a friendly description for this context'),
  select: flag.switch('Select the saved context as the default one'),
  embed: flag.switch('Embeds credential content in the body of the context'),
} as const;

interface SaveFlags {
  readonly description: string | undefined;
  readonly select: boolean;
  readonly embed: boolean;
}

const REFERENCES = `When using --creds, --nkey, --jwt and --seed the following formats are supported

  - /some/path                  - direct path to a file
  - file://path                 - alternative form for a path
  - op://vault/item/field       - fetch via the 1Password CLI ('op read')
  - nsc://Operator/Account/User - generate via the local 'nsc' binary
  - env://NAME                  - read from environment variable NAME

File paths can also be embedded into the context JSON using --embed`;

export const CONTEXT_ADD = defineCommand({
  name: 'add',
  aliases: ['create', 'save'],
  summary: 'Update or create a context',
  description: REFERENCES,
  args: { name: argument.required('The context name to act on') },
  flags: SAVE_FLAGS,
  examples: [
    {
      text: 'Save where a server is and use it from now on',
      command: 'contrail context add prod -s nats://nats.example.net --creds prod.creds --select',
    },
  ],
  json: 'The saved context: name and the keys of its file.',
  run: async (session, { name }, flags) => {
    const { contexts } = session;
    const base = session.flags.context ?? null;
    let settings = emptyContext();
    if (contexts.has(name)) settings = contexts.load(name);
    else if (base !== null) settings = contexts.load(base);
    await save(session, { name, settings, flags });
  },
});

export const CONTEXT_COPY = defineCommand({
  name: 'copy',
  aliases: ['cp'],
  summary: 'Copies an existing context',
  args: {
    source: argument.required('The name of the context to copy from'),
    name: argument.required('The name of the context to create'),
  },
  flags: SAVE_FLAGS,
  examples: [
    {
      text: 'The same with another user',
      command: 'contrail context copy prod prod-admin --user admin --password secret',
    },
  ],
  json: 'The saved context: name and the keys of its file.',
  run: async (session, { source, name }, flags) => {
    const { contexts } = session;
    if (!contexts.has(source)) throw contexts.unknown(source);
    if (contexts.has(name)) throw new CommandError(`context '${name}' already exist`);
    await save(session, { name, settings: contexts.load(source), flags });
  },
});

interface Save {
  readonly name: string;
  readonly settings: ContextSettings;
  readonly flags: SaveFlags;
}

async function save(session: Session, { name, settings, flags }: Save): Promise<void> {
  checkContextName(name);
  let saved = overlaid(settings, session.flags);
  if (flags.description !== undefined) saved = { ...saved, description: flags.description };
  saved = await withoutNsc(session, saved);
  if (saved.url === '') saved = { ...saved, url: 'nats://127.0.0.1:4222' };
  checkOneIdentity(saved);
  if (flags.embed) saved = embedded(session, saved);
  session.contexts.save(name, saved);
  if (flags.select) session.contexts.select(name);
  await showContext(session, name, {});
}

/** `nsc` is a key of old: what it names is asked for and written as credentials. */
async function withoutNsc(session: Session, settings: ContextSettings): Promise<ContextSettings> {
  if (settings.nsc === '') return settings;
  const url = `nsc://${settings.nsc.replace(/^nsc:\/\//i, '')}`;
  const { urls } = settings.url === '' ? await nscProfile(url, 'the profile', session.doors) : { urls: [] };
  return {
    ...settings,
    nsc: '',
    creds: settings.creds === '' ? url : settings.creds,
    url: settings.url === '' ? urls.join(',') : settings.url,
  };
}

function checkOneIdentity({ user, creds, nkey, user_jwt: jwt }: ContextSettings): void {
  if ([user, creds, nkey, jwt].filter((one) => one !== '').length > 1) {
    throw new UsageError("too many types of credentials. Choose only one from 'user/token', 'creds', 'nkey', 'nsc'");
  }
}

function embedded(session: Session, settings: ContextSettings): ContextSettings {
  const embed = (reference: string, what: string): string => readFileAsDataUri(reference, what, session.doors);
  return {
    ...settings,
    creds: embed(settings.creds, 'the credentials'),
    nkey: embed(settings.nkey, 'the nkey'),
    user_jwt: embed(settings.user_jwt, 'the user JWT'),
    user_seed: embed(settings.user_seed, 'the user seed'),
  };
}
