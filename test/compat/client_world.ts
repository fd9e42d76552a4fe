// How the clients of the scenario list come to their servers: as anybody; as users with passwords over TLS; as NKeys over
// TLS, in an account of their own among others that share with it; as users of an account that has JetStream only by what
// it imports from another. What a server needs for it is a configuration, what a runner needs is in its options (README.md
// of clients/), and the harness comes in as the owner of the streams. CONTRAIL_WORLDS=plain,users,nkeys,imports chooses.
import { join } from 'node:path';
import { type ConnectionOptions, nkeyAuthenticator, nkeys } from '@nats-io/transport-node';
import { repositoryRoot } from './server_process.ts';

export interface ClientWorld {
  readonly name: string;
  /** Follows the client's name in the name of a test. */
  readonly title: string;
  /** Null: flags are enough. */
  readonly config: string | null;
  /** Added to the runner's options. */
  readonly options: Readonly<Record<string, string>>;
  /** Whether what clients must see is what the list says; else it is what they see on the reference. */
  readonly hasSharedValues: boolean;
  /** Whether a scenario of the list is played in this world. */
  has(scenario: string): boolean;
  /** Who the harness is. */
  owner(): ConnectionOptions;
}

const certificates = join(repositoryRoot, 'test', 'fixtures', 'tls');
const ca = join(certificates, 'ca.pem');
const TLS = `tls { cert_file: "${join(certificates, 'server.pem')}", key_file: "${join(certificates, 'server.key.pem')}" }`;
const SEED_BYTES_DECODER = new TextDecoder();

/** Scenarios about other ways to log in are played by anybody. */
function isNotAboutLogin(scenario: string): boolean {
  return !scenario.startsWith('auth.');
}

function plain(): ClientWorld {
  return {
    name: 'plain',
    title: 'as anybody',
    config: null,
    options: {},
    hasSharedValues: true,
    has: () => true,
    owner: () => ({}),
  };
}

function users(): ClientWorld {
  const password = 'correct horse battery staple';
  const hash = '$2a$04$0I1hKihw78JLVksaGooNP.BdeIAv0AvzCEH1Bpkdyj.fKhhYbkxLO';
  return {
    name: 'users',
    title: 'as a user with a password over TLS',
    config: `${TLS}
authorization {
  users: [
    { user: app, password: "${hash}", permissions: { publish: ">", subscribe: ">" } }
    { user: other, password: other, permissions: { publish: { deny: ">" } } }
  ]
}`,
    options: { ca, 'as-user': 'app', 'as-password': password },
    hasSharedValues: true,
    // What it observes then depends on which comes first, a permission's refusal or the end of a connection.
    has: (scenario) => isNotAboutLogin(scenario) && scenario !== 'core.invalid_subject',
    owner: () => ({ user: 'app', pass: password, tls: { caFile: ca } }),
  };
}

function keys(): ClientWorld {
  const pair = nkeys.createUser();
  const seed = SEED_BYTES_DECODER.decode(pair.getSeed());
  return {
    name: 'nkeys',
    title: 'as an NKey over TLS in an account that shares',
    config: `${TLS}
accounts {
  APP: {
    jetstream: enabled
    users: [{ nkey: ${pair.getPublicKey()} }]
    exports: [{ stream: "shared.>" }, { service: "help.>" }]
    imports: [{ stream: { account: OTHER, subject: "news.>" }, prefix: "from" }]
  }
  OTHER: {
    jetstream: enabled
    users: [{ user: other, password: other }]
    exports: [{ stream: "news.>" }]
    imports: [{ service: { account: APP, subject: "help.>" }, to: "app.help.>" }]
  }
}`,
    options: { ca, 'as-seed': seed },
    hasSharedValues: true,
    has: isNotAboutLogin,
    owner: () => ({ authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)), tls: { caFile: ca } }),
  };
}

/** Streams of `OWNER` as seen from `APP`, which has no JetStream of its own. */
function imports(): ClientWorld {
  const shared = ['$JS.API.>', '$JS.ACK.>', '$JS.FC.>', '$KV.>', '$O.>'];
  return {
    name: 'imports',
    title: 'in an account with imported JetStream',
    config: `
accounts {
  OWNER: {
    jetstream: enabled
    users: [{ user: owner, password: owner }]
    exports: [${shared.map((subject) => `{ service: "${subject}", response_type: stream }`).join(', ')}]
  }
  APP: {
    users: [{ user: app, password: app }]
    imports: [${shared.map((subject) => `{ service: { account: OWNER, subject: "${subject}" } }`).join(', ')}]
  }
}`,
    options: { 'as-user': 'app', 'as-password': 'app' },
    hasSharedValues: false,
    has: (scenario) => IMPORTED.has(scenario),
    owner: () => ({ user: 'owner', pass: 'owner' }),
  };
}

/** What works through the API alone: nothing else is imported. */
const IMPORTED = new Set([
  'stream.create',
  'stream.defaults',
  'stream.errors',
  'account.info',
  'consumer.create',
  'consumer.errors',
  'consumer.list',
  'consumer.update',
  'kv.basic',
  'kv.revisions',
  'kv.history',
  'kv.keys',
]);

/** Every world there is, or those named by CONTRAIL_WORLDS. */
export function clientWorlds(): ClientWorld[] {
  const wanted = process.env['CONTRAIL_WORLDS']?.split(',');
  return [plain(), users(), keys(), imports()].filter(({ name }) => wanted === undefined || wanted.includes(name));
}
