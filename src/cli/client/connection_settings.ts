// Which server to ask, as whom: flags and environment over the selected context, as the reference joins them.
// Compat: natscli cli/util.go, loadContext.

import type { Files } from '../../ports/files.ts';
import { type ContextSettings, emptyContext, readContext } from '../context/context_file.ts';
import type { ContextStore } from '../context/context_store.ts';
import type { GlobalFlags } from '../global_flags.ts';

export const URL_DEFAULT = 'nats://127.0.0.1:4222';

export interface ConnectionSettings extends ContextSettings {
  /** The context they came from; null where there is none. */
  readonly contextName: string | null;
}

export interface SettingsSource {
  readonly store: ContextStore;
  readonly files: Files;
}

export function connectionSettings(flags: GlobalFlags, { store, files }: SettingsSource): ConnectionSettings {
  const name = flags.noContext ? null : (flags.context ?? store.selected());
  let base: ContextSettings;
  if (name === null) base = emptyContext();
  else if (name.endsWith('.json') && files.isFile(name)) base = readContext(files.readText(name) ?? '', `'${name}'`);
  else base = store.load(name);
  const settings = overlaid(base, flags);
  return { ...settings, url: settings.url === '' ? URL_DEFAULT : settings.url, contextName: name };
}

/** What flags say, over what the context says. */
export function overlaid(base: ContextSettings, flags: GlobalFlags): ContextSettings {
  const given: Record<string, unknown> = {};
  const set = (key: keyof ContextSettings, value: string | undefined): void => {
    if (value !== undefined && value !== '') given[key] = value;
  };
  set('url', flags.server);
  set('creds', flags.creds);
  set('nkey', flags.nkey);
  set('user_jwt', flags.jwt);
  set('user_seed', flags.seed);
  set('cert', flags.tlscert);
  set('key', flags.tlskey);
  set('ca', flags.tlsca);
  set('jetstream_domain', flags.jsDomain ?? flags.domain);
  set('jetstream_api_prefix', flags.jsApiPrefix);
  set('jetstream_event_prefix', flags.jsEventPrefix);
  set('inbox_prefix', flags.inboxPrefix);
  set('color_scheme', flags.colors);
  set('token', flags.token);
  // A user without password is a token.
  if (flags.user !== undefined && flags.user !== '' && (flags.password ?? '') === '') set('token', flags.user);
  else {
    set('user', flags.user);
    set('password', flags.password);
  }
  const proxy = flags.socksProxy;
  if (proxy !== undefined) given['socks_proxy'] = /^(?:none|-)$/i.test(proxy) ? '' : proxy;
  if (flags.tlsfirst === true || flags.tlsFirst === true) given['tls_first'] = true;
  return { ...base, ...given };
}
