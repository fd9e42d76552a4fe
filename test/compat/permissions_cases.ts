// The table of permissions_test.ts: configurations with identities, and what clients do with each. What must come back is
// whatever the reference answers.
import type { Step } from './identity_stage.ts';

export interface IdentityCase {
  readonly name: string;
  readonly config: string;
  readonly jetStream?: true;
  readonly steps: readonly Step[];
}

/** Keys and hashes for tests only. */
export const SEED_A = 'SUADT36H24NGCAKVNSHKRC52NKO7QJZUPRG5DPF4Y32FCZACGA7IZABPJQ';
export const KEY_A = 'UAPUMSAFUXBC6RESJSY5GKJFPGIUNVKEMNXK626E74HU4OAQFJ5PPK5K';

function logIn(who: string, pass = who, more: Readonly<Record<string, unknown>> = {}): Step {
  return { who, connect: { user: who.replace(/\d+$/, ''), pass: pass.replace(/\d+$/, ''), protocol: 1, ...more } };
}

function refused(who: string, connect: Step['connect']): Step {
  return { who, connect: connect ?? {}, ends: true };
}

function say(who: string, ...lines: readonly string[]): Step {
  return { who, say: lines };
}

function publish(who: string, ...subjects: readonly string[]): Step {
  return { who, say: subjects.flatMap((subject) => [`PUB ${subject} 1`, 'x']) };
}

function subscribe(who: string, ...subjects: readonly string[]): Step {
  return { who, say: subjects.map((subject, at) => `SUB ${subject} ${at + 1}`) };
}

function askWhoIAm(who: string): Step {
  return { who, say: ['SUB info.* 99', 'PUB $SYS.REQ.USER.INFO info.1 0', ''], hears: 'MSG info.1 ' };
}

/** A user `a` with these permissions, and `p` who may do everything. */
function withPermissions(permissions: string, more = ''): string {
  return `authorization { ${more} users: [
    {user: a, pass: a, permissions: {${permissions}}}, {user: p, pass: p} ] }\n`;
}

const AUTHENTICATION: readonly IdentityCase[] = [
  {
    name: 'users and passwords',
    config: 'authorization { users: [{user: a, pass: a}, {user: b, password: "b c"}, {user: n}] }\n',
    steps: [
      logIn('a'),
      askWhoIAm('a'),
      logIn('b', 'b c'),
      refused('x', { user: 'a', pass: 'b' }),
      refused('x', { user: 'a' }),
      refused('x', { user: 'z', pass: 'z' }),
      refused('x', {}),
      refused('x', { auth_token: 'a' }),
      refused('x', { user: 'A', pass: 'a' }),
      refused('x', { user: '__proto__', pass: 'a' }),
      logIn('n', ''),
      { who: 'y', say: ['SUB foo 1'], ends: true },
      { who: 'y', say: ['PING'], ends: true },
      { who: 'y', say: ['NONSENSE'], ends: true },
    ],
  },
  {
    name: 'bcrypt',
    config: `authorization { users: [{user: a, pass: "$2a$04$6I2ycjVa03Y1wLet12XFzOerYGYjHHUuPuhgdZHa4A0TvrO1OUMOu"},
      {user: b, pass: "$2y$04$6I2ycjVa03Y1wLet12XFzOerYGYjHHUuPuhgdZHa4A0TvrO1OUMOu"}, {user: w, pass: "$2a$04$broken"}] }\n`,
    steps: [
      refused('x', { user: 'a', pass: 'wrong' }),
      refused('x', { user: 'a', pass: '$2a$04$6I2ycjVa03Y1wLet12XFzOerYGYjHHUuPuhgdZHa4A0TvrO1OUMOu' }),
      refused('x', { user: 'w', pass: '$2a$04$broken' }),
      logIn('a', 'secret'),
      logIn('b', 'secret'),
      subscribe('a', 'foo'),
      publish('b', 'foo'),
      logIn('a2', 'secret'),
    ],
  },
  {
    name: 'a plain token',
    config: 'authorization { token: s3cr3t }\n',
    steps: [
      { who: 'a', connect: { auth_token: 's3cr3t', protocol: 1 } },
      askWhoIAm('a'),
      refused('x', { auth_token: 's3cr3' }),
      refused('x', { user: 's3cr3t' }),
      refused('x', { pass: 's3cr3t' }),
    ],
  },
  {
    name: 'a bcrypt token',
    config: 'authorization { token: "$2a$04$6I2ycjVa03Y1wLet12XFzOerYGYjHHUuPuhgdZHa4A0TvrO1OUMOu" }\n',
    steps: [{ who: 'a', connect: { auth_token: 'secret' } }, refused('x', { auth_token: 'other' })],
  },
  {
    name: 'one user',
    config: 'authorization { user: a, pass: a, default_permissions: {publish: x} }\n',
    steps: [logIn('a'), askWhoIAm('a'), publish('a', 'anything'), refused('x', { user: 'a' })],
  },
  {
    name: 'nkeys',
    config: `authorization { users: [{nkey: ${KEY_A}, permissions: {publish: "ok.>"}}, {user: a, pass: a}] }\n`,
    steps: [
      { who: 'k', connect: { nkey: KEY_A, seed: SEED_A, protocol: 1 } },
      publish('k', 'ok.a', 'no'),
      say('k', 'SUB in.* 1', 'PUB ok.in in.1 0', ''),
      logIn('a'),
      refused('x', { nkey: KEY_A }),
      refused('x', { nkey: KEY_A, sig: 'AAAA' }),
      refused('x', { nkey: KEY_A, sig: 'A'.repeat(86) }),
      refused('x', { nkey: KEY_A.slice(1), seed: SEED_A }),
      refused('x', { nkey: 'UAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', seed: SEED_A }),
      refused('x', { nkey: KEY_A, sig: '!', user: 'a', pass: 'a' }),
      refused('x', {}),
    ],
  },
  {
    name: 'no_auth_user',
    config:
      'authorization { users: [{user: a, pass: a, permissions: {publish: "ok"}}, {user: b, pass: b}] }\nno_auth_user: a\n',
    steps: [
      { who: 'n', connect: { protocol: 1 } },
      publish('n', 'ok', 'no'),
      { who: 's', say: ['SUB ok 1', 'PUB ok 1', 'x', 'PUB no 1', 'x'] },
      say('s', 'CONNECT {"verbose":false,"user":"b","pass":"b"}', 'PUB no 1', 'x'),
      logIn('b'),
      refused('x', { user: 'a' }),
      refused('x', { pass: 'a' }),
      refused('x', { auth_token: 'a' }),
      { who: 'k', connect: { nkey: KEY_A } },
    ],
  },
  {
    name: 'no_auth_user with a bcrypt password',
    config: `authorization { users: [{user: a, pass: "$2a$04$6I2ycjVa03Y1wLet12XFzOerYGYjHHUuPuhgdZHa4A0TvrO1OUMOu"}] }
      no_auth_user: a\n`,
    steps: [refused('x', {}), { who: 's', say: ['PING'], ends: true }, logIn('a', 'secret')],
  },
  {
    name: 'a key as no_auth_user',
    config: `authorization { users: [{nkey: ${KEY_A}, permissions: {publish: "ok"}}] }\nno_auth_user: ${KEY_A}\n`,
    steps: [
      { who: 'n', connect: {} },
      publish('n', 'ok', 'no'),
      { who: 'k', connect: { nkey: KEY_A } },
      { who: 's', say: ['PING'], ends: true },
    ],
  },
  {
    name: 'connection types',
    config: `authorization { users: [{user: a, pass: a, allowed_connection_types: [WEBSOCKET, mqtt]},
      {user: b, pass: b, connection_types: [standard]}, {nkey: ${KEY_A}, clients: LEAFNODE}] }\nno_auth_user: a\n`,
    steps: [
      refused('x', { user: 'a', pass: 'a' }),
      refused('x', {}),
      refused('x', { nkey: KEY_A, seed: SEED_A }),
      { who: 's', say: ['SUB foo 1'], ends: true },
      logIn('b'),
    ],
  },
  {
    name: 'fields of CONNECT that nobody may use',
    config: 'accounts { A { users: [{user: a, pass: a}] }, B { users: [{user: b, pass: b}] } }\n',
    steps: [
      refused('x', { user: 'a', pass: 'a', account: 'B' }),
      refused('x', { user: 'a', pass: 'a', new_account: true }),
      logIn('b'),
      subscribe('b', '>'),
      {
        who: 'a',
        connect: { user: 'a', pass: 'a', acc: 'B', remote_account: 'B', import: {}, export: {}, jwt: 'eyJ' },
      },
      publish('a', 'foo'),
      refused('x', { user: 'a', pass: 5 }),
      refused('x', { user: ['a'], pass: 'a' }),
    ],
  },
  {
    name: 'a second CONNECT',
    config:
      'accounts { A { users: [{user: a, pass: a}] }, B { users: [{user: b, pass: b, permissions: {publish: "ok"}}] } }\n',
    steps: [
      logIn('a'),
      logIn('b'),
      subscribe('b', '>'),
      subscribe('a', '>'),
      say('a', 'CONNECT {"verbose":false,"user":"b","pass":"b"}', 'PUB ok 1', 'x', 'PUB no 1', 'x'),
      say('a', 'CONNECT {"verbose":false,"user":"a","pass":"a"}', 'PUB no 1', 'x'),
      { who: 'a', say: ['CONNECT {"verbose":false,"user":"a","pass":"wrong"}'], ends: true },
    ],
  },
];

const PUBLISHING: readonly IdentityCase[] = [
  {
    name: 'publish: one subject, a list, allow and deny',
    config: `authorization { users: [
      {user: a, pass: a, permissions: {publish: "ok.*"}},
      {user: b, pass: b, permissions: {publish: ["ok.*", "more.>"]}},
      {user: c, pass: c, permissions: {pub: {allow: [">"], deny: ["no.>", "ok.*.x"]}}},
      {user: d, pass: d, permissions: {publish: {deny: "no.*"}}},
      {user: e, pass: e, permissions: {publish: []}},
      {user: f, pass: f, permissions: {publish: {}}}, {user: g, pass: g, permissions: {}}] }\n`,
    steps: ['a', 'b', 'c', 'd', 'e', 'f', 'g'].flatMap((who) => [
      logIn(who),
      publish(who, 'ok.a', 'ok.a.x', 'ok', 'more.a.b', 'more', 'no.a', 'no.a.b', 'ok.*', 'ok.>', '*', '>'),
      publish(who, 'ok..a', 'ok.', '.ok', 'ok.a.', 'OK.a', 'ok.a'),
    ]),
  },
  {
    name: 'reserved subjects and replies',
    config: `${withPermissions('publish: ">"')}accounts { S { users: [{user: s, pass: s}] } }\nsystem_account: S\n`,
    steps: ['a', 'p', 's'].flatMap((who) => [
      logIn(who),
      publish(who, '$NRG.x', '$NRG', '_GR_.x', '$GR.x', '_GR_', '_R_.x', '$JS.ACK.a'),
      say(
        who,
        'PUB a _R_.x 0',
        '',
        'PUB a $JS.ACK.x 0',
        '',
        'PUB a _GR_.a.b.c 0',
        '',
        'PUB a $GR.x 0',
        '',
        'PUB a _R_ 0',
        '',
      ),
      say(who, 'PUB a _INBOX.x 0', '', 'PUB a $JS.ACK. 0', '', 'HPUB a _R_.x 12 12', 'NATS/1.0\r\n\r\n'),
    ]),
  },
  {
    name: 'verbose and headers',
    config: withPermissions('publish: "ok", subscribe: "ok"'),
    steps: [
      logIn('a', 'a', { verbose: true }),
      say(
        'a',
        'PUB ok 1',
        'x',
        'PUB no 1',
        'x',
        'HPUB no 12 13',
        'NATS/1.0\r\n\r\nx',
        'SUB ok 1',
        'SUB no 2',
        'UNSUB 2',
      ),
      logIn('a2', 'a', { verbose: true, pedantic: true }),
      say('a2', 'PUB ok.* 1', 'x', 'PUB ok..a 1', 'x', 'SUB ok..a 1', 'SUB ok.> 2'),
    ],
  },
];

const SUBSCRIBING: readonly IdentityCase[] = [
  {
    name: 'subscribe: one subject, a list, allow and deny',
    config: `authorization { users: [
      {user: a, pass: a, permissions: {subscribe: "ok.*"}},
      {user: b, pass: b, permissions: {subscribe: ["ok.*", "more.>"]}},
      {user: c, pass: c, permissions: {sub: {allow: [">"], deny: ["no.>", "ok.*.x"]}}},
      {user: d, pass: d, permissions: {subscribe: {deny: "no.*"}}},
      {user: e, pass: e, permissions: {subscribe: []}}, {user: p, pass: p}] }\n`,
    steps: [
      logIn('p'),
      ...['a', 'b', 'c', 'd', 'e'].flatMap((who) => [
        logIn(who),
        subscribe(
          who,
          'ok.a',
          'ok.*',
          'ok',
          'ok.a.x',
          'ok.*.x',
          'more.a',
          'more.>',
          '>',
          '*',
          'no.a',
          'no.*',
          'no.a.b',
          'no.>',
        ),
        subscribe(who, 'ok..a', 'ok.', '.ok', `ok.a ${who}`, `no.a ${who}`, `> ${who}`),
        publish('p', 'ok.a', 'ok.b', 'ok.a.x', 'no.a', 'no.a.b', 'more.a'),
      ]),
    ],
  },
  {
    name: 'queue groups',
    config: withPermissions(
      'subscribe: {allow: ["foo", "foo v1", "foo v2.>", "bar", "only q.*", "wide.> w"], deny: ["bar bad", "wide.no"]}',
    ),
    steps: [
      logIn('p'),
      logIn('a'),
      subscribe(
        'a',
        'foo',
        'foo v1',
        'foo v2.a.b',
        'foo v2',
        'foo v3',
        'bar',
        'bar any',
        'bar bad',
        'only',
        'only q.1',
        'only q',
      ),
      subscribe('a', 'x', 'wide.a w', 'wide.a', 'wide.> w', 'wide.no w', 'wide.* w', 'wide.> v'),
      publish('p', 'foo', 'bar', 'only', 'wide.a', 'wide.no', 'wide.a.b'),
    ],
  },
  {
    name: 'denied subjects inside of larger subscriptions',
    config: withPermissions('subscribe: {deny: ["in.secret", "in.*.deep", "grouped g", "groups.> h.*"]}'),
    steps: [
      logIn('p'),
      logIn('a'),
      subscribe('a', 'in.*', 'in.> q', '> r', 'groups.*', 'groups.> h.1', 'groups.a h.2', 'groups.* i'),
      publish('p', 'in.open', 'in.secret', 'in.a.deep', 'in.a.b', 'grouped', 'groups.a', 'groups.b'),
      subscribe('a', '1', '2', '3', '4', '5', '6', '7', 'grouped g', 'grouped', '* g', 'in.secret q', 'in.a.deep'),
      publish('p', 'in.secret', 'grouped', 'groups.a', 'in.a.deep'),
      say('a', 'UNSUB 1', 'UNSUB 2', 'UNSUB 3'),
      publish('p', 'in.secret', 'in.open', 'grouped'),
    ],
  },
  {
    name: 'a denied member leaves what it may not see to the others of its group',
    config: withPermissions('subscribe: {deny: "in.secret"}'),
    steps: [
      logIn('p'),
      logIn('a'),
      subscribe('a', 'in.* g'),
      subscribe('p', 'in.* g'),
      publish('p', ...Array.from({ length: 20 }, () => 'in.secret')),
    ],
  },
  {
    name: 'only the denied subject matches, and the request has no responders',
    config: withPermissions('subscribe: {deny: "in.secret"}'),
    steps: [
      logIn('p', 'p', { no_responders: true }),
      logIn('a'),
      subscribe('a', 'in.*'),
      say('p', 'SUB inbox.* 1', 'PUB in.secret inbox.1 0', '', 'PUB in.open inbox.2 0', ''),
    ],
  },
];

const RESPONSES: readonly IdentityCase[] = [
  {
    name: 'allow_responses',
    config: `authorization { users: [
      {user: a, pass: a, permissions: {subscribe: "rpc", allow_responses: true}},
      {user: b, pass: b, permissions: {subscribe: "rpc", allow_responses: {max: 3}}},
      {user: c, pass: c, permissions: {subscribe: "rpc", publish: "other", allow_responses: true}},
      {user: d, pass: d, permissions: {subscribe: "rpc", publish: {deny: "in.no"}, publish_allow_responses: {max: -1}}},
      {user: p, pass: p}] }\n`,
    steps: [
      logIn('p'),
      subscribe('p', 'in.>'),
      ...['a', 'b', 'c', 'd'].flatMap((who) => [
        logIn(who),
        publish(who, 'other', 'in.1'),
        subscribe(who, 'rpc'),
        say('p', 'PUB rpc in.1 0', '', 'PUB rpc in.2 0', '', 'PUB rpc 0', '', 'PUB rpc in.no 0', ''),
        publish(who, 'in.1', 'in.1', 'in.1', 'in.1', 'in.2', 'in.3', 'in.no', 'other'),
        say('p', 'PUB rpc in.1 0', '', 'PUB rpc in.1 0', ''),
        publish(who, 'in.1', 'in.1'),
        say(who, 'UNSUB 1'),
      ]),
    ],
  },
  {
    name: 'default permissions',
    config: `authorization { default_permissions: {publish: "d", subscribe: {deny: "s"}, allow_responses: true}
      users: [{user: a, pass: a}, {user: b, pass: b, permissions: {publish: "b"}}, {nkey: ${KEY_A}}] }
      accounts { A { default_permissions: {publish: "A"}, users: [{user: c, pass: c}, {user: d, pass: d, permissions: {}}] } }\n`,
    steps: [
      ...['a', 'b', 'c', 'd'].flatMap((who) => [logIn(who), publish(who, 'd', 'b', 'A'), subscribe(who, 's', 't')]),
      { who: 'k', connect: { nkey: KEY_A, seed: SEED_A } },
      publish('k', 'd', 'b'),
    ],
  },
  {
    name: 'what USER.INFO says',
    config: `authorization { users: [
      {user: a, pass: a, permissions: {publish: "$SYS.REQ.USER.INFO", subscribe: "info.*"}},
      {user: b, pass: b, permissions: {publish: {deny: "x"}, subscribe: {deny: ["y", "z q"]}, allow_responses: {max: 5, expires: "1m"}}},
      {user: c, pass: c, permissions: {publish: {allow: "$SYS.>", deny: "x"}, allow_responses: {max: -1, expires: "-1s"}}},
      {user: d, pass: d, permissions: {}}, {nkey: ${KEY_A}}] }
      accounts { A { users: [{user: e, pass: e}] } }\n`,
    steps: [
      ...['a', 'c', 'd', 'e'].flatMap((who) => [logIn(who), askWhoIAm(who)]),
      { who: 'k', connect: { nkey: KEY_A, seed: SEED_A } },
      askWhoIAm('k'),
    ],
  },
];

const ACCOUNTS: readonly IdentityCase[] = [
  {
    name: 'accounts do not hear each other',
    config: `accounts { A { users: [{user: a, pass: a}] }, B { users: [{user: b, pass: b}] } }
      authorization { users: [{user: g, pass: g}] }\n`,
    steps: [
      ...['a', 'b', 'g'].flatMap((who) => [logIn(who), subscribe(who, '>', 'foo q')]),
      logIn('a2'),
      subscribe('a2', '*'),
      ...['a', 'b', 'g'].map((who) => publish(who, 'foo')),
      ...['a', 'b', 'g'].map((who) => say(who, 'SUB info.* 99', 'PING')),
    ],
  },
  {
    name: 'the limits of accounts',
    config: `max_subscriptions: 3\nmax_payload: 100\naccounts {
      A { limits { max_conn: 2, max_subs: 2, max_payload: 10 }, users: [{user: a, pass: a}] }
      B { limits { max_subscriptions: 5, max_payload: 1000, max_connections: -1 }, users: [{user: b, pass: b}] }
      C { limits { max_conn: 0 }, users: [{user: c, pass: c}] }
      D { limits { max_payload: 0 }, users: [{user: d, pass: d}] } }\n`,
    steps: [
      logIn('a'),
      subscribe('a', 'x', 'y', 'z'),
      say('a', 'UNSUB 1', 'SUB z 3', 'SUB again 3', 'SUB w 4'),
      logIn('a2'),
      refused('a3', { user: 'a', pass: 'a' }),
      { who: 'a2', say: ['PUB x 11', '12345678901'], ends: true },
      logIn('a3'),
      say('a3', 'PUB x 10', '1234567890'),
      logIn('b'),
      subscribe('b', 'x', 'y', 'z', 'w'),
      { who: 'b', say: [`PUB x 101`, 'x'.repeat(101)], ends: true },
      refused('c', { user: 'c', pass: 'c' }),
      logIn('d'),
      say('d', 'PUB x 0', ''),
      { who: 'd', say: ['PUB x 1', 'x'], ends: true },
    ],
  },
  {
    name: 'the system account',
    config:
      'accounts { SYS { users: [{user: s, pass: s}] }, A { users: [{user: a, pass: a}] } }\nsystem_account: SYS\n',
    steps: [
      logIn('s'),
      logIn('a'),
      say('s', 'PING'),
      say('a', 'PING'),
      refused('x', {}),
      subscribe('s', 'foo'),
      publish('a', 'foo', '$SYS.REQ.SERVER.PING'),
    ],
  },
  {
    name: 'only the system account has users: everybody else comes in without',
    config: 'accounts { SYS { users: [{user: s, pass: s}] } }\nsystem_account: SYS\n',
    steps: [
      { who: 'n', connect: { protocol: 1 } },
      askWhoIAm('n'),
      logIn('s'),
      subscribe('s', 'foo'),
      publish('n', 'foo'),
      { who: 't', say: ['SUB foo 1', 'PUB foo 1', 'x'] },
      refused('x', { user: 's', pass: 'x' }),
      refused('x', { user: 'z', pass: 'x' }),
    ],
  },
  {
    name: 'only $SYS has users, and nobody said that it is the system account [CVE-2023-47090]',
    config: 'accounts { "$SYS" { users: [{user: s, pass: s}] } }\n',
    steps: [{ who: 'n', connect: { protocol: 1 } }, askWhoIAm('n'), logIn('s'), refused('x', { user: 'z' })],
  },
  {
    name: 'the same with an authorization block: nobody comes in without [CVE-2023-47090]',
    config: 'accounts { "$SYS" { users: [{user: s, pass: s}] } }\nauthorization { timeout: 5 }\n',
    steps: [refused('n', {}), logIn('s'), { who: 't', say: ['PING'], ends: true }],
  },
  {
    name: 'the same beside another account: nobody comes in without [CVE-2023-47090]',
    config: 'accounts { "$SYS" { users: [{user: s, pass: s}] }, A {} }\n',
    steps: [refused('n', {}), logIn('s')],
  },
  {
    name: 'accounts without users ask nobody',
    config: 'accounts { A {}, B {} }\n',
    steps: [{ who: 'n', connect: { protocol: 1, user: 'x', pass: 'y' } }, askWhoIAm('n')],
  },
  {
    name: 'an empty list of users asks nobody',
    config: 'authorization { users: [] }\n',
    steps: [{ who: 'n', connect: { protocol: 1, auth_token: 'x' } }, askWhoIAm('n')],
  },
  {
    name: 'no system account',
    config: 'no_system_account: true\nauthorization { users: [{user: a, pass: a}] }\n',
    steps: [logIn('a', 'a', { no_responders: true }), say('a', 'SUB info.* 99', 'PUB $SYS.REQ.USER.INFO info.1 0', '')],
  },
];

/** Requests that are answered in the server's own time, one step for each. */
function ask(who: string, ...requests: readonly (readonly [string, unknown?])[]): Step[] {
  return requests.map(([subject, body], at): Step => {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const inbox = `in.${at + 1}`;
    return { who, say: [`PUB ${subject} ${inbox} ${payload.length}`, payload], hears: `MSG ${inbox} ` };
  });
}

function stream(name: string, more: Readonly<Record<string, unknown>>): readonly [string, unknown] {
  return [`$JS.API.STREAM.CREATE.${name}`, { name, subjects: [`${name}.>`], ...more }];
}

function consumer(name: string, more: Readonly<Record<string, unknown>> = {}): readonly [string, unknown] {
  const config = { name, durable_name: name, ack_policy: 'explicit', ...more };
  return [`$JS.API.CONSUMER.CREATE.S.${name}`, { stream_name: 'S', config }];
}

const JETSTREAM: readonly IdentityCase[] = [
  {
    name: 'JetStream of accounts: with, with limits, without',
    jetStream: true,
    config: `accounts {
      A { jetstream: enabled, users: [{user: a, pass: a}] }
      B { jetstream { max_mem: 1000, max_store: 2000, max_streams: 2, max_consumers: 1, max_ack_pending: 10,
          mem_max_stream_bytes: 500, disk_max_stream_bytes: 1500, max_bytes: true }, users: [{user: b, pass: b}] }
      N { users: [{user: n, pass: n}] }
      SYS { users: [{user: s, pass: s}] } }
      authorization { users: [{user: g, pass: g}] }
      system_account: SYS\n`,
    steps: [
      ...['a', 'b', 'n', 's', 'g'].flatMap((who) => [
        logIn(who, who, { no_responders: true }),
        say(who, 'SUB in.* 1'),
        ...ask(
          who,
          ['$JS.API.INFO'],
          stream('S', { storage: 'memory', max_bytes: 400 }),
          stream('T', { storage: 'file' }),
          stream('T', { storage: 'file', max_bytes: 1600 }),
          stream('T', { storage: 'memory', max_bytes: 450 }),
          stream('U', { storage: 'memory', max_bytes: 450 }),
          consumer('C', { max_ack_pending: 20 }),
          consumer('C'),
          consumer('D'),
          ['S.x', 'hello'],
          ['$JS.API.STREAM.NAMES'],
          ['$JS.API.INFO'],
        ),
      ]),
      say('a', 'SUB foo 2'),
      publish('b', 'foo', 'S.y'),
      ...ask('a', ['$JS.API.STREAM.INFO.S']),
      ...ask('b', ['$JS.API.STREAM.INFO.S']),
    ],
  },
  {
    name: 'JetStream in the global account where no other account says anything of it',
    jetStream: true,
    config: 'accounts { A { users: [{user: a, pass: a}] } }\nauthorization { users: [{user: g, pass: g}] }\n',
    steps: ['a', 'g'].flatMap((who) => [
      logIn(who),
      say(who, 'SUB in.* 1'),
      ...ask(who, ['$JS.API.INFO'], stream('S', {}), ['$JS.API.STREAM.NAMES']),
    ]),
  },
  {
    name: 'JetStream beside an account for the system only',
    jetStream: true,
    config: `accounts { SYS { users: [{user: s, pass: s}] } }\nauthorization { users: [{user: g, pass: g}] }
      system_account: SYS\n`,
    steps: [logIn('g'), say('g', 'SUB in.* 1'), ...ask('g', stream('S', {}), ['S.x', 1])],
  },
  {
    name: 'permissions of the article: a consumer cannot pull',
    jetStream: true,
    config: withPermissions('"publish":{"allow":["events.>"]},"subscribe":{"allow":["events.>","$JS.API.CONSUMER.>"]}'),
    steps: [
      logIn('p'),
      say('p', 'SUB in.* 1'),
      ...ask('p', ['$JS.API.STREAM.CREATE.S', { name: 'S', subjects: ['events.>'] }], consumer('C'), ['events.a', 1]),
      logIn('a'),
      publish('a', 'events.b', '$JS.API.CONSUMER.MSG.NEXT.S.C', '$JS.ACK.S.C.1.1.1.1.1'),
      subscribe('a', 'events.>', '$JS.API.CONSUMER.>', '_INBOX.a.*', 'events.x'),
      publish('p', 'events.c'),
    ],
  },
  {
    name: 'permissions that let a consumer pull, and nothing else',
    jetStream: true,
    config: withPermissions(
      'publish: ["$JS.API.CONSUMER.MSG.NEXT.S.C", "$JS.ACK.S.C.>"], subscribe: {allow: "in.>", deny: "in.no"}',
    ),
    steps: [
      logIn('p'),
      say('p', 'SUB in.* 1'),
      ...ask('p', stream('S', { subjects: ['events.>'] }), consumer('C'), ['events.a', 1]),
      logIn('a'),
      say('a', 'SUB in.* 1'),
      ...ask('a', ['$JS.API.CONSUMER.MSG.NEXT.S.C']).map((step) => ({ ...step, hears: 'MSG events.a 1 ' })),
      publish('a', '$JS.API.CONSUMER.INFO.S.C', '$JS.API.STREAM.DELETE.S', 'events.b', '$JS.ACK.T.C.1'),
    ],
  },
  ...(['', 'SUB secret.> 5', 'SUB secret.* 6', 'SUB secret.> q 7'] as const).map(
    (overlapping): IdentityCase => ({
      name: `a consumer delivers subjects that may not be subscribed to, beside '${overlapping}'`,
      jetStream: true,
      config: withPermissions('subscribe: {deny: ["secret.a", "secret.a.>"]}'),
      steps: [
        logIn('p'),
        say('p', 'SUB in.* 1'),
        ...ask('p', stream('S', { subjects: ['secret.>'] }), ['secret.a', 1], ['secret.b', 2]),
        say('p', 'UNSUB 1'),
        logIn('a'),
        say('a', 'SUB to.push 1', overlapping === '' ? 'SUB other 2' : overlapping),
        ...ask('a', consumer('C', { deliver_subject: 'to.push', ack_policy: 'none' })).map((step) => ({
          ...step,
          hears: 'MSG secret.b ',
        })),
      ],
    }),
  ),
];

export const IDENTITY_CASES: readonly IdentityCase[] = [
  ...AUTHENTICATION,
  ...PUBLISHING,
  ...SUBSCRIBING,
  ...RESPONSES,
  ...ACCOUNTS,
  ...JETSTREAM,
];
