// Our own server within a test's process, for tests of the command line: Node's doors, a port that nobody has, a store
// directory that goes with it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Contrail } from '../src/app/compose.ts';
import { SILENT_LOGGER } from '../src/base/log.ts';
import { readConfiguration } from '../src/config/configuration.ts';
import { optionsOf } from '../src/config/options.ts';
import { emptyDraft } from '../src/config/options_draft.ts';
import { NodeClock } from '../src/node/node_clock.ts';
import { NodeConfigSource } from '../src/node/node_config_source.ts';
import { NodeDisk } from '../src/node/node_disk.ts';
import { NodeEntropy } from '../src/node/node_entropy.ts';
import { NodeHost } from '../src/node/node_host.ts';
import { NodeHttp } from '../src/node/node_http.ts';
import { NodeNetwork } from '../src/node/node_network.ts';
import { NodePasswordChecker } from '../src/node/node_password_checker.ts';

export interface CliServer {
  readonly url: string;
  /** Without `monitoring` there is none. */
  readonly monitorUrl: string;
  stop(): Promise<void>;
}

export interface CliServerOptions {
  readonly jetStream?: boolean;
  readonly token?: string;
  readonly monitoring?: boolean;
  /** A configuration file's text, for what has no option here: accounts and their users. */
  readonly config?: string;
}

/** A system account whose user is `sys`, and accounts of users `a` and `b`; passwords are the users' names. */
export const SYSTEM_CONFIG = `
server_name: stage
server_tags: [red]
accounts {
  $SYS { users: [{ user: sys, password: sys }] }
  A { users: [{ user: a, password: a }], jetstream: enabled }
  B { users: [{ user: b, password: b }] }
}
`;

export async function startCliServer(options: CliServerOptions = {}): Promise<CliServer> {
  const { jetStream = true, token, monitoring = false, config } = options;
  const folder = mkdtempSync(join(tmpdir(), 'contrail-cli-'));
  const draft = emptyDraft();
  if (config !== undefined) {
    const file = join(folder, 'server.conf');
    writeFileSync(file, config);
    assert.deepEqual(readConfiguration(file, draft, new NodeConfigSource()).findings.errors, []);
  }
  draft.host = '127.0.0.1';
  draft.port = -1;
  draft.jetstream.isEnabled = jetStream;
  draft.jetstream.storeDirectory = folder;
  if (token !== undefined) draft.token = token;
  if (monitoring) draft.monitorPort = -1;
  const doors = {
    clock: new NodeClock(),
    network: new NodeNetwork(),
    disk: new NodeDisk(),
    entropy: new NodeEntropy(),
    host: new NodeHost(),
    passwords: new NodePasswordChecker(),
    log: SILENT_LOGGER,
    http: new NodeHttp(SILENT_LOGGER),
  };
  const contrail = await Contrail.start(doors, optionsOf(draft, null, null));
  return {
    url: `nats://127.0.0.1:${contrail.address.port}`,
    monitorUrl: `http://127.0.0.1:${contrail.monitorAddress?.port}`,
    stop: async () => {
      await contrail.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
