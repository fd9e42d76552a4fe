// Secrets with a name of their own go in by every way that there is; they must come out by none: not in the log at its most
// talkative, not in monitoring, not in events, not in answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashSync } from 'bcryptjs';
import type { AuthenticationRules } from '../auth/authenticate.ts';
import type { Logger } from '../base/log.ts';
import { MonitorWorld } from '../sim/monitor_world.ts';
import { EVERYBODY, ServerWorld } from '../sim/server_world.ts';

const CANARY = 'c4n4ry';
const BCRYPT_COST = 4;

const USER = { account: '$G', permissions: null, connectionTypes: [] };
const RULES: readonly Partial<AuthenticationRules>[] = [
  {},
  { token: `${CANARY}-token` },
  { user: 'a', password: `${CANARY}-password` },
  { users: [{ ...USER, name: 'a', password: `${CANARY}-password` }], noAuthUser: 'a' },
  { users: [{ ...USER, name: 'a', password: hashSync(`${CANARY}-password`, BCRYPT_COST) }] },
];

const CONNECTS = [
  {},
  { user: 'a', pass: `${CANARY}-password` },
  { user: 'a', pass: `${CANARY}-wrong` },
  { auth_token: `${CANARY}-token` },
  { auth_token: `${CANARY}-wrong` },
  { user: 'a', pass: `${CANARY}-password`, jwt: `${CANARY}-jwt`, sig: `${CANARY}-sig` },
  { user: 'a', pass: [`${CANARY}-list`] },
].map((options) => JSON.stringify(options));

function talkative(lines: string[]): Logger {
  const say = (line: string) => lines.push(line);
  return { isDebug: true, isTrace: true, info: say, warn: say, error: say, debug: say, trace: say };
}

test('no secret reaches the log, whoever comes in or does not', async () => {
  for (const rules of RULES) {
    const lines: string[] = [];
    const authorization = { ...EVERYBODY, rules: { ...EVERYBODY.rules, ...rules } };
    const world = await new ServerWorld({}, authorization, talkative(lines)).start();
    for (const connect of [...CONNECTS, `{"pass":"${CANARY}-cut`, `${CANARY}-nonsense`]) {
      const client = world.dial();
      client.send(`CONNECT ${connect}\r\nPING\r\nCONNECT ${connect}\r\nPUB x 1\r\nx\r\n`);
      await world.advance(300);
      assert.ok(!client.received.includes(CANARY), client.received);
      client.hangUp();
    }
    world.server.reauthorize(EVERYBODY);
    assert.ok(lines.length > CONNECTS.length, 'the log says something');
    assert.deepEqual(
      lines.filter((line) => line.includes(CANARY)),
      [],
    );
  }
});

test('no secret reaches monitoring or events', async () => {
  for (const rules of RULES) {
    const authorization = { ...EVERYBODY, rules: { ...EVERYBODY.rules, ...rules } };
    const world = await new MonitorWorld({}, false, undefined, authorization).start();
    const events = world.member().listen('$SYS.>');
    const asked = world.member('$G').listen('>');
    for (const connect of CONNECTS) {
      const client = world.dial();
      client.send(`CONNECT ${connect}\r\nSUB info 1\r\nPUB $SYS.REQ.USER.INFO info 0\r\n\r\n`);
      await world.advance(300);
      if (CONNECTS.indexOf(connect) % 2 === 0) client.hangUp();
    }
    const pages = ['/connz?auth=1&subs=1', '/connz?state=all&auth=1', '/varz', '/accountz?acc=$G', '/subsz?subs=1'];
    for (const page of pages) assert.ok(!JSON.stringify(world.page(page)).includes(CANARY), page);
    const heard = [...events, ...asked].map(({ payload }) => payload.toString()).join('\n');
    assert.ok(!heard.includes(CANARY), heard);
  }
});
