// `contrail context edit`: a context as commented YAML in the person's editor, checked and saved when the editor ends.
import { parse, stringify } from 'yaml';
import { errorText } from '../../../base/errors.ts';
import { argument, defineCommand } from '../../command.ts';
import { type ContextSettings, contextObject, contextOf } from '../../context/context_file.ts';
import { CommandError } from '../../errors.ts';
import { editText } from '../../input/editor.ts';
import { showContext } from './context_info.ts';

/** Keys in the order of the page, each with what stands above it. */
const SECTIONS: readonly (readonly [comment: string, keys: readonly string[]])[] = [
  ['What this context is for, shown in lists', ['description']],
  ['Servers to connect to, with commas between them', ['url']],
  ['A user and password; the password may also be named: env://NAME, op://vault/item/field', ['user', 'password']],
  [
    'A credentials file: a path, file://path, env://NAME, op://vault/item/field, nsc://Operator/Account/User\nor data:;base64,CONTENT',
    ['creds'],
  ],
  ['A file with the seed of an nkey, written like creds', ['nkey']],
  ['A JWT and a seed in place of a credentials file, each written out or named like creds', ['user_jwt', 'user_seed']],
  ['A token', ['token']],
  ['A certificate for TLS and its key: both or none', ['cert', 'key']],
  ['The authority that signed the certificate of the server', ['ca']],
  ['Begin with TLS, before the server says who it is', ['tls_first']],
  [
    "Windows' certificate store: user or machine, and what to look for in it",
    ['windows_cert_store', 'windows_cert_match', 'windows_cert_match_by', 'windows_ca_certs_match'],
  ],
  ['What inboxes begin with, where permissions ask for it', ['inbox_prefix']],
  ['rounded, double, yellow, blue, cyan, green, magenta or red: tells contexts apart', ['color_scheme']],
  ['The JetStream domain to use', ['jetstream_domain']],
  [
    'Where the JetStream API and its events are imported from another account',
    ['jetstream_api_prefix', 'jetstream_event_prefix'],
  ],
  ['A SOCKS5 proxy on the way: socks5://example.net:1090', ['socks_proxy']],
];

export const CONTEXT_EDIT = defineCommand({
  name: 'edit',
  aliases: ['vi'],
  summary: 'Edit a context in your EDITOR',
  args: { name: argument.required('The context name to edit') },
  examples: [{ text: 'With the editor of your choice', command: 'EDITOR=nano contrail context edit prod' }],
  json: 'The saved context: name and the keys of its file.',
  run: async (session, { name }) => {
    const settings = session.contexts.load(name);
    const edited = await editText(session, { text: yamlOf(settings), suffix: '.yaml' });
    session.contexts.save(name, settingsOf(edited));
    await showContext(session, name, {});
  },
});

function yamlOf(settings: ContextSettings): string {
  const object = contextObject(settings);
  const known = new Set(SECTIONS.flatMap(([, keys]) => keys));
  const parts = SECTIONS.map(([comment, keys]) => {
    const values = Object.fromEntries(keys.map((key) => [key, object[key]]));
    return `${comment.replace(/^/gm, '# ')}\n${stringify(values, { version: '1.1', lineWidth: 0 })}`;
  });
  const others = Object.entries(object).filter(([key]) => !known.has(key) && key !== 'nsc');
  if (settings.nsc !== '') others.push(['nsc', settings.nsc]);
  if (others.length > 0) parts.push(stringify(Object.fromEntries(others), { version: '1.1', lineWidth: 0 }));
  return parts.join('\n');
}

function settingsOf(text: string): ContextSettings {
  let value: unknown;
  try {
    value = parse(text, { version: '1.1' });
  } catch (error) {
    throw new CommandError(`What was edited is no YAML, nothing was saved: ${errorText(error)}`);
  }
  return contextOf(value, 'the editor');
}
