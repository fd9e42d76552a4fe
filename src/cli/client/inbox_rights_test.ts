// A user without the right to an inbox, against our own server within this process.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { commandsOn } from '../../../test/cli_commands.ts';
import { type CliServer, startCliServer } from '../../../test/cli_server.ts';

let server: CliServer;

before(async () => {
  const app = 'publish: ["app.>", "$JS.API.>", "$KV.>"], subscribe: ["app.>", "in.>"]';
  const users = `{ user: admin, password: admin }, { user: app, password: app, permissions { ${app} } }`;
  server = await startCliServer({ config: `authorization { users: [${users}] }` });
});

after(() => server.stop());

const { ok, refusal } = commandsOn(() => server.url);
const AS_APP = ['--user', 'app', '--password', 'app', '--timeout', '2s'];

test('a request whose answer may not come says where it would have come, and which flag changes that', async () => {
  await ok('kv', 'add', 'B', '--user', 'admin', '--password', 'admin');
  const inbox =
    /This user may not subscribe to '_INBOX\.[^']+', where the answer to '([^']+)' would come: .*--inbox-prefix/;
  assert.equal(inbox.exec(await refusal('req', 'app.x', 'y', ...AS_APP))?.[1], 'app.x');
  assert.equal(inbox.exec(await refusal('kv', 'put', 'B', 'k', 'v', ...AS_APP))?.[1], '$JS.API.STREAM.INFO.KV_B');
  assert.equal(await ok('kv', 'put', 'B', 'k', 'v', ...AS_APP, '--inbox-prefix', 'in'), 'v\n');
});
