// Who comes in without a word of who they are, configuration by configuration, and where to. Every line was asked of
// nats-server 2.15.2, which opens the global account where only the system account is configured, and nowhere else.
// Advisory: CVE-2023-47090.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawConnection } from './raw_connection.ts';
import { RunningServer } from './running_server.ts';

const USERS = 'users: [{user: u, password: p}]';
const OTHERS = 'users: [{user: a, password: p}]';
const REFUSED = 'Authorization Violation';

/** What the configuration says, where it leads those who say nothing, and where the user `u`. */
type Case = readonly [config: string, anonymous: string, user: string];

const CASES: readonly Case[] = [
  // Nothing is configured that would keep anybody out.
  ['', '$G', '$G'],
  ['accounts { }', '$G', '$G'],
  ['accounts { A { } }', '$G', '$G'],
  ['accounts { $SYS { }, A { } }', '$G', '$G'],
  ['authorization { }', '$G', '$G'],
  ['authorization { timeout: 2 }', '$G', '$G'],
  ['authorization { users: [] }', '$G', '$G'],
  // The system account alone: whoever gives it a password does not lock others out.
  [`accounts { $SYS { ${USERS} } }`, '$G', '$SYS'],
  [`accounts { $SYS { ${USERS}, jetstream: false } }`, '$G', '$SYS'],
  ['accounts { $SYS { users: [] } }', '$G', REFUSED],
  ['accounts { $SYS { } }', '$G', REFUSED],
  [`accounts { SYS { ${USERS} } }\nsystem_account: SYS`, '$G', 'SYS'],
  ['accounts { SYS { } }\nsystem_account: SYS', '$G', REFUSED],
  // Anything beside it locks them out.
  [`accounts { SYS { ${USERS} } }`, REFUSED, 'SYS'],
  [`accounts { A { ${USERS} } }`, REFUSED, 'A'],
  [`accounts { $SYS { ${USERS} }, A { } }`, REFUSED, '$SYS'],
  [`accounts { $SYS { ${USERS} }, A { ${OTHERS} } }`, REFUSED, '$SYS'],
  [`accounts { $SYS { ${USERS} } }\nauthorization { }`, REFUSED, '$SYS'],
  [`accounts { $SYS { ${USERS} } }\nauthorization { timeout: 2 }`, REFUSED, '$SYS'],
  [`accounts { $SYS { ${USERS} } }\nauthorization { users: [] }`, REFUSED, '$SYS'],
  [`accounts { $SYS { ${USERS} } }\nauthorization { default_permissions: { publish: a } }`, REFUSED, '$SYS'],
  ['authorization { user: x, password: y }', REFUSED, REFUSED],
  ['authorization { user: x }', REFUSED, REFUSED],
  ['authorization { token: t }', REFUSED, REFUSED],
  // Who is let in by name is let in as that user.
  [`accounts { $SYS { ${USERS} }, A { ${OTHERS} } }\nno_auth_user: a`, 'A', '$SYS'],
  [`accounts { $SYS { ${USERS} } }\nno_auth_user: u`, '$SYS', '$SYS'],
];

/** The account that CONNECT leads to, or the error. */
async function accountOf(running: RunningServer, said: object): Promise<string> {
  const client = await running.dial();
  client.send(`CONNECT ${JSON.stringify({ verbose: false, headers: true, ...said })}\r\n`);
  await client.quiet();
  const error = client.lines.find((line) => line.startsWith('-ERR'));
  return error === undefined ? ownAccount(client) : error.slice("-ERR '".length, -1);
}

async function ownAccount(client: RawConnection): Promise<string> {
  client.send('SUB i 1\r\nPUB $SYS.REQ.USER.INFO i 0\r\n\r\n');
  const { payload } = await client.message();
  return (JSON.parse(payload) as { data: { account: string } }).data.account;
}

async function assertDoors(running: RunningServer, [config, anonymous, user]: Case): Promise<void> {
  const refusedUser = anonymous === '$G' && user === '$G' ? '$G' : REFUSED;
  assert.equal(await accountOf(running, {}), anonymous, config);
  assert.equal(await accountOf(running, { user: '', pass: '' }), anonymous, config);
  assert.equal(await accountOf(running, { user: 'u', pass: 'p' }), user, config);
  assert.equal(await accountOf(running, { user: 'u', pass: '' }), refusedUser, config);
  assert.equal(await accountOf(running, { user: 'nobody', pass: 'p' }), refusedUser, config);
}

test('CVE-2023-47090: who says nothing comes in where the configuration lets everybody in, and nowhere else', async () => {
  for (const one of CASES) {
    await RunningServer.with({ config: one[0], jetStream: false }, (running) => assertDoors(running, one));
  }
});

test('CVE-2023-47090: after a reload the doors stand as they would after a start', async () => {
  // Neither of the two can be changed by a reload.
  const cases = CASES.filter(([config]) => !/system_account|no_auth_user/.test(config));
  await RunningServer.with({ config: '', jetStream: false }, async (running) => {
    for (const one of [...cases, ...cases.toReversed()]) {
      assert.equal(await running.reload(one[0]), null, one[0]);
      await assertDoors(running, one);
    }
  });
});
