// Where monitoring listens: http, http_port, http_base_path, https, https_port; and who may read it.
import type { OptionsDraft } from '../options_draft.ts';
import { integerKey, type KeyRule, textKey } from '../schema.ts';
import { addressKey } from './listen.ts';
import { MONITOR_AUTH_KEY } from './monitor_auth.ts';

export const MONITOR_KEYS: readonly KeyRule<OptionsDraft>[] = [
  addressKey(['http'], (draft, { host, port }) => {
    draft.monitorHost = host;
    draft.monitorPort = port;
  }),
  integerKey(['http_port', 'monitor_port'], (draft, port) => {
    draft.monitorPort = port;
  }),
  textKey(['http_base_path'], (draft, path) => {
    draft.monitorBasePath = path;
  }),
  addressKey(['https'], (draft, { host, port }) => {
    draft.monitorHost = host;
    draft.monitorTlsPort = port;
  }),
  integerKey(['https_port'], (draft, port) => {
    draft.monitorTlsPort = port;
  }),
  MONITOR_AUTH_KEY,
];
