// Secrets that look like nothing else, wherever a secret can be given, and then everything that the server says with tracing
// on: log lines, monitoring pages, events, answers, error texts. None of them may be found again.
// Advisories: 2026-05 (a password shown in monitoring), 2026-14 (credentials of the command line on /debug/vars).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createUser } from '@nats-io/nkeys';
import bcrypt from 'bcryptjs';
import { readCommandLine } from '../../src/app/command_line.ts';
import { parsed, refused } from '../../src/base/parsed.ts';
import type { RawConnection } from './raw_connection.ts';
import { RunningServer } from './running_server.ts';

let made = 0;
const secrets: string[] = [];

/** A new secret that can stand in JSON and in a configuration. */
function canary(what: string): string {
  const secret = `canary-${what}-${createHash('sha256').update(`${what} ${made++}`).digest('hex').slice(0, 16)}`;
  secrets.push(secret);
  return secret;
}

function assertNone(text: string, where: string): void {
  for (const secret of secrets) {
    const at = text.indexOf(secret);
    assert.equal(at, -1, `${secret} in ${where}: ${text.slice(Math.max(0, at - 200), at + 100)}`);
  }
}

const PAGES = [
  ...[
    '/',
    '/varz',
    '/connz',
    '/connz?auth=1&subs=detail&state=all',
    '/connz?auth=1&state=closed&sort=stop',
    '/connz?auth=1&user=alice',
  ],
  ...[
    '/subsz?subs=1',
    '/routez',
    '/gatewayz',
    '/leafz',
    '/accountz',
    '/accountz?acc=A',
    '/accountz?acc=$G',
    '/accountz?acc=SYS',
  ],
  ...[
    '/accstatz',
    '/jsz?accounts=1&streams=1&consumers=1&config=1',
    '/healthz?details=1',
    '/ipqueuesz',
    '/raftz',
    '/expvarz',
  ],
  ...['/debug/vars', '/nothing'],
];
const REQUESTS = [
  'VARZ',
  'CONNZ',
  'SUBSZ',
  'ACCOUNTZ',
  'JSZ',
  'HEALTHZ',
  'STATSZ',
  'IDZ',
  'EXPVARZ',
  'LEAFZ',
  'ROUTEZ',
];

async function assertSilent(running: RunningServer, clients: readonly RawConnection[]): Promise<void> {
  for (const page of PAGES) assertNone(await running.page(page), page);
  for (const client of clients) assertNone(client.heard, 'what a client hears');
  assertNone(running.log.join(''), 'the log');
  assert.ok(
    running.log.some((line) => line.includes('[TRC]') && line.includes('CONNECT {')),
    'tracing is on',
  );
}

/** Everything that a CONNECT can be made of, with a secret in it, whole and broken. */
function connects(): string[] {
  const said = (fields: object): string => `CONNECT ${JSON.stringify({ verbose: false, ...fields })}\r\n`;
  const secret = canary('connect');
  const escaped = [...secret].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  return [
    said({ user: 'alice', pass: canary('wrong-pass') }),
    said({ user: 'nobody', pass: canary('pass-of-nobody'), name: 'n', lang: 'l' }),
    said({ auth_token: canary('token') }),
    said({ jwt: canary('jwt'), sig: canary('sig') }),
    said({ nkey: 'UABC', sig: canary('nkey-sig') }),
    said({ PASS: canary('upper'), User: 'alice' }),
    said({ user: 'alice', pass: `quote"${canary('quote')}\\` }),
    `CONNECT {"user":"alice","pass":"${escaped}"}\r\n`,
    `CONNECT {"user":"alice","p\\u0061ss":"${canary('escaped-key')}"}\r\n`,
    `CONNECT {"user":"alice","pass" \t : "${canary('spaces')}"}\r\n`,
    `CONNECT {"user":"alice","pass":"x","pass":"${canary('twice')}"}\r\n`,
    `CONNECT {"user":"alice","pass":{"x":"${canary('object')}"}}\r\n`,
    `CONNECT {"user":"alice","pass":["${canary('list')}"]}\r\n`,
    `CONNECT {"user":"alice","auth_token":"${canary('unfinished')}\r\n`,
    `CONNECT {'pass':'${canary('single-quotes')}'}\r\n`,
    `CONNECT "${canary('string')}"\r\n`,
    `CONNECT {"pass":"${canary('tail')}"} x\r\n`,
    `CONNECT {"verbose":1,"pass":"${canary('wrong-type')}"}\r\n`,
    `CONNECT {"pass":"${canary('too-long')}","name":"${'x'.repeat(5000)}"}\r\n`,
    `CONNECT {"pass":"${canary('cut')}"`,
    `connect\t{"pass":"${canary('lower-case')}"}\n`,
    `AUTH ${canary('no-operation')}\r\n`,
    said({ user: 'alice', pass: `${canary('newline')}\nx` }),
  ];
}

/** Makes each in a connection of its own, and hears the server out. */
async function tryAll(running: RunningServer, lines: readonly string[]): Promise<RawConnection[]> {
  const clients: RawConnection[] = [];
  for (const line of lines) {
    const client = await running.dial();
    // In two pieces: what waits for its end is no secret of the log's either.
    client.send(line.slice(0, 30));
    client.send(line.slice(30));
    clients.push(client);
    await client.quiet();
  }
  return clients;
}

async function useEverything(client: RawConnection): Promise<void> {
  client.send('SUB > 1\r\nSUB a.* q 2\r\n');
  await client.flush();
  const ask = (subject: string, body = ''): void =>
    client.send(`PUB ${subject} _INBOX.x ${body.length}\r\n${body}\r\n`);
  for (const verb of REQUESTS) {
    ask(
      `$SYS.REQ.SERVER.PING.${verb}`,
      verb === 'CONNZ' ? '{"auth":true,"state":"all","subscriptions_detail":true}' : '',
    );
  }
  ask('$SYS.REQ.USER.INFO');
  ask('$SYS.REQ.ACCOUNT.A.CONNZ', '{"auth":true}');
  ask('$SYS.REQ.ACCOUNT.PING.CONNZ', '{"auth":true}');
  ask('$SYS.REQ.ACCOUNT.A.INFO');
  ask('$JS.API.STREAM.CREATE.S', '{"name":"S","subjects":["a.>"],"storage":"memory"}');
  ask('$JS.API.INFO');
  ask('a.1', 'x');
  client.send('UNSUB 2\r\nPUB $NRG.x 0\r\n\r\nSUB a..b 3\r\n');
  await client.flush();
}

test('advisory 2026-05: no secret of users, tokens or keys is found in logs, pages, events or error texts', async () => {
  const key = createUser();
  const seed = new TextDecoder().decode(key.getSeed());
  secrets.push(seed);
  const [alice, sys, old] = [canary('alice'), canary('sys'), canary('old')];
  const hash = bcrypt.hashSync(old, 4);
  secrets.push(hash);
  const config = (more: string): string => `
    system_account: SYS
    accounts {
      A: { jetstream: enabled, users: [ {user: alice, password: "${alice}"}, {user: old, password: "${hash}"},
           {nkey: ${key.getPublicKey()}} ${more} ] }
      SYS: { users: [ {user: sys, password: "${sys}"} ] }
    }`;
  await RunningServer.with({ config: config('') }, async (running) => {
    const system = await running.connect({ user: 'sys', pass: sys });
    system.send('SUB > 9\r\n');
    await system.flush();
    const clients = [system, ...(await tryAll(running, connects()))];
    for (const said of [
      { user: 'alice', pass: alice, name: 'a' },
      { user: 'old', pass: old },
      { user: 'sys', pass: sys },
    ]) {
      const client = await running.connect(said);
      clients.push(client);
      await useEverything(client);
    }
    const signer = await running.dial();
    const { nonce } = JSON.parse(signer.info.slice(5)) as { nonce: string };
    const sig = Buffer.from(key.sign(Buffer.from(nonce))).toString('base64url');
    secrets.push(sig);
    signer.send(`CONNECT ${JSON.stringify({ verbose: false, nkey: key.getPublicKey(), sig })}\r\n`);
    await signer.flush();
    clients.push(signer);
    await running.reload(config(`, {user: late, password: "${canary('late')}"}`));
    await running.reload(config(`, {user: late, password: "${canary('later')}"`));
    await system.flush();
    await assertSilent(running, clients);
  });
});

test('advisory 2026-05: a token of the configuration is found nowhere', async () => {
  const token = canary('config-token');
  await RunningServer.with({ config: `authorization { token: "${token}" }` }, async (running) => {
    const clients = await tryAll(running, connects());
    const client = await running.connect({ auth_token: token });
    await useEverything(client);
    await assertSilent(running, [client, ...clients]);
  });
});

test('advisory 2026-14: secrets of the command line are found nowhere', async () => {
  const pass = canary('flag');
  await RunningServer.with({ flags: ['--user', 'alice', '--pass', pass] }, async (running) => {
    const client = await running.connect({ user: 'alice', pass });
    await useEverything(client);
    await assertSilent(running, [client, ...(await tryAll(running, connects()))]);
  });
});

/** Configurations that are wrong in the neighbourhood of a secret. */
function wrongConfigurations(): string[] {
  return [
    `authorization { user: a, password: "${canary('bad')}", token: "${canary('bad')}" }`,
    `authorization { user: a, password: ["${canary('list')}"] }`,
    `authorization { user: a, password: {x: "${canary('map')}"} }`,
    `authorization { token: ["${canary('token-list')}"] }`,
    `authorization { users: [ {user: a, password: "${canary('user')}", x: 1} ] }`,
    `authorization { users: [ "${canary('user-text')}" ] }`,
    `authorization { users: "${canary('users-text')}" }`,
    `authorization { user: a, password: "${canary('unfinished')}`,
    `authorization { user: a, pasword: "${canary('misspelt')}" }`,
    `accounts { A { users: [ {user: a, password: "${canary('account')}"}, {user: a, password: "${canary('account')}"} ] } }`,
    `cluster { routes: ["nats://u:${canary('route')}@h:1"], authorization { user: u, password: "${canary('cluster')}" } }`,
    `leafnodes { remotes: [ {url: "nats://u:${canary('leaf')}@h:1", credentials: "${canary('creds')}"} ] }`,
    `mqtt { authorization { user: u, password: "${canary('mqtt')}" }, port: 1 }`,
    `jetstream { encryption_key: "${canary('encryption')}", max_mem: "x" }`,
    `A: "${canary('variable')}"\nauthorization { token: $A }\nport: "x"\n`,
  ];
}

test('what is wrong with a configuration is said without its secrets', () => {
  for (const config of wrongConfigurations()) {
    for (const flags of [
      ['-c', 'a.conf'],
      ['-t', '-c', 'a.conf'],
    ]) {
      const command = readCommandLine(flags, sourceOf(config), { compatible: '2.15.2', contrail: '0' });
      const said = command.kind === 'signal' ? [] : command.messages;
      assertNone(said.join('\n'), `what is said of ${config}`);
    }
  }
});

function sourceOf(config: string) {
  return {
    tlsFault: () => null,
    readFile: (path: string) =>
      path === 'a.conf' ? parsed(Buffer.from(config)) : refused(`open ${path}: no such file`),
    environment: () => null,
    kindOf: () => null,
    isSigned: () => false,
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
  };
}
